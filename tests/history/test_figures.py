"""Where a role lacked a holder or had several, how far it was covered, and how long things took."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from datetime import timedelta

import pytest

from dd_incident_roles.history.history import Gap
from dd_incident_roles.model import INCIDENT_MANAGER, Assignment, RoleKey
from dd_incident_roles.policy.facts import Facts
from dd_incident_roles.roles.catalogue import ALWAYS, Catalogue, Holders, Level, Streams
from dd_incident_roles.roles.ledger import Correction
from tests.history.stories import (
    PILOT,
    catalogue,
    correction,
    history,
    intervals,
    minute,
    name,
    noted,
    noted_entries,
    pilot,
    span,
    watched,
)
from tests.policy.cases import ADA, BO, CAI, CROWD, IMPACT, requirement, seen
from tests.policy.intervals import closed

MINUTE = timedelta(minutes=1)
TEN = requirement(ALWAYS, 10)
NEEDED = catalogue(pilot(required=(TEN,)))
ONE, STREAMED = catalogue(), catalogue(pilot(streams=Streams.OPTIONAL))
MANY = catalogue(pilot(Holders.MANY))


def needed(rows: str, first_look: float | None = 0, roles: Catalogue = NEEDED) -> Facts:
    """An open incident in which the role may stand empty for ten minutes."""
    return watched(*intervals(rows), roles=roles, first_look=first_look)


def shown(gaps: Iterable[Gap]) -> str:
    """Gaps in minutes; one that is too long has an exclamation mark."""
    spans = ((span(gap.stretch.began, gap.stretch.ended), gap.is_too_long) for gap in gaps)
    return " ".join(f"{text}{'!' * is_too_long}" for text, is_too_long in spans)


GAPS: dict[str, tuple[Facts, str, str]] = {
    "every gap, too long or not": (needed("ada 5-20, bo 35-"), "0-5 20-35!", ""),
    "exactly as long as is allowed": (needed("ada 10-"), "0-10", ""),
    "in an open incident up to now": (needed("ada 0-20"), "20-60!", ""),
    "in a closed incident up to its end": (
        closed(*intervals("ada 0-20"), resolved=40, catalogue=NEEDED),
        *("20-40!", ""),
    ),
    "before the first look nothing is known": (needed("ada 30-", 25), "25-30", "0-25!"),
    "where the record never looked": (needed("", None), "", "0-60!"),
    "where nothing was required": (needed("", roles=ONE), "", ""),
    "where the condition never applied": (
        needed("", roles=catalogue(pilot(required=(requirement(IMPACT, 0),)))),
        *("", ""),
    ),
    "only while customers were impacted": (
        replace(
            needed("", roles=catalogue(pilot(required=(requirement(IMPACT, 10),)))),
            observations=(seen(0, "SEV-1"), seen(10, "SEV-1", impacted=True), seen(30, "SEV-1")),
        ),
        *("10-30!", ""),
    ),
}


@pytest.mark.parametrize(("facts", "gaps", "unwatched"), GAPS.values(), ids=GAPS)
def test_gaps(facts: Facts, gaps: str, unwatched: str) -> None:
    """A gap is required time without a holder; before the first look it is not known to be one."""
    found = history(facts, now=60).gaps
    assert (shown(found.seen), shown(found.unwatched)) == (gaps, unwatched)


def test_a_gap_names_its_requirement() -> None:
    """Each requirement of a role has its own gaps, and one that hangs on responders is unsure."""
    crowd = requirement(CROWD, 60, Level.NOTE)
    found = history(watched(roles=catalogue(pilot(required=(TEN, crowd))))).gaps.seen
    assert [(gap.requirement, gap.is_too_long, gap.is_sure) for gap in found] == [
        (TEN, True, True),
        (crowd, False, False),
    ]


def test_entries_and_corrections_fill_gaps_or_make_them() -> None:
    """Who is inferred or stated to have held the role held it, and so is it of nobody."""
    entries, stated = noted_entries("8 Pilot: Bo → Ada"), [correction(40, 60, CAI)]
    found = history(needed("ada 20-30", 20), *entries, corrections=stated).gaps
    assert (shown(found.seen), found.unwatched) == ("30-40", ())
    found = history(needed("ada 0-"), corrections=[correction(5, 25, None)]).gaps
    assert shown(found.seen) == "5-25!"


def test_the_history_of_one_role_has_the_gaps_of_that_role() -> None:
    """Rows, gaps and figures of others are left out."""
    manager = replace(NEEDED.commander, required=(TEN,))
    roles = replace(NEEDED, roles=(manager, *NEEDED.roles[1:]))
    rows = (*intervals("bo 20-"), *intervals("ada 30-", INCIDENT_MANAGER))
    facts = watched(*rows, roles=roles)
    found = history(facts, only=PILOT)
    assert [row.role for row in found.rows] == [PILOT]
    assert {gap.role for gap in found.gaps.seen} == {PILOT}
    assert [each.role for each in found.durations.coverage] == [PILOT]
    assert [each.person for each in found.durations.totals] == [BO.key]
    assert found.durations.wait is None
    assert {gap.role for gap in history(facts).gaps.seen} == {PILOT, INCIDENT_MANAGER}


# the share, and the minutes in which the role was required, held, and required unknown to us
COVERED: dict[str, tuple[Facts, list[tuple[float | None, float, float, float]]]] = {
    "in part": (needed("ada 0-45"), [(0.75, 60, 45, 0)]),
    "all of it": (needed("ada 0-"), [(1.0, 60, 60, 0)]),
    "by two at once": (needed("ada 0-30, bo 10-30"), [(0.5, 60, 30, 0)]),
    "by two requirements": (
        needed("ada 0-30", roles=catalogue(pilot(required=(TEN, requirement(ALWAYS, 1))))),
        [(0.5, 60, 30, 0)],
    ),
    "looked at soon enough": (needed("ada 4-", 4), [(1.0, 56, 56, 4)]),
    "looked at too late": (needed("ada 20-", 20), [(None, 40, 40, 20)]),
    "not required": (needed("ada 0-", roles=ONE), []),
    "required if enough people responded": (
        needed("", roles=catalogue(pilot(required=(requirement(CROWD, 10),)))),
        [],
    ),
}


@pytest.mark.parametrize(("facts", "expected"), COVERED.values(), ids=COVERED)
def test_coverage(facts: Facts, expected: list[tuple[float | None, float, float, float]]) -> None:
    """The share of the required time in which somebody held the role, where that is known."""
    figures = [
        (each.fraction, *(part / MINUTE for part in (each.required, each.held, each.unknown)))
        for each in history(facts).durations.coverage
    ]
    assert figures == expected


def test_what_entries_tell_makes_coverage_known() -> None:
    """However late the first look was, whoever held the role all along covered it."""
    found = history(needed("ada 20-", 20), *noted_entries("8 Pilot: Bo → Ada"))
    assert [each.fraction for each in found.durations.coverage] == [1.0]


OVERLAPS = {
    "one after the other": (ONE, "ada 0-10, bo 10-", ""),
    "two at once": (ONE, "ada 0-20, bo 10-", "ada+bo 10-20"),
    "three in the end, and still": (
        *(ONE, "ada 0-, bo 10-, cai 20-"),
        "ada+bo 10-20 ada+bo+cai 20-",
    ),
    "the same people again": (ONE, "ada 0-, bo 10-20, bo 20-30", "ada+bo 10-30"),
    "the same person twice": (ONE, "ada 0-, ada 5-", ""),
    "several may": (MANY, "ada 0-, bo 10-", ""),
    "in different streams": (STREAMED, "ada/database 0-, bo/network 10-", ""),
    "in one stream": (STREAMED, "ada/database 0-, bo/database 10-", "ada+bo/database 10-"),
    "of no time at all": (ONE, "ada 0-, bo 10-10", ""),
}


@pytest.mark.parametrize(("roles", "rows", "expected"), OVERLAPS.values(), ids=OVERLAPS)
def test_overlaps(roles: Catalogue, rows: str, expected: str) -> None:
    """Several people at once in a role, or a stream, that is for one."""
    found = [
        f"{'+'.join(map(name, each.people))}{f'/{each.stream}' if each.stream else ''} "
        f"{span(each.since, each.until)}"
        for each in history(watched(*intervals(rows), roles=roles)).overlaps
    ]
    assert " ".join(found) == expected


def test_the_order_of_rows() -> None:
    """Role by role as the catalogue has them, then the oldest first; unknown roles come last."""
    gone = RoleKey("gone")
    rows = (*intervals("bo 30-, ada 10-30"), *intervals("ada 0-", gone))
    found = history(watched(*rows, *intervals("ada 40-", INCIDENT_MANAGER)))
    assert [(row.role, minute(row.since)) for row in found.rows] == [
        *((INCIDENT_MANAGER, 40), (PILOT, 10)),
        *((PILOT, 30), (gone, 0)),
    ]


def managers(text: str) -> list[Assignment]:
    return intervals(text, INCIDENT_MANAGER)


VACANT = correction(0, 2, None, key=INCIDENT_MANAGER)
CORRECTED = [correction(2, 20, BO, key=INCIDENT_MANAGER)]

# what is recorded, what an entry at minute 4 tells, what is corrected, the first look, the wait
WAITS: dict[str, tuple[list[Assignment], str, list[Correction], float, float | None, bool]] = {
    "watched from the beginning": (managers("ada 3-"), "", [], 0, 3, True),
    "the first of several": (managers("ada 3-, ada 1-2"), "", [], 0, 1, True),
    "never": ([], "", [], 0, None, True),
    "for no time at all": (managers("ada 3-3"), "", [], 0, None, True),
    "another role does not count": (intervals("ada 3-"), "", [], 0, None, True),
    "looked at soon enough": (managers("ada 3-"), "", [], 3, 3, True),
    "looked at too late": (managers("ada 20-"), "", [], 20, None, False),
    "looked at too late, but told": (managers("ada 20-"), "nobody → Ada", [], 20, 4, True),
    "told to have been there all along": (managers("ada 20-"), "Bo → Ada", [], 20, 0, True),
    "corrected, and not known before": (managers("ada 20-"), "", CORRECTED, 20, None, False),
    "corrected, and nobody before": (managers("ada 20-"), "", [VACANT, *CORRECTED], 20, 2, True),
}


@pytest.mark.parametrize(
    ("rows", "change", "corrections", "first_look", "minutes", "is_known"),
    WAITS.values(),
    ids=WAITS,
)
def test_the_wait_for_an_incident_manager(
    rows: list[Assignment],
    change: str,
    corrections: list[Correction],
    first_look: float,
    minutes: float | None,
    is_known: bool,
) -> None:
    """From the declaration to the first Incident Manager; not known where nobody looked in time."""
    entries = [noted(4, f"Incident Commander: {change}")] if change else []
    facts = watched(*rows, first_look=first_look)
    wait = history(facts, *entries, corrections=corrections).durations.wait
    assert wait is not None
    assert wait.length == (None if minutes is None else timedelta(minutes=minutes))
    assert wait.is_known is is_known


HANDOFFS = {
    "without a gap": (ONE, "ada 0-9, bo 9-", 1),
    "back again": (ONE, "ada 0-9, bo 9-12, ada 12-", 2),
    "with a gap": (ONE, "ada 0-9, bo 10-", 0),
    "the same person goes on": (ONE, "ada 0-9, ada 9-", 0),
    "through somebody for no time at all": (ONE, "ada 0-9, bo 9-9, cai 9-", 1),
    "in another stream": (STREAMED, "ada/a 0-9, bo/b 9-", 0),
    "in the same stream": (STREAMED, "ada/a 0-9, bo/a 9-", 1),
    "one of many joins": (MANY, "ada 0-, bo 9-", 0),
    "one of many goes on while another joins": (MANY, "ada 0-9, ada 9-, bo 9-", 0),
    "one of many goes on while another leaves": (MANY, "ada 0-9, bo 0-9, bo 9-", 0),
    "one of many for another": (MANY, "ada 0-9, bo 0-, cai 9-", 1),
}


@pytest.mark.parametrize(("roles", "rows", "number"), HANDOFFS.values(), ids=HANDOFFS)
def test_handoffs(roles: Catalogue, rows: str, number: int) -> None:
    """A role goes from one person to another at one instant."""
    found = history(watched(*intervals(rows), roles=roles)).durations.handoffs
    assert [(each.role, each.number) for each in found] == ([(PILOT, number)] if number else [])


def test_the_first_look_is_no_handoff() -> None:
    """Where the record goes on with what entries told, nobody handed over anything."""
    facts = watched(*intervals("ada 20-"), first_look=20)
    assert history(facts, *noted_entries("5 Pilot: nobody → Ada")).durations.handoffs == ()
    found = history(facts, *noted_entries("5 Pilot: Bo → Ada")).durations.handoffs
    assert [each.number for each in found] == [1]


def test_totals() -> None:
    """Time in two roles counts once, and only within the life of the incident."""
    rows = (*intervals("ada 0-30, bo 45-, cai 48-70"), *managers("ada 20-40"))
    found = history(closed(*rows, resolved=50, catalogue=ONE), now=90).durations.totals
    assert [(name(each.person), each.length) for each in found] == [
        ("ada", timedelta(minutes=40)),
        ("bo", timedelta(minutes=5)),
        ("cai", timedelta(minutes=2)),
    ]


def test_a_total_counts_what_was_inferred_from_the_declaration() -> None:
    """Whoever held a role since the declaration or earlier did so for all of it."""
    found = history(
        watched(first_look=20), *noted_entries("15 Pilot: Ada → nobody")
    ).durations.totals
    assert [(each.person, each.length) for each in found] == [(ADA.key, timedelta(minutes=15))]
