"""``snapshot``: what is known of incidents, as a file that ``check --snapshot`` reads."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Final

import click

from dd_incident_roles.cli.failures import note_gone
from dd_incident_roles.cli.invocation import invocation_of
from dd_incident_roles.cli.opening import opened
from dd_incident_roles.cli.options import output_option, query_option, since_option
from dd_incident_roles.cli.saying import say
from dd_incident_roles.files import write_private

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

    from dd_incident_roles.policy.finding import NotEvaluated

_INCOMPLETE: Final = 3


@click.command()
@click.argument("incidents", nargs=-1, metavar="[INCIDENT]...")
@query_option
@since_option
@output_option
@click.pass_context
def snapshot(
    context: click.Context,
    incidents: tuple[str, ...],
    query: str | None,
    since: int | None,
    output: Path | None,
) -> int:
    """Write what is known of the named incidents, or of all open ones, as a file of JSON.

    `check --snapshot FILE` judges it without Datadog and without keys, and comes to the same
    verdict. Of a private incident only what is needed to judge it is written, without names and
    texts, unless the policy shows private incidents. Exits with 3 when something could not be
    read; what could be is written all the same.
    """
    from dd_incident_roles.commands.check import gather
    from dd_incident_roles.facts.asked_fields import asked_fields
    from dd_incident_roles.facts.snapshot_file import write_snapshot

    within = None if since is None else timedelta(days=since)
    with opened(
        invocation_of(context), needs_policy=True, reads_only=True, is_run=True
    ) as application:
        taken = gather(application, incidents, query=query, closed_within=within)
        kept = asked_fields(application.catalogue, application.policy.waivers)
    pieces = write_snapshot(taken, kept_fields=kept)
    if output is None:
        say("".join(pieces))
    else:
        write_private(output, pieces)
        click.echo(f"{_number(len(taken.incidents))} written to {output}.", err=True)
    note_gone(taken.gone)
    _tell(taken.unread)
    return _INCOMPLETE if taken.unread else 0


def _number(incidents: int) -> str:
    return "1 incident" if incidents == 1 else f"{incidents} incidents"


def _tell(unread: Iterable[NotEvaluated]) -> None:
    from dd_incident_roles.report.clean import clean

    for gap in unread:
        click.echo(clean(f"{_called(gap)} could not be read: {gap.reason}"), err=True)


def _called(gap: NotEvaluated) -> str:
    if gap.incident is None:
        return "The list of incidents"
    return gap.incident if isinstance(gap.incident, str) else f"IR-{gap.incident}"
