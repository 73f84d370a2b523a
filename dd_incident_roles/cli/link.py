"""``link`` and ``unlink``: the incident issue and the chat room."""

from __future__ import annotations

import click

from dd_incident_roles.cli import opening, options, output


@click.command()
@click.argument("incident")
@click.argument("where")
@options.no_sync_option
@click.pass_context
def link(context: click.Context, incident: str, where: str) -> int:
    """Show INCIDENT in an issue or a chat room, which WHERE names.

    WHERE is the URL of its page, or github:owner/repo#12, gitlab:group/project#12, jira:PROJ-123,
    or slack:C0123456789. An issue is assigned to the Incident Manager and shows who holds which
    role; a room shows it in its topic. There is one place for each system: another one takes the
    place of the first.
    """
    from dd_incident_roles.commands.link import link_incident
    from dd_incident_roles.report.place_sentences import place_linked

    with opening.application_of(context) as application:
        done = link_incident(application, incident, where)
        message = place_linked(
            output.progress_of(application, done.carried),
            done.place,
            before=done.before,
            doubt=done.doubt,
        )
    output.write_message(message)
    return done.carried.exit_code


@click.command()
@click.argument("incident")
@click.argument("where", required=False)
@options.no_sync_option
@click.pass_context
def unlink(context: click.Context, incident: str, where: str | None) -> int:
    """Show INCIDENT no longer in an issue or a chat room.

    What stands there stays as it is. WHERE can be left out where there is only one.
    """
    from dd_incident_roles.commands.link import unlink_incident
    from dd_incident_roles.report.place_sentences import place_linked

    with opening.application_of(context) as application:
        done = unlink_incident(application, incident, where)
        message = place_linked(
            output.progress_of(application, done.carried), None, before=done.before, doubt=None
        )
    output.write_message(message)
    return done.carried.exit_code
