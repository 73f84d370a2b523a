"""Handoffs, corrections and devised roles: kept for good, and decided or added as a whole."""

from __future__ import annotations

from dataclasses import replace

import pytest
from sqlalchemy import Table, select, update
from sqlalchemy.exc import IntegrityError

from dd_incident_roles.errors import RecordChanged, RecordError
from dd_incident_roles.model import RoleKey
from dd_incident_roles.roles.statements import HandoffOutcome, Propose, Statement
from dd_incident_roles.store.database import Database
from dd_incident_roles.store.record import SqlRecord
from dd_incident_roles.store.tables import CORRECTIONS, DEVISED_ROLES, HANDOFFS
from dd_incident_roles.sync.state import Edit, IncidentState
from tests.store.samples import (
    ANA,
    BO,
    CAROL,
    ONE,
    START,
    TECH_LEAD,
    TWO,
    closing,
    link,
    minutes,
    opening,
)
from tests.store.statement_samples import RUNNER, correction, decision, devising, proposal

EACH: dict[str, tuple[list[Edit], Statement]] = {
    "propose": ([opening()], proposal()),
    "decide": ([proposal()], decision()),
    "correct": ([opening()], correction()),
    "devise": ([opening()], devising()),
    "devise again": ([devising()], devising()),
}
UNFIT: dict[str, Statement] = {
    "proposed while one is open": proposal("h2", receiver=CAROL),
    "proposed under an id of another incident": proposal("h9", role=TECH_LEAD),
    "decided and never proposed": decision("h7"),
    "decided in another incident": decision("h9"),
    "decided twice": decision("h0"),
    "corrected under the same id": correction("c1", role=TECH_LEAD),
}


def test_everything_comes_back_as_it_was_stated(record: SqlRecord) -> None:
    """A state is read back whole, for an incident that was never seen, the same for all targets."""
    full = devising(summary="Fetches.", may_hold=(BO, ANA), until=minutes(90), is_single=False)
    other = devising(RoleKey("driver"))
    nobodys = proposal("h2", stream="database", giver=None, note="I have to sleep.")
    never_held = correction("c2", stream="database", person=None)
    record.commit(
        ONE,
        "datadog",
        [proposal(), nobodys, correction(), never_held, full, other],
        expected_version=0,
    )
    whole = IncidentState(
        version=1,
        handoffs=(proposal().handoff, nobodys.handoff),
        corrections=(correction().correction, never_held.correction),
        devised=(full.role, other.role),
    )
    assert record.state(ONE, "datadog") == record.state(ONE, "github") == whole
    assert record.handoffs(ONE) == whole.handoffs
    assert record.corrections(ONE) == whole.corrections
    assert record.devised(ONE) == whole.devised
    assert record.state(TWO, "datadog") == IncidentState(version=0)
    assert (record.handoffs(TWO), record.corrections(TWO), record.devised(TWO)) == ((), (), ())


@pytest.mark.parametrize(("before", "statement"), EACH.values(), ids=EACH.keys())
def test_every_statement_moves_the_version(
    record: SqlRecord, before: list[Edit], statement: Statement
) -> None:
    """A plan made before somebody stated something is outdated."""
    record.commit(ONE, "datadog", before, expected_version=0)
    record.commit(ONE, "datadog", [statement], expected_version=1)
    assert record.state(ONE, "datadog").version == 2
    with pytest.raises(RecordChanged, match="meanwhile"):
        record.commit(ONE, "datadog", [opening("late", person=CAROL)], expected_version=1)


@pytest.mark.parametrize("unfit", UNFIT.values(), ids=UNFIT.keys())
def test_a_statement_that_does_not_fit_undoes_the_others(
    record: SqlRecord, unfit: Statement
) -> None:
    """One statement that the record has overtaken, and nothing of the commit is kept."""
    record.commit(TWO, "datadog", [proposal("h9")])
    record.commit(ONE, "datadog", [proposal("h0"), decision("h0"), proposal(), correction()])
    before = record.state(ONE, "datadog"), record.state(TWO, "datadog")
    with pytest.raises(RecordChanged, match="nothing was written"):
        record.commit(ONE, "datadog", [opening(), link(), devising(), unfit])
    assert (record.state(ONE, "datadog"), record.state(TWO, "datadog")) == before


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
    second = proposal("h2", receiver=CAROL, proposed=minutes(5))
    record.commit(ONE, "datadog", [proposal()])
    with pytest.raises(RecordChanged, match="proposed already"):
        record.commit(ONE, "datadog", [second, decision(outcome=HandoffOutcome.SUPERSEDED)])
    record.commit(ONE, "datadog", [decision(outcome=HandoffOutcome.SUPERSEDED), second])
    assert [each.outcome for each in record.handoffs(ONE)] == [HandoffOutcome.SUPERSEDED, None]


