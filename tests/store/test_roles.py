"""Who holds a role, and what people state about roles: kept for good, and ended once."""

from __future__ import annotations

from dataclasses import replace

import pytest
from sqlalchemy.exc import IntegrityError

from dd_incident_roles.errors import RecordChanged, RecordError
from dd_incident_roles.model import PersonKey, RoleKey, Source
from dd_incident_roles.roles.ledger import Open
from dd_incident_roles.roles.statements import HandoffOutcome, Propose, Statement
from dd_incident_roles.store.database import Database
from dd_incident_roles.store.record import SqlRecord
from dd_incident_roles.store.tables import DEVISED_ROLES
from dd_incident_roles.sync.state import Conflict, IncidentState, Put
from tests.store.samples import (
    ANA,
    BO,
    CAROL,
    ONE,
    RUNNER,
    SCRIBE,
    START,
    TECH_LEAD,
    TWO,
    closing,
    correction,
    decision,
    devising,
    intent,
    link,
    minutes,
    opening,
    proposal,
)


def test_an_interval_is_ended_and_stays(record: SqlRecord) -> None:
    """Handing over closes one interval and opens another; both can be read."""
    record.commit(ONE, "datadog", [opening()])
    record.commit(ONE, "datadog", [closing(), opening("a2", person=BO, since=minutes(5))])
    first, second = record.assignments(ONE)
    assert (first.until, first.ended_by, first.ended_source) == (
        minutes(5),
        "datadog",
        Source.DATADOG,
    )
    assert (second.person, second.until) == (BO, None)
    assert record.state(ONE, "datadog").version == 2


def test_an_interval_ends_once(record: SqlRecord) -> None:
    """An interval that has ended is not ended again."""
    record.commit(ONE, "datadog", [opening(), closing()])
    with pytest.raises(RecordChanged):
        record.commit(ONE, "datadog", [closing(until=minutes(9))])
    assert record.assignments(ONE)[0].until == minutes(5)


def test_a_stream_is_a_seat_of_its_own(record: SqlRecord) -> None:
    """The same person may hold a role in several streams, and once in each."""
    streams = [None, "database", "network"]
    openings = [opening(f"a{n}", stream=stream) for n, stream in enumerate(streams)]
    record.commit(ONE, "datadog", openings)
    for stream in streams:
        with pytest.raises(RecordChanged, match="already holds scribe"):
            record.commit(ONE, "datadog", [opening("again", stream=stream)])
    assert len(record.assignments(ONE)) == 3


def test_a_role_can_be_taken_again(record: SqlRecord) -> None:
    """Somebody who gave a role up may hold it again, in an interval of no length too."""
    record.commit(ONE, "datadog", [opening(), closing(until=START)])
    record.commit(ONE, "datadog", [opening("a2")])
    assert [row.id for row in record.assignments(ONE)] == ["a1", "a2"]


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


def test_a_note_replaces_the_one_of_its_item(record: SqlRecord) -> None:
    """An item has one base row, and a role one conflict."""
    older = Put(Conflict(role=SCRIBE, wanted=None, standing=BO, since=START))
    newer = Conflict(role=SCRIBE, wanted=ANA, standing=None, since=minutes(1))
    record.commit(ONE, "datadog", [link(remote_id="r1", missing_since=START), link(holder=None)])
    record.commit(ONE, "datadog", [older, Put(newer)])
    state = record.state(ONE, "datadog")
    assert (state.links, state.conflicts) == ((link(holder=None).row,), (newer,))


def test_intents_add_up(record: SqlRecord) -> None:
    """A second attempt at something else is a second intent; at the same thing it changes none."""
    record.commit(ONE, "datadog", [intent(holder=ANA), intent(holder=None, since=minutes(1))])
    record.commit(ONE, "datadog", [intent(holder=ANA, since=minutes(2))])
    assert record.state(ONE, "datadog").intents == (
        intent(holder=ANA).row,
        intent(holder=None, since=minutes(1)).row,
    )


def test_nobody_is_not_a_person_of_that_name(record: SqlRecord) -> None:
    """An intent to empty a seat is not one to give it to somebody whose key reads the same."""
    holders = [None, *map(PersonKey, ["None", "=", "==ana", ""])]
    record.commit(ONE, "datadog", [intent(holder=holder) for holder in holders])
    assert {each.holder for each in record.state(ONE, "datadog").intents} == set(holders)


@pytest.mark.parametrize("outcome", HandoffOutcome)
def test_a_handoff_is_decided_once_and_stays(record: SqlRecord, outcome: HandoffOutcome) -> None:
    """Who answered, when and how can be read for good; a second answer is refused."""
    record.commit(ONE, "datadog", [proposal()])
    assert record.handoffs(ONE)[0].is_open
    record.commit(ONE, "datadog", [decision(outcome=outcome)])
    decided = replace(
        proposal().handoff, outcome=outcome, decided=minutes(5), decided_by="bo@corp.example"
    )
    with pytest.raises(RecordChanged, match="not open any more"):
        record.commit(ONE, "datadog", [decision(outcome=HandoffOutcome.WITHDRAWN, at=minutes(6))])
    assert record.handoffs(ONE) == (decided,)


