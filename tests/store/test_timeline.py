"""The timeline in the record: entries and what each target agreed to, whole or not at all."""

from __future__ import annotations

from datetime import datetime, timedelta, timezone

import pytest
from sqlalchemy import Engine, event
from sqlalchemy.exc import IntegrityError, StatementError

from dd_incident_roles.errors import RecordChanged, RecordError
from dd_incident_roles.model import EntryKey
from dd_incident_roles.store.database import Database
from dd_incident_roles.store.record import SqlRecord
from dd_incident_roles.sync.state import (
    ArchiveEntry,
    Drop,
    Edit,
    EntryIntent,
    EntryLink,
    EntryState,
    IncidentState,
    PutEntry,
    Tombstone,
)
from tests.store.entry_samples import (
    D1,
    K1,
    K2,
    K3,
    entry,
    entry_intent,
    entry_link,
    put,
    tombstone,
)
from tests.store.samples import BO, ONE, START, TWO, link, minutes, opening

FULL = entry(
    K3,
    "Ünïcode \N{FIRE} and 'quotes'\r\nand a line \x1b[31m\x00",
    author=None,
    important=True,
    kind="status_change",
    origin="datadog",
    deleted_at=minutes(9),
)
NOTED: tuple[Edit, ...] = (
    entry_link(K1, "r1", ours=True, altered=True),
    entry_link(K2, "r2", remote_modified=minutes(4), missing_since=minutes(5)),
    entry_intent(K1, D1, missing_since=minutes(3)),
    entry_intent(K1, None),
    tombstone("r9"),
)
UNFIT: tuple[Edit, ...] = (
    ArchiveEntry(key=EntryKey("k9"), at=START),
    entry_link(K2, "r1"),
    opening("a1"),
)


def timeline(record: SqlRecord) -> EntryState:
    return record.state(ONE, "datadog").timeline


def test_an_entry_comes_back_as_it_was_put(record: SqlRecord) -> None:
    """Every part of an entry is kept, to the last character of its text."""
    record.commit(ONE, "datadog", [PutEntry(entry=FULL), put(K1)])
    assert record.entry(ONE, K3) == FULL
    assert record.entry(ONE, K1) == entry()
    assert record.entry(ONE, K2) is None
    assert record.entry(TWO, K1) is None


def test_a_wish_to_delete_is_part_of_the_timeline(record: SqlRecord) -> None:
    """An entry that is to be deleted is read like any other: somebody has yet to do it."""
    record.commit(ONE, "datadog", [put(deleted_at=minutes(9))])
    assert timeline(record).entries == record.entries(ONE) == (entry(deleted_at=minutes(9)),)


def test_entries_are_read_by_when_they_happened(record: SqlRecord) -> None:
    """The order is that of the events, then of writing them down, then of the keys."""
    wanted = (
        entry(K3, at=minutes(-1), created=minutes(9)),
        entry(K1, at=START, created=minutes(1)),
        entry(EntryKey("k0"), at=START, created=minutes(2)),
        entry(K2, at=START.replace(microsecond=999999), created=START),
        entry(EntryKey("k4"), at=START.replace(microsecond=999999), created=START),
    )
    record.commit(ONE, "datadog", [PutEntry(entry=each) for each in reversed(wanted)])
    assert record.entries(ONE) == wanted
    assert timeline(record).entries == wanted


def test_what_is_known_of_entries_comes_back(record: SqlRecord) -> None:
    """Base rows, intents and tombstones are read back whole, with an entry or without."""
    record.commit(ONE, "datadog", [put(K1), *NOTED], expected_version=0)
    found = timeline(record)
    assert found.links == (
        entry_link(K2, "r2", remote_modified=minutes(4), missing_since=minutes(5)).row,
        entry_link(K1, "r1", ours=True, altered=True).row,
    )
    assert found.links == record.entry_links(ONE, "datadog")
    assert set(found.intents) == {
        entry_intent(K1, D1, missing_since=minutes(3)).row,
        entry_intent(K1, None).row,
    }
    assert found.tombstones == (Tombstone(remote_id="r9", since=START),)
    assert record.incident(ONE) is None


def test_targets_and_incidents_are_apart(record: SqlRecord) -> None:
    """Entries are for all targets; what one agreed to says nothing about another."""
    record.commit(ONE, "datadog", [put(), entry_link(), entry_intent(), tombstone()])
    record.commit(TWO, "datadog", [put(text="Of another incident."), entry_link(K2, "r1")])
    assert record.state(ONE, "github") == IncidentState(
        version=1, timeline=EntryState(entries=(entry(),))
    )
    assert timeline(record).links == (entry_link().row,)
    record.commit(ONE, "github", [Drop(EntryLink, K1), Drop(EntryIntent, K1)])
    record.commit(ONE, "github", [Drop(Tombstone, "r1"), entry_link(K3, "r1")])
    found = timeline(record)
    assert (len(found.links), len(found.intents), len(found.tombstones)) == (1, 1, 1)
    assert record.entries(TWO) == (entry(text="Of another incident."),)


