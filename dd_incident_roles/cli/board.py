"""``board``: who holds what, as one page to look at."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from dd_incident_roles.cli.failures import INCOMPLETE
from dd_incident_roles.cli.opening import application_of
from dd_incident_roles.cli.options import output_option, query_option
from dd_incident_roles.cli.output import write

if TYPE_CHECKING:
    from pathlib import Path


@click.command()
@click.argument("incidents", nargs=-1, metavar="[INCIDENT]...")
@query_option
@output_option
@click.pass_context
def board(
    context: click.Context, incidents: tuple[str, ...], query: str | None, output: Path | None
) -> int:
    """Make one page of HTML: the named incidents, or all open ones, with roles, gaps and findings.

    The page needs no network and no other file. It shows names and titles: give it only to people
    who may see them; of a private incident it shows neither, unless the policy shows private ones.
    What could not be read is shown as it was recorded last, is said on the page, and the command
    exits with 3.
    """
    from dd_incident_roles.commands.board import show_board
    from dd_incident_roles.files import write_private
    from dd_incident_roles.report.board import board_html, check_library
    from dd_incident_roles.report.clean import clean
    from dd_incident_roles.words import count_of

    # Before a person waits for Datadog in vain.
    check_library()
    with application_of(context, needs_policy=True, reads_only=True, is_run=True) as application:
        shown = show_board(application, incidents, query=query)
    page = board_html(shown)
    if output is None:
        write(page)
    else:
        write_private(output, page)
        number = count_of(len(shown.cards), "incident")
        click.echo(f"{number} written to {output}.", err=True)
    for gap in shown.unread:
        click.echo(clean(f"{gap.about} could not be read: {gap.reason}"), err=True)
    return INCOMPLETE if shown.unread else 0
