"""``roles``: what the catalogue knows; needs no Datadog and no keys."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from dd_incident_roles.cli.invocation import Invocation, invocation_of
from dd_incident_roles.cli.opening import show
from dd_incident_roles.cli.options import format_option
from dd_incident_roles.cli.saying import say

if TYPE_CHECKING:
    from dd_incident_roles.roles.catalogue import Catalogue


@click.group()
def roles() -> None:
    """List the roles, or show what one of them is for."""


@roles.command("list")
@format_option
@click.pass_context
def list_roles(context: click.Context, shape: str) -> int:
    """List every role: its names, how many hold it, and when it is required."""
    from dd_incident_roles.report.roles_json import roles_json
    from dd_incident_roles.report.roles_table import roles_table

    invocation = invocation_of(context)
    catalogue = _catalogue(invocation)
    if shape == "json":
        say(roles_json(catalogue.roles))
    else:
        show(invocation, roles_table(catalogue))
    return 0


@roles.command("show")
@click.argument("role")
@format_option
@click.pass_context
def show_role(context: click.Context, role: str, shape: str) -> int:
    """Show what ROLE is responsible for, how it is shown in Datadog, and when it is required."""
    from dd_incident_roles.report.roles_json import roles_json
    from dd_incident_roles.report.roles_table import role_card

    invocation = invocation_of(context)
    catalogue = _catalogue(invocation)
    found = catalogue.find(role)
    if shape == "json":
        say(roles_json([found]))
    else:
        show(invocation, role_card(found, catalogue))
    return 0


def _catalogue(invocation: Invocation) -> Catalogue:
    from pathlib import Path

    from dd_incident_roles.roles.loading import load_catalogue
    from dd_incident_roles.settings import load_settings

    config = Path(invocation.config) if invocation.config else None
    return load_catalogue(load_settings(config, {"store": invocation.store}).roles)
