"""IR040 against a table of closed incidents, more of them fine than not."""

from __future__ import annotations

from dataclasses import replace

import pytest

from dd_incident_roles.model import INCIDENT_MANAGER
from dd_incident_roles.policy.facts import Facts, FactsMissing
from dd_incident_roles.policy.policy import Scope, SeenIn, SourceLocation
from dd_incident_roles.policy.rules.ir040_coverage_gap import COVERAGE_GAP
from dd_incident_roles.roles.catalogue import ALWAYS, Level
from tests.policy.cases import (
    BO,
    CROWD,
    GRAVE,
    GRAVEST,
    SCRIBE,
    Case,
    Found,
    case,
    requirement,
    seen,
    sign,
)
from tests.policy.intervals import closed, interval, only_scribe

MANAGED = interval(INCIDENT_MANAGER, 0, 60)
NOTED = interval(SCRIBE, 0, 60)
TEN = only_scribe(requirement(ALWAYS, 10))
CROWDED = only_scribe(requirement(CROWD, 10))
MILD_AND_CROWDED = only_scribe(requirement(GRAVE, 5, Level.WARNING), requirement(CROWD, 10))
GRAVE_AND_CROWDED = only_scribe(requirement(GRAVE, 5), requirement(CROWD, 10, Level.WARNING))
LINES = only_scribe(
    replace(requirement(GRAVE, 5, Level.NOTE), line=7),
    replace(requirement(GRAVEST, 10, Level.WARNING), line=8),
)
MILD = seen(0, "SEV-3")
END = seen(60, "SEV-3", state="resolved")
GAP = Found(SCRIBE, 0, Level.ERROR)
NO_MANAGER = Found(INCIDENT_MANAGER, 0, Level.ERROR)
NEVER_SEEN = FactsMissing("this record never synced it while it was open")
UNCOUNTED = FactsMissing(
    "it is not known how many people responded, and so whether a Scribe was required"
)


def late_look(minutes: int, *titles: str) -> FactsMissing:
    """What a first look after so many minutes leaves open about roles."""
    return FactsMissing(
        "; ".join(
            f"this record first synced it {minutes} minutes after the declaration, so "
            f"it is not known whether anyone was {title} before that"
            for title in titles
        )
    )


def looked_at(
    about: Facts, *found: Found, missing: Exception | None = None, now: float = 120
) -> Case:
    """A closed incident as it is looked at later."""
    return case(about, *found, missing=missing, now=now)


