"""Where a role lacked a holder, several had it at once, and how far it was covered."""

from __future__ import annotations

from dataclasses import replace

import pytest

from dd_incident_roles.history.figures import Gap
from dd_incident_roles.model import INCIDENT_MANAGER, Assignment, RoleKey
from dd_incident_roles.policy.facts import Facts
from dd_incident_roles.roles.catalogue import Catalogue, Holders, Level, Streams
from dd_incident_roles.roles.conditions import ALWAYS
from tests.history.stories import (
    PILOT,
    catalogue,
    correction,
    history,
    minute,
    name,
    noted,
    pilot,
    watched,
)
from tests.policy.cases import ADA, BO, CAI, CROWD, IMPACT, requirement, seen
from tests.policy.intervals import closed, interval

TEN = requirement(ALWAYS, 10)
NEEDED = catalogue(pilot(required=(TEN,)))
HELD = (interval(PILOT, 5, 20), interval(PILOT, 35, by=BO))

ShownGap = tuple[float | None, float | None, bool]


def shown(gaps: tuple[Gap, ...]) -> list[ShownGap]:
    """Gaps in minutes, and whether they were too long."""
    return [(minute(g.stretch.began), minute(g.stretch.ended), g.is_too_long) for g in gaps]


SEEN: dict[str, tuple[Facts, list[ShownGap], list[ShownGap]]] = {
    "every gap, too long or not": (
        watched(*HELD, roles=NEEDED),
        [(0, 5, False), (20, 35, True)],
        [],
    ),
    "exactly as long as is allowed": (
        watched(interval(PILOT, 10), roles=NEEDED),
        [(0, 10, False)],
        [],
    ),
    "in an open incident up to now": (
        watched(interval(PILOT, 0, 20), roles=NEEDED),
        [(20, 60, True)],
        [],
    ),
    "in a closed incident up to its end": (
        closed(interval(PILOT, 0, 20), resolved=40, catalogue=NEEDED),
        [(20, 40, True)],
        [],
    ),
    "before the first look nothing is known": (
        watched(interval(PILOT, 30), roles=NEEDED, first_look=25),
        [(25, 30, False)],
        [(0, 25, True)],
    ),
    "where the record never looked": (
        watched(roles=NEEDED, first_look=None),
        [],
        [(0, 60, True)],
    ),
    "where nothing was required": (watched(roles=catalogue(pilot())), [], []),
    "where the condition never applied": (
        watched(roles=catalogue(pilot(required=(requirement(IMPACT, 0),)))),
        [],
        [],
    ),
}


@pytest.mark.parametrize(("facts", "gaps", "unwatched"), SEEN.values(), ids=SEEN)
def test_gaps(facts: Facts, gaps: list[ShownGap], unwatched: list[ShownGap]) -> None:
    """A gap is required time without a holder; before the first look it is not known to be one."""
    found = history(facts, now=60)
    assert shown(found.gaps.seen) == gaps
    assert shown(found.gaps.unwatched) == unwatched


def test_a_gap_names_its_requirement() -> None:
    """Each requirement of a role has its own gaps, and one that hangs on responders is unsure."""
    crowd = requirement(CROWD, 60, Level.NOTE)
    found = history(watched(roles=catalogue(pilot(required=(TEN, crowd))))).gaps.seen
    assert [(gap.requirement, gap.is_too_long, gap.is_sure) for gap in found] == [
        (TEN, True, True),
        (crowd, False, False),
    ]


def test_what_entries_and_corrections_tell_fills_gaps() -> None:
    """Who is inferred or stated to have held the role held it."""
    facts = watched(interval(PILOT, 20, 30), roles=NEEDED, first_look=20)
    found = history(facts, noted(8, "Pilot: Bo → Ada"), corrections=[correction(40, 60, CAI)])
    assert shown(found.gaps.seen) == [(30, 40, False)]
    assert found.gaps.unwatched == ()


def test_a_correction_can_make_a_gap() -> None:
    """Where nobody really held a role, it lacked a holder."""
    found = history(
        watched(interval(PILOT, 0), roles=NEEDED), corrections=[correction(5, 25, None)]
    )
    assert shown(found.gaps.seen) == [(5, 25, True)]


def test_the_history_of_one_role_has_the_gaps_of_that_role() -> None:
    """Rows, gaps and figures of others are left out."""
    roles = catalogue(pilot(required=(TEN,)))
    manager = replace(roles.commander, required=(TEN,))
    roles = replace(roles, roles=(manager, *roles.roles[1:]))
    facts = watched(interval(PILOT, 20, by=BO), interval(INCIDENT_MANAGER, 30), roles=roles)
    found = history(facts, only=PILOT)
    assert [row.role for row in found.rows] == [PILOT]
    assert {gap.role for gap in found.gaps.seen} == {PILOT}
    assert [each.role for each in found.durations.coverage] == [PILOT]
    assert [each.person for each in found.durations.totals] == [BO.key]
    assert found.durations.wait is None
    assert {gap.role for gap in history(facts).gaps.seen} == {PILOT, INCIDENT_MANAGER}


Figures = tuple[float | None, float, float, float]

