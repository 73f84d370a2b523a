"""``status``, ``suggest`` and ``forget``: what is so in an incident, and letting go of one."""

from __future__ import annotations

import logging

import click

from dd_incident_roles.cli import failures, opening, options, output

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
        if opening.invocation_of(context).verbosity:
            from dd_incident_roles.commands.skipping import what_is_known
            from dd_incident_roles.report.status_text import trust_lines

            for line in trust_lines(what_is_known(application), now):
                _log.info(line)
        for failure in unread:
            failures.tell(failure.error)
    return failures.INCOMPLETE if unread else 0


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
    return 0 if found.is_whole else failures.INCOMPLETE


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
    from dd_incident_roles.commands.sync import forget_incident
    from dd_incident_roles.report.clean import clean
    from dd_incident_roles.words import incident_label

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
