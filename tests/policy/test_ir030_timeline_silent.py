"""IR030 against a table of timelines, more of them fine than not."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from dd_incident_roles.model import INCIDENT_MANAGER, Incident, Observation, RoleKey
from dd_incident_roles.policy.facts import (
    Facts,
    FactsMissing,
    NotConnected,
    NothingConnected,
    NotRead,
    TimelineActivity,
)
from dd_incident_roles.policy.finding import Evidence, SeenIn
from dd_incident_roles.policy.rules.ir030_timeline_silent import TIMELINE_SILENT
from dd_incident_roles.roles.catalogue import Catalogue
from dd_incident_roles.roles.conditions import ALWAYS
from tests.policy.cases import (
    CATALOGUE,
    CROWD,
    GRAVE,
    SCRIBE,
    asking,
    at,
    facts,
    incident,
    requirement,
    seen,
    without,
)
from tests.policy.intervals import SECRET, leaks, only_scribe

CROWDED = only_scribe(requirement(CROWD, 10))
CROWDED_SOONER = only_scribe(requirement(GRAVE, 5), requirement(CROWD, 10))
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


UNREAD = replace(facts(), timeline=NotRead(reason="Datadog did not answer"))

FINE = {
    "a note was written lately": (quiet(40), at(60)),
    "just within the grace of the last note": (quiet(30.1), at(60)),
    "just within the grace of the requirement": (quiet(), at(29.9)),
    "raised a moment ago, and no note ever": (quiet(observations=RAISED), at(79.9)),
    "raised since the last note": (quiet(10, observations=RAISED), at(79.9)),
    "a note after the requirement began": (quiet(60, observations=RAISED), at(89.9)),
    "not grave enough to require a Scribe": (quiet(about=incident("SEV-3")), at(600)),
    "the severity fell": (
        quiet(about=incident("SEV-3"), observations=(seen(0, "SEV-1"), seen(50, "SEV-3"))),
        at(600),
    ),
    "nothing requires a Scribe": (quiet(catalogue=without(SCRIBE)), at(600)),
    "no such role in the catalogue": (quiet(catalogue=NO_SCRIBE), at(600)),
    "few enough respond": (quiet(responders=10, catalogue=CROWDED), at(600)),
    "it may be crowded, but not for long enough": (
        quiet(responders=None, catalogue=CROWDED),
        at(29.9),
    ),
    "it may be crowded, and a note was written": (
        quiet(40, responders=None, catalogue=CROWDED),
        at(60),
    ),
    "a timeline that nobody needs to read": (
        replace(UNREAD, incident=incident("SEV-3")),
        at(600),
    ),
}

BROKEN = {
    "no note ever, exactly at the end of the grace": (quiet(), at(30), at(0)),
    "quiet since the last note": (quiet(20), at(50), at(20)),
    "quiet since the requirement began": (quiet(10, observations=RAISED), at(80), at(50)),
    "a Scribe makes no difference": (quiet(holders=(SCRIBE,)), at(60), at(0)),
    "the requirement that began first counts": (
        quiet(observations=(seen(0, "SEV-2"), seen(50, "SEV-1"))),
        at(90),
        at(0),
    ),
    "a crowd": (quiet(responders=11, catalogue=CROWDED), at(60), at(0)),
    "nobody could count, and it is required anyhow": (
        quiet(responders=None, catalogue=CROWDED_SOONER),
        at(60),
        at(0),
    ),
}


ask = asking(TIMELINE_SILENT, grace_minutes=30)


@pytest.mark.parametrize("case", FINE)
def test_nothing_is_found(case: str) -> None:
    """A timeline that is written, may still be quiet, or needs no Scribe breaks nothing."""
    assert ask(*FINE[case]) == []


@pytest.mark.parametrize("case", BROKEN)
def test_the_silence_is_found(case: str) -> None:
    """A silence is found, dated from the last note or from when a Scribe became required."""
    about, now, since = BROKEN[case]
    (breach,) = ask(about, now)
    assert (breach.since, breach.role) == (since, SCRIBE)
    assert (breach.level, breach.place) == (None, None)


def test_the_rule_allows_half_an_hour() -> None:
    """Unless the policy says otherwise a timeline may be quiet for thirty minutes."""
    assert TIMELINE_SILENT.grace == timedelta(minutes=30)


@pytest.mark.parametrize(("grace", "found"), [(19.9, 1), (20, 1), (20.1, 0)])
def test_the_policy_sets_the_grace(grace: float, found: int) -> None:
    """The grace is the one that the rule is told."""
    assert len(ask(quiet(40), at(60), grace)) == found


def test_the_message_says_since_when_it_is_quiet() -> None:
    """A person reads how long nothing was written, and how long it may be."""
    (breach,) = ask(quiet(10), at(50))
    assert breach.message == (
        'The timeline of IR-1001 "Checkout down" (SEV-1) has been quiet since 14:10 UTC '
        "(40 minutes), while a Scribe is required; a note was due after 30 minutes."
    )
    assert breach.fix == 'dd-incident-roles timeline add 1001 "TEXT"'


def test_the_evidence_is_the_requirement_and_the_last_note() -> None:
    """Both clocks are shown, each with where it was seen."""
    (breach,) = ask(quiet(10, catalogue=only_scribe(requirement(ALWAYS, 5))), at(50))
    assert breach.evidence == (
        Evidence("Scribe is required always", SeenIn.POLICY, since=at(0)),
        Evidence("the last note was written", SeenIn.TIMELINE, since=at(10)),
    )


def test_the_evidence_says_that_there_is_no_note() -> None:
    """A timeline without any note is called that."""
    (breach,) = ask(quiet(), at(50))
    assert breach.evidence[1] == Evidence("nobody ever wrote a note", SeenIn.TIMELINE)


def test_a_private_incident_tells_nothing() -> None:
    """The title does not reach a log."""
    (breach,) = ask(quiet(about=SECRET, holders=(INCIDENT_MANAGER,)), at(60))
    assert leaks(breach) == []
    assert "IR-1001 (private)" in breach.message


@pytest.mark.parametrize(("minutes", "last_note"), [(30, None), (70, 40)])
def test_a_requirement_that_hangs_on_a_missing_count_is_undecided(
    minutes: float, last_note: float | None
) -> None:
    """Where nobody could count the responders, a long silence is neither found nor fine."""
    about = quiet(last_note, responders=None, catalogue=CROWDED)
    with pytest.raises(FactsMissing, match="whether a Scribe is required hangs on how many"):
        ask(about, at(minutes))


def test_a_sure_requirement_within_its_grace_does_not_hide_an_older_unsure_one() -> None:
    """A crowd that may have been there all along leaves the rule undecided."""
    crowd_anyhow = replace(CROWD, tests=CROWD.tests[1:])
    catalogue = only_scribe(requirement(GRAVE, 5), requirement(crowd_anyhow, 5))
    about = quiet(responders=None, catalogue=catalogue, observations=RAISED)
    with pytest.raises(FactsMissing):
        ask(about, at(60))
    assert ask(about, at(80))[0].since == at(50)


def test_a_timeline_that_could_not_be_read_is_not_an_answer() -> None:
    """A failed reading leaves the rule undecided."""
    with pytest.raises(FactsMissing, match="Datadog did not answer"):
        ask(UNREAD, at(1))


def test_without_a_timeline_there_is_nothing_to_look_at() -> None:
    """Where the organisation has no timeline the rule says so."""
    about = replace(facts(), timeline=NotConnected(reason="the timeline is switched off"))
    with pytest.raises(NothingConnected, match="the timeline is switched off"):
        ask(about, at(60))
