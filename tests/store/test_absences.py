"""Incidents that Datadog does not show, and whom the record belongs to."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest

from dd_incident_roles.model import Absence, Organisation
from dd_incident_roles.store.record import SqlRecord
from tests.store.samples import ONE, START, TWO, incident, minutes

GRACE = timedelta(minutes=5)


@pytest.mark.parametrize(
    ("kept", "at", "expected"),
    [
        (Absence(missed=START), minutes(4), Absence(missed=START)),
        (Absence(missed=START), minutes(5), Absence(missed=START, gone=minutes(5))),
        (Absence(missed=minutes(9)), minutes(1), Absence(missed=minutes(1))),
        (
            Absence(missed=START, gone=minutes(5)),
            minutes(9),
            Absence(missed=START, gone=minutes(5)),
        ),
    ],
    ids=["within the grace", "a grace apart", "a clock that was ahead", "gone already"],
)
def test_an_absence_is_believed_at_the_second_look(
    kept: Absence, at: datetime, expected: Absence
) -> None:
    """Two looks a grace apart say that an incident is gone."""
    assert kept.seen_again(at, GRACE) == expected


def test_a_gone_incident_is_listed_no_more_and_kept(record: SqlRecord) -> None:
    """It is found by id and number, and comes back when it is remembered unchanged."""
    for each in (incident(ONE), incident(TWO, public_id=7)):
        record.remember(each, {}, START)
    assert record.miss(ONE, at=START, grace=GRACE).gone is None
    assert len(record.incidents()) == 2
    assert record.miss(ONE, at=minutes(5), grace=GRACE).gone == minutes(5)
    assert record.known_open_incident_ids() == (TWO,)
    assert record.incident(ONE) == incident(ONE)
    record.remember(incident(ONE), {}, minutes(6))
    assert record.absences() == {}
    assert set(record.known_open_incident_ids()) == {ONE, TWO}


def test_a_sighting_ends_a_doubt(record: SqlRecord) -> None:
    """Two looks in vain count only where there was none between that found it."""
    record.remember(incident(ONE), {}, START)
    record.miss(ONE, at=START, grace=GRACE)
    record.remember(incident(ONE), {}, minutes(1))
    assert record.miss(ONE, at=minutes(9), grace=GRACE).gone is None


def test_a_forgotten_incident_waits_for_nothing(record: SqlRecord) -> None:
    """It is gone at once, and since its first absence where there was one."""
    record.remember(incident(ONE), {}, START)
    record.miss(ONE, at=START, grace=GRACE)
    record.forget(ONE, at=minutes(1))
    assert record.absences() == {ONE: Absence(missed=START, gone=minutes(1))}


EU = Organisation(site="datadoghq.eu")


@pytest.mark.parametrize(
    ("kept", "found", "owner"),
    [
        (None, EU, "kept"),
        (EU, Organisation(site="datadoghq.eu", id="a", name="A"), "found"),
        (Organisation(site="datadoghq.eu", id="a", name="A"), EU, "kept"),
        (
            Organisation(site="datadoghq.eu", id="a", name="A"),
            Organisation(site="datadoghq.eu", id="a", name="New"),
            "found",
        ),
        (
            Organisation(site="datadoghq.eu", id="a"),
            Organisation(site="datadoghq.eu", id="b"),
            "kept",
        ),
        (EU, Organisation(site="datadoghq.com", id="b"), "kept"),
    ],
)
def test_a_record_belongs_to_the_first(
    record: SqlRecord, kept: Organisation | None, found: Organisation, owner: str
) -> None:
    """What becomes known of the owner is filled in, and another one changes nothing."""
    if kept:
        record.adopt(kept)
    expected = kept if kept and owner == "kept" else found
    assert record.adopt(found) == record.owner() == expected