def test_one_that_has_expired_is_still_open(record: SqlRecord) -> None:
    """A handoff that nobody answered in time ends when somebody says so, and not by the clock."""
    record.commit(ONE, "datadog", [proposal(expires=minutes(1))])
    with pytest.raises(RecordChanged):
        record.commit(ONE, "datadog", [proposal("h2", proposed=minutes(50), expires=minutes(60))])
    assert record.open_handoffs() == ((ONE, proposal(expires=minutes(1)).handoff),)


def test_each_stream_and_role_has_its_own(record: SqlRecord) -> None:
    """A handoff of one stream of a role does not stand in the way of another."""
    each = [
        proposal(),
        proposal("h2", stream="database"),
        proposal("h3", stream="network"),
        proposal("h4", role=TECH_LEAD),
    ]
    record.commit(ONE, "datadog", each)
    assert record.handoffs(ONE) == tuple(every.handoff for every in each)


def test_open_handoffs_are_found_in_every_incident(record: SqlRecord) -> None:
    """What waits for an answer is listed over all incidents, oldest first."""
    newer = proposal("h2", proposed=minutes(1))
    record.commit(ONE, "datadog", [newer, proposal("h3", role=TECH_LEAD), decision("h3")])
    record.commit(TWO, "datadog", [proposal()])
    assert record.open_handoffs() == ((TWO, proposal().handoff), (ONE, newer.handoff))


def test_a_handoff_is_never_proposed_decided(record: SqlRecord) -> None:
    """Proposing what has already ended is a mistake of the caller."""
    ended = replace(
        proposal().handoff, outcome=HandoffOutcome.DECLINED, decided=minutes(1), decided_by="bo"
    )
    with pytest.raises(ValueError, match="proposed open"):
        record.commit(ONE, "datadog", [Propose(handoff=ended)])


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
    titles = select(DEVISED_ROLES.c.title).where(DEVISED_ROLES.c.key == RUNNER)
    with database.read() as connection:
        kept = connection.execute(titles.order_by(DEVISED_ROLES.c.number)).scalars().all()
    assert kept == ["Runner", "Elsewhere", "Chief runner"]


def test_roles_change_hands_with_the_handoff(record: SqlRecord) -> None:
    """An acceptance ends one interval, begins another and decides the handoff, in any order."""
    record.commit(ONE, "datadog", [opening(), proposal()])
    taken = opening("a2", person=BO, since=minutes(5))
    record.commit(ONE, "datadog", [decision(), closing(), taken], expected_version=1)
    state = record.state(ONE, "datadog")
    assert [(row.person, row.is_open) for row in state.assignments] == [(ANA, False), (BO, True)]
    assert (state.version, record.open_handoffs()) == (2, ())


def test_an_outcome_from_a_newer_version_is_explained(
    record: SqlRecord, database: Database
) -> None:
    """An outcome that this version has no word for is a plain error, not a crash."""
    record.commit(ONE, "datadog", [proposal(), decision()])
    with database.write() as connection:
        connection.exec_driver_sql("UPDATE handoffs SET outcome = 'auctioned'")
    with pytest.raises(RecordError, match="auctioned"):
        record.state(ONE, "datadog")


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


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE handoffs SET outcome = 'accepted'",
        "UPDATE handoffs SET decided = '2030'",
        "UPDATE handoffs SET decided_by = 'x'",
        "UPDATE handoffs SET outcome = 'accepted', decided = '2030'",
        "UPDATE handoffs SET expires = '2020'",
        "UPDATE corrections SET until = '2020'",
        "DELETE FROM ledgers",
        "INSERT INTO handoffs (id, incident, role, receiver, proposed, proposed_by, expires) "
        "SELECT 'h2', incident, role, 'x', proposed, proposed_by, expires FROM handoffs",
    ],
)
def test_the_database_holds_the_line_itself(
    record: SqlRecord, database: Database, statement: str
) -> None:
    """Even SQL by hand cannot decide a handoff by half, or have a role offered twice."""
    record.commit(ONE, "datadog", [proposal(), correction()])
    with pytest.raises(RecordError) as refused, database.write() as connection:
        connection.exec_driver_sql(statement)
    assert isinstance(refused.value.__cause__, IntegrityError)


@pytest.mark.parametrize(
    "table", [each.table for each in (HANDOFFS, CORRECTIONS, DEVISED_ROLES)], ids=str
)
def test_each_table_belongs_to_a_ledger(
    record: SqlRecord, database: Database, table: Table
) -> None:
    """A statement about an incident that the record keeps nothing of cannot be."""
    record.commit(ONE, "datadog", [proposal(), correction(), devising()])
    with pytest.raises(RecordError) as refused, database.write() as connection:
        connection.execute(update(table).values(incident="nowhere"))
    assert isinstance(refused.value.__cause__, IntegrityError)
