"""``assign`` and ``unassign``: one short command, and a sentence that says what is now true."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from dd_incident_roles.cli.invocation import Invocation, invocation_of
from dd_incident_roles.cli.opening import opened
from dd_incident_roles.cli.options import no_sync_option, stream_option
from dd_incident_roles.cli.role_card import show_card_of
from dd_incident_roles.cli.saying import say

if TYPE_CHECKING:
    from dd_incident_roles.commands.application import Application
    from dd_incident_roles.commands.assign import RoleChanged


@click.command()
@click.argument("incident")
@click.argument("role")
@click.argument("person")
@stream_option
@no_sync_option
@click.pass_context
def assign(
    context: click.Context,
    incident: str,
    role: str,
    person: str,
    stream: str | None,
    no_sync: bool,
) -> int:
    """Give PERSON a ROLE in INCIDENT, here and in Datadog.

    A role for one person changes hands: whoever held it gives way at the same instant. Datadog
    mails a new responder and invites them to the incident's channel, so PERSON must match exactly.
    What the role is responsible for is said on stderr.
    """
    from dd_incident_roles.commands.assign import assign_role

    invocation = invocation_of(context)
    with opened(invocation) as application:
        changed = assign_role(application, incident, role, person, stream=stream, sync=not no_sync)
        return _told(invocation, application, changed, no_sync=no_sync)


@click.command()
@click.argument("incident")
@click.argument("role")
@click.argument("person", required=False)
@stream_option
@no_sync_option
@click.pass_context
def unassign(
    context: click.Context,
    incident: str,
    role: str,
    person: str | None,
    stream: str | None,
    no_sync: bool,
) -> int:
    """Take ROLE in INCIDENT from its holder, here and in Datadog.

    PERSON can be left out where only one person holds the role. They stay a responder.
    """
    from dd_incident_roles.commands.assign import unassign_role

    invocation = invocation_of(context)
    with opened(invocation) as application:
        changed = unassign_role(
            application, incident, role, person, stream=stream, sync=not no_sync
        )
        return _told(invocation, application, changed, no_sync=no_sync)


def _told(
    invocation: Invocation, application: Application, changed: RoleChanged, *, no_sync: bool
) -> int:
    from dd_incident_roles.commands.describe_change import describe_change

    said = describe_change(application, changed, no_sync=no_sync)
    say(said.result)
    show_card_of(invocation, application, changed)
    # What went wrong comes last, so that a card does not push it out of sight.
    for line in said.talk:
        click.echo(line, err=True)
    return changed.exit_code
