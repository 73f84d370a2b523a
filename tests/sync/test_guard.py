"""The guard: what a plan may take away of roles and timelines, and what it may not by itself."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from dd_incident_roles.model import NOTE, Assignment, Entry, EntryKey, PersonKey, RoleKey, Source
from dd_incident_roles.roles.ledger import Close
from dd_incident_roles.sync.entries.canon import Digest
from dd_incident_roles.sync.entries.own_entries import FINDING
from dd_incident_roles.sync.guard import SETTLED_AFTER, Allowance, guard
from dd_incident_roles.sync.plan import (
    EntryEffect,
    EntryNews,
    EntryPlan,
    Plan,
    Pulled,
    Refusal,
    RoleStanding,
    Standing,
)
from dd_incident_roles.sync.state import (
    ArchiveEntry,
    Conflict,
    Drop,
    EntryIntent,
    EntryLink,
    EntryState,
    IncidentState,
    Link,
    Membership,
    Put,
    PutEntry,
    Seat,
    Tombstone,
)
from dd_incident_roles.sync.targets import (
    CreateEntry,
    DeleteEntry,
    DeleteSpare,
    EnsureResponder,
    EntryChange,
    GiveRole,
    Handover,
    Reading,
    RoleChange,
    RoleListing,
    TakeRole,
    UpdateEntry,
)
from tests.sync.memory_target import INCIDENT

MANAGER, LEAD = RoleKey("incident_manager"), RoleKey("tech_lead")
LISTING = RoleListing(holders={}, via={}, single=frozenset())
NOW = datetime(2026, 1, 1, 12, tzinfo=UTC)
ANA = PersonKey("0@corp.example")
ORDINARY = Allowance()


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


def judged(given: Plan, allowance: Allowance = ORDINARY) -> Refusal | None:
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
    assert guard(given, ORDINARY, now=NOW) == given


@pytest.mark.parametrize(("case", "given"), REFUSED, ids=[row[0] for row in REFUSED])
def test_what_strips_an_incident_is_held_back(case: str, given: Plan) -> None:
    """What takes away much is taken out of the plan, and the flag that lets it pass is named."""
    held = guard(given, ORDINARY, now=NOW)
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
    held = guard(given, ORDINARY, now=NOW)
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


SEEN = Digest("seen")


def entry(number: int, *, kind: str = NOTE) -> Entry:
    return Entry(
        key=EntryKey(f"key-{number}"), at=NOW, created=NOW, text=f"text {number}", kind=kind
    )


def timeline_plan(
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
    return Plan(
        reading=Reading(incident=INCIDENT, roles=LISTING, people={}),
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
        timeline_plan(linked=0),
        timeline_plan(*creates(500), linked=0),
        timeline_plan(*creates(50, kind=FINDING), linked=0),
        timeline_plan(*spares(3), linked=3),
        timeline_plan(linked=8, vanished=8, missing=NOW - SETTLED_AFTER),
        timeline_plan(*deletes(3), linked=3),
        timeline_plan(*deletes(3), linked=100),
        timeline_plan(*deletes(30), linked=100),
        timeline_plan(*updates(5), linked=10),
        timeline_plan(*updates(9), linked=9),
        timeline_plan(linked=5, vanished=3),
    ],
)
def test_ordinary_timelines_pass(given: Plan) -> None:
    """What people write, change and delete in an incident is not held up."""
    assert guard(given, ORDINARY, now=NOW) == given


@pytest.mark.parametrize(
    ("given", "flag"),
    [
        (timeline_plan(*creates(51, kind=FINDING), linked=0), "--allow-creates 51"),
        (timeline_plan(*spares(20), linked=20), "--allow-deletes 20"),
        (timeline_plan(*deletes(2), *spares(2), linked=9), "--allow-deletes 4"),
        (timeline_plan(*deletes(4), linked=9), "--allow-deletes 4"),
        (timeline_plan(*deletes(31), linked=100), "--allow-deletes 31"),
        (timeline_plan(linked=8, vanished=8), "--allow-deletes 8"),
        (timeline_plan(*deletes(2), linked=9, vanished=2), "--allow-deletes 4"),
        (timeline_plan(*updates(6), linked=10), "--allow-deletes 0"),
    ],
)
def test_what_would_spoil_a_timeline_is_held_back(given: Plan, flag: str) -> None:
    """A loop, a timeline that vanishes and one that is all rewritten need a word from somebody."""
    held = guard(given, ORDINARY, now=NOW)
    assert held.refusal is not None
    assert held.refusal.flag == flag
    assert (held.timeline.writes, held.timeline.effects) == ((), ())


def test_the_named_flags_let_that_much_pass() -> None:
    """Each flag allows the number that it names, and one less is not enough."""
    loop, vanishing = (
        timeline_plan(*creates(51, kind=FINDING), linked=0),
        timeline_plan(*deletes(4), linked=9),
    )
    assert judged(loop, Allowance(creates=51)) is None
    assert judged(loop, Allowance(creates=50)) is not None
    assert judged(vanishing, Allowance(deletes=4)) is None
    assert judged(vanishing, Allowance(deletes=3)) is not None


def test_what_was_sent_before_counts_although_a_person_typed_it() -> None:
    """Entries that Datadog never shows are not sent again and again without end."""
    sent = timeline_plan(*creates(51), linked=0)
    intents = tuple(
        EntryIntent(key=entry(1000 + each).key, digest=SEEN, since=NOW) for each in range(51)
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
    given = timeline_plan(*spares(20), linked=20)
    timeline = replace(given.timeline, effects=(news,), edits=(PutEntry(entry=entry(1)),))
    held = guard(replace(given, timeline=timeline), ORDINARY, now=NOW)
    assert held.timeline == replace(timeline, writes=())


def test_everything_else_of_the_timeline_goes_on() -> None:
    """Links and tombstones of what is held back stay as they are; notes are written and taken."""
    given = timeline_plan(*creates(2), linked=5, vanished=4, missing=NOW - timedelta(minutes=6))
    pulled = EntryEffect(news=EntryNews.CREATED, entry=entry(77))
    about = [
        edit
        for each in range(4)
        for edit in (
            Drop(EntryLink, entry(each).key),
            Put(Tombstone(remote_id=f"cell-{each}", since=NOW)),
            ArchiveEntry(key=entry(each).key, at=NOW),
        )
    ]
    timeline = replace(
        given.timeline,
        edits=(PutEntry(entry=entry(77)), *about),
        effects=(*given.timeline.effects, pulled),
    )
    held = guard(replace(given, timeline=timeline), ORDINARY, now=NOW)
    assert held.refusal is not None
    assert held.refusal.by_itself == NOW - timedelta(minutes=6) + SETTLED_AFTER
    assert held.timeline.edits == (PutEntry(entry=entry(77)),)
    assert held.timeline.effects == (pulled,)
    assert list(held.timeline.writes) == creates(2)
