"""The guard: what a plan may take away, and what it may not without being told."""

from __future__ import annotations

from dataclasses import replace

import pytest

from dd_incident_roles.model import PersonKey, RoleKey
from dd_incident_roles.sync.changes import Handover, RoleChange, TakeRole
from dd_incident_roles.sync.effects import Pulled
from dd_incident_roles.sync.guard import guard
from dd_incident_roles.sync.plan import Plan
from dd_incident_roles.sync.ports import Reading, RoleListing
from dd_incident_roles.sync.state import IncidentState
from tests.sync.memory_target import INCIDENT

MANAGER, LEAD = RoleKey("incident_manager"), RoleKey("tech_lead")
LISTING = RoleListing(holders={}, via={}, single=frozenset())


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
    assert guard(given) is None


@pytest.mark.parametrize(("case", "given"), REFUSED, ids=[row[0] for row in REFUSED])
def test_plans_that_strip_an_incident_are_refused(case: str, given: Plan) -> None:
    """A plan that takes away much is refused, and the flag that lets it pass is named."""
    refusal = guard(given)
    assert refusal is not None
    assert refusal.flag == f"--allow-deletes {given.removals}"


@pytest.mark.parametrize(("case", "given"), REFUSED, ids=[row[0] for row in REFUSED])
def test_the_named_flag_lets_exactly_that_much_pass(case: str, given: Plan) -> None:
    """The flag allows the number that it names, and one less is not enough."""
    assert guard(given, allow_deletes=given.removals) is None
    assert guard(given, allow_deletes=given.removals - 1) is not None
