"""Carrying out the edits of one commit, inside its transaction."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from itertools import groupby
from types import MappingProxyType
from typing import Final, TypeVar, assert_never

from sqlalchemy import Connection, select, update
from sqlalchemy.exc import IntegrityError

from dd_incident_roles.errors import RecordError
from dd_incident_roles.model import Assignment, Entry, EntryKey, IncidentId
from dd_incident_roles.roles.ledger import (
    Close,
    Correct,
    Correction,
    Decide,
    Devise,
    Handoff,
    Locate,
    Open,
    PlaceLink,
    Propose,
)
from dd_incident_roles.store import tables
from dd_incident_roles.store.database import is_taken, part_of
from dd_incident_roles.store.rows import (
    Dataclass,
    Row,
    TableOf,
    insert_into,
    of_row,
    record_changed,
)
from dd_incident_roles.sync import state
from dd_incident_roles.sync.entries.identity import digest_of

D = TypeVar("D", bound=Dataclass)

KINDS: Final[Mapping[type[state.Item], str]] = MappingProxyType(
    {
        state.SingleHolderRole: "seat",
        state.RoleMember: "membership",
        state.IncidentResponder: "presence",
    }
)
"""The kind of item that a row is about."""

Act = Callable[[Connection, Sequence[Row]], None]

_NOTES: Final[Mapping[type[state.Row], TableOf[Dataclass]]] = MappingProxyType(
    {
        state.Link: tables.LINKS,
        state.EntryLink: tables.ENTRY_LINKS,
        state.Intent: tables.INTENTS,
        state.EntryIntent: tables.ENTRY_INTENTS,
        state.RoleTombstone: tables.ROLE_TOMBSTONES,
        state.Tombstone: tables.TOMBSTONES,
        state.Conflict: tables.CONFLICTS,
        state.RefusedWrite: tables.REFUSED_WRITES,
        state.RegisterBase: tables.REGISTERS,
    }
)


def carry_out(
    connection: Connection,
    incident_id: IncidentId,
    target: str,
    edits: Sequence[state.Edit],
    *,
    at: datetime,
) -> None:
    """Make the edits, and count them as one step of the version if any changes what people see.

    Edits of one table keep their order. A place comes before what is noted of its target, and no
    other table depends on another. Raises RecordChanged for an edit that does not fit what the
    record holds.
    """
    here = {"incident": incident_id}
    step = int(any(isinstance(edit, state.Moving) for edit in edits))
    ledger = insert_into(connection, tables.LEDGERS).values(**here, version=step)
    counted = {"version": tables.LEDGERS.c.version + step, "settled_with": None}
    # Before anything else, because all other rows belong to this one.
    connection.execute(ledger.on_conflict_do_update(index_elements=["incident"], set_=counted))
    entries: list[state.PutEntry | state.ArchiveEntry] = []
    notes: dict[TableOf[Dataclass], list[tuple[Act, Row]]] = {}
    for edit in edits:
        match edit:
            case state.PutEntry() | state.ArchiveEntry():
                entries.append(edit)
            case Open() | Propose() | Correct():
                _add_once(connection, here, edit, at=at)
            case state.Restore(row=told):
                _restore(connection, here, told, at=at)
            case Close():
                _close(connection, here, edit)
            case Decide():
                _decide(connection, here, edit)
            case Devise(role=role):
                tables.DEVISED_ROLES.add(connection, [tables.DEVISED_ROLES.row(role, **here)])
            case Locate(place=where):
                _locate(connection, here, where)
            case state.Put() | state.Drop():
                table, act, note = _note(edit, {"target": target, **here})
                notes.setdefault(table, []).append((act, note))
            case _:
                assert_never(edit)
    _change_entries(connection, here, entries, at=at)
    for table, of_table in notes.items():
        _take_notes(connection, table, of_table)


def _note(edit: state.Put | state.Drop, there: Row) -> tuple[TableOf[Dataclass], Act, Row]:
    """The table of an edit about a target, the action, and its columns."""
    act: Act
    match edit:
        case state.Put(noted):
            table, about = _NOTES[type(noted)], state.key_of(noted)
            # The first note of a role's write keeps its date; an entry's is put, because
            # since when it is missing is noted in it too.
            act = table.add_missing if isinstance(noted, state.Intent) else table.put
            values = table.row(noted, **there)
        case state.Drop(kind, about):
            table, values = _NOTES[kind], dict(there)
            act = table.drop
        case _:
            assert_never(edit)
    if isinstance(about, str):
        # After the target and the incident, the key of every table says what a row is about.
        key: dict[str, object] = {list(table.table.primary_key)[2].name: about}
    else:
        # An item has empty text for parts that its kind does not have.
        item = {"kind": KINDS[type(about)], "role": "", "person": ""}
        key = {**(item if "kind" in table.c else {}), **table.row(about)}
    return table, act, {**key, **values}


def _take_notes(
    connection: Connection, table: TableOf[Dataclass], notes: Sequence[tuple[Act, Row]]
) -> None:
    """Carry out notes in their order, with few statements for any number of them."""
    for act, run in groupby(notes, key=lambda note: note[0]):
        rows = [row for _, row in run]
        if table is not tables.ENTRY_LINKS:
            act(connection, rows)
            continue
        # Only a base row of an entry can be refused for another one: its remote entry is taken.
        try:
            with part_of(connection):
                act(connection, rows)
        except IntegrityError as error:
            if not is_taken(error):
                raise
            raise record_changed(
                f"{_taken(connection, rows)} is linked to another entry"
            ) from error


def _taken(connection: Connection, rows: Sequence[Row]) -> object:
    """The first remote entry among rows that is another's, by the record or by a row before."""
    owners = dict[object, object]()
    for row in rows:
        same = {name: row[name] for name in ("target", "incident", "remote_id")}
        owner = tables.ENTRY_LINKS.first(connection, **same)
        if owners.setdefault(row["remote_id"], owner.key if owner else row["key"]) != row["key"]:
            return row["remote_id"]
    return rows[-1]["remote_id"]


