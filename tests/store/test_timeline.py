"""The timeline in the record, what each target agreed to of it, and the archive of what it said."""

from __future__ import annotations

from pathlib import Path

import pytest
from sqlalchemy import Engine, event

from dd_incident_roles.errors import RecordChanged
from dd_incident_roles.model import EntryKey
from dd_incident_roles.store.opening import open_record
from dd_incident_roles.store.record import SqlRecord
from dd_incident_roles.store.tables import ArchivedEntry, ArchiveReason
from dd_incident_roles.sync.entries.canon import Digest
from dd_incident_roles.sync.state import (
    ArchiveEntry,
    Drop,
    Edit,
    EntryIntent,
    EntryLink,
    EntryState,
    PutEntry,
    Tombstone,
)
from tests.store.samples import (
    D1,
    D2,
    K1,
    K2,
    K3,
    ONE,
    START,
    TWO,
    clock,
    entry,
    entry_intent,
    entry_link,
    link,
    minutes,
    opening,
    put,
    tombstone,
)

REPLACED, REMOVED = ArchiveReason.REPLACED, ArchiveReason.REMOVED


def timeline(record: SqlRecord) -> EntryState:
    return record.state(ONE, "datadog").timeline


def archived_texts(record: SqlRecord) -> list[tuple[str, ArchiveReason]]:
    return [(each.entry.text, each.why) for each in record.archived(ONE)]


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
    assert record.entries(ONE) == timeline(record).entries == wanted


def test_entries_and_roles_are_committed_together(record: SqlRecord) -> None:
    """A role and the entry that tells of it are one change, and one step of the version."""
    record.commit(ONE, "datadog", [put(), opening(), link(), entry_link()], expected_version=0)
    state = record.state(ONE, "datadog")
    assert (state.version, len(state.assignments), len(state.links)) == (1, 1, 1)
    assert (len(state.timeline.entries), len(state.timeline.links)) == (1, 1)


def test_a_link_replaces_the_one_of_its_key(record: SqlRecord) -> None:
    """A key has one base row, which may come to name another remote entry."""
    record.commit(ONE, "datadog", [entry_link(K1, "r1", altered=True), entry_link(K1, "r2")])
    record.commit(ONE, "datadog", [entry_link(K2, "r1")])
    assert timeline(record).links == (entry_link(K2, "r1").row, entry_link(K1, "r2").row)


def test_two_keys_can_change_places(record: SqlRecord) -> None:
    """A remote entry that is let go first can be linked to another key in the same commit."""
    record.commit(ONE, "datadog", [entry_link(K1, "r1"), entry_link(K2, "r2")])
    swap: list[Edit] = [Drop(EntryLink, K1), entry_link(K2, "r1"), entry_link(K1, "r2")]
    record.commit(ONE, "datadog", swap)
    assert {each.key: each.remote_id for each in timeline(record).links} == {K1: "r2", K2: "r1"}
    with pytest.raises(RecordChanged, match="r2 is linked to another entry"):
        record.commit(ONE, "datadog", [entry_link(K2, "r2"), Drop(EntryLink, K1)])
    with pytest.raises(RecordChanged, match="r2 is linked to another entry"):
        record.commit(ONE, "datadog", [entry_link(K1, "r2"), entry_link(K3, "r2")])


def test_intents_add_up(record: SqlRecord) -> None:
    """Another write of the same entry is another intent; the same one only gets a new date."""
    record.commit(ONE, "datadog", [entry_intent(K1, D1), entry_intent(K1, D2, minutes(1))])
    record.commit(ONE, "datadog", [entry_intent(K1, None, minutes(2)), entry_intent(K2, D1)])
    record.commit(ONE, "datadog", [entry_intent(K1, D1, minutes(3), minutes(4))])
    assert timeline(record).intents == (
        entry_intent(K2, D1).row,
        entry_intent(K1, D2, minutes(1)).row,
        entry_intent(K1, None, minutes(2)).row,
        entry_intent(K1, D1, minutes(3), minutes(4)).row,
    )
    record.commit(ONE, "datadog", [entry_intent(K1, D1), Drop(EntryIntent, K1)])
    assert timeline(record).intents == (entry_intent(K2, D1).row,)
    record.commit(ONE, "datadog", [Drop(EntryIntent, K2), entry_intent(K2, None)])
    assert timeline(record).intents == (entry_intent(K2, None).row,)


def test_a_deletion_is_not_a_digest_of_that_name(record: SqlRecord) -> None:
    """An intent to delete is not one to write something whose digest reads the same."""
    digests = [None, *map(Digest, ["None", "=", "==d1", ""])]
    record.commit(ONE, "datadog", [entry_intent(K1, digest) for digest in digests])
    assert {each.digest for each in timeline(record).intents} == set(digests)


def test_a_tombstone_replaces_the_one_of_its_id(record: SqlRecord) -> None:
    """What was removed again is hidden from then on; it can be shown again."""
    record.commit(ONE, "datadog", [tombstone(), tombstone("r2"), tombstone(since=minutes(1))])
    assert timeline(record).tombstones == (
        Tombstone(remote_id="r1", since=minutes(1)),
        Tombstone(remote_id="r2", since=START),
    )
    record.commit(ONE, "datadog", [tombstone("r3"), Drop(Tombstone, "r3"), Drop(Tombstone, "r1")])
    assert timeline(record).tombstones == (Tombstone(remote_id="r2", since=START),)