COVERED: dict[str, tuple[Facts, list[Figures]]] = {
    "in part": (watched(interval(PILOT, 0, 45), roles=NEEDED), [(0.75, 60, 45, 0)]),
    "all of it": (watched(interval(PILOT, 0), roles=NEEDED), [(1.0, 60, 60, 0)]),
    "by two at once": (
        watched(interval(PILOT, 0, 30), interval(PILOT, 10, 30, by=BO), roles=NEEDED),
        [(0.5, 60, 30, 0)],
    ),
    "by two requirements": (
        watched(
            interval(PILOT, 0, 30),
            roles=catalogue(pilot(required=(TEN, requirement(ALWAYS, 1)))),
        ),
        [(0.5, 60, 30, 0)],
    ),
    "looked at soon enough": (
        watched(interval(PILOT, 4), roles=NEEDED, first_look=4),
        [(1.0, 56, 56, 4)],
    ),
    "looked at too late": (
        watched(interval(PILOT, 20), roles=NEEDED, first_look=20),
        [(None, 40, 40, 20)],
    ),
    "not required": (watched(interval(PILOT, 0)), []),
    "required if enough people responded": (
        watched(roles=catalogue(pilot(required=(requirement(CROWD, 10),)))),
        [],
    ),
}


@pytest.mark.parametrize(("facts", "expected"), COVERED.values(), ids=COVERED)
def test_coverage(facts: Facts, expected: list[Figures]) -> None:
    """The share of the required time in which somebody held the role, where that is known."""
    minutes = [
        (
            each.fraction,
            *(part.total_seconds() / 60 for part in (each.required, each.held, each.unknown)),
        )
        for each in history(facts).durations.coverage
    ]
    assert minutes == expected


def test_what_entries_tell_makes_coverage_known() -> None:
    """However late the first look was, whoever held the role all along covered it."""
    found = history(
        watched(interval(PILOT, 20), roles=NEEDED, first_look=20), noted(8, "Pilot: Bo → Ada")
    )
    assert [each.fraction for each in found.durations.coverage] == [1.0]


ShownOverlap = tuple[str | None, list[str], float | None, float | None]
STREAMED = catalogue(pilot(streams=Streams.OPTIONAL))

OVERLAPS: dict[str, tuple[Catalogue, list[Assignment], list[ShownOverlap]]] = {
    "one after the other": (
        catalogue(),
        [interval(PILOT, 0, 10), interval(PILOT, 10, by=BO)],
        [],
    ),
    "two at once": (
        catalogue(),
        [interval(PILOT, 0, 20), interval(PILOT, 10, by=BO)],
        [(None, ["ada", "bo"], 10, 20)],
    ),
    "three in the end, and still": (
        catalogue(),
        [interval(PILOT, 0), interval(PILOT, 10, by=BO), interval(PILOT, 20, by=CAI)],
        [(None, ["ada", "bo"], 10, 20), (None, ["ada", "bo", "cai"], 20, None)],
    ),
    "the same people again": (
        catalogue(),
        [interval(PILOT, 0), interval(PILOT, 10, 20, by=BO), interval(PILOT, 20, 30, by=BO)],
        [(None, ["ada", "bo"], 10, 30)],
    ),
    "the same person twice": (catalogue(), [interval(PILOT, 0), interval(PILOT, 5)], []),
    "several may": (
        catalogue(pilot(Holders.MANY)),
        [interval(PILOT, 0), interval(PILOT, 10, by=BO)],
        [],
    ),
    "in different streams": (
        STREAMED,
        [interval(PILOT, 0, stream="database"), interval(PILOT, 10, by=BO, stream="network")],
        [],
    ),
    "in one stream": (
        STREAMED,
        [interval(PILOT, 0, stream="database"), interval(PILOT, 10, by=BO, stream="database")],
        [("database", ["ada", "bo"], 10, None)],
    ),
    "of no time at all": (catalogue(), [interval(PILOT, 0), interval(PILOT, 10, 10, by=BO)], []),
}


@pytest.mark.parametrize(("roles", "rows", "expected"), OVERLAPS.values(), ids=OVERLAPS)
def test_overlaps(roles: Catalogue, rows: list[Assignment], expected: list[ShownOverlap]) -> None:
    """Several people at once in a role, or a stream, that is for one."""
    found = history(watched(*rows, roles=roles)).overlaps
    assert [
        (
            each.stream,
            [name(person) for person in each.people],
            minute(each.since),
            minute(each.until),
        )
        for each in found
    ] == expected


def test_observations_decide_when_a_role_was_required() -> None:
    """Only while customers were impacted was the role required."""
    facts = replace(
        watched(roles=catalogue(pilot(required=(requirement(IMPACT, 10),)))),
        observations=(seen(0, "SEV-1"), seen(10, "SEV-1", impacted=True), seen(30, "SEV-1")),
    )
    assert shown(history(facts).gaps.seen) == [(10, 30, True)]


def test_the_order_of_rows() -> None:
    """Role by role as the catalogue has them, then the oldest first; unknown roles come last."""
    found = history(
        watched(
            interval(PILOT, 30, by=BO),
            replace(interval(PILOT, 0), role=RoleKey("gone")),
            interval(PILOT, 10, 30),
            interval(INCIDENT_MANAGER, 40, by=ADA),
        )
    )
    assert [(row.role, minute(row.since)) for row in found.rows] == [
        (INCIDENT_MANAGER, 40),
        (PILOT, 10),
        (PILOT, 30),
        ("gone", 0),
    ]
