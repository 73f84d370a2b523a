"""The card of a role, for whoever has just taken it."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

import click

from dd_incident_roles.cli.invocation import Invocation

if TYPE_CHECKING:
    from dd_incident_roles.commands.application import Application
    from dd_incident_roles.commands.assign import RoleChanged
    from dd_incident_roles.model import Assignment
    from dd_incident_roles.roles.catalogue import Role


def show_card_of(invocation: Invocation, application: Application, changed: RoleChanged) -> None:
    """Say on stderr what whoever took a role with a command is now responsible for."""
    taken = _taken(changed)
    if taken is None:
        return
    incident = application.record.incident(changed.carried.incident_id)
    number = incident.public_id if incident else changed.carried.incident_id
    show_card(invocation, changed.role, number, stream=taken.stream)


def _taken(changed: RoleChanged) -> Assignment | None:
    """What somebody holds now that did not before, unless Datadog was changed meanwhile."""
    results = changed.carried.sync.incidents if changed.carried.sync else ()
    lost = {conflict.role for result in results for conflict in result.conflicts}
    return None if changed.role.key in lost else changed.change.begun


def show_card(
    invocation: Invocation, role: Role, incident_number: int | str, *, stream: str | None = None
) -> None:
    """Say on stderr what a role is responsible for and how to hand it on.

    ``incident_number`` is how the incident is named in a command.
    """
    from dd_incident_roles.report import console
    from dd_incident_roles.report.role_card import taken_card

    opened_console = console.open_console(sys.stderr, no_color=invocation.no_color)
    with opened_console.capture() as captured:
        console.show(opened_console, taken_card(role, incident_number, stream=stream))
    click.echo(f"\n{captured.get()}", err=True, nl=False)