def test_every_replaced_text_is_archived(record: SqlRecord) -> None:
    """Edited again and again, also within one commit, an entry loses nothing it ever said."""
    record.commit(ONE, "datadog", [put(text="first")])
    record.commit(ONE, "datadog", [put(text="second"), put(text="third")])
    record.commit(ONE, "github", [put(text="first")])
    assert archived_texts(record) == [
        ("first", REPLACED),
        ("second", REPLACED),
        ("third", REPLACED),
    ]
    assert record.entries(ONE) == (entry(text="first"),)


def test_what_is_taken_out_is_archived(record: SqlRecord) -> None:
    """An entry that leaves the timeline is in the archive, as it was at the end."""
    record.commit(ONE, "datadog", [put(text="first"), put(K2)])
    record.commit(ONE, "datadog", [put(text="last"), ArchiveEntry(key=K1, at=minutes(7))])
    assert archived_texts(record) == [("first", REPLACED), ("last", REMOVED)]
    assert record.archived(ONE)[-1].archived_at == minutes(7)
    assert record.entries(ONE) == (entry(K2),)
    assert record.archived(TWO) == ()


def test_an_entry_can_come_back(record: SqlRecord) -> None:
    """A key that was taken out can be written again, and taken out again."""
    for text in ("first", "second"):
        record.commit(ONE, "datadog", [put(text=text), ArchiveEntry(key=K1, at=START)])
    record.commit(ONE, "datadog", [put(text="third")])
    record.commit(ONE, "datadog", [ArchiveEntry(key=K1, at=START), put(text="fourth")])
    removed = [("first", REMOVED), ("second", REMOVED), ("third", REMOVED)]
    assert archived_texts(record) == removed
    assert record.entries(ONE) == (entry(text="fourth"),)


def test_the_same_again_is_no_replacement(record: SqlRecord) -> None:
    """Writing an entry as it is keeps nothing more, and not a later date either."""
    record.commit(ONE, "datadog", [put()])
    record.commit(ONE, "datadog", [put(), put()])
    assert record.archived(ONE) == ()
    assert record.state(ONE, "datadog").version == 2


@pytest.mark.parametrize(
    "difference",
    [
        {"at": minutes(1)},
        {"created": minutes(2)},
        {"text": "It broke. "},
        {"author": None},
        {"important": True},
        {"kind": "status_change"},
        {"origin": "datadog"},
        {"deleted_at": minutes(3)},
    ],
    ids=lambda difference: next(iter(difference)),
)
def test_any_difference_is_a_replacement(record: SqlRecord, difference: dict[str, object]) -> None:
    """Whatever part of an entry changes, the entry as it was goes to the archive."""
    record.commit(ONE, "datadog", [put()])
    record.commit(ONE, "datadog", [put(**{"text": "It broke.", **difference})])  # type: ignore[arg-type]  # a builder: only the differing part is given
    assert [each.entry for each in record.archived(ONE)] == [entry()]
    assert record.entries(ONE) != (entry(),)


def test_the_archive_says_from_when_until_when(record: SqlRecord, location: Path) -> None:
    """An archived entry knows when it was written into the record, and when it left."""
    now = minutes(61)
    record.commit(ONE, "datadog", [put()])
    with open_record(str(location), clock=lambda: now) as later:
        later.commit(ONE, "datadog", [put()])
        later.commit(ONE, "datadog", [put(text="New.")])
        now = minutes(62)
        later.commit(ONE, "datadog", [ArchiveEntry(key=K1, at=minutes(63))])
    new = entry(text="New.")
    assert record.archived(ONE) == (
        ArchivedEntry(entry=entry(), recorded_at=clock(), archived_at=minutes(61), why=REPLACED),
        ArchivedEntry(entry=new, recorded_at=minutes(61), archived_at=minutes(63), why=REMOVED),
    )


@pytest.mark.parametrize("count", [10, 400])
def test_the_number_of_statements_does_not_grow(record: SqlRecord, count: int) -> None:
    """Many entries are committed and read with as many statements as few are."""
    keys = [EntryKey(f"k{number}") for number in range(count)]
    many: list[Edit] = [
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
    edits: list[Edit] = [*map(put, keys), *(entry_link(key, f"r-{key}") for key in keys)]
    record.commit(ONE, "datadog", edits)
    record.commit(ONE, "datadog", [put(key, "Edited.") for key in keys])
    with pytest.raises(RecordChanged):
        record.commit(
            ONE, "datadog", [entry_link(EntryKey(f"x-{key}"), f"r-{key}") for key in keys]
        )
    removing: list[Edit] = [*(ArchiveEntry(key=key, at=START) for key in keys)]
    record.commit(ONE, "datadog", [*removing, *(Drop(EntryLink, key) for key in keys)])
    assert record.state(ONE, "datadog").timeline == EntryState()
    assert len(record.archived(ONE)) == 2 * len(keys)
