"""Directed stories of role sync: one rule each, told from beginning to end."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from dd_incident_roles.model import Assignment, PersonKey, RoleKey, Source
from dd_incident_roles.roles.ledger import Open
from dd_incident_roles.sync.apply import apply
from dd_incident_roles.sync.plan import Clashed, PlanOptions, Pulled
from dd_incident_roles.sync.plan_roles import plan_roles
from dd_incident_roles.sync.state import Link, Put, RoleMember
from tests.sync.bench import GRACE, Bench
from tests.sync.memory_target import INCIDENT, Fault

MANAGER, SCRIBE, LEAD = RoleKey("incident_manager"), RoleKey("scribe"), RoleKey("tech_lead")
ANA, BO, CAROL = (PersonKey(f"{name}@corp.example") for name in ("ana", "bo", "carol"))


EACH_KIND = pytest.mark.parametrize("role", [MANAGER, SCRIBE, LEAD])


@pytest.fixture
def bench(tmp_path: Path, home: None) -> Iterator[Bench]:
    made = Bench.at_rest(tmp_path)
    yield made
    made.record.close()


@pytest.fixture
def agreed(bench: Bench) -> Bench:
    """Both sides have Ana in command."""
    bench.target.choose(MANAGER, ANA)
    bench.sync()
    return bench


def test_a_command_on_an_incident_that_was_never_seen_reaches_datadog(bench: Bench) -> None:
    """Somebody assigned before the first sync takes over from whoever Datadog had."""
    bench.target.choose(MANAGER, ANA)
    bench.assign(MANAGER, BO)
    bench.sync()
    assert bench.target.roles[MANAGER] == {BO}


@EACH_KIND
def test_an_absence_is_believed_at_the_second_look_after_the_grace(
    bench: Bench, role: RoleKey
) -> None:
    """A holder whom Datadog stops showing stays in the record until it was seen twice."""
    bench.target.choose(role, ANA)
    bench.sync()
    bench.target.roles[role].clear()
    bench.sync()
    bench.sync()
    assert bench.held(role) == {ANA}
    bench.wait()
    result = bench.sync()
    assert bench.held(role) == set()
    assert result.incidents[0].effects == (Pulled(role=role, before=ANA, after=None),)


@EACH_KIND
def test_a_holder_who_is_shown_again_was_never_missing(bench: Bench, role: RoleKey) -> None:
    """An absence that ends within the grace starts the waiting from the beginning next time."""
    bench.target.choose(role, ANA)
    bench.sync()
    bench.target.roles[role].clear()
    bench.sync()
    bench.target.roles[role].add(ANA)
    bench.wait()
    bench.sync()
    bench.target.roles[role].clear()
    bench.sync()
    assert bench.held(role) == {ANA}


@EACH_KIND
def test_somebody_named_again_after_an_absence_is_given_the_role_again(
    bench: Bench, role: RoleKey
) -> None:
    """Giving up and taking a role again here beats its disappearance from Datadog."""
    bench.assign(role, ANA)
    bench.sync()
    bench.target.roles[role].clear()
    bench.sync()
    bench.unassign(role, ANA)
    bench.assign(role, ANA)
    bench.wait()
    bench.settle()
    assert bench.target.roles[role] == bench.held(role) == {ANA}


@EACH_KIND
def test_an_old_listing_brings_nobody_back(bench: Bench, role: RoleKey) -> None:
    """Whom we replaced or took away is not taken over from a listing made before."""
    bench.assign(role, ANA)
    bench.sync()
    before = bench.target.snapshot()
    bench.unassign(role, ANA)
    if role != LEAD:
        bench.assign(role, BO)
    bench.sync()
    bench.target.stale = before
    bench.sync()
    assert ANA not in bench.held(role)


@pytest.mark.parametrize("is_newer", [True, False])
def test_a_quick_change_back_in_datadog(agreed: Bench, is_newer: bool) -> None:
    """Ana, Bo, Ana within a minute ends with Ana at once where the incident was modified after Bo.

    Where nothing tells an old listing from a change back, the change is followed later.
    """
    for person in (BO, ANA):
        agreed.target.choose(MANAGER, person)
        if is_newer:
            agreed.target.modify(agreed.at)
        agreed.sync()
    assert agreed.held(MANAGER) == {ANA if is_newer else BO}
    agreed.wait()
    agreed.sync()
    assert agreed.held(MANAGER) == {ANA}


def test_both_sides_choosing_somebody_else_is_a_conflict_that_datadog_wins(agreed: Bench) -> None:
    """The record's choice gives way, is kept, and is reported."""
    agreed.assign(MANAGER, BO)
    agreed.target.choose(MANAGER, CAROL)
    [result] = agreed.sync().incidents
    assert agreed.held(MANAGER) == {CAROL}
    assert result.effects == (Clashed(role=MANAGER, wanted=BO, standing=CAROL),)
    assert [(each.wanted, each.standing) for each in result.conflicts] == [(BO, CAROL)]
    assert agreed.target.writes == []


