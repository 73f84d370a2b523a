"""``timeline``: what happened when, here and in Datadog."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING

import click

from dd_incident_roles.cli.failures import tell
from dd_incident_roles.cli.invocation import invocation_of
from dd_incident_roles.cli.opening import opened, show
from dd_incident_roles.cli.options import format_option, no_sync_option
from dd_incident_roles.cli.reading import STDIN, read_stdin
from dd_incident_roles.cli.saying import say
from dd_incident_roles.cli.timeline_files import export, import_
from dd_incident_roles.cli.times import TIME

if TYPE_CHECKING:
    from dd_incident_roles.commands.application import Application
    from dd_incident_roles.commands.timeline import TimelineChanged


@click.group()
def timeline() -> None:
    """Read and write the timeline of an incident.

    ENTRY is the key of an entry, or the beginning of it, as `timeline list` shows it. TIME is
    14:03, now, 10m (ten minutes ago) or ISO 8601; it is in UTC if it names no zone.
    """


@timeline.command("list")
@click.argument("incident")
@format_option
@click.pass_context
def list_entries(context: click.Context, incident: str, shape: str) -> int:
    """Show the timeline of INCIDENT: what was written here, and what Datadog has.

    Reads Datadog and the record and changes no entry. Where Datadog cannot be read, the recorded
    entries are shown and the command exits with 3.
    """
    from dd_incident_roles.commands.timeline import show_timeline
    from dd_incident_roles.report.documents.timeline import timeline_json
    from dd_incident_roles.report.timeline_table import timeline_table

    invocation = invocation_of(context)
    with opened(invocation, reads_only=True) as application:
        shown = show_timeline(application, incident)
    if shape == "json":
        say(timeline_json(shown.view))
    else:
        show(invocation, timeline_table(shown.view))
    if shown.problem:
        tell(shown.problem)
    return shown.exit_code


@timeline.command("add")
@click.argument("incident")
@click.argument("text")
@click.option("--at", metavar="TIME", type=TIME, help="When it happened; default: now.")
@click.option("--important", is_flag=True, help="Mark the entry as one that matters.")
@click.option("--author", metavar="PERSON", help="Who says so; default: you.")
@no_sync_option
@click.pass_context
def add(
    context: click.Context,
    incident: str,
    text: str,
    at: datetime | None,
    important: bool,
    author: str | None,
    no_sync: bool,
) -> int:
    """Write TEXT into the timeline of INCIDENT, here and in Datadog; "-" reads it from stdin.

    A TEXT that begins with a dash is written behind two: timeline add 1001 -- "-5 % errors".
    """
    from dd_incident_roles.commands.timeline import add_to_timeline

    said = _text(text)
    with opened(invocation_of(context)) as application:
        changed = add_to_timeline(
            application,
            incident,
            said,
            at=at,
            important=important,
            author=author,
            sync=not no_sync,
        )
        return _told(application, changed, no_sync=no_sync)


@timeline.command("edit")
@click.argument("incident")
@click.argument("entry")
@click.argument("text")
@no_sync_option
@click.pass_context
def edit(context: click.Context, incident: str, entry: str, text: str, no_sync: bool) -> int:
    """Replace the text of ENTRY with TEXT, here and in Datadog; "-" reads it from stdin.

    What somebody else wrote in Datadog is left as it is, and gets a correction beside it.
    """
    from dd_incident_roles.commands.timeline import edit_timeline

    said = _text(text)
    with opened(invocation_of(context)) as application:
        changed = edit_timeline(application, incident, entry, said, sync=not no_sync)
        return _told(application, changed, no_sync=no_sync)


@timeline.command("delete")
@click.argument("incident")
@click.argument("entry")
@no_sync_option
@click.pass_context
def delete(context: click.Context, incident: str, entry: str, no_sync: bool) -> int:
    """Take ENTRY out of the timeline, here and in Datadog; the record's archive keeps it."""
    from dd_incident_roles.commands.timeline import delete_from_timeline

    with opened(invocation_of(context)) as application:
        changed = delete_from_timeline(application, incident, entry, sync=not no_sync)
        return _told(application, changed, no_sync=no_sync)


def _text(argument: str) -> str:
    return read_stdin() if argument == STDIN else argument


def _told(application: Application, changed: TimelineChanged, *, no_sync: bool) -> int:
    from dd_incident_roles.commands.describe_timeline import describe_timeline_change

    said = describe_timeline_change(application, changed, no_sync=no_sync)
    say(said.result)
    for line in said.talk:
        click.echo(line, err=True)
    return changed.exit_code


timeline.add_command(export)
timeline.add_command(import_)
