"""Whatever happened, the history at a moment is what a plain replay says."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from itertools import combinations, pairwise
from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dd_incident_roles.errors import UsageError
from dd_incident_roles.history.held import Held
from dd_incident_roles.model import INCIDENT_MANAGER, Assignment, Entry, Person, PersonKey, Source
from dd_incident_roles.roles.catalogue import Holders, Role, Streams
from dd_incident_roles.roles.handoffs import assign, unassign
from dd_incident_roles.roles.ledger import Close, Correction, Open, Origin
from tests.history.stories import (
    PEOPLE,
    PILOT,
    catalogue,
    correction,
    history,
    noted,
    pilot,
    watched,
)
from tests.policy.cases import at
from tests.policy.intervals import interval
from tests.roles.build import numbered

Place = tuple[PersonKey, str | None]
STREAMS = (None, "database", "network")
MOMENTS = [half / 2 for half in range(-2, 130)]
ROLES = {
    "one": pilot(),
    "one per stream, or without": pilot(streams=Streams.OPTIONAL),
    "one per stream": pilot(streams=Streams.REQUIRED),
    "many": pilot(Holders.MANY),
    "many per stream, or without": pilot(Holders.MANY, Streams.OPTIONAL),
}
minutes = st.integers(0, 60)
people = st.sampled_from(PEOPLE)


@dataclass(frozen=True)
class Step:
    """One command at a minute: a role is given to a person, or taken from them or from whoever."""

    minute: int
    gives: bool
    person: Person
    is_named: bool
    stream: str | None


@st.composite
def sequences(draw: st.DrawFn, role: Role) -> list[Step]:
    """Commands one after the other, some at the same minute, some refused."""
    streams = (None,) if role.streams is Streams.NONE else STREAMS
    step = st.builds(
        Step,
        minute=minutes,
        gives=st.booleans(),
        person=people,
        is_named=st.booleans(),
        stream=st.sampled_from(streams),
    )
    return sorted(draw(st.lists(step, max_size=15)), key=lambda each: each.minute)


def carried_out(role: Role, sequence: Iterable[Step]) -> tuple[Assignment, ...]:
    """The intervals of a record in which every command was given that is not refused."""
    rows: tuple[Assignment, ...] = ()
    ids = numbered()
    for step in sequence:
        origin = Origin(now=at(step.minute), by="x", source=Source.CLI, new_id=ids)
        person, stream = step.person.key, step.stream
        try:
            if step.gives:
                change = assign(rows, origin, role=role, stream=stream, person=person)
            else:
                who = person if step.is_named else None
                change = unassign(rows, origin, role=role, person=who, stream=stream)
        except UsageError:
            continue
        for edit in change.edits:
            match edit:
                case Open(assignment=begun):
                    rows = (*rows, begun)
                case Close(assignment_id=ended):
                    rows = tuple(edit.applied_to(row) if row.id == ended else row for row in rows)
    return rows


def replayed(role: Role, sequence: Iterable[Step], moment: float) -> set[Place]:
    """Who has what after every command up to a moment, in a model that knows no intervals."""
    places: set[Place] = set()
    for step in sequence:
        if step.minute > moment:
            break
        given: Place = (step.person.key, step.stream)
        if not step.gives:
            meant = {
                (person, stream)
                for person, stream in places
                if (not step.is_named or person == given[0]) and step.stream in {None, stream}
            }
            if len({person for person, _ in meant}) == 1:
                places -= meant
        elif step.stream or role.streams is not Streams.REQUIRED:
            if role.holders is Holders.ONE and given not in places:
                places = {place for place in places if place[1] != step.stream}
            places = {*(places - {(given[0], None)}), given}
    return places


def held_at(rows: Iterable[Held]) -> list[Place]:
    """Who holds what, in an order that can be compared."""
    return sorted(((row.person, row.stream) for row in rows), key=str)


@pytest.mark.parametrize("role", ROLES.values(), ids=ROLES)
@given(data=st.data())
def test_at_any_moment_it_is_as_a_plain_replay_says(role: Role, data: st.DataObject) -> None:
    """The history at a moment has exactly who the commands up to then left in the role."""
    sequence = data.draw(sequences(role))
    found = history(watched(*carried_out(role, sequence), roles=catalogue(role)))
    for moment in MOMENTS:
        expected = sorted(replayed(role, sequence, moment), key=str)
        assert held_at(found.at(at(moment))) == expected


corrections = st.builds(
    correction,
    since=minutes,
    until=minutes,
    person=st.none() | people,
    stream=st.sampled_from(STREAMS),
)
intervals = st.builds(
    lambda since, length, person, stream: interval(
        PILOT, since, None if length is None else since + length, by=person, stream=stream
    ),
    minutes,
    st.none() | st.integers(0, 30),
    people,
    st.sampled_from(STREAMS),
)


@given(st.lists(intervals, max_size=6), st.lists(corrections, max_size=5))
def test_the_last_correction_that_covers_a_moment_stands(
    rows: list[Assignment], said: list[Correction]
) -> None:
    """Where no correction of the same stream covers a moment, it is as recorded."""
    roles = catalogue(pilot(Holders.MANY, Streams.OPTIONAL))
    found = history(watched(*rows, roles=roles), corrections=said)
    for moment in MOMENTS:
        expected: list[Place] = []
        for stream in STREAMS:
            covering = [
                each
                for each in said
                if each.stream == stream and each.since <= at(moment) < each.until
            ]
            if covering:
                person = covering[-1].person
                expected += [] if person is None else [(person, stream)]
            else:
                expected += [
                    (row.person, stream)
                    for row in rows
                    if row.stream == stream
                    and row.since <= at(moment)
                    and (row.until is None or at(moment) < row.until)
                ]
        assert held_at(found.at(at(moment))) == sorted(expected, key=str)


@given(st.lists(intervals, max_size=6), st.lists(corrections, max_size=5))
def test_what_was_recorded_stays(rows: list[Assignment], said: list[Correction]) -> None:
    """Corrections take nothing from what the history has as recorded."""
    facts = watched(*rows, roles=catalogue(pilot(Holders.MANY, Streams.OPTIONAL)))
    assert history(facts, corrections=said).recorded == history(facts).rows


words = st.lists(
    st.sampled_from(["nobody", "Ada", "Bo", "Cai", "Zoe"]), min_size=1, max_size=2
).map(", ".join)
changes = (
    st.builds("Pilot: {} → {}".format, words, words)
    | st.builds("Pilot: {}".format, words)
    | st.builds("Pilot: {} (removed)".format, words)
)
entries = st.lists(st.builds(noted, minutes, changes), max_size=8)


@given(
    data=st.data(),
    told=entries,
    said=st.lists(corrections.filter(lambda each: each.stream is None), max_size=4),
    first_look=minutes,
)
def test_rows_of_a_role_for_one_never_overlap(
    data: st.DataObject, told: list[Entry], said: list[Correction], first_look: int
) -> None:
    """Whatever was recorded, told by entries that contradict each other, and corrected."""
    role = pilot()
    rows = carried_out(role, data.draw(sequences(role)))
    found = history(watched(*rows, first_look=first_look), *told, corrections=said)
    for one, other in combinations([row for row in found.rows if not row.is_empty], 2):
        assert ends_before(one, other) or ends_before(other, one)
    assert found.overlaps == ()


def ends_before(one: Held, other: Held) -> bool:
    return one.until is not None and other.since is not None and one.until <= other.since


MOMENTS = [half / 2 for half in range(130)]
people = st.sampled_from(PEOPLE)


@st.composite
def single_truths(draw: st.DrawFn) -> list[tuple[int, Person | None]]:
    """Who was Incident Manager from which minute on, beginning with the declaration."""
    later = sorted(draw(st.sets(st.integers(1, 60), max_size=8)))
    found: list[tuple[int, Person | None]] = [(0, draw(st.none() | people))]
    for minute in later:
        others = [each for each in (None, *PEOPLE) if each != found[-1][1]]
        found.append((minute, draw(st.sampled_from(others))))
    return found


@given(
    truth=single_truths(),
    look=st.integers(1, 60),
    delay=st.sampled_from([0, 0.25, 0.5]),
    shuffled=st.randoms(use_true_random=False),
)
def test_the_entries_give_back_who_was_incident_manager(
    truth: list[tuple[int, Person | None]], look: int, delay: float, shuffled: Random
) -> None:
    """RoleNote by entries up to the first look, and recorded from then on, every moment is right.

    Of a holder since the declaration nothing is told before the first look if nothing changes.
    """
    first_look = look + 0.25
    told = [
        noted(minute, f"Incident Commander: {called(before)} → {called(after)}")
        for (_, before), (minute, after) in pairwise(truth)
        if minute < first_look
    ]
    shuffled.shuffle(told)
    rows = []
    for (minute, person), (until, _) in zip(truth, [*truth[1:], (None, None)], strict=True):
        if person and (until is None or until > first_look):
            since = max(minute, first_look + delay) if minute < first_look else minute
            rows.append(interval(INCIDENT_MANAGER, since, until, by=person))
    found = history(watched(*rows, first_look=first_look), *told)
    for moment in MOMENTS:
        if not told and moment < first_look + delay:
            assert found.at(at(moment)) == ()
            continue
        holder = [person for minute, person in truth if minute <= moment][-1]
        assert [row.person for row in found.at(at(moment))] == ([holder.key] if holder else [])


def called(person: Person | None) -> str:
    return person.label if person else "nobody"


@given(
    changes=st.dictionaries(
        people.map(lambda each: each.label), st.sets(st.integers(1, 60), max_size=6), min_size=1
    ),
    look=st.integers(1, 60),
)
def test_the_entries_give_back_who_shared_a_role(changes: dict[str, set[int]], look: int) -> None:
    """Each person joins and leaves at their own minutes, whoever else is in the role."""
    first_look = look + 0.25
    told, rows = [], []
    for person in PEOPLE:
        moments = sorted(changes.get(person.label, set()))
        for number, minute in enumerate(moments):
            joins = number % 2 == 0
            if minute < first_look:
                text = f"Pilot: {person.label} ({'added' if joins else 'removed'})"
                told.append(noted(minute, text, key=f"{person.key}-{minute}"))
            until = moments[number + 1] if number + 1 < len(moments) else None
            if joins and (until is None or until > first_look):
                rows.append(interval(PILOT, max(minute, first_look), until, by=person))
    roles = catalogue(pilot(Holders.MANY))
    found = history(watched(*rows, roles=roles, first_look=first_look), *told)
    for moment in MOMENTS:
        expected = {
            person.key
            for person in PEOPLE
            if sum(minute <= moment for minute in changes.get(person.label, set())) % 2
        }
        holders = [row.person for row in found.at(at(moment))]
        assert sorted(holders) == sorted(expected)
