"""``roles``: what the catalogue knows, and what was devised beside it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from dd_incident_roles.cli.devise import devise
from dd_incident_roles.cli.invocation import Invocation, invocation_of
from dd_incident_roles.cli.opening import settings_of, show
from dd_incident_roles.cli.options import format_option
from dd_incident_roles.cli.saying import say

if TYPE_CHECKING:
    from dd_incident_roles.roles.catalogue import Catalogue

incident_option = click.option(
    "--incident", metavar="INCIDENT", help="With the roles devised for INCIDENT, as recorded here."
)


@click.group()
def roles() -> None:
    """List the roles, show what one of them is for, or devise one for an incident."""


roles.add_command(devise)


@roles.command("list")
@incident_option
@format_option
@click.pass_context
def list_roles(context: click.Context, incident: str | None, shape: str) -> int:
    """List every role: its names, how many hold it, and when it is required.

    Needs neither Datadog nor keys.
    """
    from dd_incident_roles.report.documents.roles import roles_json
    from dd_incident_roles.report.roles_table import roles_table

    invocation = invocation_of(context)
    catalogue = _catalogue(invocation, incident)
    if shape == "json":
        say(roles_json(catalogue.roles))
    else:
        show(invocation, roles_table(catalogue))
    return 0


@roles.command("show")
@click.argument("role")
@incident_option
@format_option
@click.pass_context
def show_role(context: click.Context, role: str, incident: str | None, shape: str) -> int:
    """Show what ROLE is responsible for, how it is shown in Datadog, and when it is required.

    Needs neither Datadog nor keys.
    """
    from dd_incident_roles.report.documents.roles import roles_json
    from dd_incident_roles.report.role_card import role_card

    invocation = invocation_of(context)
    catalogue = _catalogue(invocation, incident)
    found = catalogue.find(role)
    if shape == "json":
        say(roles_json([found]))
    else:
        show(invocation, role_card(found, catalogue))
    return 0


def _catalogue(invocation: Invocation, incident: str | None) -> Catalogue:
    from dd_incident_roles.configuration.roles_file import load_catalogue

    settings = settings_of(invocation)
    catalogue = load_catalogue(settings.roles)
    if incident is None:
        return catalogue
    from dd_incident_roles.app import now
    from dd_incident_roles.commands.devise import recorded_roles

    return recorded_roles(settings, catalogue, incident, clock=now)
