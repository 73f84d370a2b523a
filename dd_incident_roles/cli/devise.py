"""``roles devise``: a role that only one incident has."""

from __future__ import annotations

from datetime import timedelta

import click

from dd_incident_roles.cli.durations import DURATION
from dd_incident_roles.cli.invocation import invocation_of
from dd_incident_roles.cli.opening import opened
from dd_incident_roles.cli.options import no_sync_option
from dd_incident_roles.cli.saying import say


@click.command("devise")
@click.argument("incident")
@click.argument("title")
@click.option(
    "--holders",
    type=click.Choice(["one", "many"]),
    default="one",
    show_default=True,
    help="How many people hold it at one time.",
)
@click.option("--summary", metavar="TEXT", default="", help="What the role is for, in a sentence.")
@click.option(
    "--may",
    metavar="PERSON",
    multiple=True,
    help="Who may hold it; default: everybody. Repeatable.",
)
@click.option(
    "--for", "lasting", metavar="DURATION", type=DURATION, help="How long it lasts, such as 2h."
)
@click.option(
    "--define", is_flag=True, help="Have Datadog define the role for this type of incident."
)
@no_sync_option
@click.pass_context
def devise(
    context: click.Context,
    incident: str,
    title: str,
    holders: str,
    summary: str,
    may: tuple[str, ...],
    lasting: timedelta | None,
    define: bool,
    no_sync: bool,
) -> int:
    """Devise a role called TITLE for INCIDENT alone.

    Devising the same TITLE again changes how many hold it, who may and for how long. Datadog shows
    it as a role if it defines one of this name (--define needs the permission
    incident_settings_write, and the role stays defined for every incident of the type), in the
    property field made for it, or as a responder.
    """
    from dd_incident_roles.commands.describe_devised import describe_devised
    from dd_incident_roles.commands.devise import devise_role
    from dd_incident_roles.roles.catalogue import Holders

    if define and no_sync:
        raise click.UsageError("--define writes to Datadog, and --no-sync keeps from it.")
    with opened(invocation_of(context)) as application:
        devised = devise_role(
            application,
            incident,
            title,
            holders=Holders(holders),
            summary=summary,
            may_hold=may,
            lasting=lasting,
            define=define,
            sync=not no_sync,
        )
        said = describe_devised(application, devised, no_sync=no_sync, define=define)
    say(said.result)
    for line in said.talk:
        click.echo(line, err=True)
    return devised.exit_code
