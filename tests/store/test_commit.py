"""Committing edits: whole or not at all, and only onto the record that was seen."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import datetime, timedelta, timezone

import pytest
from sqlalchemy import Engine, Table, event, update
from sqlalchemy.exc import IntegrityError, StatementError

from dd_incident_roles.errors import RecordChanged, RecordError
from dd_incident_roles.model import EntryKey
from dd_incident_roles.roles.ledger import HandoffOutcome, Open, Propose
from dd_incident_roles.store import tables
from dd_incident_roles.store.database import Database, Part
from dd_incident_roles.store.record import SqlRecord
from dd_incident_roles.sync import state as kinds
from tests.store.samples import (
    BO,
    K1,
    K2,
    K3,
    NOTES,
    ONE,
    RUNNER,
    SHARED,
    START,
    clock,
    closing,
    correction,
    decision,
    devising,
    entry,
    entry_intent,
    entry_link,
    in_a_file,
    intent,
    link,
    minutes,
    opening,
    proposal,
    put,
    tombstone,
)


class Unplugged(Exception):
    """The program went no further."""


def test_a_failure_at_any_statement_undoes_everything(record: SqlRecord) -> None:
    """Whichever statement of a mixed commit fails, the record is as it was before."""
    record.commit(ONE, "datadog", [opening(), put(), put(K2), entry_link(), entry_intent(K3)])
    before = (record.state(ONE, "datadog"), record.archived(ONE))
    mixed: list[kinds.Edit] = [
        *(opening("a2", person=BO), put(text="New."), kinds.ArchiveEntry(key=K2, at=START)),
        *(entry_link(K1, "r2"), kinds.Drop(kinds.EntryIntent, K3), entry_intent(), tombstone()),
    ]
    for step in range(1, 100):
        left = [step]

        def fail(*_: object, left: list[int] = left) -> None:
            left[0] -= 1
            if left[0] == 0:
                raise Unplugged

        event.listen(Engine, "before_cursor_execute", fail)
        try:
            record.commit(ONE, "datadog", mixed, expected_version=1)
        except Unplugged:
            outcome = "undone"
        else:
            outcome = "done"
        finally:
            event.remove(Engine, "before_cursor_execute", fail)
        if outcome == "done":
            break
        assert (record.state(ONE, "datadog"), record.archived(ONE)) == before
    assert step > 10
    assert record.state(ONE, "datadog").version == 2
    assert [each.entry for each in record.archived(ONE)] == [entry(), entry(K2)]


def test_times_come_back_in_utc_to_the_microsecond(record: SqlRecord) -> None:
    """An instant given in another zone is the same instant in UTC."""
    elsewhere = START.astimezone(timezone(timedelta(hours=5, minutes=30)))
    edits: list[kinds.Edit] = [
        *(opening(since=elsewhere), put(at=elsewhere), tombstone(since=elsewhere))
    ]
    record.commit(ONE, "datadog", edits)
    state = record.state(ONE, "datadog")
    since, at = state.assignments[0].since, state.timeline.entries[0].at
    for instant in (since, at, state.timeline.tombstones[0].since):
        assert (instant, instant.utcoffset(), instant.microsecond) == (START, timedelta(0), 123456)


def test_a_naive_time_is_refused(record: SqlRecord) -> None:
    """A time that does not say its zone never reaches the file."""
    naive = datetime(2026, 1, 1)  # noqa: DTZ001 - the point of the test
    edits: list[kinds.Edit] = [
        *(opening(since=naive), put(at=naive), put(deleted_at=naive), tombstone(since=naive)),
        proposal(proposed=naive),
    ]
    for edit in edits:
        with pytest.raises(StatementError, match="naive"):
            record.commit(ONE, "datadog", [edit])
    assert record.state(ONE, "datadog") == kinds.IncidentState(version=0)


@in_a_file
@pytest.mark.parametrize(
    ("word", "statement", "ask"),
    [
        ("pigeon", "UPDATE assignments SET source = 'pigeon'", SqlRecord.assignments),
        ("auctioned", "UPDATE handoffs SET outcome = 'auctioned'", SqlRecord.handoffs),
        ("boredom", "UPDATE archive SET why = 'boredom'", SqlRecord.archived),
    ],
)
def test_a_word_from_a_newer_version_is_explained(
    record: SqlRecord,
    database: Database,
    word: str,
    statement: str,
    ask: Callable[[SqlRecord, str], object],
) -> None:
    """A word that this version does not have is a plain error, not a crash."""
    record.commit(ONE, "datadog", [opening(), proposal(), decision(), put(), put(text="New.")])
    with database.write(Part.EVERYTHING) as connection:
        connection.exec_driver_sql("PRAGMA ignore_check_constraints = ON")
        connection.exec_driver_sql(statement)
        connection.exec_driver_sql("PRAGMA ignore_check_constraints = OFF")
    with pytest.raises(RecordError, match=word):
        ask(record, ONE)


def test_rows_of_kinds_yet_unknown_are_left_out(record: SqlRecord, database: Database) -> None:
    """A base row or intent of a kind that this version does not know is left to those who do."""
    record.commit(ONE, "datadog", [link(), intent()])
    with database.write(Part.EVERYTHING) as connection:
        connection.exec_driver_sql("UPDATE links SET kind = 'ticket'")
        connection.exec_driver_sql("UPDATE intents SET kind = 'ticket'")
    assert record.state(ONE, "datadog") == kinds.IncidentState(version=0)


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE assignments SET until = '2020', ended_by = 'x', ended_source = 'cli'",
        "UPDATE assignments SET until = '2030'",
        "UPDATE assignments SET ended_by = 'x'",
        "INSERT INTO assignments (id, incident, role, person, since, set_by, source, recorded_at) "
        "SELECT 'a2', incident, role, person, since, set_by, source, recorded_at FROM assignments",
        "UPDATE archive SET why = 'boredom'",
        "INSERT INTO entries SELECT * FROM entries",
        "UPDATE entry_links SET key = 'k9' WHERE remote_id = 'r1'",
        "UPDATE entry_links SET remote_id = 'r1'",
        "UPDATE handoffs SET outcome = 'accepted'",
        "UPDATE handoffs SET decided = '2030'",
        "UPDATE handoffs SET decided_by = 'x'",
        "UPDATE handoffs SET outcome = 'accepted', decided = '2030'",
        "UPDATE handoffs SET expires = '2020'",
        "UPDATE handoffs SET expires = proposed",
        "INSERT INTO handoffs (id, incident, role, receiver, proposed, proposed_by, expires) "
        "SELECT 'h2', incident, role, 'x', proposed, proposed_by, expires FROM handoffs",
        "UPDATE corrections SET until = '2020'",
        "UPDATE corrections SET until = since",
    ],
)
def test_the_database_holds_the_line_itself(
    record: SqlRecord, database: Database, statement: str
) -> None:
    """SQL by hand cannot end anything by half, have it held, offered or linked twice, or lie."""
    record.commit(ONE, "datadog", [opening(), proposal(), correction(), put(), put(text="New.")])
    links = [entry_link(), entry_link(K2, "r2"), entry_link(EntryKey("k9"), "r9")]
    record.commit(ONE, "datadog", links)
    with pytest.raises(RecordError) as refused, database.write(Part.EVERYTHING) as connection:
        connection.exec_driver_sql(statement)
    assert isinstance(refused.value.__cause__, IntegrityError)


OF_LEDGERS = [
    table
    for table in tables.METADATA.sorted_tables
    if any(key.column.table is tables.LEDGERS for key in table.foreign_keys)
]


@pytest.mark.parametrize("table", OF_LEDGERS, ids=str)
def test_each_table_belongs_to_a_ledger(
    record: SqlRecord, database: Database, table: Table
) -> None:
    """What is kept of an incident is of one that has a ledger, which cannot be deleted."""
    record.commit(ONE, "datadog", [*SHARED, put(text="New."), *NOTES])
    for statement in (update(table).values(incident="nowhere"), tables.LEDGERS.delete()):
        with pytest.raises(RecordError) as refused, database.write(Part.EVERYTHING) as connection:
            connection.execute(statement)
        assert isinstance(refused.value.__cause__, IntegrityError)


def test_no_version_of_a_devised_role_is_lost(record: SqlRecord, database: Database) -> None:
    """The newest counts, and the older rows stay."""
    for title in ("Runner", "Chief runner"):
        record.commit(ONE, "datadog", [devising(title=title)])
    with database.read() as connection:
        kept = tables.DEVISED_ROLES.all(connection, key=RUNNER)
    assert [each.title for each in kept] == ["Runner", "Chief runner"]


def test_when_it_was_recorded_is_kept(record: SqlRecord, database: Database) -> None:
    """An assignment that is dated back still says when it was written down."""
    record.commit(ONE, "datadog", [opening()])
    with database.read() as connection:
        (row,) = tables.ASSIGNMENTS.rows(connection)
    assert (row["since"], row["recorded_at"]) == (START, clock())


def test_an_end_before_the_beginning_is_refused(record: SqlRecord) -> None:
    """An interval cannot end before it began; the clock is suspected, nothing is written."""
    record.commit(ONE, "datadog", [opening()])
    with pytest.raises(RecordError, match="cannot end at") as refused:
        record.commit(ONE, "datadog", [link(), closing(until=minutes(-1))])
    assert not isinstance(refused.value, RecordChanged)
    assert "clock" in (refused.value.hint or "")
    assert record.state(ONE, "datadog").links == ()


def test_what_has_ended_is_never_begun(record: SqlRecord) -> None:
    """Opening or proposing what has already ended is a mistake of the caller."""
    ended = Open(assignment=replace(opening().assignment, until=START))
    declined = Propose(handoff=replace(proposal().handoff, outcome=HandoffOutcome.DECLINED))
    for edit, message in ((ended, "begins open"), (declined, "proposed open")):
        with pytest.raises(ValueError, match=message):
            record.commit(ONE, "datadog", [edit])


@pytest.mark.parametrize("count", [10, 400])
def test_the_number_of_statements_does_not_grow(record: SqlRecord, count: int) -> None:
    """Many entries are committed and read with as many statements as few are."""
    keys = [EntryKey(f"k{number}") for number in range(count)]
    many: list[kinds.Edit] = [
        *map(put, keys),
        *(entry_link(key, f"r-{key}") for key in keys),
        *map(entry_intent, keys),
        *(tombstone(f"t-{key}") for key in keys),
    ]
    statements: list[str] = []

    def note(_: object, __: object, statement: str, *___: object) -> None:
        statements.append(statement)

    event.listen(Engine, "before_cursor_execute", note)
    try:
        record.commit(ONE, "datadog", many)
        record.commit(ONE, "datadog", [put(key, "Edited.") for key in keys])
        state = record.state(ONE, "datadog")
        assert record.pending_incident_ids("datadog") == (ONE,)
        assert len(state.timeline.entries) == len(record.archived(ONE)) == count
    finally:
        event.remove(Engine, "before_cursor_execute", note)
    assert len(statements) < 40


def test_more_keys_than_one_statement_can_name(record: SqlRecord) -> None:
    """A commit about very many entries finds and replaces every one of them."""
    keys = [EntryKey(f"k{number}") for number in range(1201)]
    edits: list[kinds.Edit] = [*map(put, keys), *(entry_link(key, f"r-{key}") for key in keys)]
    record.commit(ONE, "datadog", edits)
    record.commit(ONE, "datadog", [put(key, "Edited.") for key in keys])
    with pytest.raises(RecordChanged):
        record.commit(
            ONE, "datadog", [entry_link(EntryKey(f"x-{key}"), f"r-{key}") for key in keys]
        )
    removing: list[kinds.Edit] = [*(kinds.ArchiveEntry(key=key, at=START) for key in keys)]
    record.commit(ONE, "datadog", [*removing, *(kinds.Drop(kinds.EntryLink, key) for key in keys)])
    assert record.state(ONE, "datadog").timeline == kinds.EntryState()
    assert len(record.archived(ONE)) == 2 * len(keys)
