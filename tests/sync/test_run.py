"""A run over several incidents: what stops one, what stops all, and what a refusal leaves."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from itertools import count
from pathlib import Path

import pytest

from dd_incident_roles.errors import (
    DatadogError,
    Forbidden,
    NotFound,
    RateLimited,
    Unauthorized,
    Unreachable,
)
from dd_incident_roles.model import Assignment, IncidentId, PersonKey, RoleKey, Source, UserId
from dd_incident_roles.roles.ledger import Open
from dd_incident_roles.store.opening import open_record
from dd_incident_roles.store.record import SqlRecord
from dd_incident_roles.sync.plan import SyncResult
from dd_incident_roles.sync.run import RunOptions, RunStopped, plan_incidents, run
from dd_incident_roles.sync.state import Link, Put, SingleHolderRole
from dd_incident_roles.sync.targets import Care, Confirmed, Reading, RemoteChange, WriteOutcome
from tests.sync.entries.timeline_bench import MemoryTimeline
from tests.sync.memory_target import INCIDENT, SINGLE_HOLDER_ROLES, MemoryTarget
from tests.sync.record_copies import FreshRecord, fresh_record

IDS = [IncidentId(f"0000000{number}-0000-4000-8000-000000000000") for number in range(1, 5)]
ANA, BO = PersonKey("ana@corp.example"), PersonKey("bo@corp.example")
SCRIBE = RoleKey("scribe")


@dataclass(slots=True)
class Several:
    """Several incidents in memory; reading or writing one of them can be made to fail."""

    name: str = "datadog"
    targets: dict[IncidentId, MemoryTarget] = field(default_factory=dict)
    broken: dict[IncidentId, DatadogError] = field(default_factory=dict)
    unwritable: dict[IncidentId, DatadogError] = field(default_factory=dict)
    read_ids: list[IncidentId] = field(default_factory=list)

    def read(self, incident_id: IncidentId, care: Care = Care.NOW) -> Reading:
        self.read_ids.append(incident_id)
        if incident_id in self.broken:
            raise self.broken[incident_id]
        return self.targets[incident_id].read(incident_id)

    def perform(self, incident_id: IncidentId, change: RemoteChange) -> WriteOutcome:
        if incident_id in self.unwritable:
            raise self.unwritable[incident_id]
        outcome = self.targets[incident_id].perform(incident_id, change)
        assert isinstance(outcome, Confirmed)
        return outcome


@pytest.fixture
def record(tmp_path: Path, home: None) -> Iterator[FreshRecord]:
    made = fresh_record(tmp_path, lambda: datetime(2026, 1, 1, tzinfo=UTC))
    yield made
    made.close()


@pytest.fixture
def several() -> Several:
    targets = {
        each: MemoryTarget(incident=replace(INCIDENT, id=each, public_id=number))
        for number, each in enumerate(IDS, start=1)
    }
    for target in targets.values():
        target.choose(SCRIBE, ANA)
    return Several(targets=targets)


NUMBERS = count()
OPTIONS = RunOptions(
    clock=lambda: datetime(2026, 1, 1, 12, tzinfo=UTC),
    new_id=lambda: f"interval-{next(NUMBERS)}",
    grace=timedelta(minutes=5),
    concurrency=1,
)


@dataclass(slots=True)
class Shortened(MemoryTimeline):
    """A timeline that begins to come in pages; only a careful reading asks for the rest."""

    is_short: bool = False

    def read(self, incident_id: IncidentId, care: Care = Care.NOW) -> Reading:
        whole = self.snapshot()
        if not self.is_short or care is Care.WHOLE or whole.timeline is None:
            return whole
        first = replace(whole.timeline, entries=whole.timeline.entries[:1], assumed=True)
        return replace(whole, timeline=first)


def test_what_is_behind_an_assumed_end_is_not_missing(record: SqlRecord) -> None:
    """Where an entry that is known is not shown, the rest is asked for before it counts as gone."""
    target, later = Shortened(), replace(OPTIONS, grace=timedelta(0))
    for text in ("first", "second"):
        target.write_note(text)

    def texts_after_two_runs() -> list[str]:
        for _ in range(2):
            run([INCIDENT.id], target=target, record=record, options=later)
        return [entry.text for entry in record.entries(INCIDENT.id)]

    assert texts_after_two_runs() == ["first", "second"]
    target.is_short = True
    assert texts_after_two_runs() == ["first", "second"]
    del target.cells[max(target.cells)]
    assert texts_after_two_runs() == ["first"]


def synced(result: SyncResult) -> list[IncidentId]:
    return [each.incident_id for each in result.incidents if not each.failures]


@pytest.mark.parametrize(
    "error",
    [Unreachable("no answer"), NotFound("gone"), Forbidden("private", status=403)],
)
def test_one_failing_incident_never_stops_the_others(
    record: SqlRecord, several: Several, error: DatadogError
) -> None:
    """What is wrong with one incident is reported, and the others are synced."""
    several.broken = {IDS[1]: error}
    result = run(IDS, target=several, record=record, options=OPTIONS)
    assert synced(result) == [IDS[0], IDS[2], IDS[3]]
    assert result.exit_code == 3


@pytest.mark.parametrize(
    "error", [Unauthorized("wrong keys"), RateLimited("too long"), Forbidden("no", status=403)]
)
def test_what_would_fail_for_all_stops_the_run(
    record: SqlRecord, several: Several, error: DatadogError
) -> None:
    """Bad keys and an exhausted limit are met once, and not once for each incident."""
    several.broken = dict.fromkeys(IDS, error)
    result = run(IDS, target=several, record=record, options=OPTIONS)
    assert several.read_ids == IDS[:1]
    stopped = [each.failures[0].error for each in result.incidents[1:]]
    assert [type(each) for each in stopped] == [RunStopped] * 3


def test_one_forbidden_incident_after_a_search(record: SqlRecord, several: Several) -> None:
    """Where a search answered, a refusal is about its incident alone, even the first one's."""
    several.broken = {IDS[0]: Forbidden("private", status=403)}
    searched = replace(OPTIONS, reading_works=True)
    result = run(IDS, target=several, record=record, options=searched)
    assert synced(result) == IDS[1:]


