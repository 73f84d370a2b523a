"""Results on stdout: written whole, or with a plain word about why not."""

from __future__ import annotations

import io
import os
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager, redirect_stderr, suppress
from typing import TYPE_CHECKING, TextIO

import click

from dd_incident_roles.cli.opening import invocation_of
from dd_incident_roles.errors import IncidentRolesError

if TYPE_CHECKING:
    from rich.console import RenderableType


class OutputError(IncidentRolesError):
    """A result could not be written where it was to go."""


def write(text: str) -> None:
    """Write a result to stdout, on lines of its own; raises OutputError."""
    with _writing():
        click.echo(text if text.endswith("\n") else f"{text}\n", nl=False)


def show(context: click.Context, content: RenderableType) -> None:
    """Print something made for people to stdout, in colour where that is wanted."""
    with _writing():
        text = rendered(context, content, sys.stdout)
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


def rendered(context: click.Context, content: RenderableType, stream: TextIO) -> str:
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
        with suppress(BrokenPipeError):
            super().write(text)
        return len(text)

    def flush(self) -> None:
        with suppress(BrokenPipeError):
            super().flush()


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
