"""Which incidents hold something that a target does not have yet."""

from __future__ import annotations

import pytest

from dd_incident_roles.store.record import SqlRecord
from dd_incident_roles.sync import state
from tests.store.samples import (
    ANA,
    BO,
    K1,
    K2,
    ONE,
    SCRIBE,
    START,
    TECH_LEAD,
    TWO,
    agreed,
    closing,
    entry,
    entry_intent,
    intent,
    link,
    minutes,
    opening,
    put,
    tombstone,
)

SHARE = state.RoleMember(TECH_LEAD, ANA)
CLASH = state.Put(state.Conflict(role=SCRIBE, wanted=ANA, standing=BO, since=START))

SETTLED: dict[str, list[state.Edit]] = {
    "nothing": [],
    "agreed seat": [opening(), link()],
    "agreed share": [opening(role=TECH_LEAD), link(SHARE)],
    "agreed share in two streams": [
        opening(role=TECH_LEAD, stream="a"),
        opening("a2", role=TECH_LEAD, stream="b"),
        link(SHARE),
    ],
    "agreed to be empty": [opening(), closing(), link(holder=None)],
    "held once, forgotten by both": [opening(), closing()],
    "a former holder who may still be shown": [
        state.Put(state.RoleTombstone(role=SCRIBE, person=BO, seen=START, since=START))
    ],
    "a responder who holds nothing": [link(state.IncidentResponder(BO), BO)],
    "agreed entry": [put(), agreed(entry())],
    "agreed entry, edited before that": [put(text="Old."), put(), agreed(entry())],
    "agreed entry of which the target holds less": [
        put(at=minutes(1), author=None),
        agreed(entry(at=minutes(1)), altered=True),
    ],
    "entry that was taken out": [put(), state.ArchiveEntry(key=K1, at=START)],
    "conflict, which waits for a person": [opening(), link(), CLASH],
    "removed entry that may still be shown": [tombstone()],
}
WAITING: dict[str, list[state.Edit]] = {
    "never sent": [opening()],
    "another person sent": [opening(person=BO), link()],
    "nobody sent": [opening(), link(holder=None)],
    "given up since": [opening(), closing(), link()],
    "share given up since": [opening(role=TECH_LEAD), closing(), link(SHARE)],
    "unknown end of a write": [opening(), link(), intent()],
    "unknown end of an emptying": [link(holder=None), intent(holder=None)],
    "absence in doubt": [opening(), link(missing_since=START)],
    "entry never sent": [put()],
    "entry edited since": [put(text="New."), agreed(entry())],
    "entry moved in time since": [put(at=minutes(1)), agreed(entry())],
    "entry to be deleted": [put(deleted_at=START), agreed(entry())],
    "unknown end of a write of an entry": [put(), agreed(entry()), entry_intent()],
    "unknown end of a deletion of an entry": [entry_intent(digest=None)],
    "absence of an entry in doubt": [put(), agreed(entry(), missing_since=START)],
    "entry lost here": [agreed(entry())],
    "one entry of many": [put(), put(K2), agreed(entry())],
    "only the role of that name differs": [
        opening(role=TECH_LEAD),
        link(state.SingleHolderRole(SCRIBE)),
    ],
}


@pytest.mark.parametrize("edits", SETTLED.values(), ids=SETTLED.keys())
def test_what_is_agreed_is_not_pending(record: SqlRecord, edits: list[state.Edit]) -> None:
    """An incident in which both sides say the same is left in peace."""
    record.commit(ONE, "datadog", edits)
    for _ in range(2):
        assert record.pending_incident_ids("datadog") == ()
        record.settle("datadog")


@pytest.mark.parametrize("edits", WAITING.values(), ids=WAITING.keys())
def test_what_may_differ_is_pending(record: SqlRecord, edits: list[state.Edit]) -> None:
    """An incident that was never seen, and has something to tell, is found; once, and again."""
    record.commit(ONE, "datadog", [tombstone()])
    record.settle("datadog")
    record.commit(ONE, "datadog", edits)
    record.commit(TWO, "datadog", [opening("b1"), link(), put(), agreed(entry())])
    for _ in range(2):
        assert record.pending_incident_ids("datadog") == (ONE,)
        record.settle("datadog")


def test_each_target_has_its_own(record: SqlRecord) -> None:
    """What Datadog agreed to is still news to another target; its doubts are not."""
    record.commit(ONE, "datadog", [opening(), link(), intent()])
    record.commit(TWO, "datadog", [link(holder=None, missing_since=START), CLASH])
    record.settle("datadog")
    assert record.pending_incident_ids("github") == (ONE,)
    record.settle("github")
    assert record.pending_incident_ids("datadog") == (ONE, TWO)


def test_each_target_has_its_own_entries(record: SqlRecord) -> None:
    """An entry that Datadog agreed to is still news to another target; its doubts are not."""
    record.commit(ONE, "datadog", [put(), agreed(entry())])
    record.commit(TWO, "datadog", [entry_intent(), agreed(entry(K2), missing_since=START)])
    assert record.pending_incident_ids("github") == (ONE,)
    assert record.pending_incident_ids("datadog") == (TWO,)


def test_the_same_key_in_another_incident_is_another_entry(record: SqlRecord) -> None:
    """What was agreed of one incident says nothing about another."""
    record.commit(ONE, "datadog", [put(), agreed(entry())])
    record.commit(TWO, "datadog", [put()])
    assert record.pending_incident_ids("datadog") == (TWO,)
