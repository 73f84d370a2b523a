"""``record export`` and ``record import``, the whole of a record, and ``forget``, a part of it."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from datetime import datetime
from typing import TYPE_CHECKING

from dd_incident_roles import __version__
from dd_incident_roles.errors import DatadogError, NotFound, UsageError
from dd_incident_roles.model import Incident
from dd_incident_roles.report.documents.record import Found, read_record_lines, record_lines
from dd_incident_roles.store.moving import Given, GivenRow
from dd_incident_roles.store.opening import NEWEST
from dd_incident_roles.store.record import SqlRecord
from dd_incident_roles.values import frozen
from dd_incident_roles.words import PROGRAM, command

if TYPE_CHECKING:
    # A record is moved without what speaks to Datadog.
    from dd_incident_roles.application import Application


def export_record(record: SqlRecord) -> Iterator[str]:
    """The lines of a file with all that the record holds at one moment, also beside a sync."""
    return record_lines(record.contents(), made_by=f"{PROGRAM} {__version__}", revision=NEWEST)


def import_record(
    record: SqlRecord, lines: Iterable[bytes], *, file: str, clock: Callable[[], datetime]
) -> Mapping[str, int]:
    """Fill an empty record with the lines of a file, all or none, and count its rows by table.

    Raises RecordLocked while a sync runs, UsageError for a record that is not empty, and
    ConfigurationError that names each line that is wrong.
    """
    rows = read_record_lines(lines, file=file, revision=NEWEST)
    with record.run_lock(clock=clock):
        return record.fill(map(_given, rows), file=file)


def _given(found: Found) -> Given:
    match found:
        case number, row:
            return GivenRow(line=number, table=row.table, columns=row.columns)
        case problem:
            return problem


@frozen
class Forgotten:
    """Incidents that the record let go of; ``shown`` is how Datadog still shows one of them.

    ``waiting`` says that something of theirs was still to be carried to Datadog.
    """

    incidents: tuple[Incident, ...]
    shown: Incident | None
    waiting: bool
    problem: DatadogError | None


def forget_incident(application: Application, text: str) -> Forgotten:
    """Neither list nor ask for an incident any more; raises UsageError for one that is unknown.

    Of several with one number those are meant that Datadog does not show.
    """
    known = _find_recorded(application, text)
    shown: list[Incident] = []
    problem: DatadogError | None = None
    for each in known:
        try:
            shown.append(application.incidents.get(each.id).incident)
        except DatadogError as error:
            problem = problem if isinstance(error, NotFound) else error
    # One alone is meant even where Datadog still shows it.
    there = {each.id for each in shown}
    meant = known if len(known) == 1 else [each for each in known if each.id not in there]
    if not meant or (len(known) > 1 and problem):
        listed = "; ".join(
            f'{command("forget", each.id)} ("{each.title}", {each.state})' for each in known
        )
        raise UsageError(
            f"{text!r} matches {len(known)} incidents in the record, and Datadog does "
            "not show which one is meant.",
            hint=f"Type one of: {listed}.",
        )
    pending = set(application.record.pending_incident_ids(application.target.name))
    for each in meant:
        application.record.forget(each.id, at=application.clock())
    return Forgotten(
        incidents=tuple(meant),
        shown=shown[0] if len(known) == 1 and shown else None,
        waiting=any(each.id in pending for each in meant),
        problem=problem,
    )


def _find_recorded(application: Application, text: str) -> list[Incident]:
    """The incidents that the record knows by a name, without those that are gone if it can be."""
    from dd_incident_roles.commands import naming

    record = application.record
    named = naming.parse_reference(text, application.settings, record.open_incidents)
    found = record.incidents_numbered(named) if isinstance(named, int) else [record.incident(named)]
    known = [each for each in found if each]
    if not known:
        raise UsageError(
            f"The record has no incident {text!r}, so there is nothing to forget.",
            hint="It has the incidents that were synced.",
        )
    gone = {each for each, absence in record.absences().items() if absence.gone is not None}
    return [each for each in known if each.id not in gone] or known[:1]
