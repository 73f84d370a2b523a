"""``suggest``: whom to ask for a role, with the command that gives it to them."""

from __future__ import annotations

import click

from dd_incident_roles.cli.invocation import invocation_of
from dd_incident_roles.cli.opening import opened, show
from dd_incident_roles.cli.options import format_option
from dd_incident_roles.cli.saying import say

_INCOMPLETE = 3


@click.command()
@click.argument("incident")
@click.argument("role", required=False)
@click.option(
    "--all", "everything", is_flag=True, help="Also for roles that are held, to hand them over."
)
@format_option
@click.pass_context
def suggest(
    context: click.Context, incident: str, role: str | None, everything: bool, shape: str
) -> int:
    """Propose people for ROLE in INCIDENT, or for every empty role; nobody is assigned.

    They come from where the role catalogue says: whoever is on call first for a team, and members
    of a team. Each comes with the command to give them the role. What could not be read is said,
    and the command exits with 3.
    """
    from dd_incident_roles.commands.suggest import suggest_people
    from dd_incident_roles.report.documents.suggest import suggest_json
    from dd_incident_roles.report.suggest_table import suggest_table

    invocation = invocation_of(context)
    with opened(invocation, reads_only=True) as application:
        found = suggest_people(application, incident, role, for_handoff=everything)
        if shape == "json":
            say(suggest_json(found))
        else:
            show(invocation, suggest_table(found))
    return 0 if found.is_whole else _INCOMPLETE
