"""IR030 against a table of timelines, more of them fine than not."""

from __future__ import annotations

from dataclasses import replace

import pytest

from dd_incident_roles.model import Incident, Observation, RoleKey
from dd_incident_roles.policy.facts import (
    Facts,
    FactsMissing,
    NotConnected,
    NothingConnected,
    NotRead,
    TimelineActivity,
)
from dd_incident_roles.policy.policy import SeenIn
from dd_incident_roles.policy.rules.ir030_timeline_silent import TIMELINE_SILENT
from dd_incident_roles.roles.catalogue import ALWAYS, Catalogue
from tests.policy.cases import (
    CATALOGUE,
    CROWD,
    GRAVE,
    SCRIBE,
    Case,
    Found,
    at,
    case,
    facts,
    incident,
    requirement,
    seen,
    sign,
    without,
)
from tests.policy.intervals import only_scribe

CROWDED = only_scribe(requirement(CROWD, 10))
CROWDED_SOONER = only_scribe(requirement(GRAVE, 5), requirement(CROWD, 10))
CROWDED_ANYHOW = only_scribe(
    requirement(GRAVE, 5), requirement(replace(CROWD, tests=CROWD.tests[1:]), 5)
)
RAISED = (seen(0, "SEV-3"), seen(50, "SEV-1"))
NO_SCRIBE = replace(CATALOGUE, roles=tuple(r for r in CATALOGUE.roles if r.key != SCRIBE))


def quiet(
    last_note: float | None = None,
    *,
    about: Incident | None = None,
    holders: tuple[RoleKey, ...] = (),
    observations: tuple[Observation, ...] = (),
    responders: int | None = 3,
    catalogue: Catalogue = CATALOGUE,
) -> Facts:
    """A SEV-1, and when the last note was written."""
    return replace(
        facts(
            about,
            holders=holders,
            observations=observations,
            responders=responders,
            catalogue=catalogue,
        ),
        timeline=TimelineActivity(last_note=None if last_note is None else at(last_note)),
    )


def uncounted(
    last_note: float | None = None,
    *,
    catalogue: Catalogue = CROWDED,
    observations: tuple[Observation, ...] = (),
) -> Facts:
    """The same where nobody could count who responds."""
    return quiet(last_note, responders=None, catalogue=catalogue, observations=observations)


UNREAD = replace(facts(), timeline=NotRead(reason="Datadog did not answer"))
UNCOUNTED = FactsMissing(
    "it is not known how many people respond, and so whether a Scribe is required"
)
SILENT = Found(SCRIBE)

CASES = {
    "a note was written lately": case(quiet(40)),
    "just within the grace of the last note": case(quiet(30.1)),
    "just within the grace of the requirement": case(quiet(), now=29.9),
    "within the grace of the policy": case(quiet(40), grace=20.1),
    "raised a moment ago, and no note ever": case(quiet(observations=RAISED), now=79.9),
    "raised since the last note": case(quiet(10, observations=RAISED), now=79.9),
    "a note after the requirement began": case(quiet(60, observations=RAISED), now=89.9),
    "not grave enough to require a Scribe": case(quiet(about=incident("SEV-3")), now=600),
    "the severity fell": case(
        quiet(about=incident("SEV-3"), observations=(seen(0, "SEV-1"), seen(50, "SEV-3"))), now=600
    ),
    "nothing requires a Scribe": case(quiet(catalogue=without(SCRIBE)), now=600),
    "no such role in the catalogue": case(quiet(catalogue=NO_SCRIBE), now=600),
    "few enough respond": case(quiet(responders=10, catalogue=CROWDED), now=600),
    "it may be crowded, but not for long enough": case(uncounted(), now=29.9),
    "it may be crowded, and a note was written": case(uncounted(40)),
    "a timeline that nobody needs to read": case(
        replace(UNREAD, incident=incident("SEV-3")), now=600
    ),
    "no note ever, exactly at the end of the grace": case(
        quiet(catalogue=only_scribe(requirement(ALWAYS, 5))),
        replace(
            SILENT,
            evidence=(
                sign("Scribe is required always", SeenIn.POLICY, None, 0),
                sign("nobody ever wrote a note", SeenIn.TIMELINE),
            ),
        ),
        now=30,
    ),
    "exactly at the end of the grace of the policy": case(quiet(40), Found(SCRIBE, 40), grace=20),
    "quiet since the last note": case(
        quiet(20, catalogue=only_scribe(requirement(ALWAYS, 5))),
        Found(
            SCRIBE,
            20,
            message='The timeline of IR-1001 "Checkout down" (SEV-1) has been quiet since 14:20 '
            "UTC (40 minutes), while a Scribe is required; a note was due after 30 minutes.",
            fix='dd-incident-roles timeline add 1001 "TEXT"',
            evidence=(
                sign("Scribe is required always", SeenIn.POLICY, None, 0),
                sign("the last note was written", SeenIn.TIMELINE, None, 20),
            ),
        ),
    ),
    "quiet since the requirement began": case(
        quiet(10, observations=RAISED), Found(SCRIBE, 50), now=80
    ),
    "a Scribe makes no difference": case(quiet(holders=(SCRIBE,)), SILENT),
    "the requirement that began first counts": case(
        quiet(observations=(seen(0, "SEV-2"), seen(50, "SEV-1"))), SILENT, now=90
    ),
    "a crowd": case(quiet(responders=11, catalogue=CROWDED), SILENT),
    "nobody could count, and it is required anyhow": case(
        uncounted(catalogue=CROWDED_SOONER), SILENT
    ),
    "nobody could count, and there is no note": case(uncounted(), missing=UNCOUNTED, now=30),
    "nobody could count, and the note is old": case(uncounted(40), missing=UNCOUNTED, now=70),
    "a sure requirement within its grace does not hide an older unsure one": case(
        uncounted(catalogue=CROWDED_ANYHOW, observations=RAISED), missing=UNCOUNTED
    ),
    "a sure requirement past its grace": case(
        uncounted(catalogue=CROWDED_ANYHOW, observations=RAISED), Found(SCRIBE, 50), now=80
    ),
    "a timeline that could not be read": case(
        UNREAD, missing=FactsMissing("Datadog did not answer"), now=1
    ),
    "no timeline": case(
        replace(facts(), timeline=NotConnected(reason="the timeline is switched off")),
        missing=NothingConnected("the timeline is switched off"),
    ),
}


@pytest.mark.parametrize("case", CASES.values(), ids=CASES)
def test_the_silence_is_found(case: Case) -> None:
    """A silence is found, dated from the last note or from when a Scribe became required."""
    assert case.asked(TIMELINE_SILENT) == case.expected
