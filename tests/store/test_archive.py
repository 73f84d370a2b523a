"""The archive: whatever an entry once said can be read there."""

from __future__ import annotations

import pytest

from dd_incident_roles.errors import RecordError
from dd_incident_roles.store.database import Database
from dd_incident_roles.store.opening import open_record
from dd_incident_roles.store.record import SqlRecord
from dd_incident_roles.store.tables import ArchivedEntry, ArchiveReason
from dd_incident_roles.sync.state import ArchiveEntry
from tests.store.entry_samples import K1, K2, entry, put
from tests.store.samples import ONE, START, TWO, clock, minutes

REPLACED, REMOVED = ArchiveReason.REPLACED, ArchiveReason.REMOVED


def texts(record: SqlRecord) -> list[tuple[str, ArchiveReason]]:
    return [(each.entry.text, each.why) for each in record.archived(ONE)]


def test_every_replaced_text_is_kept(record: SqlRecord) -> None:
    """Edited again and again, also within one commit, an entry loses nothing it ever said."""
    record.commit(ONE, "datadog", [put(text="first")])
    record.commit(ONE, "datadog", [put(text="second"), put(text="third")])
    record.commit(ONE, "github", [put(text="first")])
    assert texts(record) == [("first", REPLACED), ("second", REPLACED), ("third", REPLACED)]
    assert record.entries(ONE) == (entry(text="first"),)


def test_what_is_taken_out_is_kept(record: SqlRecord) -> None:
    """An entry that leaves the timeline is in the archive, as it was at the end."""
    record.commit(ONE, "datadog", [put(text="first"), put(K2)])
    record.commit(ONE, "datadog", [put(text="last"), ArchiveEntry(key=K1, at=minutes(7))])
    assert texts(record) == [("first", REPLACED), ("last", REMOVED)]
    assert record.archived(ONE)[-1].archived_at == minutes(7)
    assert record.entries(ONE) == (entry(K2),)
    assert record.archived(TWO) == ()


def test_an_entry_can_come_back(record: SqlRecord) -> None:
    """A key that was taken out can be written again, and taken out again."""
    for text in ("first", "second"):
        record.commit(ONE, "datadog", [put(text=text), ArchiveEntry(key=K1, at=START)])
    record.commit(ONE, "datadog", [put(text="third")])
    record.commit(ONE, "datadog", [ArchiveEntry(key=K1, at=START), put(text="fourth")])
    assert texts(record) == [("first", REMOVED), ("second", REMOVED), ("third", REMOVED)]
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


def test_the_archive_says_from_when_until_when(record: SqlRecord, location: object) -> None:
    """An archived entry knows when it was written into the record, and when it left."""
    now = minutes(61)
    record.commit(ONE, "datadog", [put()])
    with open_record(str(location), clock=lambda: now) as later:
        later.commit(ONE, "datadog", [put()])
        later.commit(ONE, "datadog", [put(text="New.")])
        now = minutes(62)
        later.commit(ONE, "datadog", [ArchiveEntry(key=K1, at=minutes(63))])
    assert record.archived(ONE) == (
        ArchivedEntry(entry=entry(), recorded_at=clock(), archived_at=minutes(61), why=REPLACED),
        ArchivedEntry(
            entry=entry(text="New."),
            recorded_at=minutes(61),
            archived_at=minutes(63),
            why=REMOVED,
        ),
    )


def test_a_reason_from_a_newer_version_is_explained(record: SqlRecord, database: Database) -> None:
    """A reason that this version has no word for is a plain error, not a crash."""
    record.commit(ONE, "datadog", [put(), put(text="New.")])
    with database.write() as connection:
        connection.exec_driver_sql("PRAGMA ignore_check_constraints = ON")
        connection.exec_driver_sql("UPDATE archive SET why = 'carrier pigeon'")
        connection.exec_driver_sql("PRAGMA ignore_check_constraints = OFF")
    with pytest.raises(RecordError, match="carrier pigeon"):
        record.archived(ONE)
