"""``history`` and ``correct``: who held what, when, and what is said of it afterwards."""

from __future__ import annotations

from datetime import datetime

import click

from dd_incident_roles.cli.failures import INCOMPLETE, tell
from dd_incident_roles.cli.opening import application_of
from dd_incident_roles.cli.options import TIME, format_option, no_sync_option, stream_option
from dd_incident_roles.cli.output import progress_of, show_as, write, write_message


@click.command()
@click.argument("incident")
@click.option("--at", metavar="TIME", type=TIME, help="Only who held what at this moment.")
@click.option("--role", metavar="ROLE", help="Only this role.")
@format_option(
    *("table", "json", "csv"),
    explained="A table for people, JSON for programs, or CSV for a spreadsheet.",
)
@click.pass_context
def history(
    context: click.Context, incident: str, at: datetime | None, role: str | None, shape: str
) -> int:
    """Show who held which role in INCIDENT, from when to when, set by whom, and the gaps.

    What happened before the record first looked is inferred from Datadog's own entries, and marked
    so. Where Datadog cannot be read the record alone is shown, and the command exits with 3.
    """
    from dd_incident_roles.commands.history import trace_history
    from dd_incident_roles.commands.naming import find_incident
    from dd_incident_roles.commands.reading import unread_notice
    from dd_incident_roles.report.documents.history import history_document
    from dd_incident_roles.report.history_text import history_csv, history_table

    with application_of(context, reads_only=True) as application:
        incident_id = find_incident(application, incident)
        only = application.catalogue_of(incident_id).find(role).key if role else None
        traced = trace_history(application, incident_id, only=only, at=at)
        document = history_document(
            traced.history,
            lambda key: traced.people.get(key) or application.person(key),
            at=at,
            notices=(unread_notice(traced.problem),) if traced.problem else (),
        )
        if shape == "csv":
            write(history_csv(document))
        else:
            now = application.now()
            show_as(context, shape, document.text, lambda: history_table(document, now))
        if traced.problem:
            tell(traced.problem)
    return INCOMPLETE if traced.problem else 0


@click.command()
@click.argument("incident")
@click.argument("role")
@click.argument("person", metavar="PERSON|nobody")
@click.option("--from", "since", metavar="TIME", type=TIME, required=True, help="From when.")
@click.option("--until", metavar="TIME", type=TIME, required=True, help="Until when.")
@click.option("--reason", metavar="TEXT", required=True, help="Why the record was wrong.")
@stream_option
@no_sync_option
@click.pass_context
def correct(
    context: click.Context,
    incident: str,
    role: str,
    person: str,
    since: datetime,
    until: datetime,
    reason: str,
    stream: str | None,
    sync: bool,
) -> int:
    """Say who really held ROLE in INCIDENT in a stretch of the past, or that nobody did.

    What was recorded is kept; history shows the correction in its place, with the reason. In a role
    that several hold it stands for all of them, for that stretch and stream.
    """
    from dd_incident_roles.commands.history import correct_history
    from dd_incident_roles.report.sentences import history_corrected

    with application_of(context) as application:
        corrected = correct_history(
            application,
            incident,
            role,
            person,
            stream=stream,
            since=since,
            until=until,
            reason=reason,
            sync=sync,
        )
        carried = corrected.carried
        progress = progress_of(application, carried, sync=sync)
        write_message(history_corrected(progress, corrected.role, carried.change, corrected.holder))
        return carried.exit_code
