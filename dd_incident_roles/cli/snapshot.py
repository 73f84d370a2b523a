"""``snapshot``: what is known of incidents, as a file that ``check --snapshot`` reads."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

import click

from dd_incident_roles.cli.failures import INCOMPLETE, note_gone
from dd_incident_roles.cli.opening import opened
from dd_incident_roles.cli.options import output_option, query_option, since_option
from dd_incident_roles.cli.output import write
from dd_incident_roles.files import write_private

if TYPE_CHECKING:
    from pathlib import Path


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
    from dd_incident_roles.report.clean import clean
    from dd_incident_roles.report.terminal import named
    from dd_incident_roles.words import count_of

    within = None if since is None else timedelta(days=since)
    with opened(context, needs_policy=True, reads_only=True, is_run=True) as application:
        taken = gather(application, incidents, query=query, closed_within=within)
        kept = asked_fields(application.catalogue, application.policy.waivers)
    pieces = write_snapshot(taken, kept_fields=kept)
    if output is None:
        write("".join(pieces))
    else:
        write_private(output, pieces)
        number = count_of(len(taken.incidents), "incident")
        click.echo(f"{number} written to {output}.", err=True)
    note_gone(taken.gone)
    for gap in taken.unread:
        name = "The list of incidents" if gap.incident is None else named(gap.incident)
        click.echo(clean(f"{name} could not be read: {gap.reason}"), err=True)
    return INCOMPLETE if taken.unread else 0
