"""A history that is told by entries, and recorded later, is the history that it was."""

from __future__ import annotations

from itertools import pairwise
from random import Random

from hypothesis import given
from hypothesis import strategies as st

from dd_incident_roles.model import INCIDENT_MANAGER, Person
from dd_incident_roles.roles.catalogue import Holders
from tests.history.stories import PEOPLE, PILOT, catalogue, history, noted, pilot, watched
from tests.policy.cases import at
from tests.policy.intervals import interval

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
