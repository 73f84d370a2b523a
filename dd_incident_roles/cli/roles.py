"""``roles``: what the catalogue knows, and what is devised beside it for one incident."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

import click
from click.core import ParameterSource

from dd_incident_roles.cli import opening, options, output

if TYPE_CHECKING:
    from dd_incident_roles.roles.catalogue import Catalogue, Role

incident_option = click.option(
    "--incident", metavar="INCIDENT", help="With the roles devised for INCIDENT, as recorded here."
)


@click.group()
def roles() -> None:
    """List the roles, show what one is for, and devise or drop one for an incident."""


@roles.command("devise")
@click.argument("incident")
@click.argument("title")
@click.option(
    "--holders",
    type=click.Choice(["one", "many"]),
    default="one",
    show_default=True,
    help="How many people hold it at one time.",
)
@click.option("--summary", metavar="TEXT", help="What the role is for, in a sentence.")
@click.option(
    "--may",
    metavar="PERSON",
    multiple=True,
    help="Who may hold it; default: everybody. Repeatable.",
)
@click.option(
    "--for",
    "lasting",
    metavar="DURATION",
    type=options.DURATION,
    help="How long it lasts, such as 2h.",
)
@click.option(
    "--define", is_flag=True, help="Have Datadog define the role for this type of incident."
)
@click.option(
    "--change", is_flag=True, help="Change a devised role, and only in what is named here."
)
@options.no_sync_option
@click.pass_context
def devise(
    context: click.Context,
    incident: str,
    title: str,
    holders: str,
    summary: str | None,
    may: tuple[str, ...],
    lasting: timedelta | None,
    define: bool,
    change: bool,
) -> int:
    """Devise a role called TITLE for INCIDENT alone.

    Devising the same TITLE again sets all of its terms anew: how many hold it, who may and for how
    long. With --change those stay that are not named. roles drop takes it away. Datadog shows
    it as a role if it defines one of this name (--define needs the permission
    incident_settings_write, and the role stays defined for every incident of the type), in the
    property field made for it, or as a responder.
    """
    from dd_incident_roles.commands.devise import devise_role
    from dd_incident_roles.commands.naming import devised_notice
    from dd_incident_roles.report.sentences import role_devised
    from dd_incident_roles.roles.catalogue import Holders

    # The default of --holders says nothing of a role that is there.
    holders_named = context.get_parameter_source("holders") is not ParameterSource.DEFAULT
    if define and options.invocation_of(context).only_here:
        raise click.UsageError("--define writes to Datadog, and --no-sync keeps from it.")
    with opening.application_of(context) as application:
        devised = devise_role(
            application,
            incident,
            title,
            holders=Holders(holders) if holders_named or not change else None,
            summary=summary,
            may_hold=may,
            lasting=lasting,
            define=define,
            change=change,
        )
        devising = devised.carried.change
        message = role_devised(
            output.progress_of(application, devised.carried),
            devising.role,
            is_news=devising.is_news,
            is_new=devising.before is None,
            notice=devised_notice(application, devising.role),
            doubts=devised.doubts,
            definition=devised.definition,
            define=define,
        )
    return output.end_change(message, devised.exit_code)


@roles.command("drop")
@click.argument("incident")
@click.argument("role")
@options.no_sync_option
@click.pass_context
def drop(context: click.Context, incident: str, role: str) -> int:
    """Take ROLE, which was devised for INCIDENT, away again.

    Refused while somebody holds it. Its history stays. A definition in Datadog (--define) stays
    too; an administrator can delete it there.
    """
    from dd_incident_roles.commands.devise import drop_role
    from dd_incident_roles.report.sentences import role_dropped

    with opening.application_of(context) as application:
        carried = drop_role(application, incident, role)
        message = role_dropped(output.progress_of(application, carried), carried.change)
    return output.end_change(message, carried.exit_code)


@roles.command("list")
@incident_option
@options.table_or_json
@click.pass_context
def list_roles(context: click.Context, incident: str | None, shape: str) -> int:
    """List every role: its names, how many hold it, and when it is required.

    Needs neither Datadog nor keys.
    """
    catalogue = _catalogue(context, incident)
    _show(context, shape, catalogue)
    return 0


@roles.command("show")
@click.argument("role")
@incident_option
@options.table_or_json
@click.pass_context
def show_role(context: click.Context, role: str, incident: str | None, shape: str) -> int:
    """Show what ROLE is responsible for, how it is shown in Datadog, and when it is required.

    Needs neither Datadog nor keys.
    """
    catalogue = _catalogue(context, incident)
    _show(context, shape, catalogue, catalogue.find(role))
    return 0


def _show(
    context: click.Context, shape: str, catalogue: Catalogue, role: Role | None = None
) -> None:
    """Show one role, or all; either is loaded only where it is asked for."""
    if shape == "json":
        from dd_incident_roles.report.documents.catalogue import Roles

        output.write(Roles.of(roles=[role] if role else catalogue.roles))
    else:
        from dd_incident_roles.report.catalogue_text import role_card, roles_table

        output.show(context, role_card(role, catalogue) if role else roles_table(catalogue))


def _catalogue(context: click.Context, incident: str | None) -> Catalogue:
    from dd_incident_roles.configuration.configuration import load_roles

    settings = opening.settings_of(context)
    catalogue = load_roles(settings.roles)
    if incident is None:
        return catalogue
    from dd_incident_roles.commands.devise import recorded_roles

    return recorded_roles(settings, catalogue, incident, clock=options.invocation_of(context).clock)
