"""What is noted of entries and a target: base rows, intents and tombstones."""

from __future__ import annotations

import pytest

from dd_incident_roles.errors import RecordChanged
from dd_incident_roles.store.record import SqlRecord
from dd_incident_roles.sync.entries.canon import Digest
from dd_incident_roles.sync.state import (
    Drop,
    Edit,
    EntryIntent,
    EntryLink,
    EntryState,
    IncidentState,
    Tombstone,
)
from tests.store.entry_samples import (
    D1,
    D2,
    K1,
    K2,
    entry_intent,
    entry_link,
    tombstone,
)
from tests.store.samples import ONE, START, minutes


def timeline(record: SqlRecord) -> EntryState:
    return record.state(ONE, "datadog").timeline


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
    digests = [None, Digest("None"), Digest("="), Digest("==d1"), Digest("")]
    record.commit(ONE, "datadog", [entry_intent(K1, digest) for digest in digests])
    assert {each.digest for each in timeline(record).intents} == set(digests)


def test_a_tombstone_replaces_the_one_of_its_id(record: SqlRecord) -> None:
    """What was removed again is hidden from then on; it can be shown again."""
    record.commit(ONE, "datadog", [tombstone(), tombstone("r2"), tombstone(since=minutes(1))])
    assert timeline(record).tombstones == (
        Tombstone(remote_id="r1", since=minutes(1)),
        Tombstone(remote_id="r2", since=START),
    )
    record.commit(ONE, "datadog", [tombstone("r3"), Drop(Tombstone, "r3")])
    record.commit(ONE, "datadog", [Drop(Tombstone, "r1")])
    assert timeline(record).tombstones == (Tombstone(remote_id="r2", since=START),)


def test_forgetting_what_is_not_there_is_fine(record: SqlRecord) -> None:
    """Dropping and clearing can be said twice."""
    forgetting: list[Edit] = [*(Drop(EntryLink, K1), Drop(EntryIntent, K1), Drop(Tombstone, "r1"))]
    record.commit(ONE, "datadog", forgetting)
    assert record.state(ONE, "datadog") == IncidentState(version=0)
