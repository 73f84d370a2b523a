"""``record export`` and ``record import``: the whole of a record, from one database to another."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from datetime import datetime

from dd_incident_roles import __version__
from dd_incident_roles.report.documents.record import Found, read_record_lines, record_lines
from dd_incident_roles.store.moving import Given, GivenRow
from dd_incident_roles.store.opening import NEWEST
from dd_incident_roles.store.record import SqlRecord
from dd_incident_roles.words import PROGRAM


def export_record(record: SqlRecord) -> Iterator[str]:
    """The lines of a file with all that the record holds at one moment, also beside a sync."""
    return record_lines(record.contents(), made_by=f"{PROGRAM} {__version__}", revision=NEWEST)


def import_record(
    record: SqlRecord,
    lines: Iterable[bytes],
    *,
    file: str,
    clock: Callable[[], datetime],
    sleep: Callable[[float], None],
) -> Mapping[str, int]:
    """Fill an empty record with the lines of a file, all or none, and count its rows by table.

    Raises RecordLocked while a sync runs, UsageError for a record that is not empty, and
    ConfigurationError that names each line that is wrong.
    """
    rows = read_record_lines(lines, file=file, revision=NEWEST)
    with record.run_lock(clock=clock, sleep=sleep):
        return record.fill(map(_given, rows), file=file)


def _given(found: Found) -> Given:
    match found:
        case number, row:
            return GivenRow(line=number, table=row.table, columns=row.columns)
        case problem:
            return problem
