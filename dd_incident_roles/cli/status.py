"""``status``: who holds which role now, or what the person who asks holds and owes."""

from __future__ import annotations

import click

from dd_incident_roles.cli.failures import tell
from dd_incident_roles.cli.invocation import Invocation, invocation_of
from dd_incident_roles.cli.opening import opened, show
from dd_incident_roles.cli.options import format_option, query_option
from dd_incident_roles.cli.saying import say


@click.command()
@click.argument("incidents", nargs=-1, metavar="[INCIDENT]...")
@click.option("--mine", is_flag=True, help="Show what you yourself hold and owe there instead.")
@query_option
@format_option
@click.pass_context
def status(
    context: click.Context,
    incidents: tuple[str, ...],
    mine: bool,
    query: str | None,
    shape: str,
) -> int:
    """Show who holds which role now, in the named incidents or in all open ones.

    Reads Datadog and the record and changes no role; whom Datadog does not show any more, and since
    when, is noted. An incident that cannot be read is shown as it was last recorded, and the
    command exits with 3.
    """
    from dd_incident_roles.commands.status import show_status
    from dd_incident_roles.report.documents.status import status_json
    from dd_incident_roles.report.status_table import status_table

    invocation = invocation_of(context)
    if mine:
        return _mine(invocation, incidents, query=query, shape=shape)
    with opened(invocation, reads_only=True) as application:
        shown = show_status(application, incidents, query=query)
        if shape == "json":
            say(status_json(shown.views))
        else:
            show(invocation, status_table(shown.views, application.now()))
        for result in shown.failures:
            for failure in result.failures:
                tell(failure.error)
    return shown.exit_code


def _mine(
    invocation: Invocation, incidents: tuple[str, ...], *, query: str | None, shape: str
) -> int:
    from dd_incident_roles.commands.mine import show_mine
    from dd_incident_roles.report.documents.mine import mine_json
    from dd_incident_roles.report.mine_table import mine_table

    with opened(invocation, reads_only=True) as application:
        shown = show_mine(application, incidents, query=query)
        if shape == "json":
            say(mine_json(shown))
        else:
            show(invocation, mine_table(shown))
    return shown.exit_code
