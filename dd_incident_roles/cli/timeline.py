"""``timeline``: what happened when, here and in Datadog, and as files."""

from __future__ import annotations

import sys
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

import click

from dd_incident_roles.cli import opening, options, output
from dd_incident_roles.errors import UsageError
from dd_incident_roles.files import MIB, read_limited

if TYPE_CHECKING:
    from dd_incident_roles.application import Application
    from dd_incident_roles.commands.timeline import TimelineChanged
    from dd_incident_roles.timeline.importing import Import, Undoing

STDIN = "-"
"""What stands for stdin."""

_LONGEST_TEXT = 8 * MIB
"""More than anybody writes down of one incident, in bytes; on stdin in characters."""


@click.group()
def timeline() -> None:
    """Read and write the timeline of an incident.

    ENTRY is the key of an entry, or the beginning of it, as `timeline list` shows it. TIME is
    14:03, now, 10m (ten minutes ago) or ISO 8601; in the zone of --timezone.
    """


@timeline.command("list")
@click.argument("incident")
@click.option("--last", metavar="N", type=click.IntRange(1), help="Only the last N entries.")
@click.option("--since", metavar="TIME", type=options.TIME, help="Only what happened since then.")
@click.option("--important", is_flag=True, help="Only entries that are marked as important.")
@options.table_or_json
@click.pass_context
def list_entries(
    context: click.Context,
    incident: str,
    last: int | None,
    since: datetime | None,
    important: bool,
    shape: str,
) -> int:
    """Show the timeline of INCIDENT: what was written here, and what Datadog has.

    Reads Datadog and the record and changes no entry. Where Datadog cannot be read, the recorded
    entries are shown and the command exits with 3.
    """
    from dd_incident_roles.commands.timeline import show_timeline
    from dd_incident_roles.report.documents.timeline import Timeline
    from dd_incident_roles.report.timeline_table import timeline_table

    with opening.application_of(context, reads_only=True) as application:
        view, problem = show_timeline(
            application, incident, last=last, since=since, important=important
        )
        now = application.now_here()
    output.show_as(context, shape, lambda: Timeline.of(view), lambda: timeline_table(view, now))
    return output.end_incomplete(problem)


@timeline.command("add")
@click.argument("incident")
@click.argument("text")
@click.option("--at", metavar="TIME", type=options.TIME, help="When it happened; default: now.")
@click.option("--important", is_flag=True, help="Mark the entry as one that matters.")
@click.option("--author", metavar="PERSON", help="Who says so; default: you.")
@options.no_sync_option
@click.pass_context
def add(
    context: click.Context,
    incident: str,
    text: str,
    at: datetime | None,
    important: bool,
    author: str | None,
) -> int:
    """Write TEXT into the timeline of INCIDENT, here and in Datadog.

    With "-" for TEXT each line of stdin is an entry of its own. A TEXT that begins with a dash is
    written behind two: timeline add 1001 -- "-5 % errors".
    """
    from dd_incident_roles.commands.timeline import add_to_timeline

    said = [text]
    if text == STDIN:
        said = [line for line in _text(text).splitlines() if line.strip()]
    with opening.application_of(context, extra_seconds=len(said)) as application:
        changed = add_to_timeline(
            application, incident, *said, at=at, important=important, author=author
        )
        return _report(application, changed)


@timeline.command("write")
@click.argument("incident")
@options.no_sync_option
@click.pass_context
def write(context: click.Context, incident: str) -> int:
    """Take notes for INCIDENT, one a line, until Ctrl-D.

    Each note is recorded when its line is finished, with that time, and goes to Datadog while you
    type on. While Datadog is down the notes wait here. /undo takes the last one back.
    """
    from dd_incident_roles.cli.scribe import Scribe
    from dd_incident_roles.commands.naming import find_incident

    with opening.application_of(context) as application:
        return Scribe(
            application=application,
            invocation=options.invocation_of(context),
            incident_id=find_incident(application, incident),
        ).write_all()


@timeline.command("edit")
@click.argument("incident")
@click.argument("entry")
@click.argument("text")
@options.no_sync_option
@click.pass_context
def edit(context: click.Context, incident: str, entry: str, text: str) -> int:
    """Replace the text of ENTRY with TEXT, here and in Datadog; "-" reads it from stdin.

    What somebody else wrote in Datadog is left as it is, and gets a correction beside it.
    """
    from dd_incident_roles.commands.timeline import edit_timeline

    said = _text(text)
    with opening.application_of(context) as application:
        changed = edit_timeline(application, incident, entry, said)
        return _report(application, changed)


