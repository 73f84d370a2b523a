"""``forget``: let go of an incident that is gone from Datadog."""

from __future__ import annotations

import click

from dd_incident_roles.cli.invocation import invocation_of
from dd_incident_roles.cli.opening import opened
from dd_incident_roles.cli.saying import say


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

    with opened(invocation_of(context)) as application:
        forgotten = forget_incident(application, incident)
    for each in forgotten.incidents:
        say(clean(f'IR-{each.public_id} "{each.title}" is forgotten; what is recorded is kept.'))
    if forgotten.waiting:
        click.echo("What waited to be carried to Datadog is not sent.", err=True)
    if forgotten.shown:
        back = ", so the next sync brings it back" if forgotten.shown.is_open else ""
        click.echo(clean(f"Datadog still shows it as {forgotten.shown.state}{back}."), err=True)
    if forgotten.problem:
        click.echo(
            clean(f"Whether Datadog still shows it is not known: {forgotten.problem.message}"),
            err=True,
        )
    return 0
