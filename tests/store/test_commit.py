"""Committing edits: whole or not at all, and only onto the record that was seen."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta, timezone

import pytest
from sqlalchemy.exc import IntegrityError, StatementError

from dd_incident_roles.errors import RecordChanged, RecordError
from dd_incident_roles.model import PersonKey, Source
from dd_incident_roles.roles.ledger import Open
from dd_incident_roles.store.database import Database
from dd_incident_roles.store.record import SqlRecord
from dd_incident_roles.store.tables import ASSIGNMENTS
from dd_incident_roles.sync.state import (
    Conflict,
    Drop,
    Edit,
    IncidentState,
    Intent,
    Item,
    Link,
    Membership,
    Presence,
    Put,
    Seat,
)
from tests.store.samples import (
    ANA,
    BO,
    ONE,
    SCRIBE,
    START,
    TECH_LEAD,
    TWO,
    clock,
    closing,
    intent,
    link,
    minutes,
    opening,
)

ITEMS: tuple[Item, ...] = (
    Seat(SCRIBE),
    Membership(TECH_LEAD, BO),
    Presence(ANA),
)
CLASH = Conflict(role=SCRIBE, wanted=None, standing=BO, since=START)
UNFIT: tuple[Edit, ...] = (opening("a2"), opening("a1", person=BO), closing("a9"))


def test_an_unknown_incident_has_an_empty_state(record: SqlRecord) -> None:
    """Nothing is known of an incident that was never touched."""
    assert record.state(ONE, "datadog") == IncidentState(version=0)


def test_everything_comes_back_as_it_was_put(record: SqlRecord) -> None:
    """A state is read back whole, for an incident that was never seen."""
    edits: list[Edit] = [
        opening(),
        *(link(item, ANA, remote_id="r", missing_since=START) for item in ITEMS),
        *(intent(item, holder) for item in ITEMS for holder in (None, ANA, BO)),
        Put(CLASH),
    ]
    record.commit(ONE, "datadog", edits, expected_version=0)
    state = record.state(ONE, "datadog")
    assert state.version == 1
    assert state.assignments == (opening().assignment,)
    assert set(state.links) == {
        link(item, ANA, remote_id="r", missing_since=START).row for item in ITEMS
    }
    assert set(state.intents) == {
        intent(item, holder).row for item in ITEMS for holder in (None, ANA, BO)
    }
    assert state.conflicts == (CLASH,)
    assert record.incident(ONE) is None


def test_targets_and_incidents_are_apart(record: SqlRecord) -> None:
    """What one target agreed to says nothing about another; assignments are for all of them."""
    record.commit(ONE, "datadog", [opening(), link(), intent(), Put(CLASH)])
    assert record.state(ONE, "github") == IncidentState(
        version=1, assignments=(opening().assignment,)
    )
    assert record.state(TWO, "datadog") == IncidentState(version=0)


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


def test_when_it_was_recorded_is_kept(record: SqlRecord, database: Database) -> None:
    """An assignment that is dated back still says when it was written down."""
    record.commit(ONE, "datadog", [opening()])
    with database.read() as connection:
        row = connection.execute(ASSIGNMENTS.table.select()).mappings().one()
    assert (row["since"], row["recorded_at"]) == (START, clock())


@pytest.mark.parametrize("unfit", UNFIT, ids=["held", "same id", "not open"])
def test_an_edit_that_does_not_fit_undoes_the_others(record: SqlRecord, unfit: Edit) -> None:
    """One edit that the record has overtaken, and nothing of the commit is kept."""
    record.commit(ONE, "datadog", [opening()])
    before = record.state(ONE, "datadog")
    with pytest.raises(RecordChanged):
        record.commit(ONE, "datadog", [opening("a3", person=BO), link(), intent(), unfit])
    assert record.state(ONE, "datadog") == before


def test_an_interval_ends_once(record: SqlRecord) -> None:
    """An interval that has ended is not ended again."""
    record.commit(ONE, "datadog", [opening(), closing()])
    with pytest.raises(RecordChanged):
        record.commit(ONE, "datadog", [closing(until=minutes(9))])
    assert record.assignments(ONE)[0].until == minutes(5)


def test_an_interval_belongs_to_its_incident(record: SqlRecord) -> None:
    """Closing by an id of another incident fits nothing."""
    record.commit(ONE, "datadog", [opening()])
    with pytest.raises(RecordChanged):
        record.commit(TWO, "datadog", [closing()])


def test_a_stream_is_a_seat_of_its_own(record: SqlRecord) -> None:
    """The same person may hold a role in several streams, and once in each."""
    streams = [None, "database", "network"]
    record.commit(
        ONE,
        "datadog",
        [opening(f"a{n}", stream=stream) for n, stream in enumerate(streams)],
    )
    for stream in streams:
        with pytest.raises(RecordChanged):
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


def test_an_interval_is_never_begun_ended(record: SqlRecord) -> None:
    """Opening what has already ended is a mistake of the caller."""
    ended = replace(opening().assignment, until=START)
    with pytest.raises(ValueError, match="begins open"):
        record.commit(ONE, "datadog", [Open(assignment=ended)])


def test_an_older_version_is_refused(record: SqlRecord) -> None:
    """A plan made before somebody else changed the roles writes nothing."""
    record.commit(ONE, "datadog", [opening()], expected_version=0)
    with pytest.raises(RecordChanged, match="meanwhile"):
        record.commit(ONE, "datadog", [link()], expected_version=0)
    with pytest.raises(RecordChanged):
        record.commit(ONE, "datadog", [], expected_version=0)
    assert record.state(ONE, "datadog").links == ()


def test_only_assignments_move_the_version(record: SqlRecord) -> None:
    """Bookkeeping about a target does not make other plans outdated."""
    record.commit(ONE, "datadog", [opening()])
    bookkeeping: list[Edit] = [link(), intent(), Put(CLASH)]
    record.commit(ONE, "datadog", bookkeeping, expected_version=1)
    record.commit(ONE, "datadog", [], expected_version=1)
    assert record.state(ONE, "datadog").version == 1


def test_a_link_replaces_the_one_of_its_item(record: SqlRecord) -> None:
    """An item has one base row."""
    record.commit(ONE, "datadog", [link(remote_id="r1", missing_since=START), link(holder=None)])
    assert record.state(ONE, "datadog").links == (link(holder=None).row,)


def test_a_conflict_replaces_the_one_of_its_role(record: SqlRecord) -> None:
    """A role has one conflict, until it is settled."""
    newer = Conflict(role=SCRIBE, wanted=ANA, standing=None, since=minutes(1))
    record.commit(ONE, "datadog", [Put(CLASH), Put(newer)])
    assert record.state(ONE, "datadog").conflicts == (newer,)
    record.commit(ONE, "datadog", [Drop(Conflict, SCRIBE)])
    assert record.state(ONE, "datadog").conflicts == ()


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
    holders = [None, PersonKey("None"), PersonKey("="), PersonKey("==ana"), PersonKey("")]
    record.commit(ONE, "datadog", [intent(holder=holder) for holder in holders])
    assert {each.holder for each in record.state(ONE, "datadog").intents} == set(holders)


def test_clearing_and_dropping_touch_one_item(record: SqlRecord) -> None:
    """What is known of the other items stays."""
    for item in ITEMS:
        record.commit(ONE, "datadog", [link(item), intent(item, ANA), intent(item, None)])
    record.commit(ONE, "datadog", [Drop(Link, ITEMS[0]), Drop(Intent, ITEMS[0])])
    state = record.state(ONE, "datadog")
    assert {each.item for each in state.links} == set(ITEMS[1:])
    assert {each.item for each in state.intents} == set(ITEMS[1:])


def test_forgetting_what_is_not_there_is_fine(record: SqlRecord) -> None:
    """Dropping, clearing and settling can be said twice."""
    record.commit(
        ONE,
        "datadog",
        [Drop(Link, ITEMS[0]), Drop(Intent, ITEMS[0]), Drop(Conflict, SCRIBE)],
    )
    assert record.state(ONE, "datadog") == IncidentState(version=0)


def test_rows_of_kinds_yet_unknown_are_left_out(record: SqlRecord, database: Database) -> None:
    """A base row or intent of another kind, such as a timeline entry's, is not a role's."""
    record.commit(ONE, "datadog", [link(), intent()])
    with database.write() as connection:
        connection.exec_driver_sql("UPDATE links SET kind = 'entry'")
        connection.exec_driver_sql("UPDATE intents SET kind = 'entry'")
    assert record.state(ONE, "datadog") == IncidentState(version=0)


def test_times_come_back_in_utc_to_the_microsecond(record: SqlRecord) -> None:
    """An instant given in another zone is the same instant in UTC."""
    elsewhere = START.astimezone(timezone(timedelta(hours=5, minutes=30)))
    record.commit(ONE, "datadog", [opening(since=elsewhere)])
    since = record.assignments(ONE)[0].since
    assert (since, since.utcoffset(), since.microsecond) == (START, timedelta(0), 123456)


def test_a_naive_time_is_refused(record: SqlRecord) -> None:
    """A time that does not say its zone never reaches the file."""
    naive = datetime(2026, 1, 1)  # noqa: DTZ001 - the point of the test
    with pytest.raises(StatementError, match="naive"):
        record.commit(ONE, "datadog", [opening(since=naive)])
    assert record.assignments(ONE) == ()


def test_a_word_from_a_newer_version_is_explained(record: SqlRecord, database: Database) -> None:
    """A source that this version has no word for is a plain error, not a crash."""
    record.commit(ONE, "datadog", [opening()])
    with database.write() as connection:
        connection.exec_driver_sql("UPDATE assignments SET source = 'carrier pigeon'")
    with pytest.raises(RecordError, match="carrier pigeon"):
        record.state(ONE, "datadog")


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE assignments SET until = '2020', ended_by = 'x', ended_source = 'cli'",
        "UPDATE assignments SET until = '2030'",
        "UPDATE assignments SET ended_by = 'x'",
        "DELETE FROM ledgers",
        "INSERT INTO assignments (id, incident, role, person, since, set_by, source, recorded_at) "
        "SELECT 'a2', incident, role, person, since, set_by, source, recorded_at FROM assignments",
    ],
)
def test_the_database_holds_the_line_itself(
    record: SqlRecord, database: Database, statement: str
) -> None:
    """Even SQL by hand cannot end an interval early, half, or have one held twice."""
    record.commit(ONE, "datadog", [opening()])
    with pytest.raises(RecordError) as refused, database.write() as connection:
        connection.exec_driver_sql(statement)
    assert isinstance(refused.value.__cause__, IntegrityError)
