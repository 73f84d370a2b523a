"""``history`` and ``correct``: who held what, when, and what is said of it afterwards."""

from __future__ import annotations

from datetime import datetime

import click

from dd_incident_roles.cli import failures, opening, options, output


@click.command()
@click.argument("incident")
@click.option("--at", metavar="TIME", type=options.TIME, help="Only who held what at this moment.")
@click.option("--role", metavar="ROLE", help="Only this role.")
@options.format_option(
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
    from dd_incident_roles.commands.history import show_history
    from dd_incident_roles.report.history_text import history_csv, history_table

    with opening.application_of(context, reads_only=True) as application:
        document, problem = show_history(application, incident, role, at=at)
        if shape == "csv":
            output.write(history_csv(document))
        else:
            now = application.now_here()
            output.show_as(context, shape, document.text, lambda: history_table(document, now))
        if problem:
            failures.tell(problem)
    return failures.INCOMPLETE if problem else 0


@click.command()
@click.argument("incident")
@click.argument("role")
@click.argument("person", metavar="PERSON|nobody")
@click.option(
    "--from", "since", metavar="TIME", type=options.TIME, required=True, help="From when."
)
@click.option("--until", metavar="TIME", type=options.TIME, required=True, help="Until when.")
@click.option("--reason", metavar="TEXT", required=True, help="Why the record was wrong.")
@options.stream_option
@options.no_sync_option
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
) -> int:
    """Say who really held ROLE in INCIDENT in a stretch of the past, or that nobody did.

    What was recorded is kept; history shows the correction in its place, with the reason. In a role
    that several hold it stands for all of them, for that stretch and stream.
    """
    from dd_incident_roles.commands.history import correct_history
    from dd_incident_roles.report.sentences import history_corrected

    with opening.application_of(context) as application:
        corrected, carried = correct_history(
            application,
            incident,
            role,
            person,
            stream=stream,
            since=since,
            until=until,
            reason=reason,
        )
        progress = output.progress_of(application, carried)
        output.write_message(history_corrected(progress, corrected, carried.change))
        return carried.exit_code