def test_entries_and_roles_are_committed_together(record: SqlRecord) -> None:
    """A role and the entry that tells of it are one change, and one step of the version."""
    record.commit(ONE, "datadog", [put(), opening(), link(), entry_link()], expected_version=0)
    state = record.state(ONE, "datadog")
    assert (state.version, len(state.assignments), len(state.links)) == (1, 1, 1)
    assert (len(state.timeline.entries), len(state.timeline.links)) == (1, 1)


@pytest.mark.parametrize("unfit", UNFIT, ids=["unknown entry", "linked elsewhere", "held"])
def test_an_edit_that_does_not_fit_undoes_the_others(record: SqlRecord, unfit: Edit) -> None:
    """One edit that the record has overtaken, and nothing of the commit is kept."""
    record.commit(ONE, "datadog", [opening(), put(), entry_link()])
    before = record.state(ONE, "datadog")
    mixed: list[Edit] = [opening("a2", person=BO), put(text="New."), put(K3), *NOTED[2:]]
    with pytest.raises(RecordChanged, match="nothing was written"):
        record.commit(ONE, "datadog", [*mixed, unfit])
    assert record.state(ONE, "datadog") == before
    assert record.archived(ONE) == ()


class Unplugged(Exception):
    """The program went no further."""


def test_a_failure_at_any_statement_undoes_everything(record: SqlRecord) -> None:
    """Whichever statement of a mixed commit fails, the record is as it was before."""
    record.commit(ONE, "datadog", [opening(), put(), put(K2), entry_link(), entry_intent(K3)])
    before = (record.state(ONE, "datadog"), record.archived(ONE))
    mixed: list[Edit] = [
        *(opening("a2", person=BO), put(text="New."), ArchiveEntry(key=K2, at=START)),
        *(entry_link(K1, "r2"), Drop(EntryIntent, K3), entry_intent(), tombstone()),
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
    assert step > 8
    assert record.state(ONE, "datadog").version == 2
    assert [each.entry for each in record.archived(ONE)] == [entry(), entry(K2)]


def test_an_older_version_is_refused(record: SqlRecord) -> None:
    """A plan made before somebody edited the timeline writes nothing, be it about roles."""
    record.commit(ONE, "datadog", [put()], expected_version=0)
    for edits in ([put(K2)], [opening()], [entry_link()], []):
        with pytest.raises(RecordChanged, match="meanwhile"):
            record.commit(ONE, "datadog", edits, expected_version=0)
    record.commit(ONE, "datadog", [ArchiveEntry(key=K1, at=START)], expected_version=1)
    with pytest.raises(RecordChanged, match="meanwhile"):
        record.commit(ONE, "datadog", [put(K2)], expected_version=1)
    assert record.state(ONE, "datadog") == IncidentState(version=2)


def test_bookkeeping_does_not_move_the_version(record: SqlRecord) -> None:
    """What is noted about a target does not make other plans outdated."""
    record.commit(ONE, "datadog", [put()])
    record.commit(ONE, "datadog", NOTED, expected_version=1)
    forgetting: list[Edit] = [*(Drop(EntryLink, K1), Drop(EntryIntent, K1), Drop(Tombstone, "r9"))]
    record.commit(ONE, "datadog", forgetting, expected_version=1)
    assert record.state(ONE, "datadog").version == 1


def test_times_come_back_in_utc_to_the_microsecond(record: SqlRecord) -> None:
    """An instant given in another zone is the same instant in UTC."""
    elsewhere = START.astimezone(timezone(timedelta(hours=5, minutes=30)))
    record.commit(ONE, "datadog", [put(at=elsewhere), tombstone(since=elsewhere)])
    found = timeline(record)
    for instant in (found.entries[0].at, found.tombstones[0].since):
        assert (instant, instant.utcoffset(), instant.microsecond) == (START, timedelta(0), 123456)


def test_a_naive_time_is_refused(record: SqlRecord) -> None:
    """A time that does not say its zone never reaches the file."""
    naive = datetime(2026, 1, 1)  # noqa: DTZ001 - the point of the test
    for edit in (put(at=naive), put(deleted_at=naive), tombstone(since=naive)):
        with pytest.raises(StatementError, match="naive"):
            record.commit(ONE, "datadog", [edit])
    assert record.state(ONE, "datadog") == IncidentState(version=0)


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE archive SET why = 'boredom'",
        "DELETE FROM ledgers",
        "INSERT INTO entries SELECT * FROM entries",
        "UPDATE entry_links SET key = 'k9' WHERE remote_id = 'r1'",
        "UPDATE entry_links SET remote_id = 'r1'",
    ],
)
def test_the_database_holds_the_line_itself(
    record: SqlRecord, database: Database, statement: str
) -> None:
    """Even SQL by hand cannot link a remote entry twice, or archive for no reason."""
    record.commit(ONE, "datadog", [put(), put(text="New."), entry_link(), entry_link(K2, "r2")])
    record.commit(ONE, "datadog", [entry_link(EntryKey("k9"), "r9")])
    with pytest.raises(RecordError) as refused, database.write() as connection:
        connection.exec_driver_sql(statement)
    assert isinstance(refused.value.__cause__, IntegrityError)
