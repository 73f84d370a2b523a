"""The guard over timelines: a loop, a timeline that vanishes, and one that is all rewritten."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from dd_incident_roles.model import Entry, EntryKey
from dd_incident_roles.sync.entries.canon import Digest
from dd_incident_roles.sync.entries.changes import (
    CreateEntry,
    DeleteEntry,
    EntryChange,
    UpdateEntry,
)
from dd_incident_roles.sync.entries.effects import EntryEffect, EntryNews
from dd_incident_roles.sync.entries.entry_plan import EntryPlan
from dd_incident_roles.sync.entries.state import EntryLink, EntryState
from dd_incident_roles.sync.guard import guard
from dd_incident_roles.sync.plan import Plan
from dd_incident_roles.sync.ports import Reading, RoleListing
from dd_incident_roles.sync.state import IncidentState
from tests.sync.memory_target import INCIDENT

AT = datetime(2026, 1, 1, tzinfo=UTC)
SEEN = Digest("seen")


def entry(number: int) -> Entry:
    return Entry(key=EntryKey(f"key-{number}"), at=AT, created=AT, text=f"text {number}")


def plan(*writes: EntryChange, linked: int, vanished: int = 0) -> Plan:
    links = tuple(
        EntryLink(
            key=entry(number).key,
            remote_id=f"cell-{number}",
            local_digest=SEEN,
            remote_digest=SEEN,
        )
        for number in range(linked)
    )
    gone = tuple(
        EntryEffect(news=EntryNews.DELETED, entry=entry(number)) for number in range(vanished)
    )
    listing = RoleListing(holders={}, via={}, single=frozenset())
    return Plan(
        reading=Reading(incident=INCIDENT, roles=listing, people={}),
        state=IncidentState(version=1, timeline=EntryState(links=links)),
        timeline=EntryPlan(writes=writes, effects=gone),
    )


def creates(number: int) -> list[EntryChange]:
    return [CreateEntry(entry=entry(each)) for each in range(number)]


def deletes(number: int) -> list[EntryChange]:
    return [
        DeleteEntry(key=entry(each).key, remote_id=f"cell-{each}", seen=SEEN)
        for each in range(number)
    ]


def updates(number: int) -> list[EntryChange]:
    return [
        UpdateEntry(entry=entry(each), remote_id=f"cell-{each}", seen=SEEN)
        for each in range(number)
    ]


@pytest.mark.parametrize(
    "given",
    [
        plan(linked=0),
        plan(*creates(50), linked=0),
        plan(*deletes(3), linked=3),
        plan(*deletes(3), linked=100),
        plan(*deletes(30), linked=100),
        plan(*updates(5), linked=10),
        plan(*updates(9), linked=9),
        plan(linked=5, vanished=3),
    ],
)
def test_ordinary_plans_pass(given: Plan) -> None:
    """What people write, change and delete in an incident is not held up."""
    assert guard(given) is None


@pytest.mark.parametrize(
    ("given", "flag"),
    [
        (plan(*creates(51), linked=0), "--allow-creates 51"),
        (plan(*deletes(4), linked=9), "--allow-deletes 4"),
        (plan(*deletes(31), linked=100), "--allow-deletes 31"),
        (plan(linked=8, vanished=8), "--allow-deletes 8"),
        (plan(*deletes(2), linked=9, vanished=2), "--allow-deletes 4"),
        (plan(*updates(6), linked=10), "--allow-deletes 0"),
    ],
)
def test_plans_that_would_spoil_a_timeline_are_refused(given: Plan, flag: str) -> None:
    """A loop, a timeline that vanishes and one that is all rewritten need a word from somebody."""
    refusal = guard(given)
    assert refusal is not None
    assert refusal.flag == flag


def test_the_named_flags_let_that_much_pass() -> None:
    """Each flag allows the number that it names, and one less is not enough."""
    loop, vanishing = plan(*creates(51), linked=0), plan(*deletes(4), linked=9)
    assert guard(loop, allow_creates=51) is None
    assert guard(loop, allow_creates=50) is not None
    assert guard(vanishing, allow_deletes=4) is None
    assert guard(vanishing, allow_deletes=3) is not None