def _add_once(
    connection: Connection, here: Row, edit: Open | Propose | Correct, *, at: datetime
) -> None:
    """Write a row that must be new, or must not exist beside a certain other row."""
    match edit:
        case Open(assignment=begun):
            if not begun.is_open:
                raise ValueError(f"an interval begins open: {begun}")
            add, row = tables.ASSIGNMENTS.add, tables.ASSIGNMENTS.row(begun, recorded_at=at)
            refusal = f"{begun.person} already holds {begun.role}"
        case Propose(handoff=handoff):
            if not handoff.is_open:
                raise ValueError(f"a handoff is proposed open: {handoff}")
            add, row = tables.HANDOFFS.add, tables.HANDOFFS.row(handoff)
            refusal = f"a handoff of {handoff.role} was proposed already"
        case Correct(correction=correction):
            add, row = tables.CORRECTIONS.add, tables.CORRECTIONS.row(correction)
            refusal = f"this correction of {correction.role} is there already"
        case _:
            assert_never(edit)
    try:
        add(connection, [{**row, **here}])
    except IntegrityError as error:
        if is_taken(error):
            raise record_changed(refusal) from error
        raise


def _restore(
    connection: Connection, here: Row, told: Assignment | Handoff | Correction, *, at: datetime
) -> None:
    """Write a row that other records have too, or update ours to theirs."""
    table: TableOf[Dataclass]
    match told:
        case Assignment():
            table, others = tables.ASSIGNMENTS, {"recorded_at": at}
        case Handoff():
            table, others = tables.HANDOFFS, {}
        case Correction():
            table, others = tables.CORRECTIONS, {}
        case _:
            assert_never(told)
    row = table.row(told, **others)
    same = table.having(**here, id=told.id)
    try:
        with part_of(connection):
            if connection.execute(update(table.table).where(*same).values(row)).rowcount == 0:
                table.add(connection, [{**row, **here}])
    except IntegrityError as error:
        # A line that was pasted from another incident has an id that is taken there.
        if not is_taken(error):
            raise


