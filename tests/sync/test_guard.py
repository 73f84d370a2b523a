"""The guard: what a plan may take away, and what it may not without being told."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from dd_incident_roles.model import Assignment, PersonKey, RoleKey, Source
from dd_incident_roles.roles.ledger import Close
from dd_incident_roles.sync.guard import SETTLED_AFTER, Allowance, guard
from dd_incident_roles.sync.plan import Plan, Pulled, Refusal, RoleStanding, Standing
from dd_incident_roles.sync.state import Conflict, Drop, IncidentState, Link, Membership, Put, Seat
from dd_incident_roles.sync.targets import (
    EnsureResponder,
    GiveRole,
    Handover,
    Reading,
    RoleChange,
    RoleListing,
    TakeRole,
)
from tests.sync.memory_target import INCIDENT

MANAGER, LEAD = RoleKey("incident_manager"), RoleKey("tech_lead")
LISTING = RoleListing(holders={}, via={}, single=frozenset())
NOW = datetime(2026, 1, 1, 12, tzinfo=UTC)
ANA = PersonKey("0@corp.example")


def takes(number: int) -> tuple[RoleChange, ...]:
    return tuple(
        TakeRole(role=LEAD, person=PersonKey(f"{index}@corp.example")) for index in range(number)
    )


def hands(after: PersonKey | None) -> tuple[RoleChange, ...]:
    return (Handover(role=MANAGER, before=frozenset({PersonKey("ana")}), after=after),)


def vanished(number: int) -> tuple[Pulled, ...]:
    return tuple(
        Pulled(role=LEAD, before=PersonKey(f"{index}@corp.example"), after=None)
        for index in range(number)
    )


def plan(
    *,
    writes: tuple[RoleChange, ...] = (),
    effects: tuple[Pulled, ...] = (),
    linked: int,
    state: str = "active",
) -> Plan:
    reading = Reading(incident=replace(INCIDENT, state=state), roles=LISTING, people={})
    return Plan(
        reading=reading,
        state=IncidentState(version=1),
        writes=writes,
        effects=effects,
        linked=linked,
    )


def judged(given: Plan, allowance: Allowance | None = None) -> Refusal | None:
    return guard(given, allowance, now=NOW).refusal


def removals(given: Plan) -> int:
    return len(given.writes) + len(given.effects)


ALLOWED = [
    ("nothing at all", plan(linked=0)),
    ("one of one", plan(writes=takes(1), linked=1)),
    ("two of two", plan(writes=takes(2), linked=2)),
    ("three of nine", plan(writes=takes(3), linked=9)),
    ("three of ten", plan(writes=takes(3), linked=10)),
    ("a handover of command", plan(writes=hands(PersonKey("bo")), linked=1)),
    ("command of a closed incident", plan(writes=hands(None), linked=5, state="resolved")),
    ("two vanished of five", plan(effects=vanished(2), linked=5)),
]

REFUSED = [
    ("command of an open incident", plan(writes=hands(None), linked=5)),
    ("three of three", plan(writes=takes(3), linked=3)),
    ("four of nine", plan(writes=takes(4), linked=9)),
    ("four of ten", plan(writes=takes(4), linked=10)),
    ("four vanished of nine", plan(effects=vanished(4), linked=9)),
    ("both sides together", plan(writes=takes(2), effects=vanished(2), linked=8)),
    ("a third of many", plan(effects=vanished(31), linked=100)),
]


@pytest.mark.parametrize(("case", "given"), ALLOWED, ids=[row[0] for row in ALLOWED])
def test_ordinary_plans_pass(case: str, given: Plan) -> None:
    """What people do in an incident is not held up."""
    assert guard(given, now=NOW) == given


@pytest.mark.parametrize(("case", "given"), REFUSED, ids=[row[0] for row in REFUSED])
def test_what_strips_an_incident_is_held_back(case: str, given: Plan) -> None:
    """What takes away much is taken out of the plan, and the flag that lets it pass is named."""
    held = guard(given, now=NOW)
    assert held.refusal is not None
    assert held.refusal.flag == f"--allow-deletes {removals(given)}"
    assert (held.writes, held.effects) == ((), ())


@pytest.mark.parametrize(("case", "given"), REFUSED, ids=[row[0] for row in REFUSED])
def test_the_named_flag_lets_exactly_that_much_pass(case: str, given: Plan) -> None:
    """The flag allows the number that it names, and one less is not enough."""
    assert judged(given, Allowance(deletes=removals(given))) is None
    assert judged(given, Allowance(deletes=removals(given) - 1)) is not None


def agreed(number: int, *, missing: timedelta | None = None) -> tuple[Link, ...]:
    since = None if missing is None else NOW - missing
    return tuple(
        Link(
            item=Membership(LEAD, PersonKey(f"{each}@corp.example")),
            holder=PersonKey(f"{each}@corp.example"),
            via="list",
            missing_since=since,
        )
        for each in range(number)
    )


def missed(number: int, since: timedelta) -> Plan:
    """A plan in which some holders of nine were missed in Datadog since a while."""
    given = plan(effects=vanished(number), linked=9)
    return replace(given, state=IncidentState(version=1, links=agreed(9, missing=since)))


def test_what_people_removed_goes_by_itself_after_half_an_hour() -> None:
    """One second less is not enough; the refusal says when it will be."""
    almost = missed(4, SETTLED_AFTER - timedelta(seconds=1))
    refusal = judged(almost)
    assert refusal is not None
    assert refusal.by_itself == NOW + timedelta(seconds=1)
    assert judged(missed(4, SETTLED_AFTER)) is None


def test_what_is_removed_there_never_goes_by_itself() -> None:
    """However long a holder has been missed elsewhere: a removal in Datadog needs the flag."""
    given = replace(
        plan(writes=takes(4), linked=9),
        state=IncidentState(version=1, links=agreed(9, missing=SETTLED_AFTER)),
    )
    refusal = judged(given)
    assert refusal is not None
    assert refusal.by_itself is None


def test_what_has_settled_makes_nothing_else_suspicious() -> None:
    """Four that have stood long enough go; two that are new are few, and go as well."""
    given = replace(missed(4, SETTLED_AFTER), writes=takes(6)[4:])
    assert judged(given) is None


def test_what_a_person_asks_for_is_not_held_back() -> None:
    """A command is the permission for its own removal, and for no other."""
    given = plan(writes=takes(5), linked=9)
    held = guard(given, Allowance(wanted=frozenset({Membership(LEAD, ANA)})), now=NOW)
    assert held.refusal is not None
    assert held.refusal.flag == "--allow-deletes 4"
    assert held.writes == takes(1)
    commanded = plan(writes=hands(None), linked=5)
    assert judged(commanded, Allowance(wanted=frozenset({Seat(MANAGER)}))) is None


def test_everything_else_of_the_plan_goes_on() -> None:
    """Links, intents and conflicts of what is held back stay; all other changes are made."""
    others = (
        EnsureResponder(person=PersonKey("new@corp.example")),
        GiveRole(role=LEAD, person=PersonKey("new@corp.example")),
    )
    kept = Put(agreed(9)[8])
    ended = Close(assignment_id="a", until=NOW, ended_by="datadog", ended_source=Source.DATADOG)
    row = Assignment(
        id="a",
        role=LEAD,
        stream="database",
        person=ANA,
        since=NOW,
        until=None,
        set_by="scribe",
        source=Source.CLI,
    )
    given = missed(4, timedelta(minutes=6))
    given = replace(
        given,
        state=replace(given.state, assignments=(row,)),
        writes=others,
        edits=(ended, Drop(Link, Membership(LEAD, ANA)), kept, Drop(Conflict, MANAGER)),
        standings=(
            RoleStanding(role=LEAD, standing=Standing.IN_SYNC),
            RoleStanding(role=MANAGER, standing=Standing.IN_SYNC),
        ),
    )
    held = guard(given, now=NOW)
    assert held.effects == ()
    assert held.writes == others
    assert held.edits == (kept, Drop(Conflict, MANAGER))
    assert held.standings == (
        RoleStanding(
            role=LEAD,
            standing=Standing.PENDING,
            doubted=frozenset(PersonKey(f"{each}@corp.example") for each in range(4)),
        ),
        RoleStanding(role=MANAGER, standing=Standing.IN_SYNC),
    )
