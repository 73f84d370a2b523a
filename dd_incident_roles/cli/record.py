"""``record``: move what is recorded from one file or database to another."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import BinaryIO, Final

import click

from dd_incident_roles.cli import opening, options, output
from dd_incident_roles.errors import UsageError

_LONGEST_LINE: Final = 64 * 1024 * 1024
_ONE_OF_TWO: Final = (
    "Sync with one of the two records from now on: both would carry to Datadog what waits in them."
)


@click.group()
def record() -> None:
    """Move the record, with all that waits in it, to another file or database."""


@record.command("export")
@click.argument("file")
@click.pass_context
def export_file(context: click.Context, file: str) -> int:
    """Write the whole record to FILE, which only you may read; "-" is stdout.

    It is the record as of one moment, also while a sync runs: roles, timelines, people, what both
    sides agreed on, and what still waits for Datadog. The record itself stays as it is.
    """
    from pathlib import Path

    from dd_incident_roles.commands.record import export_record
    from dd_incident_roles.files import write_private
    from dd_incident_roles.store.opening import open_record
    from dd_incident_roles.words import command

    settings = opening.settings_of(context)
    clock = options.invocation_of(context).clock
    with open_record(settings.store, clock=clock, create=False) as opened:
        lines = export_record(opened)
        if file == "-":
            output.write_pieces(lines)
        else:
            write_private(Path(file), lines)
            click.echo(f"The record {opened.name} was written to {file}.", err=True)
            take = command("record", "import", file, "--store", "URL")
            click.echo(f"Next: {take}\n{_ONE_OF_TWO}", err=True)
    return 0


@record.command("import")
@click.argument("file")
@click.pass_context
def import_file(context: click.Context, file: str) -> int:
    """Fill an empty record with what `record export` wrote to FILE; "-" is stdin.

    --store names the new record. All of it is imported or nothing, and a record that holds anything
    is left as it is. What still waits for Datadog goes with the next sync of the new record.
    """
    from dd_incident_roles.commands.record import import_record
    from dd_incident_roles.files import read_lines
    from dd_incident_roles.store.opening import open_record
    from dd_incident_roles.words import count_of

    settings = opening.settings_of(context)
    clock = options.invocation_of(context).clock
    name = "stdin" if file == "-" else file
    with (
        _opened(file) as stream,
        open_record(settings.store, clock=clock) as opened,
    ):
        lines = read_lines(stream, most=_LONGEST_LINE, name=name)
        counts = import_record(opened, lines, file=name, clock=clock)
        where = opened.name
    parts = (
        count_of(counts.get("incidents", 0), "incident"),
        count_of(counts.get("entries", 0), "entry", "entries"),
        count_of(counts.get("people", 0), "person", "people"),
    )
    output.write(f"Imported {', '.join(parts)} and all else into the record {where}.")
    click.echo(f"{_ONE_OF_TWO} Move the old one away.", err=True)
    return 0


@contextmanager
def _opened(file: str) -> Iterator[BinaryIO]:
    """A file to read, or stdin; raises UsageError where it cannot be opened."""
    from pathlib import Path

    if file == "-":
        yield sys.stdin.buffer
        return
    try:
        with Path(file).open("rb") as stream:
            yield stream
    except OSError as error:
        raise UsageError(
            f"{file} cannot be read: {error.strerror or type(error).__name__}.",
            hint="Name a file that record export wrote.",
        ) from error
