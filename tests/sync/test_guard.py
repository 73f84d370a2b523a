"""The guard: what a plan may take away of roles and timelines, and what it may not by itself."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from dd_incident_roles.model import NOTE, Assignment, Entry, EntryKey, PersonKey, RoleKey, Source
from dd_incident_roles.roles.ledger import Close
from dd_incident_roles.sync.entries.identity import FINDING, Digest
from dd_incident_roles.sync.guard import SETTLED_AFTER, Allowance, guard
from dd_incident_roles.sync.plan import (
    EntryEffect,
    EntryNews,
    EntryPlan,
    GuardRefusal,
    Plan,
    Pulled,
    RoleState,
    SyncState,
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
    Put,
    PutEntry,
    RoleMember,
    SingleHolderRole,
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
NOW = datetime(2026, 1, 1, 12, tzinfo=UTC)
PEOPLE = [PersonKey(f"{number}@corp.example") for number in range(100)]
ORDINARY = Allowance()
SEEN = Digest("seen")


def plan(
    *writes: RoleChange, vanished: int = 0, linked: int, missing: timedelta | None = None
) -> Plan:
    """Some writes of roles, and leads who vanished from the target, missed there for a while."""
    links = tuple(
        Link(
            item=RoleMember(LEAD, each),
            holder=each,
            via="list",
            missing_since=NOW - missing if missing else None,
        )
        for each in PEOPLE[:linked]
    )
    listing = RoleListing(holders={}, via={}, single=frozenset())
    return Plan(
        reading=Reading(incident=INCIDENT, roles=listing, people={}),
        state=IncidentState(version=1, links=links),
        writes=writes,
        effects=tuple(Pulled(role=LEAD, before=each, after=None) for each in PEOPLE[:vanished]),
        linked=linked,
    )


def takes(number: int) -> list[TakeRole]:
    return [TakeRole(role=LEAD, person=each) for each in PEOPLE[:number]]


def hands(after: PersonKey | None) -> Handover:
    return Handover(role=MANAGER, before=frozenset({PersonKey("ana")}), after=after)


def closed(given: Plan) -> Plan:
    over = replace(given.reading.incident, state="resolved")
    return replace(given, reading=replace(given.reading, incident=over))


def entry(number: int, *, kind: str = NOTE) -> Entry:
    key, text = EntryKey(f"key-{number}"), f"text {number}"
    return Entry(key=key, at=NOW, created=NOW, text=text, kind=kind)


def timeline_plan(
    *writes: EntryChange, linked: int, vanished: int = 0, missing: timedelta | None = None
) -> Plan:
    """Some writes of entries, and entries that vanished from the target."""
    links = tuple(
        EntryLink(
            key=entry(number).key,
            remote_id=f"cell-{number}",
            local_digest=SEEN,
            remote_digest=SEEN,
            missing_since=NOW - missing if missing else None,
        )
        for number in range(linked)
    )
    gone = [EntryEffect(news=EntryNews.DELETED, entry=entry(each)) for each in range(vanished)]
    return replace(
        plan(linked=0),
        state=IncidentState(version=1, timeline=EntryState(links=links)),
        timeline=EntryPlan(writes=writes, effects=tuple(gone)),
    )


def creates(number: int, *, kind: str = NOTE) -> list[CreateEntry]:
    return [CreateEntry(entry=entry(1000 + each, kind=kind)) for each in range(number)]


def spares(number: int) -> list[DeleteSpare]:
    return [
        DeleteSpare(key=entry(each).key, remote_id=f"spare-{each}", seen=SEEN, stays="first")
        for each in range(number)
    ]


def deletes(number: int) -> list[DeleteEntry]:
    return [
        DeleteEntry(key=entry(each).key, remote_id=f"cell-{each}", seen=SEEN)
        for each in range(number)
    ]


def updates(number: int) -> list[UpdateEntry]:
    return [
        UpdateEntry(entry=entry(each), remote_id=f"cell-{each}", seen=SEEN)
        for each in range(number)
    ]


def allowing(what: str, number: int) -> Allowance:
    return Allowance(deletes=number) if what == "deletes" else Allowance(creates=number)


def refused(given: Plan) -> GuardRefusal:
    refusal = guard(given, ORDINARY, now=NOW).refusal
    assert refusal is not None
    return refusal


def passes(given: Plan, allowance: Allowance = ORDINARY) -> bool:
    return guard(given, allowance, now=NOW) == given


ALLOWED: Mapping[str, Plan] = {
    "nothing at all": plan(linked=0),
    "one of one": plan(*takes(1), linked=1),
    "two of two": plan(*takes(2), linked=2),
    "three of nine": plan(*takes(3), linked=9),
    "three of ten": plan(*takes(3), linked=10),
    "a handover of command": plan(hands(PersonKey("bo")), linked=1),
    "command of a closed incident": closed(plan(hands(None), linked=5)),
    "two vanished of five": plan(vanished=2, linked=5),
    # two that are new are few, beside four that have stood long enough
    "what has settled": plan(*takes(6)[4:], vanished=4, linked=9, missing=SETTLED_AFTER),
    "no entries": timeline_plan(linked=0),
    "many typed entries": timeline_plan(*creates(500), linked=0),
    "fifty findings": timeline_plan(*creates(50, kind=FINDING), linked=0),
    "three copies": timeline_plan(*spares(3), linked=3),
    "settled entries": timeline_plan(linked=8, vanished=8, missing=SETTLED_AFTER),
    "three entries of three": timeline_plan(*deletes(3), linked=3),
    "three entries of many": timeline_plan(*deletes(3), linked=100),
    "a third of many entries": timeline_plan(*deletes(30), linked=100),
    "half rewritten": timeline_plan(*updates(5), linked=10),
    "few, all rewritten": timeline_plan(*updates(9), linked=9),
    "three vanished entries": timeline_plan(linked=5, vanished=3),
}

REFUSED: Mapping[str, tuple[Plan, str, int]] = {
    "command of an open incident": (plan(hands(None), linked=5), "deletes", 1),
    "three of three": (plan(*takes(3), linked=3), "deletes", 3),
    "four of nine": (plan(*takes(4), linked=9), "deletes", 4),
    "four of ten": (plan(*takes(4), linked=10), "deletes", 4),
    "four vanished of nine": (plan(vanished=4, linked=9), "deletes", 4),
    "both sides together": (plan(*takes(2), vanished=2, linked=8), "deletes", 4),
    "a third of many": (plan(vanished=31, linked=100), "deletes", 31),
    "a loop": (timeline_plan(*creates(51, kind=FINDING), linked=0), "creates", 51),
    "many copies": (timeline_plan(*spares(20), linked=20), "deletes", 20),
    "copies and entries": (timeline_plan(*deletes(2), *spares(2), linked=9), "deletes", 4),
    "four entries of nine": (timeline_plan(*deletes(4), linked=9), "deletes", 4),
    "more than a third of many": (timeline_plan(*deletes(31), linked=100), "deletes", 31),
    "all vanished": (timeline_plan(linked=8, vanished=8), "deletes", 8),
    "entries on both sides": (timeline_plan(*deletes(2), linked=9, vanished=2), "deletes", 4),
    "most rewritten": (timeline_plan(*updates(6), linked=10), "deletes", 0),
}


@pytest.mark.parametrize("given", ALLOWED.values(), ids=ALLOWED)
def test_ordinary_plans_pass(given: Plan) -> None:
    """What people do in an incident, and write, change and delete in its timeline, goes on."""
    assert passes(given)


@pytest.mark.parametrize(("given", "what", "number"), REFUSED.values(), ids=REFUSED)
def test_what_strips_an_incident_is_held_back(given: Plan, what: str, number: int) -> None:
    """What takes away much is taken out, and the flag that lets exactly that much pass is named."""
    held = guard(given, ORDINARY, now=NOW)
    assert held.refusal is not None
    assert held.refusal.flag == f"--allow-{what} {number}"
    assert (held.every_write, held.effects, held.timeline.effects) == ((), (), ())
    assert passes(given, allowing(what, number))
    if number:
        assert not passes(given, allowing(what, number - 1))


def test_what_people_removed_goes_by_itself_after_half_an_hour() -> None:
    """One second less is not enough; the refusal says when it will be."""
    almost = plan(vanished=4, linked=9, missing=SETTLED_AFTER - timedelta(seconds=1))
    assert refused(almost).by_itself == NOW + timedelta(seconds=1)
    assert passes(plan(vanished=4, linked=9, missing=SETTLED_AFTER))


def test_what_is_removed_there_never_goes_by_itself() -> None:
    """However long a holder has been missed elsewhere: a removal in Datadog needs the flag."""
    assert refused(plan(*takes(4), linked=9, missing=SETTLED_AFTER)).by_itself is None


def test_what_a_person_asks_for_is_not_held_back() -> None:
    """A command is the permission for its own removal, and for no other."""
    wanted = Allowance(wanted=frozenset({RoleMember(LEAD, PEOPLE[0])}))
    held = guard(plan(*takes(5), linked=9), wanted, now=NOW)
    assert held.refusal is not None
    assert held.refusal.flag == "--allow-deletes 4"
    assert held.writes == (*takes(1),)
    assert passes(
        plan(hands(None), linked=5), Allowance(wanted=frozenset({SingleHolderRole(MANAGER)}))
    )


def test_everything_else_of_the_plan_goes_on() -> None:
    """Links, intents and conflicts of what is held back stay; all other changes are made."""
    new, ana = PersonKey("new@corp.example"), PEOPLE[0]
    others = (EnsureResponder(person=new), GiveRole(role=LEAD, person=new))
    given = plan(*others, vanished=4, linked=9, missing=timedelta(minutes=6))
    row = Assignment(
        id="a",
        role=LEAD,
        stream="database",
        person=ana,
        since=NOW,
        until=None,
        set_by="scribe",
        source=Source.CLI,
    )
    ended = Close(assignment_id="a", until=NOW, ended_by="datadog", ended_source=Source.DATADOG)
    kept = (Put(given.state.links[8]), Drop(Conflict, MANAGER))
    lead, manager = (RoleState(role=each, state=SyncState.IN_SYNC) for each in (LEAD, MANAGER))
    given = replace(
        given,
        state=replace(given.state, assignments=(row,)),
        edits=(ended, Drop(Link, RoleMember(LEAD, ana)), *kept),
        role_states=(lead, manager),
    )
    held = guard(given, ORDINARY, now=NOW)
    assert (held.effects, held.writes, held.edits) == ((), others, kept)
    doubted = replace(lead, state=SyncState.PENDING, doubted=frozenset(PEOPLE[:4]))
    assert held.role_states == (doubted, manager)


def test_what_was_sent_before_counts_although_a_person_typed_it() -> None:
    """Entries that Datadog never shows are not sent again and again without end."""
    sent = timeline_plan(*creates(51), linked=0)
    intents = tuple(EntryIntent(key=each.entry.key, digest=SEEN, since=NOW) for each in creates(51))
    again = replace(sent, state=replace(sent.state, timeline=EntryState(intents=intents)))
    assert refused(again).flag == "--allow-creates 51"
    assert passes(again, Allowance(wanted=frozenset(intent.key for intent in intents)))


def test_second_copies_alone_are_held_back() -> None:
    """The entry itself goes on: what people wrote into it is taken over."""
    news = EntryEffect(news=EntryNews.UPDATED, entry=entry(1))
    given = timeline_plan(*spares(20), linked=20)
    timeline = replace(given.timeline, effects=(news,), edits=(PutEntry(entry=entry(1)),))
    held = guard(replace(given, timeline=timeline), ORDINARY, now=NOW)
    assert held.timeline == replace(timeline, writes=())


def test_everything_else_of_the_timeline_goes_on() -> None:
    """Links and tombstones of what is held back stay as they are; notes are written and taken."""
    since = timedelta(minutes=6)
    given = timeline_plan(*creates(2), linked=5, vanished=4, missing=since)
    pulled = EntryEffect(news=EntryNews.CREATED, entry=entry(77))
    new = PutEntry(entry=entry(77))
    about = [
        edit
        for link in given.state.timeline.links[:4]
        for edit in (
            Drop(EntryLink, link.key),
            Put(Tombstone(remote_id=link.remote_id, since=NOW)),
            ArchiveEntry(key=link.key, at=NOW),
        )
    ]
    effects = (*given.timeline.effects, pulled)
    timeline = replace(given.timeline, edits=(new, *about), effects=effects)
    held = guard(replace(given, timeline=timeline), ORDINARY, now=NOW)
    assert held.refusal is not None
    assert held.refusal.by_itself == NOW - since + SETTLED_AFTER
    assert held.timeline == replace(timeline, edits=(new,), effects=(pulled,))