@timeline.command("delete")
@click.argument("incident")
@click.argument("entry")
@options.no_sync_option
@click.pass_context
def delete(context: click.Context, incident: str, entry: str) -> int:
    """Take ENTRY out of the timeline, here and in Datadog; the record's archive keeps it."""
    from dd_incident_roles.commands.timeline import delete_from_timeline

    with opening.application_of(context) as application:
        changed = delete_from_timeline(application, incident, entry)
        return _report(application, changed)


@timeline.command("archive")
@click.argument("incident")
@options.table_or_json
@click.pass_context
def archive(context: click.Context, incident: str, shape: str) -> int:
    """List what was deleted or changed in the timeline of INCIDENT, as recorded here."""
    from dd_incident_roles.commands.timeline import show_archive
    from dd_incident_roles.report.documents.timeline import Archive
    from dd_incident_roles.report.timeline_table import archive_table

    with opening.application_of(context, reads_only=True) as application:
        view, now = show_archive(application, incident), application.now_here()
    output.show_as(context, shape, lambda: Archive.of(view), lambda: archive_table(view, now))
    return 0


@timeline.command("restore")
@click.argument("incident")
@click.argument("entry")
@options.no_sync_option
@click.pass_context
def restore(context: click.Context, incident: str, entry: str) -> int:
    """Bring ENTRY back from the archive, here and in Datadog, as it last was there.

    What was deleted is in the timeline again; what was changed has its former text again. ENTRY is
    a key that `timeline archive` shows.
    """
    from dd_incident_roles.commands.timeline import restore_to_timeline

    with opening.application_of(context) as application:
        changed = restore_to_timeline(application, incident, entry)
        return _report(application, changed)


def _report(application: Application, changed: TimelineChanged) -> int:
    from dd_incident_roles.commands.timeline import count_shown
    from dd_incident_roles.report.sentences import timeline_changed
    from dd_incident_roles.sync.state import PutEntry

    change, incident_id = changed.carried.change, changed.carried.incident_id
    added = [edit.entry for edit in changed.carried.edits if isinstance(edit, PutEntry)]
    if len(added) > 1:
        message = output.entries_added(application, changed.carried, added)
        further = (*changed.notices, *filter(None, [changed.doubt]))
        message = replace(message, stderr=(*further, *message.stderr))
    else:
        message = timeline_changed(
            output.progress_of(application, changed.carried),
            change,
            kept=application.record.entry(incident_id, change.entry.key),
            is_shown=bool(count_shown(application, incident_id, [change.entry])),
            notices=changed.notices,
            doubt=changed.doubt,
        )
    return output.end_change(message, changed.carried.exit_code)


@timeline.command("export")
@click.argument("incident")
@options.format_option(
    "markdown", "json", explained="Markdown for people and for import, or JSON for programs."
)
@click.pass_context
def export(context: click.Context, incident: str, shape: str) -> int:
    """Write the timeline of INCIDENT to stdout, for `timeline import` to read again.

    The times in Markdown are in the zone of --timezone.
    """
    from dd_incident_roles.commands.timeline import show_timeline
    from dd_incident_roles.report.documents.timeline import Timeline
    from dd_incident_roles.timeline.markdown import timeline_markdown

    zone = options.invocation_of(context).timezone or UTC
    with opening.application_of(context, reads_only=True) as application:
        view, problem = show_timeline(application, incident)
    if shape == "json":
        output.write(Timeline.of(view))
    else:
        entries = [row.entry for row in view.rows]
        output.write(timeline_markdown(entries, name=view.name, title=view.title, zone=zone))
    return output.end_incomplete(problem)


