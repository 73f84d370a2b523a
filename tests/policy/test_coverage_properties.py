"""Whatever happened in an incident, its gaps are those that a replay minute by minute finds."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta

from hypothesis import given
from hypothesis import strategies as st

from dd_incident_roles.policy.clock import coverage
from dd_incident_roles.policy.facts import Facts
from dd_incident_roles.roles.catalogue import Condition, OpenFor, Requirement, SeverityIs
from tests.policy.cases import CATALOGUE, SCRIBE, at, requirement, seen
from tests.policy.intervals import closed, interval, minutes_of

LONGEST = 40
minutes = st.integers(min_value=0, max_value=LONGEST)


@dataclass(frozen=True)
class Story:
    """What happened, in whole minutes since the declaration.

    ``seen`` is what the incident was seen to be from a minute on: grave or not, open or not.
    """

    seen: tuple[tuple[int, bool, bool], ...]
    held: tuple[tuple[int, int | None], ...]
    end: int
    watched: int
    open_for: int
    after: int

    @property
    def facts(self) -> Facts:
        """The story as the record remembers it."""
        return closed(
            *(interval(SCRIBE, since, until) for since, until in self.held),
            observations=tuple(
                seen(
                    minute,
                    "SEV-1" if is_grave else "SEV-3",
                    state="active" if is_open else "resolved",
                )
                for minute, is_grave, is_open in self.seen
            ),
            resolved=self.end,
            watched=self.watched,
        )

    @property
    def required(self) -> Requirement:
        """That a grave incident needs a Scribe once it was open for a while."""
        length = timedelta(minutes=self.open_for)
        tests = (SeverityIs(values=("SEV-1",)), OpenFor(length=length))
        return requirement(Condition(tests=tests), self.after)

    def is_empty(self, minute: int, *, counts_closed: bool) -> bool:
        """Whether the role was required and nobody held it in a minute."""
        first, *_ = self.seen
        _, is_grave, is_open = next(
            (each for each in reversed(self.seen) if each[0] <= minute), first
        )
        held = any(
            since <= minute and (until is None or minute < until) for since, until in self.held
        )
        return is_grave and (is_open or counts_closed) and self.open_for <= minute and not held


@st.composite
def stories(draw: st.DrawFn) -> Story:
    """Stories in which anything can come before anything else."""
    moments = sorted(draw(st.sets(minutes, min_size=1, max_size=6)))
    begun = draw(st.lists(minutes, max_size=5))
    return Story(
        seen=tuple((moment, draw(st.booleans()), draw(st.booleans())) for moment in moments),
        held=tuple(
            (since, draw(st.none() | st.integers(min_value=since, max_value=LONGEST)))
            for since in begun
        ),
        end=draw(minutes),
        watched=draw(minutes),
        open_for=draw(st.sampled_from([0, 0, 7])),
        after=draw(st.integers(min_value=0, max_value=8)),
    )


def runs(span: range, is_in: Callable[[int], bool], after: int) -> tuple[tuple[float, float], ...]:
    """The runs of minutes that are in, where they are longer than a number of minutes."""
    found: list[tuple[float, float]] = []
    start: int | None = None
    for minute in (*span, span.stop):
        inside = minute < span.stop and is_in(minute)
        if inside and start is None:
            start = minute
        elif not inside and start is not None:
            if minute - start > after:
                found.append((start, minute))
            start = None
    return tuple(found)


@given(stories())
def test_gaps_are_those_of_a_replay_minute_by_minute(story: Story) -> None:
    """Cutting and joining stretches finds what looking at every minute finds."""
    found = coverage(story.facts, CATALOGUE.role(SCRIBE), story.required, at(120))
    expected = runs(
        range(story.watched, max(story.watched, story.end)),
        lambda minute: story.is_empty(minute, counts_closed=False),
        story.after,
    )
    assert minutes_of(found.gaps) == expected


@given(stories())
def test_what_was_not_seen_is_that_of_a_replay(story: Story) -> None:
    """Before the first look the incident is taken to have been open, and else as first seen."""
    found = coverage(story.facts, CATALOGUE.role(SCRIBE), story.required, at(120))
    expected = runs(
        range(min(story.watched, story.end)),
        lambda minute: story.is_empty(minute, counts_closed=True),
        story.after,
    )
    assert minutes_of(found.unwatched) == expected


@given(stories(), st.integers(min_value=0, max_value=LONGEST))
def test_nothing_after_now_counts(story: Story, now: int) -> None:
    """A check as of an earlier moment sees no gap reach past it."""
    found = coverage(story.facts, CATALOGUE.role(SCRIBE), story.required, at(now))
    assert all(each.ended <= at(now) for each in (*found.gaps, *found.unwatched))