CASES = {
    "held all along": looked_at(closed(MANAGED, NOTED)),
    "held within the grace": looked_at(closed(interval(INCIDENT_MANAGER, 5), interval(SCRIBE, 5))),
    "handed over": looked_at(closed(MANAGED, interval(SCRIBE, 0, 30), interval(SCRIBE, 34, by=BO))),
    "held in streams": looked_at(
        closed(
            MANAGED,
            interval(SCRIBE, 0, 30, stream="database"),
            interval(SCRIBE, 30, stream="network"),
        )
    ),
    "exactly as long as it may": looked_at(closed(interval(SCRIBE, 10), catalogue=TEN)),
    "given up exactly that long before the end": looked_at(
        closed(interval(SCRIBE, 0, 50), catalogue=TEN)
    ),
    "as of a moment at which it might stand empty": looked_at(closed(catalogue=TEN), now=10),
    "not grave enough to require more": looked_at(closed(MANAGED, observations=(MILD, END))),
    "raised just before the end": looked_at(
        closed(MANAGED, observations=(MILD, seen(56, "SEV-1"), END))
    ),
    "closed soon": looked_at(closed(resolved=5)),
    "closed soon, and never looked at": looked_at(
        closed(resolved=5, watched=None, observations=())
    ),
    "looked at soon enough": looked_at(closed(interval(SCRIBE, 10), watched=10, catalogue=TEN)),
    "looked at late, and held before": looked_at(
        closed(interval(SCRIBE, 0), watched=30, catalogue=TEN)
    ),
    "looked at late, and not required before": looked_at(
        closed(
            MANAGED,
            interval(SCRIBE, 50),
            watched=30,
            observations=(seen(30, "SEV-3"), seen(50, "SEV-1"), END),
        )
    ),
    "it may have been crowded, and the role was held": looked_at(closed(NOTED, catalogue=CROWDED)),
    "it may have been crowded, for a short while": looked_at(
        closed(interval(SCRIBE, 10), catalogue=CROWDED)
    ),
    "nothing is required": looked_at(closed(catalogue=only_scribe())),
    "nothing is required, and it was never looked at": looked_at(
        closed(watched=None, catalogue=only_scribe())
    ),
    "a little longer than it may": looked_at(closed(interval(SCRIBE, 10.1), catalogue=TEN), GAP),
    "as of a moment at which it may no longer": looked_at(closed(catalogue=TEN), GAP, now=11),
    "no manager": looked_at(closed(NOTED), NO_MANAGER),
    "the gravest requirement counts": looked_at(closed(MANAGED), GAP),
    "the milder requirement alone is broken": looked_at(
        closed(MANAGED, interval(SCRIBE, 8)), Found(SCRIBE, 0, Level.WARNING)
    ),
    "each role once": looked_at(closed(), NO_MANAGER, GAP),
    "raised later": looked_at(
        closed(MANAGED, observations=(MILD, seen(30, "SEV-1"), END)), replace(GAP, since=30)
    ),
    "given up": looked_at(
        closed(interval(INCIDENT_MANAGER, 0, 40), NOTED), replace(NO_MANAGER, since=40)
    ),
    "the first of the gaps that count": looked_at(
        closed(interval(SCRIBE, 3, 15), interval(SCRIBE, 30, 45), catalogue=TEN),
        replace(GAP, since=15),
    ),
    "of two that are alike the one that was broken first": looked_at(
        closed(
            observations=(seen(0, "SEV-2"), seen(30, "SEV-1"), END),
            catalogue=only_scribe(requirement(GRAVEST, 10), requirement(GRAVE, 10)),
        ),
        GAP,
    ),
    "a crowd could not have made it worse than it is": looked_at(
        closed(catalogue=only_scribe(requirement(CROWD, 5), requirement(GRAVE, 10))), GAP
    ),
    "a crowd would have made it milder": looked_at(closed(catalogue=GRAVE_AND_CROWDED), GAP),
    "from when to when": looked_at(
        closed(interval(SCRIBE, 0, 10), interval(SCRIBE, 35), catalogue=TEN),
        Found(
            SCRIBE,
            10,
            Level.ERROR,
            message='Nobody was Scribe of IR-1001 "Checkout down" (SEV-1) for 25 minutes from '
            "14:10 to 14:35 UTC; 10 minutes are allowed.",
            fix="dd-incident-roles history 1001 --role scribe",
            place=SourceLocation("roles.yaml", 1),
        ),
    ),
    "several gaps, of which those that count are told apart": looked_at(
        closed(
            interval(SCRIBE, 0, 10), interval(SCRIBE, 35, 40), interval(SCRIBE, 55), catalogue=TEN
        ),
        Found(
            SCRIBE,
            10,
            Level.ERROR,
            part="(SEV-1) for 40 minutes in 2 gaps, the longest from 14:10 to 14:35 UTC; 10 ",
            evidence=(
                sign("nobody was Scribe for 25 minutes", SeenIn.RECORD, None, 10),
                sign("nobody was Scribe for 15 minutes", SeenIn.RECORD, None, 40),
            ),
        ),
    ),
    "on another day": looked_at(
        closed(interval(SCRIBE, 0, 10), interval(SCRIBE, 35), catalogue=TEN),
        replace(GAP, since=10, part="from 2026-01-01 14:10 to 14:35 UTC;"),
        now=60 * 24 * 3,
    ),
    "over midnight": looked_at(
        closed(
            interval(SCRIBE, 0, 590),
            interval(SCRIBE, 610),
            resolved=700,
            observations=(seen(0, "SEV-1"),),
            catalogue=TEN,
        ),
        replace(GAP, since=590, part="from 2026-01-01 23:50 to 2026-01-02 00:10 UTC;"),
        now=60 * 24 * 3,
    ),
    "a minute is allowed": looked_at(
        closed(catalogue=only_scribe(requirement(ALWAYS, 1))),
        replace(GAP, part="; 1 minute is allowed."),
    ),
    "a gap of seconds, of which none is allowed": looked_at(
        closed(interval(SCRIBE, 0.5), catalogue=only_scribe(requirement(ALWAYS, 0))),
        replace(GAP, part="for 30 seconds from 14:00 to 14:00 UTC; 0 seconds are allowed."),
    ),
    "the place is that of the gravest requirement": looked_at(
        closed(catalogue=LINES),
        Found(SCRIBE, 0, Level.WARNING, place=SourceLocation("roles.yaml", 8)),
    ),
    "never looked at": looked_at(closed(watched=None), missing=NEVER_SEEN),
    "never looked at, and held": looked_at(
        closed(MANAGED, NOTED, watched=None), missing=NEVER_SEEN
    ),
    "looked at as it was closed": looked_at(closed(watched=60), missing=NEVER_SEEN),
    "looked at once it was closed": looked_at(
        closed(watched=70, observations=(seen(70, "SEV-1", state="resolved"),)), missing=NEVER_SEEN
    ),
    "never looked at, and open a little longer than a role may stand empty": looked_at(
        closed(interval(SCRIBE, 0), resolved=5.1, watched=None, observations=()),
        missing=NEVER_SEEN,
    ),
    "what was seen is said before what a late look leaves open": looked_at(
        closed(watched=20, catalogue=TEN),
        replace(GAP, since=20),
        missing=late_look(20, "Scribe"),
    ),
    "a late look at one role does not hide another": looked_at(
        closed(watched=8, observations=(seen(8, "SEV-2"), END)),
        replace(NO_MANAGER, since=8),
        Found(SCRIBE, 8, Level.WARNING),
        missing=late_look(8, "Incident Manager", "Scribe"),
    ),
    "whom a late look found may have held the role before": looked_at(
        closed(interval(SCRIBE, 20), watched=20, catalogue=TEN), missing=late_look(20, "Scribe")
    ),
    "how many responded is not remembered": looked_at(closed(catalogue=CROWDED), missing=UNCOUNTED),
    "a crowd could have made it worse": looked_at(
        closed(catalogue=MILD_AND_CROWDED), Found(SCRIBE, 0, Level.WARNING), missing=UNCOUNTED
    ),
}


@pytest.mark.parametrize("case", CASES.values(), ids=CASES)
def test_the_gap_is_found(case: Case) -> None:
    """Each role with a gap is found once, at its gravest level, dated from its first gap."""
    assert case.asked(COVERAGE_GAP) == case.expected


def test_the_rule_is_about_closed_incidents() -> None:
    """Open incidents have rules of their own, and each requirement brings its own grace."""
    assert (COVERAGE_GAP.scope, COVERAGE_GAP.grace) == (Scope.CLOSED, None)
    assert COVERAGE_GAP.default_level is Level.ERROR