@timeline.command("import")
@click.argument("incident")
@click.argument("file")
@click.option("--dry-run", is_flag=True, help="Show what would be added, and add nothing.")
@click.option("--yes", is_flag=True, help="Do not ask in a terminal.")
@click.option("--force", is_flag=True, help="Take a file that says it is about another incident.")
@click.option(
    "--undo", is_flag=True, help="Take out again what importing FILE added; edits since then stay."
)
@options.no_sync_option
@click.pass_context
def import_(
    context: click.Context,
    incident: str,
    file: str,
    dry_run: bool,
    yes: bool,
    force: bool,
    undo: bool,
) -> int:
    """Add what FILE says and the timeline of INCIDENT lacks; "-" reads stdin.

    FILE is Markdown (lines such as "14:03 text" below a line with the date, or a table with a time
    column) or JSON. A time that could mean two moments is refused, and nothing is added. What is
    there already is not added again, so the same file can be imported any number of times.

    --undo takes out what an import of the same file added, and can be repeated as well. What the
    timeline had before stays, and so does what somebody changed since.
    """
    from dd_incident_roles.commands import timeline as commands
    from dd_incident_roles.report.sentences import import_undone

    zone, text = options.invocation_of(context).timezone, _file_text(file)
    # A long file takes several requests for each of its lines.
    with opening.application_of(context, extra_seconds=text.count("\n")) as application:
        prepared = commands.prepare_import(application, incident, text, file=file, zone=zone)
        # A text that came on stdin has taken the place of the answer.
        asks = not yes and file != STDIN and sys.stdin.isatty() and sys.stderr.isatty()
        other = None if undo else prepared.other
        if other and not force and not (asks or dry_run):
            raise UsageError(
                f"{file} says that it is about {other}; nothing was added to incident {incident}.",
                hint=f"Import it into {other}, or add --force.",
            )
        if undo:
            _show_undoing(context, prepared.undoing, application.now_here())
        else:
            _show_comparison(context, prepared.found, application.now_here())
        if other:
            click.echo(f"The file says that it is about {other}.", err=True)
        if dry_run:
            if prepared.problem:
                output.tell(prepared.problem)
            return prepared.problem.exit_code if prepared.problem else 0
        changes = prepared.undoing.gone if undo else prepared.found.new
        if changes and asks and not click.confirm("Take them out?" if undo else "Add?", err=True):
            click.echo(f"Nothing was {'taken out' if undo else 'added'}.", err=True)
            return 0
        if undo:
            undone = commands.carry_undoing(application, prepared)
            kept = (
                application.record.entry(undone.incident_id, each.key)
                for each in undone.change.gone
            )
            left = sum(entry is not None for entry in kept)
            progress = output.progress_of(application, undone)
            return output.end_change(
                import_undone(progress, undone.change, left=left), undone.exit_code
            )
        carried = commands.carry_import(application, prepared)
        message = output.entries_added(application, carried, carried.change.new)
    return output.end_change(message, carried.exit_code)


def _show_undoing(context: click.Context, undoing: Undoing, now: datetime) -> None:
    from dd_incident_roles.report.timeline_table import entries_table

    if undoing.gone:
        output.show(context, entries_table(undoing.gone, now))
    kept = f", {len(undoing.kept)} changed since and kept" if undoing.kept else ""
    output.write(f"{len(undoing.gone)} to take out{kept}.")


def _show_comparison(context: click.Context, found: Import, now: datetime) -> None:
    from dd_incident_roles.report.timeline_table import entries_table

    if found.new:
        output.show(context, entries_table(found.new, now))
    there = f"{found.known} are there already" if found.known != 1 else "1 is there already"
    output.write(f"{len(found.new)} to add, {there}.")
    if found.system:
        click.echo(f"Left out, because a system made them: {found.system}.", err=True)
    if found.stripped:
        click.echo(f"Control characters removed from texts: {found.stripped}.", err=True)


def _file_text(file: str) -> str:
    """The text of a file, or of stdin; raises UsageError where it cannot be read."""
    if file == STDIN:
        return _text(STDIN)
    try:
        return read_limited(Path(file), most=_LONGEST_TEXT).decode("utf-8-sig")
    except ValueError as error:
        # A name with a NUL in it is a ValueError too.
        reason = "it is not UTF-8 text" if isinstance(error, UnicodeDecodeError) else error
        raise UsageError(
            f"{file} cannot be read: {reason}.", hint="Give a file of UTF-8 text."
        ) from error


def _text(argument: str) -> str:
    """A text as it was typed, or everything on stdin; raises UsageError where that will not do."""
    if argument != STDIN:
        return argument
    try:
        # One more than is allowed, to see that it is too long without reading it all.
        text = sys.stdin.read(_LONGEST_TEXT + 1)
    except UnicodeDecodeError as error:
        raise UsageError("stdin is not UTF-8 text.", hint="Convert it first.") from error
    if len(text) > _LONGEST_TEXT:
        raise UsageError(f"stdin is longer than {_LONGEST_TEXT // MIB} MiB.")
    return text
