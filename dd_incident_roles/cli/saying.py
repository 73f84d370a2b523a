"""Results on stdout: written whole, or with a plain word about why not."""

from __future__ import annotations

import io
import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
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


def speak_any_encoding(stream: TextIO) -> None:
    """Let a stream replace what its encoding lacks, since a name must not end a run."""
    if isinstance(stream, io.TextIOWrapper):
        stream.reconfigure(errors="replace")


def _drop_the_rest(stream: TextIO) -> None:
    # Python would complain again when it flushes the stream at exit.
    nowhere = os.open(os.devnull, os.O_WRONLY)
    os.dup2(nowhere, stream.fileno())
    os.close(nowhere)
