"""Results on stdout, all else and every failure on stderr, and the exit code for scripts."""

from __future__ import annotations

import io
import os
import sys
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager, redirect_stderr
from typing import TYPE_CHECKING, Any, TextIO

import click

from dd_incident_roles import __version__
from dd_incident_roles.cli.options import invocation_of
from dd_incident_roles.errors import IncidentRolesError

if TYPE_CHECKING:
    from rich.console import RenderableType

    from dd_incident_roles.application import Application
    from dd_incident_roles.commands.assign import RoleCommandResult
    from dd_incident_roles.commands.record_then_sync import Carried
    from dd_incident_roles.model import Entry
    from dd_incident_roles.report.sentences import Message, Progress
    from dd_incident_roles.sync.plan import IncidentResult

WRONG = 2
"""The exit code of wrong usage or configuration."""

INCOMPLETE = 3
"""The exit code of an answer that may lack something."""

BUG = 70
"""The exit code of a failure that nobody foresaw."""

INTERRUPTED = 130
"""The exit code after Ctrl-C, as shells give it."""


class OutputError(IncidentRolesError):
    """A result could not be written where it was to go."""


def write(text: str) -> None:
    """Write a result to stdout, on lines of its own; raises OutputError."""
    with _writing():
        click.echo(text if text.endswith("\n") else f"{text}\n", nl=False)


def write_pieces(pieces: Iterable[str]) -> None:
    """Write a long result to stdout, piece by piece; raises OutputError."""
    with _writing():
        for piece in pieces:
            click.echo(piece, nl=False)


def show(context: click.Context, content: RenderableType) -> None:
    """Print something made for people to stdout, in colour where that is wanted."""
    with _writing():
        text = render(context, content, sys.stdout)
    write(text)


def show_as(
    context: click.Context,
    shape: str,
    document: Callable[[], str],
    content: Callable[[], RenderableType],
) -> None:
    """Write a report in the format that was asked for: JSON, else what is made for people."""
    if shape == "json":
        write(document())
    else:
        show(context, content())


def render(context: click.Context, content: RenderableType, stream: TextIO) -> str:
    """Something made for people as the text that a stream takes."""
    from dd_incident_roles.report import terminal

    opened = terminal.open_console(stream, no_color=invocation_of(context).no_color)
    # Taken as text first: rich ends the process by itself where a reader went away.
    with opened.capture() as captured:
        terminal.show(opened, content)
    return captured.get()


@contextmanager
def _writing() -> Iterator[None]:
    """Write to stdout.

    A reader that went away, such as ``head``, has seen enough: the rest is dropped, and the command
    ends with its own exit code. Raises OutputError where nothing can be written.
    """
    try:
        yield
    except BrokenPipeError:
        _drop_the_rest(sys.stdout)
    except OSError as error:
        _drop_the_rest(sys.stdout)
        raise OutputError(
            f"The result could not be written: {error.strerror or type(error).__name__}.",
            hint="What was done is recorded; only the report of it is lost.",
        ) from error


@contextmanager
def standard_streams() -> Iterator[None]:
    """Make something of standard streams that are closed, or whose reader goes away.

    A closed one becomes the null device, lest the record be opened in its place. What stdout cannot
    encode is replaced, since a name must not end a run.
    """
    for number, name in enumerate(("stdin", "stdout", "stderr")):
        if getattr(sys, name) is None:
            setattr(sys, name, _null_stream(number))
    if isinstance(sys.stdout, io.TextIOWrapper):
        sys.stdout.reconfigure(errors="replace")
    stderr = sys.stderr
    if isinstance(stderr, io.TextIOWrapper):
        stderr = _Stderr(stderr.buffer, stderr.encoding, "backslashreplace", line_buffering=True)
    try:
        with redirect_stderr(stderr):
            yield
    finally:
        if isinstance(stderr, _Stderr):
            # Else it would close what the interpreter still writes to.
            stderr.detach()


class _Stderr(io.TextIOWrapper):
    """Stderr: a reader that goes away has heard enough, and the command goes on."""

    def write(self, text: str) -> int:
        try:
            super().write(text)
        except BrokenPipeError:
            _drop_the_rest(self)
        return len(text)

    def flush(self) -> None:
        try:
            super().flush()
        except BrokenPipeError:
            _drop_the_rest(self)


def _null_stream(number: int) -> TextIO:
    """A stream that takes everything, under the number of one that is closed."""
    opened = os.open(os.devnull, os.O_RDWR)
    if opened != number:
        os.dup2(opened, number)
        os.close(opened)
    return os.fdopen(number, "r" if number == 0 else "w", encoding="utf-8")


def _drop_the_rest(stream: TextIO) -> None:
    # Python would complain again when it flushes the stream at exit.
    nowhere = os.open(os.devnull, os.O_WRONLY)
    os.dup2(nowhere, stream.fileno())
    os.close(nowhere)


def progress_of(application: Application, carried: Carried[Any]) -> Progress:
    """How far a change has come."""
    from dd_incident_roles.report.sentences import Progress
    from dd_incident_roles.roles.handoffs import no_longer_asked

    result = carried.result
    seen = result.incident if result else None
    asked = application.record.handoffs(carried.incident_id) if carried.edits else ()
    known = {**(result.people if result else {}), **carried.people}
    return Progress(
        incident_id=carried.incident_id,
        incident=seen or application.incident(carried.incident_id),
        result=result,
        problem=carried.problem,
        places=carried.places,
        sync=not application.only_here,
        zone=application.zone,
        person=lambda key: known.get(key) or application.person(key),
        void=no_longer_asked(carried.edits, asked),
    )


