"""IR040 against a table of closed incidents, more of them fine than not."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime

import pytest

from dd_incident_roles.model import INCIDENT_MANAGER, RoleKey
from dd_incident_roles.policy.facts import Facts, FactsMissing
from dd_incident_roles.policy.finding import Evidence, SeenIn, SourceLocation
from dd_incident_roles.policy.rule import Scope
from dd_incident_roles.policy.rules.ir040_coverage_gap import COVERAGE_GAP
from dd_incident_roles.roles.catalogue import Level
from dd_incident_roles.roles.conditions import ALWAYS
from tests.policy.cases import (
    BO,
    CROWD,
    GRAVE,
    GRAVEST,
    SCRIBE,
    asking,
    at,
    requirement,
    seen,
    terms,
)
from tests.policy.intervals import EVE, SECRET, closed, interval, leaks, only_scribe

MANAGED = interval(INCIDENT_MANAGER, 0, 60)
NOTED = interval(SCRIBE, 0, 60)
TEN = only_scribe(requirement(ALWAYS, 10))
CROWDED = only_scribe(requirement(CROWD, 10))
MILD_AND_CROWDED = only_scribe(requirement(GRAVE, 5, Level.WARNING), requirement(CROWD, 10))
GRAVE_AND_CROWDED = only_scribe(requirement(GRAVE, 5), requirement(CROWD, 10, Level.WARNING))
MILD = seen(0, "SEV-3")
END = seen(60, "SEV-3", state="resolved")

FINE = {
    "held all along": closed(MANAGED, NOTED),
    "held within the grace": closed(interval(INCIDENT_MANAGER, 5), interval(SCRIBE, 5)),
    "handed over": closed(MANAGED, interval(SCRIBE, 0, 30), interval(SCRIBE, 34, by=BO)),
    "held in streams": closed(
        MANAGED,
        interval(SCRIBE, 0, 30, stream="database"),
        interval(SCRIBE, 30, stream="network"),
    ),
    "exactly as long as it may": closed(interval(SCRIBE, 10), catalogue=TEN),
    "given up exactly that long before the end": closed(interval(SCRIBE, 0, 50), catalogue=TEN),
    "not grave enough to require more": closed(MANAGED, observations=(MILD, END)),
    "raised just before the end": closed(MANAGED, observations=(MILD, seen(56, "SEV-1"), END)),
    "closed soon": closed(resolved=5),
    "closed soon, and never looked at": closed(resolved=5, watched=None, observations=()),
    "looked at soon enough": closed(interval(SCRIBE, 10), watched=10, catalogue=TEN),
    "looked at late, and held before": closed(interval(SCRIBE, 0), watched=30, catalogue=TEN),
    "looked at late, and not required before": closed(
        MANAGED,
        interval(SCRIBE, 50),
        watched=30,
        observations=(seen(30, "SEV-3"), seen(50, "SEV-1"), END),
    ),
    "it may have been crowded, and the role was held": closed(NOTED, catalogue=CROWDED),
    "it may have been crowded, for a short while": closed(interval(SCRIBE, 10), catalogue=CROWDED),
    "nothing is required": closed(catalogue=only_scribe()),
    "nothing is required, and it was never looked at": closed(
        watched=None, catalogue=only_scribe()
    ),
}

BROKEN: dict[str, tuple[Facts, dict[RoleKey, tuple[Level, datetime]]]] = {
    "a little longer than it may": (
        closed(interval(SCRIBE, 10.1), catalogue=TEN),
        {SCRIBE: (Level.ERROR, at(0))},
    ),
    "no manager": (closed(NOTED), {INCIDENT_MANAGER: (Level.ERROR, at(0))}),
    "the gravest requirement counts": (closed(MANAGED), {SCRIBE: (Level.ERROR, at(0))}),
    "the milder requirement alone is broken": (
        closed(MANAGED, interval(SCRIBE, 8)),
        {SCRIBE: (Level.WARNING, at(0))},
    ),
    "each role once": (
        closed(),
        {INCIDENT_MANAGER: (Level.ERROR, at(0)), SCRIBE: (Level.ERROR, at(0))},
    ),
    "raised later": (
        closed(MANAGED, observations=(MILD, seen(30, "SEV-1"), END)),
        {SCRIBE: (Level.ERROR, at(30))},
    ),
    "given up": (
        closed(interval(INCIDENT_MANAGER, 0, 40), NOTED),
        {INCIDENT_MANAGER: (Level.ERROR, at(40))},
    ),
    "the first of the gaps that count": (
        closed(interval(SCRIBE, 3, 15), interval(SCRIBE, 30, 45), catalogue=TEN),
        {SCRIBE: (Level.ERROR, at(15))},
    ),
    "of two that are alike the one that was broken first": (
        closed(
            observations=(seen(0, "SEV-2"), seen(30, "SEV-1"), END),
            catalogue=only_scribe(requirement(GRAVEST, 10), requirement(GRAVE, 10)),
        ),
        {SCRIBE: (Level.ERROR, at(0))},
    ),
    "a crowd could not have made it worse than it is": (
        closed(catalogue=only_scribe(requirement(CROWD, 5), requirement(GRAVE, 10))),
        {SCRIBE: (Level.ERROR, at(0))},
    ),
    "a crowd would have made it milder": (
        closed(catalogue=GRAVE_AND_CROWDED),
        {SCRIBE: (Level.ERROR, at(0))},
    ),
}


LATER = at(120)


ask = asking(COVERAGE_GAP, now=LATER)


def said(about: Facts) -> tuple[list[RoleKey | None], str]:
    """The roles that are found, and what is missing after that."""
    found: list[RoleKey | None] = []
    breaches = COVERAGE_GAP.evaluate(about, terms(LATER))
    with pytest.raises(FactsMissing) as missing:
        found.extend(breach.role for breach in breaches)
    return found, str(missing.value)


@pytest.mark.parametrize("case", FINE)
def test_nothing_is_found(case: str) -> None:
    """An incident whose required roles never stood empty for too long breaks nothing."""
    assert ask(FINE[case]) == []


@pytest.mark.parametrize("case", BROKEN)
def test_the_gap_is_found(case: str) -> None:
    """Each role with a gap is found once, at its gravest level, dated from its first gap."""
    about, expected = BROKEN[case]
    breaches = ask(about)
    assert {each.role: (each.level, each.since) for each in breaches} == expected
    assert len(breaches) == len(expected)


def test_the_rule_is_about_closed_incidents() -> None:
    """Open incidents have rules of their own, and each requirement brings its own grace."""
    assert (COVERAGE_GAP.scope, COVERAGE_GAP.grace) == (Scope.CLOSED, None)


def test_nothing_after_now_is_counted() -> None:
    """A check as of an earlier moment does not know what came later."""
    assert ask(closed(catalogue=TEN), at(10)) == []
    assert len(ask(closed(catalogue=TEN), at(11))) == 1


def test_the_message_says_from_when_to_when() -> None:
    """A person reads how long nobody held the role, when that was, and what is allowed."""
    (breach,) = ask(closed(interval(SCRIBE, 0, 10), interval(SCRIBE, 35), catalogue=TEN))
    assert breach.message == (
        'Nobody was Scribe of IR-1001 "Checkout down" (SEV-1) for 25 minutes from 14:10 to '
        "14:35 UTC; 10 minutes are allowed."
    )
    assert breach.fix == "dd-incident-roles history 1001 --role scribe"


def test_the_message_counts_several_gaps() -> None:
    """Several gaps are added up, and the longest is dated."""
    held = (interval(SCRIBE, 0, 10), interval(SCRIBE, 35, 40), interval(SCRIBE, 55))
    (breach,) = ask(closed(*held, catalogue=TEN))
    assert (
        "(SEV-1) for 40 minutes in 2 gaps, the longest from 14:10 to 14:35 UTC; 10 minutes"
    ) in breach.message


@pytest.mark.parametrize(
    ("start", "end", "words"),
    [
        (10, 35, "from 2026-01-01 14:10 to 14:35 UTC;"),
        (590, 610, "from 2026-01-01 23:50 to 2026-01-02 00:10 UTC;"),
    ],
)
def test_another_day_is_dated(start: float, end: float, words: str) -> None:
    """A time of day alone would be misread days later."""
    held = (interval(SCRIBE, 0, start), interval(SCRIBE, end))
    (breach,) = ask(
        closed(*held, resolved=700, observations=(seen(0, "SEV-1"),), catalogue=TEN),
        at(60 * 24 * 3),
    )
    assert words in breach.message


@pytest.mark.parametrize(
    ("minutes", "words"),
    [(1, "1 minute is allowed."), (0, "0 seconds are allowed."), (10, "10 minutes are allowed.")],
)
def test_the_message_says_what_is_allowed(minutes: float, words: str) -> None:
    """One of something reads as one."""
    (breach,) = ask(closed(catalogue=only_scribe(requirement(ALWAYS, minutes))))
    assert breach.message.endswith(words)


def test_each_gap_is_a_piece_of_evidence() -> None:
    """The gaps that count are told apart, and the place is the line that demands the role."""
    (breach,) = ask(closed(interval(SCRIBE, 15, 30), interval(SCRIBE, 33, 40), catalogue=TEN))
    assert breach.evidence == (
        Evidence("nobody was Scribe for 15 minutes", SeenIn.RECORD, since=at(0)),
        Evidence("nobody was Scribe for 20 minutes", SeenIn.RECORD, since=at(40)),
    )
    assert breach.place == SourceLocation("roles.yaml", 1)


def test_the_place_is_that_of_the_gravest_requirement() -> None:
    """Whoever wants to change what is demanded is sent to the right line."""
    mild, grave = requirement(GRAVE, 5, Level.NOTE), requirement(GRAVEST, 10, Level.WARNING)
    lines = only_scribe(replace(mild, line=7), replace(grave, line=8))
    (breach,) = ask(closed(catalogue=lines))
    assert (breach.place, breach.level) == (SourceLocation("roles.yaml", 8), Level.WARNING)


def test_a_private_incident_tells_nothing() -> None:
    """Neither people nor the title reach a log."""
    (breach,) = ask(closed(interval(SCRIBE, 0, 10, by=EVE), about=SECRET, catalogue=TEN))
    assert leaks(breach) == []
    assert "Nobody was Scribe of IR-1001 (private) for 50 minutes" in breach.message


@pytest.mark.parametrize(
    "about",
    [
        closed(watched=None),
        closed(MANAGED, NOTED, watched=None),
        closed(watched=60),
        closed(watched=70, observations=(seen(70, "SEV-1", state="resolved"),)),
        closed(interval(SCRIBE, 0), resolved=5.1, watched=None, observations=()),
    ],
)
def test_an_incident_that_nobody_looked_at_is_undecided(about: Facts) -> None:
    """A record that never saw it open cannot say that no role stood empty."""
    assert said(about) == ([], "the record never looked at it while it was open")


def test_a_first_look_that_came_too_late_is_said_after_what_is_known() -> None:
    """What was seen is found; what came before that is not taken for covered."""
    assert said(closed(watched=20, catalogue=TEN)) == (
        [SCRIBE],
        "the record first looked 20 minutes after the declaration, so whether anybody was Scribe "
        "before that is not known",
    )


def test_a_late_look_at_one_role_does_not_hide_another() -> None:
    """Every role is looked at before anything is called missing."""
    found, missing = said(closed(watched=8, observations=(seen(8, "SEV-2"), END)))
    assert found == [INCIDENT_MANAGER, SCRIBE]
    assert missing.count("the record first looked 8 minutes") == 2


def test_a_late_look_is_no_gap() -> None:
    """Whom the first look found may have held the role all the time before."""
    found, missing = said(closed(interval(SCRIBE, 20), watched=20, catalogue=TEN))
    assert found == []
    assert "whether anybody was Scribe before that is not known" in missing


def test_a_requirement_that_hangs_on_responders_is_undecided() -> None:
    """How many responded is not remembered, so a gap is neither found nor fine."""
    assert said(closed(catalogue=CROWDED)) == (
        [],
        "whether a Scribe was required hangs on how many people responded",
    )


def test_a_crowd_that_could_make_it_worse_is_said_after_what_is_sure() -> None:
    """The sure requirement is found at its own level before the other is called undecided."""
    about = closed(catalogue=MILD_AND_CROWDED)
    first = next(COVERAGE_GAP.evaluate(about, terms(LATER)))
    assert (first.role, first.level) == (SCRIBE, Level.WARNING)
    assert said(about)[0] == [SCRIBE]


def test_the_default_level_is_error() -> None:
    """A requirement without a level of its own would be an error."""
    assert COVERAGE_GAP.default_level is Level.ERROR


def test_a_gap_of_seconds_is_told_in_seconds() -> None:
    """A requirement without a grace finds even a short gap."""
    strict = only_scribe(requirement(ALWAYS, 0))
    (breach,) = ask(closed(interval(SCRIBE, 0.5), catalogue=strict))
    assert "for 30 seconds from 14:00 to 14:00 UTC" in breach.message
