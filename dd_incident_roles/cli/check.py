"""``check``: an exit code to trust, and findings that say what to type next."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING

import click

from dd_incident_roles.cli.invocation import Invocation, invocation_of
from dd_incident_roles.cli.opening import opened, show
from dd_incident_roles.cli.options import query_option
from dd_incident_roles.cli.saying import say
from dd_incident_roles.cli.times import TIME
from dd_incident_roles.errors import UsageError

if TYPE_CHECKING:
    from dd_incident_roles.policy.verdict import Verdict


@click.command()
@click.argument("incidents", nargs=-1, metavar="[INCIDENT]...")
@query_option
@click.option("--now", metavar="TIME", type=TIME, help="Judge as of this moment.")
@click.option(
    "--format",
    "shape",
    type=click.Choice(["text", "json"]),
    default="text",
    show_default=True,
    help="Text for people, or JSON for programs.",
)
@click.option(
    "--output",
    metavar="FILE",
    type=click.Path(dir_okay=False, path_type=Path),
    help="Write the report to a file instead of stdout.",
)
@click.option(
    "--fail-on",
    type=click.Choice(["error", "warning", "never"]),
    default="error",
    show_default=True,
    help="The lowest level of a finding that makes the exit code 1.",
)
@click.option("--select", metavar="IDS", help="Only these rules, such as IR001,IR01.")
@click.option("--ignore", metavar="IDS", help="All rules but these.")
@click.pass_context
def check(
    context: click.Context,
    incidents: tuple[str, ...],
    query: str | None,
    now: datetime | None,
    shape: str,
    output: Path | None,
    fail_on: str,
    select: str | None,
    ignore: str | None,
) -> int:
    """Report incidents whose roles break the policy: the named ones, or all open ones.

    Exits with 0 when nothing at or above --fail-on was found, 1 when something was, and 3 when an
    incident could not be looked at, which is never "clean".
    """
    from dd_incident_roles.operations.check_incidents import check_incidents
    from dd_incident_roles.policy.judge import Question
    from dd_incident_roles.policy.level import FailOn
    from dd_incident_roles.policy.policy import Policy
    from dd_incident_roles.policy.rules import RULES
    from dd_incident_roles.policy.selection import choose

    rules = choose(RULES, select=_ids(select), ignore=_ids(ignore))
    invocation = invocation_of(context)
    with opened(invocation) as application:
        at = now or application.clock()
        verdict = check_incidents(
            application,
            incidents,
            query=query,
            question=Question(rules=rules, now=at, policy=Policy(file="config/policy.yaml")),
        )
    _report(invocation, verdict, at, shape=shape, output=output)
    return verdict.exit_code(FailOn(fail_on))


def _ids(text: str | None) -> tuple[str, ...]:
    return tuple(part.strip() for part in (text or "").split(",") if part.strip())


def _report(
    invocation: Invocation, verdict: Verdict, at: datetime, *, shape: str, output: Path | None
) -> None:
    from dd_incident_roles.report.check_json import check_json
    from dd_incident_roles.report.check_text import check_text

    if output is not None:
        text = check_json(verdict, at) if shape == "json" else check_text(verdict).plain
        _write(output, text)
    elif shape == "json":
        say(check_json(verdict, at))
    else:
        show(invocation, check_text(verdict))


def _write(output: Path, text: str) -> None:
    try:
        output.write_text(text.rstrip("\n") + "\n", encoding="utf-8")
    except OSError as error:
        raise UsageError(
            f"{output} cannot be written: {error.strerror or type(error).__name__}.",
            hint="Give --output a file in a folder that exists and may be written.",
        ) from error
