"""What a run reads ahead of its incidents: the same as each by itself, unless others write."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta

import pytest

from dd_incident_roles import model
from dd_incident_roles.errors import RecordChanged
from dd_incident_roles.store.opening import open_record
from dd_incident_roles.store.record import SqlRecord
from tests.product import count_statements
from tests.store.samples import (
    ANA,
    BO,
    FULL_ROLE,
    K1,
    LOCATED,
    NOTES,
    ONE,
    SHARED,
    START,
    TWO,
    clock,
    entry_link,
    incident,
    link,
    opening,
    put,
)

THREE = model.IncidentId("33333333-3333-4333-8333-333333333333")
OPEN = (ONE, TWO, THREE)
ACCOUNT = model.UserId("u1")
BOTH = model.Person(key=ANA, email="ana@corp.example", user_id=ACCOUNT)


@pytest.fixture
def other(store: str, record: SqlRecord) -> Iterator[SqlRecord]:
    """The same record in another program."""
    with open_record(store, clock=clock) as other:
        yield other


def test_a_state_is_the_same_as_by_itself(record: SqlRecord) -> None:
    """Every kind of row is there, of each incident its own; of an unknown incident nothing."""
    record.commit(ONE, "datadog", [*SHARED, *NOTES])
    record.commit(ONE, "github", [entry_link(K1, "r5")])
    record.commit(TWO, "datadog", [opening("b1", person=BO), put(K1, "Other."), link()])
    alone = {each: record.state(each, "datadog") for each in OPEN}
    with record.read_ahead(OPEN, "datadog"):
        assert record.devised(ONE) == (FULL_ROLE.role, *alone[ONE].devised[1:])
        assert record.places(ONE) == (LOCATED.place,)
        assert record.places(TWO) == ()
        with count_statements() as statements:
            assert {each: record.state(each, "datadog") for each in OPEN} == alone
        assert statements == []


def test_a_state_is_handed_out_once(record: SqlRecord, other: SqlRecord) -> None:
    """Whoever plans again plans from what the record holds by then, of this target or another."""
    with record.read_ahead(OPEN, "datadog"):
        before = record.state(ONE, "datadog")
        other.commit(ONE, "datadog", [opening()])
        assert record.state(ONE, "datadog") == other.state(ONE, "datadog") != before
        record.commit(TWO, "datadog", [link(), LOCATED])
        assert record.state(TWO, "datadog").links
        assert record.places(TWO) == (LOCATED.place,)
        other.commit(THREE, "github", [entry_link()])
        assert record.state(THREE, "github").timeline.links


def test_an_overtaken_state_is_refused_and_told(record: SqlRecord, other: SqlRecord) -> None:
    """What another program changed since is not overwritten, and the run learns of it."""
    with record.read_ahead(OPEN, "datadog") as overtaken:
        stale = record.state(ONE, "datadog")
        ours = record.state(TWO, "datadog")
        assert overtaken() == ()
        other.commit(ONE, "datadog", [opening()])
        # The state of this one was not looked at yet, so nobody went by it.
        other.commit(THREE, "datadog", [opening("c1")])
        record.commit(TWO, "datadog", [opening("b1")], expected_version=ours.version)
        with pytest.raises(RecordChanged):
            record.commit(ONE, "datadog", [put()], expected_version=stale.version)
        assert overtaken() == (ONE,)
        assert overtaken() == ()
        assert record.state(ONE, "datadog").assignments == other.assignments(ONE)


def test_what_was_seen_before_is_not_looked_up_again(record: SqlRecord) -> None:
    """An incident and people as they were take no statement; what is new is recorded."""
    first = incident(ONE)
    for each in OPEN:
        record.remember(incident(each), {ANA: BOTH}, START)
        record.commit(each, "datadog", [opening(f"a-{each}")])
    with record.read_ahead(OPEN, "datadog"):
        assert record.people_of([ACCOUNT]) == {ACCOUNT: BOTH}
        with count_statements() as statements:
            assert record.people_of([ACCOUNT]) == {ACCOUNT: BOTH}
            record.remember(first, {ANA: BOTH}, START)
        assert statements == []
        record.remember(replace(incident(TWO), title="New"), {BO: model.Person(key=BO)}, START)
    assert record.people() == (BOTH, model.Person(key=BO))
    assert [each.title for each in record.incidents()] == [first.title, "New", first.title]


def test_a_missed_incident_is_noted_as_found(record: SqlRecord) -> None:
    """It looks as it did, and yet that it is there is news."""
    record.remember(incident(ONE), {}, START)
    record.miss(ONE, at=START, grace=timedelta(0))
    with record.read_ahead(OPEN, "datadog"):
        record.remember(incident(ONE), {}, START)
    assert record.absences() == {}


def test_people_that_another_program_recorded_are_not_overwritten(
    record: SqlRecord, other: SqlRecord
) -> None:
    """An account is one person: who went by an older record of it has to look again."""
    later = replace(BOTH, key=model.PersonKey("user:u1"))
    with record.read_ahead(OPEN, "datadog"):
        assert record.people_of([ACCOUNT]) == {}
        other.remember(incident(ONE), {later.key: later}, START)
        with pytest.raises(RecordChanged):
            record.remember(incident(TWO), {ANA: BOTH}, START)
        assert record.people_of([ACCOUNT]) == {ACCOUNT: later}
        assert record.people() == (later,)


def test_what_was_learned_is_read_once(record: SqlRecord) -> None:
    """The cache takes one statement; what is learned meanwhile is known, and expires as ever."""
    record.put_cached("capability", "a", "working", expires_at=clock() + timedelta(minutes=1))
    record.put_cached("capability", "b", "old", expires_at=clock() - timedelta(minutes=1))
    with count_statements() as statements, record.reading_cache():
        assert record.cached("capability", "a") == "working"
        assert record.cached("capability", "b") is None
        assert record.cached("capability", "c") is None
        assert len(statements) == 1
        record.put_cached("capability", "c", "missing")
        assert record.cached("capability", "c") == "missing"
        record.forget_cached("capability")
        assert record.cached("capability", "a") is None
    assert record.cached("capability", "c") is None
