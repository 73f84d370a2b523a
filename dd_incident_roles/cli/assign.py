"""``assign`` and ``unassign``: one short command, and a sentence that says what is now true."""

from __future__ import annotations

import click

from dd_incident_roles.cli import opening, options, output


@click.command()
@click.argument("incident")
@click.argument("role")
@click.argument("person")
@options.stream_option
@options.no_sync_option
@click.pass_context
def assign(
    context: click.Context,
    incident: str,
    role: str,
    person: str,
    stream: str | None,
) -> int:
    """Give PERSON a ROLE in INCIDENT, here and in Datadog.

    A role for one person changes hands: whoever held it gives way at the same instant. Datadog
    mails a new responder and invites them to the incident's channel, so PERSON must match exactly.
    What the role is responsible for is said on stderr.
    """
    # Imported here, as in all commands: help must not wait for Datadog's client.
    from dd_incident_roles.commands.assign import assign_role

    with opening.application_of(context) as application:
        changed = assign_role(application, incident, role, person, stream=stream)
        return output.report_role_change(context, application, changed)


@click.command()
@click.argument("incident")
@click.argument("role")
@click.argument("person", required=False)
@options.stream_option
@options.no_sync_option
@click.pass_context
def unassign(
    context: click.Context,
    incident: str,
    role: str,
    person: str | None,
    stream: str | None,
) -> int:
    """Take ROLE in INCIDENT from its holder, here and in Datadog.

    PERSON can be left out where only one person holds the role. They stay a responder.
    """
    from dd_incident_roles.commands.assign import unassign_role

    with opening.application_of(context) as application:
        changed = unassign_role(application, incident, role, person, stream=stream)
        return output.report_role_change(context, application, changed)
