"""``status``, ``suggest``, ``history`` and the like: what is so in an incident, and what was so."""

from __future__ import annotations

import logging
from datetime import datetime

import click

from dd_incident_roles.cli import opening, options, output

_log = logging.getLogger("dd_incident_roles.status")


@click.command()
@click.argument("incidents", nargs=-1, metavar="[INCIDENT]...")
@click.option("--mine", is_flag=True, help="Show what you yourself hold and owe there instead.")
@options.query_option
@options.table_or_json
@click.pass_context
def status(
    context: click.Context,
    incidents: tuple[str, ...],
    mine: bool,
    query: str | None,
    shape: str,
) -> int:
    """Show who holds which role now in the named incidents, or a line for each open one.

    Reads Datadog and the record and changes no role; whom Datadog does not show any more, and since
    when, is noted. An incident that cannot be read is shown as it was last recorded, and the
    command exits with 3. With -v it also tells what of Datadog a sync reads in every run.
    """
    with opening.application_of(context, reads_only=True) as application:
        if mine:
            # Only one of the two is loaded: a person waits for it.
            from dd_incident_roles.commands.mine import show_mine
            from dd_incident_roles.report.status_text import mine_table

            owed = show_mine(application, incidents, query=query)
            here = owed.model_copy(update={"now": owed.now.astimezone(application.zone)})
            output.show_as(context, shape, owed.text, lambda: mine_table(here))
            return owed.exit_code
        from dd_incident_roles.commands.status import show_status
        from dd_incident_roles.report.documents.status import Status
        from dd_incident_roles.report.status_text import overview_table, status_table

        views, unread = show_status(application, incidents, query=query)
        # Whoever names an incident wants all of it.
        table, now = status_table if incidents else overview_table, application.now_here()
        output.show_as(
            context, shape, lambda: Status.of(incidents=views), lambda: table(views, now)
        )
        if options.invocation_of(context).verbosity:
            from dd_incident_roles.commands.skipping import what_is_known
            from dd_incident_roles.report.status_text import trust_lines

            for line in trust_lines(what_is_known(application), now):
                _log.info(line)
        for failure in unread:
            output.tell(failure.error)
    return output.INCOMPLETE if unread else 0


@click.command()
@click.argument("incident")
@click.argument("role", required=False)
@click.option(
    "--all", "everything", is_flag=True, help="Also for roles that are held, to hand them over."
)
@options.table_or_json
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
    from dd_incident_roles.report.suggest import Suggest, suggest_table

    with opening.application_of(context, reads_only=True) as application:
        found = suggest_people(application, incident, role, for_handoff=everything)
        output.show_as(context, shape, lambda: Suggest.of(found), lambda: suggest_table(found))
    return 0 if found.is_whole else output.INCOMPLETE


@click.command()
@click.argument("incident", metavar="INCIDENT")
@click.pass_context
def forget(context: click.Context, incident: str) -> int:
    """Neither list nor ask for INCIDENT any more, because it is gone from Datadog.

    An incident that Datadog says twice is not there leaves the open ones by itself; this settles
    it at once. Nothing is deleted, here or in Datadog: `history` and `timeline list` still show it,
    and an incident that is seen again comes back. Of several with one number, those are forgotten
    that Datadog does not show.
    """
    from dd_incident_roles.commands.record import forget_incident
    from dd_incident_roles.words import clean, incident_label

    with opening.application_of(context) as application:
        forgotten = forget_incident(application, incident)
    for each in forgotten.incidents:
        name = f'{incident_label(each.public_id)} "{each.title}"'
        output.write(clean(f"{name} is forgotten; what is recorded is kept."))
    if forgotten.waiting:
        click.echo("Changes that waited for Datadog are not sent.", err=True)
    if forgotten.shown:
        back = ", so the next sync brings it back" if forgotten.shown.is_open else ""
        click.echo(clean(f"Datadog still shows it as {forgotten.shown.state}{back}."), err=True)
    if forgotten.problem:
        reason = forgotten.problem.message
        click.echo(clean(f"Whether Datadog still shows it is not known: {reason}"), err=True)
    return 0


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
        return output.end_incomplete(problem)


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
        return output.end_change(
            history_corrected(progress, corrected, carried.change), carried.exit_code
        )