def test_a_forbidden_write_stops_no_other_incident(record: SqlRecord, several: Several) -> None:
    """A permission can lack for one incident alone; each refused write rests by itself."""
    for each in IDS:
        several.targets[each].roles[SINGLE_HOLDER_ROLES[1]].clear()
    several.unwritable = {
        IDS[0]: Forbidden("incident_write", status=403, declines_write=True),
        IDS[2]: Unauthorized("wrong keys", status=401),
    }
    wish = Assignment(
        id="wish",
        role=SCRIBE,
        stream=None,
        person=ANA,
        since=OPTIONS.clock(),
        until=None,
        set_by="scribe",
        source=Source.CLI,
    )
    for each in IDS:
        record.commit(each, "datadog", [Open(assignment=replace(wish, id=f"wish-{each}"))])
    result = run(IDS, target=several, record=record, options=OPTIONS)
    kinds = [type(each.failures[0].error) if each.failures else None for each in result.incidents]
    assert kinds == [Forbidden, None, Unauthorized, RunStopped]
    rested = [len(record.state(each, "datadog").refused) for each in IDS]
    assert rested == [1, 0, 0, 0]


def test_what_is_held_back_in_one_incident_stops_no_other(
    record: SqlRecord, several: Several
) -> None:
    """The guard looks at each plan by itself, and holds back what destroys and nothing else."""
    run(IDS, target=several, record=record, options=OPTIONS)
    leads = [PersonKey(f"{number}@corp.example") for number in range(5)]
    lead = RoleKey("tech_lead")
    for person in leads:
        several.targets[IDS[0]].choose(lead, person)
    run(IDS, target=several, record=record, options=OPTIONS)
    several.targets[IDS[0]].roles[lead].clear()
    later = replace(OPTIONS, grace=timedelta(0))
    run(IDS, target=several, record=record, options=later)
    several.targets[IDS[1]].choose(SCRIBE, BO)
    refused = run(IDS, target=several, record=record, options=later)
    assert refused.exit_code == 4
    assert [len(each.effects) for each in refused.incidents] == [0, 1, 0, 0]
    assert {row.person for row in record.assignments(IDS[1]) if row.is_open} == {BO}
    held = {row.person for row in record.assignments(IDS[0]) if row.is_open}
    assert held == {ANA, *leads}
    allowed = run(IDS, target=several, record=record, options=replace(later, allow_deletes=5))
    assert allowed.exit_code == 0


def test_a_dry_run_changes_nothing(record: SqlRecord, several: Several) -> None:
    """A dry run says what it would do, and planning does less; the record is as it was."""
    dry = replace(OPTIONS, dry_run=True)
    result = run(IDS, target=several, record=record, options=dry)
    assert all(each.effects for each in result.incidents)
    plan_incidents(IDS, target=several, record=record, options=OPTIONS)
    assert all(record.assignments(each) == () for each in IDS)
    assert record.incidents() == ()


def test_incidents_are_worked_on_side_by_side(record: SqlRecord, several: Several) -> None:
    """Eight threads on different incidents come to what one thread comes to."""
    run(IDS, target=several, record=record, options=replace(OPTIONS, concurrency=8))
    assert all([row.person for row in record.assignments(each)] == [ANA] for each in IDS)


def test_a_plan_from_an_overtaken_state_is_made_again(
    record: FreshRecord, several: Several
) -> None:
    """What both sides agreed on can move without what people see: the version alone misses it."""
    known = Link(item=SingleHolderRole(SCRIBE), holder=BO, via="list")
    with record.read_ahead(IDS, several.name):
        # The first question about anybody reads all states.
        record.people_of([UserId("nobody")])
        with open_record(record.location, clock=OPTIONS.clock) as other:
            other.commit(IDS[1], several.name, [Put(known)])
        result = run(IDS, target=several, record=record, options=OPTIONS)
    assert several.read_ids == [IDS[0], IDS[1], IDS[1], *IDS[2:]]
    assert synced(result) == IDS
    assert [row.person for row in record.assignments(IDS[1])] == [ANA]