def end_change(message: Message, exit_code: int) -> int:
    """Write what is true now to stdout, and what else there is to know to stderr; the exit code."""
    write(message.result)
    for line in message.stderr:
        click.echo(line, err=True)
    return exit_code


def entries_added(
    application: Application, carried: Carried[Any], entries: Sequence[Entry]
) -> Message:
    """What is true of entries that were added."""
    from dd_incident_roles.commands.timeline import count_shown
    from dd_incident_roles.report.sentences import entries_imported

    shown = count_shown(application, carried.incident_id, entries)
    return entries_imported(progress_of(application, carried), len(entries), shown=shown)


def report_role_change(
    context: click.Context, application: Application, changed: RoleCommandResult
) -> int:
    """Say who holds a role now, give the brief, and the card of the role to who takes it."""
    from dd_incident_roles.commands.naming import is_caller
    from dd_incident_roles.report.catalogue_text import taken_card
    from dd_incident_roles.report.sentences import role_changed
    from dd_incident_roles.words import clean

    progress = progress_of(application, changed.carried)
    message = role_changed(
        progress,
        changed.role,
        changed.change,
        people=changed.carried.people,
        overtaken_by=changed.overtaken_by,
        warnings=changed.warnings,
        doubt=changed.doubt,
    )
    write(message.result)
    begun = changed.change.begun
    if begun and changed.brief:
        write("\n" + "\n".join(f"  {clean(line)}" for line in changed.brief) + "\n")
    is_quiet = invocation_of(context).quiet or changed.overtaken_by is not None
    if begun and not is_quiet and is_caller(application, begun.person):
        card = taken_card(changed.role, progress.number, stream=begun.stream)
        click.echo(f"\n{render(context, card, sys.stderr)}", err=True, nl=False)
    # What went wrong comes last, so that a card does not push it out of sight.
    for line in message.stderr:
        click.echo(line, err=True)
    return changed.exit_code


def end_with(body: Callable[[], int]) -> int:
    """Run the body and turn whatever it raises into a sentence on stderr and an exit code."""
    try:
        return body()
    except IncidentRolesError as error:
        tell(error)
        return error.exit_code
    # Click would end with 1 for some, and that is for findings.
    except click.ClickException as error:
        error.show(file=sys.stderr)
        return WRONG
    except (click.Abort, KeyboardInterrupt) as error:
        # Click turns Ctrl-C into Abort, and what is recorded is in the cause.
        interrupt = error.__cause__ if isinstance(error, click.Abort) else error
        known = " ".join(map(str, interrupt.args)) if interrupt else ""
        click.echo(f"Interrupted. {known or 'Nothing was recorded.'}", err=True)
        return INTERRUPTED
    # So click ends a help text, and not as a failure.
    except click.exceptions.Exit as request:
        return request.exit_code
    except Exception as error:
        tell_bug(error)
        return BUG


def tell(error: IncidentRolesError) -> None:
    """Say on stderr what happened, and what to do next."""
    _say("Error", error.message, *error.details, error.hint)


def end_incomplete(problem: IncidentRolesError | None) -> int:
    """Say what could not be read, if anything; the exit code of the answer without it."""
    if problem is None:
        return 0
    tell(problem)
    return INCOMPLETE


def tell_bug(error: Exception) -> None:
    """Say on stderr that something happened which nobody foresaw, and where its trace is."""
    click.echo(
        f"This is a bug in dd-incident-roles ({type(error).__name__}). {_kept_trace(error)}",
        err=True,
    )


def warn(error: IncidentRolesError, consequence: str) -> None:
    """Say on stderr what is wrong without ending the command for it, and what that means."""
    _say("Warning", error.message, consequence)


def _say(label: str, message: str, *below: str | None) -> None:
    from dd_incident_roles.words import clean

    click.echo(f"{label}: {clean(message)}", err=True)
    for line in filter(None, below):
        click.echo(f"  {clean(line)}", err=True)


def note_gone(results: Iterable[IncidentResult]) -> None:
    """Say on stderr which incidents Datadog shows no longer, which is no failure."""
    from dd_incident_roles.words import clean, incident_label

    for each in results:
        name = incident_label(each.incident.public_id) if each.incident else each.incident_id
        for notice in each.notices:
            click.echo(clean(f"{name}  note: {notice}"), err=True)


def _kept_trace(error: Exception) -> str:
    """Write the trace to a file of its own, and say where it is."""
    # Only a bug needs them, and every command would load them.
    import platform
    import tempfile
    import traceback

    versions = f"dd-incident-roles {__version__}, Python {platform.python_version()}"
    try:
        # A file of its own that only its user may read: a trace quotes what was typed.
        handle, name = tempfile.mkstemp(prefix="dd-incident-roles-", suffix=".txt")
        with os.fdopen(handle, "w", encoding="utf-8", errors="replace") as file:
            file.write(f"{versions}\n\n{_without_keys(''.join(traceback.format_exception(error)))}")
    except OSError as problem:
        return f"Its trace could not be kept: {problem.strerror}. Please report it."
    return f"The trace is in {name}; please report it."


def _without_keys(trace: str) -> str:
    """The trace of a library may quote what it was given, and is meant to be passed on."""
    from dd_incident_roles.environment import secrets

    for secret in secrets():
        trace = trace.replace(secret, "***")
    return trace
