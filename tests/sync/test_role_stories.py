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
from dd_incident_roles.sync.plan_incident import plan_roles
from dd_incident_roles.sync.state import Link, Membership, Put
from tests.sync.bench import GRACE, Bench
from tests.sync.memory_target import INCIDENT, Fault

MANAGER, SCRIBE, LEAD = RoleKey("incident_manager"), RoleKey("scribe"), RoleKey("tech_lead")
ANA, BO, CAROL = (PersonKey(f"{name}@corp.example") for name in ("ana", "bo", "carol"))


@pytest.fixture
def bench(tmp_path: Path) -> Iterator[Bench]:
    made = Bench.at_rest(tmp_path)
    yield made
    made.record.close()


def test_a_command_on_an_incident_that_was_never_seen_reaches_datadog(bench: Bench) -> None:
    """Somebody assigned before the first sync takes over from whoever Datadog had."""
    bench.target.choose(MANAGER, ANA)
    bench.assign(MANAGER, BO)
    bench.sync()
    assert bench.target.roles[MANAGER] == {BO}


@pytest.mark.parametrize("role", [MANAGER, SCRIBE, LEAD])
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


@pytest.mark.parametrize("role", [MANAGER, SCRIBE, LEAD])
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


@pytest.mark.parametrize("role", [MANAGER, SCRIBE, LEAD])
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
    assert bench.target.roles[role] == {ANA}
    assert bench.held(role) == {ANA}


def test_a_quick_change_back_in_datadog_is_followed_when_the_reading_is_newer(
    bench: Bench,
) -> None:
    """Ana, Bo, Ana within a minute ends with Ana at once: the incident was modified after Bo."""
    for person in (ANA, BO, ANA):
        bench.target.choose(MANAGER, person)
        bench.target.modify(bench.at)
        bench.sync()
    assert bench.held(MANAGER) == {ANA}


def test_a_quick_change_back_that_may_be_an_old_listing_waits(bench: Bench) -> None:
    """Where nothing tells an old listing from a change back, the change is followed later."""
    for person in (ANA, BO, ANA):
        bench.target.choose(MANAGER, person)
        bench.sync()
    assert bench.held(MANAGER) == {BO}
    bench.wait()
    bench.sync()
    assert bench.held(MANAGER) == {ANA}


def test_both_sides_choosing_somebody_else_is_a_conflict_that_datadog_wins(bench: Bench) -> None:
    """The record's choice gives way, is kept, and is reported."""
    bench.target.choose(MANAGER, ANA)
    bench.sync()
    bench.assign(MANAGER, BO)
    bench.target.choose(MANAGER, CAROL)
    [result] = bench.sync().incidents
    assert bench.held(MANAGER) == {CAROL}
    assert result.effects == (Clashed(role=MANAGER, wanted=BO, standing=CAROL),)
    assert [(each.wanted, each.standing) for each in result.conflicts] == [(BO, CAROL)]
    assert bench.target.writes == []


def test_a_write_that_was_declined_is_not_taken_for_ours_later(bench: Bench) -> None:
    """Somebody whom Datadog refused, and whom people then choose there, is people's choice."""
    bench.target.choose(MANAGER, ANA)
    bench.sync()
    bench.assign(MANAGER, BO)
    bench.target.faults = [Fault.NOT_SENT]
    bench.sync()
    bench.assign(MANAGER, CAROL)
    bench.target.choose(MANAGER, BO)
    [result] = bench.sync().incidents
    assert result.effects == (Clashed(role=MANAGER, wanted=CAROL, standing=BO),)


def test_a_lost_answer_is_understood_after_the_record_moved_on(bench: Bench) -> None:
    """Our write that landed unheard is no rival to what was typed afterwards."""
    bench.target.choose(MANAGER, ANA)
    bench.sync()
    bench.assign(MANAGER, BO)
    bench.target.faults = [Fault.LOST_AFTER]
    bench.sync()
    bench.assign(MANAGER, CAROL)
    [result] = bench.sync().incidents
    assert result.conflicts == ()
    assert bench.target.roles[MANAGER] == {CAROL}


def test_a_killed_write_is_understood_after_the_record_moved_on(bench: Bench) -> None:
    """A run killed right after its write left enough behind to know the write again."""
    bench.target.choose(MANAGER, ANA)
    bench.sync()
    bench.assign(MANAGER, BO)
    assert bench.killed_sync(commits=1)
    assert bench.target.roles[MANAGER] == {BO}
    bench.assign(MANAGER, CAROL)
    [result] = bench.sync().incidents
    assert result.conflicts == ()
    assert bench.target.roles[MANAGER] == {CAROL}


def test_a_row_that_was_lost_is_no_removal(bench: Bench) -> None:
    """A base without a row in the record brings the holder back, and removes nobody."""
    bench.target.choose(LEAD, ANA)
    base = Link(item=Membership(LEAD, ANA), holder=ANA, via="list")
    bench.record.commit(INCIDENT.id, "datadog", [Put(base)])
    bench.sync()
    assert bench.held(LEAD) == {ANA}
    assert bench.target.roles[LEAD] == {ANA}


def test_a_base_that_was_seen_another_way_says_nothing_about_an_absence(bench: Bench) -> None:
    """When a role is shown in a new way, its holders are given again and nobody is dropped."""
    bench.assign(LEAD, ANA)
    base = Link(item=Membership(LEAD, ANA), holder=ANA, via="another way")
    bench.record.commit(INCIDENT.id, "datadog", [Put(base)])
    bench.settle()
    assert bench.held(LEAD) == {ANA}
    assert bench.target.roles[LEAD] == {ANA}


def test_an_edit_made_during_a_run_is_never_overwritten(bench: Bench) -> None:
    """What Datadog shows is not taken over into a record that changed since it was looked at."""
    bench.target.choose(MANAGER, ANA)
    bench.sync()
    bench.target.choose(MANAGER, BO)
    terms = PlanOptions(now=bench.clock(), grace=GRACE, new_id=bench.new_id)
    plan = plan_roles(
        bench.record.state(INCIDENT.id, "datadog"), bench.target.read(INCIDENT.id), terms
    )
    bench.assign(SCRIBE, CAROL)
    applied = apply(plan, target=bench.target, record=bench.record, clock=bench.clock)
    assert applied.stale
    assert bench.held(MANAGER) == {ANA}


def test_a_write_is_not_made_for_a_wish_that_changed_during_the_run(bench: Bench) -> None:
    """Somebody reassigned while the run was on its way is not announced to Datadog first."""
    bench.target.choose(MANAGER, ANA)
    bench.sync()
    bench.assign(MANAGER, BO)
    terms = PlanOptions(now=bench.clock(), grace=GRACE, new_id=bench.new_id)
    plan = plan_roles(
        bench.record.state(INCIDENT.id, "datadog"), bench.target.read(INCIDENT.id), terms
    )
    bench.assign(MANAGER, CAROL)
    applied = apply(plan, target=bench.target, record=bench.record, clock=bench.clock)
    assert applied.stale
    assert bench.target.roles[MANAGER] == {ANA}


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