def test_another_handoff_can_follow_in_the_same_commit(record: SqlRecord) -> None:
    """Once the first is decided, before or just now, the role can be offered to somebody else."""
    superseded = decision(outcome=HandoffOutcome.SUPERSEDED)
    second = proposal("h2", receiver=CAROL, proposed=minutes(5))
    record.commit(ONE, "datadog", [proposal()])
    with pytest.raises(RecordChanged, match="proposed already"):
        record.commit(ONE, "datadog", [second, superseded])
    record.commit(ONE, "datadog", [superseded, second])
    assert [each.outcome for each in record.handoffs(ONE)] == [HandoffOutcome.SUPERSEDED, None]


def test_one_that_has_expired_is_still_open(record: SqlRecord) -> None:
    """A handoff that nobody answered in time ends when somebody says so, and not by the clock."""
    record.commit(ONE, "datadog", [proposal(expires=minutes(1))])
    with pytest.raises(RecordChanged):
        record.commit(ONE, "datadog", [proposal("h2", proposed=minutes(50), expires=minutes(60))])
    assert record.open_handoffs() == ((ONE, proposal(expires=minutes(1)).handoff),)


def test_each_stream_and_role_has_its_own(record: SqlRecord) -> None:
    """A handoff of one stream of a role does not block that of another."""
    streams = [proposal("h2", stream="database"), proposal("h3", stream="network")]
    each = [proposal(), *streams, proposal("h4", role=TECH_LEAD)]
    record.commit(ONE, "datadog", each)
    assert record.handoffs(ONE) == tuple(every.handoff for every in each)


def test_open_handoffs_are_found_in_every_incident(record: SqlRecord) -> None:
    """What waits for an answer is listed over all incidents, oldest first."""
    newer = proposal("h2", proposed=minutes(1))
    record.commit(ONE, "datadog", [newer, proposal("h3", role=TECH_LEAD), decision("h3")])
    record.commit(TWO, "datadog", [proposal()])
    assert record.open_handoffs() == ((TWO, proposal().handoff), (ONE, newer.handoff))


def test_corrections_keep_their_order_whatever_the_clock_says(record: SqlRecord) -> None:
    """Of two that speak of the same time, the one that was committed last comes last."""
    set_back = correction("c0", recorded=minutes(-30), person=CAROL)
    record.commit(ONE, "datadog", [correction()])
    record.commit(ONE, "datadog", [set_back])
    assert record.corrections(ONE) == (correction().correction, set_back.correction)


def test_a_devised_role_is_replaced_and_nothing_of_it_is_lost(
    record: SqlRecord, database: Database
) -> None:
    """The newest version of a key counts, in the place of the first; the older rows stay."""
    changed = devising(title="Chief runner", may_hold=(CAROL,), devised=minutes(3))
    record.commit(ONE, "datadog", [devising(), devising(RoleKey("driver"))])
    record.commit(TWO, "datadog", [devising(title="Elsewhere")])
    record.commit(ONE, "datadog", [changed])
    assert record.devised(ONE) == (changed.role, devising(RoleKey("driver")).role)
    assert [each.title for each in record.devised(TWO)] == ["Elsewhere"]
    with database.read() as connection:
        kept = DEVISED_ROLES.all(connection, key=RUNNER)
    assert [each.title for each in kept] == ["Runner", "Elsewhere", "Chief runner"]


def test_roles_change_hands_with_the_handoff(record: SqlRecord) -> None:
    """An acceptance ends one interval, begins another and decides the handoff, in any order."""
    record.commit(ONE, "datadog", [opening(), proposal()])
    taken = opening("a2", person=BO, since=minutes(5))
    record.commit(ONE, "datadog", [decision(), closing(), taken], expected_version=1)
    state = record.state(ONE, "datadog")
    assert [(row.person, row.is_open) for row in state.assignments] == [(ANA, False), (BO, True)]
    assert (state.version, record.open_handoffs()) == (2, ())


@pytest.mark.parametrize(
    "unfit",
    [proposal(expires=START), correction(until=START)],
    ids=["expires at once", "speaks of no time"],
)
def test_a_stretch_of_no_length_is_refused(record: SqlRecord, unfit: Statement) -> None:
    """A handoff has time to be answered, and a correction speaks of some time."""
    with pytest.raises(RecordError) as refused:
        record.commit(ONE, "datadog", [unfit])
    assert isinstance(refused.value.__cause__, IntegrityError)
    assert record.state(ONE, "datadog") == IncidentState(version=0)