def _locate(connection: Connection, here: Row, place: PlaceLink) -> None:
    """Note where the incident is shown; what was agreed with another place counts no more."""
    rows = tables.PLACES.all(connection, **here, target=place.target)
    tables.PLACES.add(connection, [tables.PLACES.row(place, **here)])
    if rows and rows[-1].where != place.where:
        there = {"target": place.target, **here}
        for table in _NOTES.values():
            table.drop(connection, [there])


def _close(connection: Connection, here: Row, close: Close) -> None:
    table = tables.ASSIGNMENTS
    same = table.having(**here, id=close.assignment_id, until=None)
    # Asked for first, for a sentence: the table itself would refuse an end before the beginning.
    since = connection.execute(select(table.c.since).where(*same)).scalar_one_or_none()
    if since is None:
        raise record_changed("the assignment has already ended")
    if close.until < since:
        raise RecordError(
            f"An assignment cannot end at {close.until.isoformat()}: "
            f"it began at {since.isoformat()}.",
            hint="Nothing was written. Check the clock of this machine.",
        )
    connection.execute(update(table.table).where(*same).values(table.row(close)))


def _decide(connection: Connection, here: Row, decision: Decide) -> None:
    same = tables.HANDOFFS.having(**here, id=decision.handoff_id, outcome=None)
    ended = {"outcome": decision.outcome, "decided": decision.at, "decided_by": decision.by}
    decided = update(tables.HANDOFFS.table).where(*same).values(ended)
    if connection.execute(decided).rowcount == 0:
        raise record_changed("the handoff is no longer open")


def _change_entries(
    connection: Connection,
    here: Row,
    edits: Sequence[state.PutEntry | state.ArchiveEntry],
    *,
    at: datetime,
) -> None:
    """Write and remove entries; replaced and removed ones go to the archive."""
    touched = {edit.entry.key if isinstance(edit, state.PutEntry) else edit.key for edit in edits}
    rows = tables.ENTRIES.rows_of_each(connection, "key", touched, **here)
    before = {EntryKey(row["key"]): (of_row(Entry, row), row["recorded_at"]) for row in rows}
    after = dict(before)
    archive: list[Row] = []
    for edit in edits:
        match edit:
            case state.PutEntry(entry=new):
                old = after.get(new.key)
                if old and old[0] == new:
                    continue
                after[new.key] = (new, at)
                left, why = at, tables.ArchiveReason.REPLACED
            case state.ArchiveEntry(key=key, at=left):
                old = after.pop(key, None)
                if old is None:
                    raise record_changed("the entry is no longer there")
                why = tables.ArchiveReason.REMOVED
            case _:
                assert_never(edit)
        if old:
            kept = tables.ARCHIVE.row(old[0], recorded_at=old[1], archived_at=left, why=why)
            archive.append({**kept, **here})
    tables.ARCHIVE.add(connection, archive)
    tables.ENTRIES.drop(connection, [{**here, "key": key} for key in before if key not in after])
    changed = [kept for key, kept in after.items() if kept != before.get(key)]
    written = [
        tables.ENTRIES.row(
            new,
            **here,
            recorded_at=recorded_at,
            digest=digest_of(text=new.text, at=new.at, important=new.important),
        )
        for new, recorded_at in changed
    ]
    tables.ENTRIES.put(connection, written)


def version_of(connection: Connection, incident_id: IncidentId) -> int:
    """How many changes to the incident were visible to people."""
    query = select(tables.LEDGERS.c.version).where(tables.LEDGERS.c.incident == incident_id)
    return connection.execute(query).scalar_one_or_none() or 0
