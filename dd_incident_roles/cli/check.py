"""``check``: an exit code to trust, and findings that say what to type next."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING

import click

from dd_incident_roles.cli.check_report import SHAPES, report
from dd_incident_roles.cli.failures import note_gone
from dd_incident_roles.cli.invocation import Invocation, invocation_of
from dd_incident_roles.cli.opening import configured, opened
from dd_incident_roles.cli.options import output_option, query_option, since_option
from dd_incident_roles.cli.reading import read_document
from dd_incident_roles.cli.times import TIME
from dd_incident_roles.errors import UsageError

if TYPE_CHECKING:
    from dd_incident_roles.commands.check import CheckTerms
    from dd_incident_roles.report.checked import Checked

_FILE = click.Path(exists=False, dir_okay=False, path_type=Path)


@click.command()
@click.argument("incidents", nargs=-1, metavar="[INCIDENT]...")
@query_option
@since_option
@click.option(
    "--snapshot",
    metavar="FILE",
    type=_FILE,
    help="Judge the incidents of this file, as `snapshot` wrote it, without Datadog and keys.",
)
@click.option(
    "--now",
    metavar="TIME",
    type=TIME,
    help="Judge as of this later moment; a snapshot is judged as of when it was taken.",
)
@click.option(
    "--format",
    "shape",
    type=click.Choice(SHAPES),
    default="text",
    show_default=True,
    help="Text for people; the others for programs and for CI.",
)
@output_option
@click.option(
    "--fail-on",
    type=click.Choice(["error", "warning", "never"]),
    default="error",
    show_default=True,
    help="The lowest level of a finding that makes the exit code 1.",
)
@click.option("--select", metavar="IDS", help="Only these rules, such as IR001,IR01.")
@click.option("--ignore", metavar="IDS", help="All rules but these.")
@click.option(
    "--baseline",
    metavar="FILE",
    type=_FILE,
    help="Fail only on what is not in this earlier report, made with --format json.",
)
@click.pass_context
def check(
    context: click.Context,
    incidents: tuple[str, ...],
    query: str | None,
    since: int | None,
    snapshot: Path | None,
    now: datetime | None,
    shape: str,
    output: Path | None,
    fail_on: str,
    select: str | None,
    ignore: str | None,
    baseline: Path | None,
) -> int:
    """Report incidents whose roles break the policy: the named ones, or all open ones.

    Exits with 0 when nothing at or above --fail-on was found, 1 when something was, and 3 when an
    incident could not be looked at, which is never "clean". Every format has the same exit codes.
    """
    from dd_incident_roles.commands.check import CheckTerms
    from dd_incident_roles.facts.baseline import read_baseline
    from dd_incident_roles.policy.finding import FailOn
    from dd_incident_roles.policy.rules import RULES, choose

    if snapshot is not None and query is not None:
        raise UsageError(
            "--query searches Datadog, and --snapshot does not ask it.",
            hint="Name the incidents of the snapshot instead, or leave one of the two out.",
        )
    known = None
    if baseline is not None:
        known = read_baseline(read_document(baseline), file=str(baseline))
    terms = CheckTerms(
        rules=choose(RULES, select=_ids(select), ignore=_ids(ignore)),
        closed_within=None if since is None else timedelta(days=since),
        baseline=known,
    )
    invocation = invocation_of(context)
    if snapshot is None:
        checked = _live(invocation, incidents, query=query, terms=terms, now=now)
    else:
        checked = _offline(invocation, snapshot, incidents, terms=terms, now=now)
    report(invocation, replace(checked, verbose=invocation.verbosity > 0), shape, output)
    return checked.verdict.exit_code(FailOn(fail_on))


def _live(
    invocation: Invocation,
    incidents: tuple[str, ...],
    *,
    query: str | None,
    terms: CheckTerms,
    now: datetime | None,
) -> Checked:
    from dd_incident_roles.commands.check import check_incidents, gather

    with opened(
        invocation,
        today=now.date() if now else None,
        needs_policy=True,
        reads_only=True,
        is_run=True,
    ) as application:
        gathered = gather(
            application, incidents, query=query, closed_within=terms.closed_within, now=now
        )
        note_gone(gathered.gone)
        at = now or gathered.taken_at
        return check_incidents(gathered, terms, policy=application.policy, now=at)


def _offline(
    invocation: Invocation,
    file: Path,
    incidents: tuple[str, ...],
    *,
    terms: CheckTerms,
    now: datetime | None,
) -> Checked:
    from dd_incident_roles.commands.check import check_incidents
    from dd_incident_roles.commands.naming import parse_reference
    from dd_incident_roles.facts.snapshot import narrow
    from dd_incident_roles.facts.snapshot_file import load_snapshot

    content = read_document(file)
    configuration = configured(invocation, today=now.date() if now else None)
    policy = configuration.policy
    taken = load_snapshot(
        content,
        file=str(file),
        catalogue=configuration.catalogue,
        shows_private=policy.shows_private,
    )
    at = now or taken.taken_at
    part = narrow(
        taken,
        incidents,
        name_of=lambda text: parse_reference(text, configuration.settings),
        closed_within=terms.closed_within,
        at=at,
    )
    return check_incidents(part, terms, policy=policy, now=at)


def _ids(text: str | None) -> tuple[str, ...]:
    return tuple(part.strip() for part in (text or "").split(",") if part.strip())
