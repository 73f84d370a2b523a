"""The guard over timelines: a loop, one that vanishes, second copies, and one all rewritten."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from dd_incident_roles.model import NOTE, Entry, EntryKey
from dd_incident_roles.sync.entries.canon import Digest
from dd_incident_roles.sync.entries.own_entries import FINDING
from dd_incident_roles.sync.guard import SETTLED_AFTER, Allowance, guard
from dd_incident_roles.sync.plan import EntryEffect, EntryNews, EntryPlan, Plan, Refusal
from dd_incident_roles.sync.state import (
    ArchiveEntry,
    Drop,
    EntryIntent,
    EntryLink,
    EntryState,
    IncidentState,
    Put,
    PutEntry,
    Tombstone,
)
from dd_incident_roles.sync.targets import (
    CreateEntry,
    DeleteEntry,
    DeleteSpare,
    EntryChange,
    Reading,
    RoleListing,
    UpdateEntry,
)
from tests.sync.memory_target import INCIDENT

AT = datetime(2026, 1, 1, tzinfo=UTC)
SEEN = Digest("seen")


def entry(number: int, *, kind: str = NOTE) -> Entry:
    return Entry(key=EntryKey(f"key-{number}"), at=AT, created=AT, text=f"text {number}", kind=kind)


def judged(given: Plan, allowance: Allowance | None = None) -> Refusal | None:
    return guard(given, allowance, now=AT).refusal


def plan(
    *writes: EntryChange, linked: int, vanished: int = 0, missing: datetime | None = None
) -> Plan:
    links = tuple(
        EntryLink(
            key=entry(number).key,
            remote_id=f"cell-{number}",
            local_digest=SEEN,
            remote_digest=SEEN,
            missing_since=missing,
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


def creates(number: int, *, kind: str = NOTE) -> list[EntryChange]:
    return [CreateEntry(entry=entry(1000 + each, kind=kind)) for each in range(number)]


def spares(number: int) -> list[EntryChange]:
    return [
        DeleteSpare(key=entry(each).key, remote_id=f"spare-{each}", seen=SEEN, stays="first")
        for each in range(number)
    ]


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
        plan(*creates(500), linked=0),
        plan(*creates(50, kind=FINDING), linked=0),
        plan(*spares(3), linked=3),
        plan(linked=8, vanished=8, missing=AT - SETTLED_AFTER),
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
    assert guard(given, now=AT) == given


@pytest.mark.parametrize(
    ("given", "flag"),
    [
        (plan(*creates(51, kind=FINDING), linked=0), "--allow-creates 51"),
        (plan(*spares(20), linked=20), "--allow-deletes 20"),
        (plan(*deletes(2), *spares(2), linked=9), "--allow-deletes 4"),
        (plan(*deletes(4), linked=9), "--allow-deletes 4"),
        (plan(*deletes(31), linked=100), "--allow-deletes 31"),
        (plan(linked=8, vanished=8), "--allow-deletes 8"),
        (plan(*deletes(2), linked=9, vanished=2), "--allow-deletes 4"),
        (plan(*updates(6), linked=10), "--allow-deletes 0"),
    ],
)
def test_what_would_spoil_a_timeline_is_held_back(given: Plan, flag: str) -> None:
    """A loop, a timeline that vanishes and one that is all rewritten need a word from somebody."""
    held = guard(given, now=AT)
    assert held.refusal is not None
    assert held.refusal.flag == flag
    assert (held.timeline.writes, held.timeline.effects) == ((), ())


def test_the_named_flags_let_that_much_pass() -> None:
    """Each flag allows the number that it names, and one less is not enough."""
    loop, vanishing = plan(*creates(51, kind=FINDING), linked=0), plan(*deletes(4), linked=9)
    assert judged(loop, Allowance(creates=51)) is None
    assert judged(loop, Allowance(creates=50)) is not None
    assert judged(vanishing, Allowance(deletes=4)) is None
    assert judged(vanishing, Allowance(deletes=3)) is not None


def test_what_was_sent_before_counts_although_a_person_typed_it() -> None:
    """Entries that Datadog never shows are not sent again and again without end."""
    sent = plan(*creates(51), linked=0)
    intents = tuple(
        EntryIntent(key=entry(1000 + each).key, digest=SEEN, since=AT) for each in range(51)
    )
    timeline = EntryState(intents=intents)
    again = replace(sent, state=replace(sent.state, timeline=timeline))
    refusal = judged(again)
    assert refusal is not None
    assert refusal.flag == "--allow-creates 51"
    wanted = frozenset(intent.key for intent in intents)
    assert judged(again, Allowance(wanted=wanted)) is None


def test_second_copies_alone_are_held_back() -> None:
    """The entry itself goes on: what people wrote into it is taken over."""
    news = EntryEffect(news=EntryNews.UPDATED, entry=entry(1))
    given = plan(*spares(20), linked=20)
    timeline = replace(given.timeline, effects=(news,), edits=(PutEntry(entry=entry(1)),))
    held = guard(replace(given, timeline=timeline), now=AT)
    assert held.timeline == replace(timeline, writes=())


def test_everything_else_of_the_timeline_goes_on() -> None:
    """Links and tombstones of what is held back stay as they are; notes are written and taken."""
    given = plan(*creates(2), linked=5, vanished=4, missing=AT - timedelta(minutes=6))
    pulled = EntryEffect(news=EntryNews.CREATED, entry=entry(77))
    about = [
        edit
        for each in range(4)
        for edit in (
            Drop(EntryLink, entry(each).key),
            Put(Tombstone(remote_id=f"cell-{each}", since=AT)),
            ArchiveEntry(key=entry(each).key, at=AT),
        )
    ]
    timeline = replace(
        given.timeline,
        edits=(PutEntry(entry=entry(77)), *about),
        effects=(*given.timeline.effects, pulled),
    )
    held = guard(replace(given, timeline=timeline), now=AT)
    assert held.refusal is not None
    assert held.refusal.by_itself == AT - timedelta(minutes=6) + SETTLED_AFTER
    assert held.timeline.edits == (PutEntry(entry=entry(77)),)
    assert held.timeline.effects == (pulled,)
    assert list(held.timeline.writes) == creates(2)
