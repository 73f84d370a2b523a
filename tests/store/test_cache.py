"""Facts about the record, and what was learned from outside for a while."""

from __future__ import annotations

from datetime import datetime, timedelta
from pathlib import Path

from dd_incident_roles.store.opening import open_record
from dd_incident_roles.store.record import SqlRecord
from tests.store.samples import START, minutes


def test_a_fact_is_kept_and_replaced(record: SqlRecord) -> None:
    """A fact about the record has one value at a time."""
    assert record.cached("kind", "scope") is None
    record.put_cached("kind", "scope", "a")
    record.put_cached("kind", "scope", "b")
    assert record.cached("kind", "scope") == "b"


def test_what_was_learned_is_kept_by_kind_and_key(record: SqlRecord) -> None:
    """Kinds do not get into each other's way."""
    record.put_cached("user", "1", "a")
    record.put_cached("user", "1", "b")
    record.put_cached("role", "1", "c")
    assert record.cached("user", "1") == "b"
    assert record.cached("role", "1") == "c"
    assert record.cached("user", "2") is None


def test_forgetting_one_or_all_of_a_kind(record: SqlRecord) -> None:
    """One thing can be forgotten, or all of a kind, or what is not there."""
    for key in ("1", "2", "3"):
        record.put_cached("user", key, "x")
    record.put_cached("role", "1", "x")
    record.forget_cached("user", "1")
    record.forget_cached("user", "9")
    assert [record.cached("user", key) for key in ("1", "2")] == [None, "x"]
    record.forget_cached("user")
    assert [record.cached("user", key) for key in ("2", "3")] == [None, None]
    assert record.cached("role", "1") == "x"


def test_what_expires_is_gone_at_its_time(location: Path) -> None:
    """Something learned until an instant is not told from that instant on, and then let go."""
    now = [START]

    def clock() -> datetime:
        return now[0]

    with open_record(str(location), clock=clock) as record:
        record.put_cached("rung", "fields", "yes", expires_at=minutes(5))
        record.put_cached("rung", "roles", "no")
        now[0] = minutes(5) - timedelta(microseconds=1)
        assert record.cached("rung", "fields") == "yes"
        now[0] = minutes(5)
        assert record.cached("rung", "fields") is None
        record.put_cached("rung", "other", "no")
        now[0] = START
        assert record.cached("rung", "fields") is None
        assert record.cached("rung", "roles") == "no"