def test_a_write_that_was_declined_is_not_taken_for_ours_later(agreed: Bench) -> None:
    """Somebody whom Datadog refused, and whom people then choose there, is people's choice."""
    agreed.assign(MANAGER, BO)
    agreed.target.faults = [Fault.NOT_SENT]
    agreed.sync()
    agreed.assign(MANAGER, CAROL)
    agreed.target.choose(MANAGER, BO)
    [result] = agreed.sync().incidents
    assert result.effects == (Clashed(role=MANAGER, wanted=CAROL, standing=BO),)


@pytest.mark.parametrize("is_killed", [True, False])
def test_an_unheard_write_is_understood_after_the_record_moved_on(
    agreed: Bench, is_killed: bool
) -> None:
    """Our write that landed is no rival to what was typed afterwards.

    A lost answer, and a run killed right after its write, leave enough behind to know it again.
    """
    agreed.assign(MANAGER, BO)
    if is_killed:
        assert agreed.killed_sync(commits=1)
    else:
        agreed.target.faults = [Fault.LOST_AFTER]
        agreed.sync()
    assert agreed.target.roles[MANAGER] == {BO}
    agreed.assign(MANAGER, CAROL)
    [result] = agreed.sync().incidents
    assert result.conflicts == ()
    assert agreed.target.roles[MANAGER] == {CAROL}


@pytest.mark.parametrize("via", ["list", "another way"])
def test_a_base_alone_removes_nobody(bench: Bench, via: str) -> None:
    """A base without a row in the record brings the holder back, who is not removed.

    One that was seen another way says nothing about an absence: the holder is given again.
    """
    if via == "list":
        bench.target.choose(LEAD, ANA)
    else:
        bench.assign(LEAD, ANA)
    base = Link(item=RoleMember(LEAD, ANA), holder=ANA, via=via)
    bench.record.commit(INCIDENT.id, "datadog", [Put(base)])
    bench.settle()
    assert bench.held(LEAD) == bench.target.roles[LEAD] == {ANA}


@pytest.mark.parametrize(("role", "chosen"), [(SCRIBE, BO), (MANAGER, None)])
def test_a_plan_is_not_carried_out_in_a_record_that_changed(
    agreed: Bench, role: RoleKey, chosen: PersonKey | None
) -> None:
    """What Datadog shows is not taken over into a record that changed since it was looked at.

    Somebody reassigned while the run was on its way is not announced to Datadog first.
    """
    if chosen:
        agreed.target.choose(MANAGER, chosen)
    else:
        agreed.assign(MANAGER, BO)
    before = set(agreed.target.roles[MANAGER])
    options = PlanOptions(now=agreed.clock(), grace=GRACE, new_id=agreed.new_id)
    state = agreed.record.state(INCIDENT.id, "datadog")
    plan = plan_roles(state, agreed.target.read(INCIDENT.id), options)
    agreed.assign(role, CAROL)
    held = agreed.held(MANAGER)
    applied = apply(plan, target=agreed.target, record=agreed.record, clock=agreed.clock)
    assert applied.stale
    assert (agreed.held(MANAGER), agreed.target.roles[MANAGER]) == (held, before)


def test_the_stream_of_a_holder_survives_every_sync(bench: Bench) -> None:
    """Datadog knows no streams; what the record says of them stays as it is."""
    bench.assign(LEAD, ANA)
    bench.target.choose(LEAD, BO)
    bench.settle()
    rows = bench.record.assignments(INCIDENT.id)
    streams = {row.person: row.stream for row in rows if row.is_open}
    assert streams == {ANA: "ana", BO: None}


def test_a_handover_closes_one_interval_and_opens_the_next_at_the_same_instant(
    bench: Bench,
) -> None:
    """History has no gap and no overlap where Datadog handed a role over."""
    bench.target.choose(MANAGER, ANA)
    bench.sync()
    bench.target.choose(MANAGER, BO)
    bench.sync()
    first, second = bench.record.assignments(INCIDENT.id)
    assert (first.person, second.person) == (ANA, BO)
    assert first.until == second.since


def test_an_interval_that_begins_in_the_future_is_ended_when_it_began(bench: Bench) -> None:
    """A clock that was ahead makes no interval that ends before it begins; the next begins now."""
    ahead = Assignment(
        id="ahead",
        role=MANAGER,
        stream=None,
        person=ANA,
        since=bench.at + timedelta(hours=1),
        until=None,
        set_by="scribe",
        source=Source.CLI,
    )
    bench.record.commit(INCIDENT.id, "datadog", [Open(assignment=ahead)])
    bench.sync()
    bench.target.choose(MANAGER, BO)
    bench.sync()
    rows = {row.person: row for row in bench.record.assignments(INCIDENT.id)}
    assert rows[ANA].until == ahead.since
    assert rows[BO].until is None
    assert rows[BO].since < ahead.since
    assert replace(rows[ANA], until=None, ended_by=None, ended_source=None) == ahead
