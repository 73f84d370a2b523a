"""Results on stdout: written whole, or with a plain word about why not."""

from __future__ import annotations

import io
import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager, redirect_stderr, suppress
from typing import TextIO

import click

from dd_incident_roles.errors import IncidentRolesError


class NotSaid(IncidentRolesError):
    """A result could not be written where it was to go."""


def say(text: str) -> None:
    """Write a result to stdout, on lines of its own; raises NotSaid."""
    with saying():
        click.echo(text if text.endswith("\n") else f"{text}\n", nl=False)


@contextmanager
def saying() -> Iterator[None]:
    """Write to stdout.

    A reader that went away, such as ``head``, has seen enough: the rest is dropped, and the command
    ends with its own exit code. Raises NotSaid where nothing can be written.
    """
    try:
        yield
    except BrokenPipeError:
        _drop_the_rest(sys.stdout)
    except OSError as error:
        _drop_the_rest(sys.stdout)
        raise NotSaid(
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
            setattr(sys, name, _nowhere(number))
    if isinstance(sys.stdout, io.TextIOWrapper):
        sys.stdout.reconfigure(errors="replace")
    talk = sys.stderr
    if isinstance(talk, io.TextIOWrapper):
        talk = _Talk(talk.buffer, talk.encoding, "backslashreplace", line_buffering=True)
    try:
        with redirect_stderr(talk):
            yield
    finally:
        if isinstance(talk, _Talk):
            # Else it would close what the interpreter still writes to.
            talk.detach()


class _Talk(io.TextIOWrapper):
    """Stderr: a reader that goes away has heard enough, and the command goes on."""

    def write(self, text: str) -> int:
        with suppress(BrokenPipeError):
            super().write(text)
        return len(text)

    def flush(self) -> None:
        with suppress(BrokenPipeError):
            super().flush()


def _nowhere(number: int) -> TextIO:
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
