"""``catalog``: the files that say what is demanded; needs no Datadog and no keys."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING

import click

from dd_incident_roles.cli.invocation import Invocation, invocation_of
from dd_incident_roles.cli.opening import settings_of, show
from dd_incident_roles.cli.saying import say

if TYPE_CHECKING:
    from dd_incident_roles.configuration.lint import ConfiguredFiles

_DONE = 0
_WRONG = 2


@click.group()
def catalog() -> None:
    """Check the files of the configuration: roles, policy with its waivers, and people."""


@catalog.command("lint")
@click.option(
    "--format",
    "shape",
    type=click.Choice(["text", "json", "github"]),
    default="text",
    show_default=True,
    help="Text for people, JSON for programs, or annotations for GitHub Actions.",
)
@click.pass_context
def lint_files(context: click.Context, shape: str) -> int:
    """Show every problem of the roles, policy and people files, each with its file and line.

    Nothing but the files is looked at. Exits with 2 when one of them has an error, and with 0 when
    there are only warnings, or nothing.
    """
    from pathlib import Path

    from dd_incident_roles.configuration.lint import lint
    from dd_incident_roles.policy.rules import RULES
    from dd_incident_roles.report.documents.lint import lint_json
    from dd_incident_roles.report.lint_github import lint_github
    from dd_incident_roles.report.lint_text import lint_summary, lint_text

    invocation = invocation_of(context)
    found = lint(_files(invocation), rules=RULES, today=datetime.now(UTC).date())
    match shape:
        case "json":
            say(lint_json(found))
        case "github":
            if annotations := lint_github(found, root=Path.cwd()):
                say(annotations)
            click.echo(lint_summary(found), err=True)
        case _:
            show(invocation, lint_text(found))
    return _WRONG if found.errors else _DONE


def _files(invocation: Invocation) -> ConfiguredFiles:
    from dd_incident_roles.configuration.lint import ConfiguredFiles

    settings = settings_of(invocation)
    return ConfiguredFiles(roles=settings.roles, policy=settings.policy, people=settings.people)
