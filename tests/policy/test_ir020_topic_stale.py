"""IR020 against a table of chat topics, more of them fine than not."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import timedelta

import pytest

from dd_incident_roles.model import INCIDENT_MANAGER, Person, RoleKey
from dd_incident_roles.policy.facts import (
    ChatTopic,
    Facts,
    FactsMissing,
    Holding,
    NothingConnected,
    NotRead,
)
from dd_incident_roles.policy.finding import Evidence, SeenIn
from dd_incident_roles.policy.rules.ir020_topic_stale import TOPIC_STALE
from tests.policy.cases import ADA, BO, CAI, SCRIBE, TECH_LEAD, asking, at, facts, held, incident
from tests.policy.intervals import EVE, SECRET, interval, leaks

Shown = Mapping[RoleKey, tuple[Person, ...]]


def topic(shown: Shown, *holdings: Holding, since: float = 0, about: Facts | None = None) -> Facts:
    """An incident whose topic shows these people, and whose roles are held by those."""
    holders = {key: frozenset(each.key for each in people) for key, people in shown.items()}
    room = ChatTopic(room="#mallory-1001", holders=holders, since=at(since))
    return replace(about or facts(), holdings=holdings, topic=room)


LEFT = topic({TECH_LEAD: (ADA, BO)}, held(TECH_LEAD))
MANAGER = held(INCIDENT_MANAGER)

FINE = {
    "nobody holds anything, and nothing is shown": (topic({}), at(60)),
    "shown as it is": (topic({INCIDENT_MANAGER: (ADA,)}, MANAGER), at(60)),
    "an empty role shown as empty": (
        topic({INCIDENT_MANAGER: (ADA,), SCRIBE: ()}, MANAGER),
        at(60),
    ),
    "several holders, in whatever order": (
        topic(
            {TECH_LEAD: (BO, ADA)},
            held(TECH_LEAD, stream="database"),
            held(TECH_LEAD, stream="network", by=BO),
        ),
        at(60),
    ),
    "one person in two streams is shown once": (
        topic(
            {TECH_LEAD: (ADA,)},
            held(TECH_LEAD, stream="database"),
            held(TECH_LEAD, stream="network"),
        ),
        at(60),
    ),
    "taken a moment ago": (topic({}, held(SCRIBE, since=at(55.1))), at(60)),
    "handed over a moment ago": (
        topic({SCRIBE: (ADA,)}, held(SCRIBE, by=BO, since=at(55.1))),
        at(60),
    ),
    "another role changed a moment ago": (
        topic({}, MANAGER, held(SCRIBE, since=at(55.1))),
        at(60),
    ),
    "vacated a moment ago": (
        topic({SCRIBE: (ADA,)}, about=facts(empty_since={SCRIBE: at(55.1)})),
        at(60),
    ),
    "one of two left a moment ago": (
        replace(LEFT, intervals=(interval(TECH_LEAD, 10, 55.1, by=BO),)),
        at(60),
    ),
    "shown wrongly a moment ago": (topic({SCRIBE: (ADA,)}, since=55.1), at(60)),
    "a role that the catalogue does not know is another rule's finding": (
        topic({RoleKey("juggler"): (ADA,)}),
        at(60),
    ),
}

BROKEN = {
    "exactly at the end of the grace": (topic({}, held(SCRIBE, since=at(55))), at(60), at(55)),
    "handed over, and the topic stayed": (
        topic({SCRIBE: (ADA,)}, held(SCRIBE, by=BO, since=at(40))),
        at(60),
        at(40),
    ),
    "another holder joined": (
        topic({TECH_LEAD: (ADA,)}, held(TECH_LEAD), held(TECH_LEAD, by=BO, since=at(30))),
        at(60),
        at(30),
    ),
    "one of two left, and the record says when": (
        replace(
            LEFT,
            intervals=(
                interval(TECH_LEAD, 0),
                interval(TECH_LEAD, 10, 50, by=BO),
                interval(SCRIBE, 10, 58, by=BO),
                interval(TECH_LEAD, 10, 58, by=CAI),
            ),
        ),
        at(60),
        at(50),
    ),
    "whoever is shown rightly in the same role does not restart the clock": (
        replace(
            topic({TECH_LEAD: (ADA, BO)}, held(TECH_LEAD, since=at(58))),
            intervals=(
                interval(TECH_LEAD, 0, 57, stream="database"),
                interval(TECH_LEAD, 58),
                interval(TECH_LEAD, 10, 20, by=BO),
            ),
        ),
        at(60),
        at(20),
    ),
    "one of two left, and nothing says when": (LEFT, at(60), at(0)),
    "vacated, and still shown": (
        topic({SCRIBE: (ADA,)}, about=facts(empty_since={SCRIBE: at(20)})),
        at(60),
        at(20),
    ),
    "never held, and shown all the same": (topic({SCRIBE: (ADA,)}, since=15), at(60), at(15)),
    "the latest of two changes counts": (
        topic({}, MANAGER, held(SCRIBE, since=at(45))),
        at(60),
        at(45),
    ),
    "a role that is shown rightly does not restart the clock": (
        topic({SCRIBE: (BO,)}, MANAGER, held(SCRIBE, by=BO, since=at(59))),
        at(60),
        at(0),
    ),
}


ask = asking(TOPIC_STALE, grace_minutes=5)


@pytest.mark.parametrize("case", FINE)
def test_nothing_is_found(case: str) -> None:
    """A topic that shows the present holders, or may still catch up, breaks nothing."""
    assert ask(*FINE[case]) == []


@pytest.mark.parametrize("case", BROKEN)
def test_the_stale_topic_is_found(case: str) -> None:
    """A topic that lags behind is found once, dated from the last change that it lacks."""
    about, now, since = BROKEN[case]
    (breach,) = ask(about, now)
    assert (breach.since, breach.role, breach.level) == (since, None, None)


def test_the_rule_gives_five_minutes() -> None:
    """Unless the policy says otherwise a sync has five minutes."""
    assert TOPIC_STALE.grace == timedelta(minutes=5)


@pytest.mark.parametrize(("grace", "found"), [(19.9, 1), (20, 1), (20.1, 0)])
def test_the_policy_sets_the_grace(grace: float, found: int) -> None:
    """The grace is the one that the rule is told."""
    assert len(ask(topic({}, held(SCRIBE, since=at(40))), at(60), grace)) == found


def test_the_message_names_the_roles() -> None:
    """A person reads which roles are shown wrongly, in the order of the catalogue."""
    about = topic({TECH_LEAD: (BO,)}, held(SCRIBE, since=at(50)), MANAGER)
    (breach,) = ask(about, at(60))
    assert breach.message == (
        'The chat topic of IR-1001 "Checkout down" (SEV-1) does not show who is Incident Manager, '
        "Scribe and Tech Lead, out of date since 14:50 UTC (10 minutes)."
    )
    assert breach.fix == "dd-incident-roles sync 1001"


def test_the_message_names_one_role() -> None:
    """One role reads as one."""
    (breach,) = ask(topic({}, held(SCRIBE)), at(60))
    assert "does not show who is Scribe, out of date since 14:00 UTC (1 hour)." in breach.message


def test_the_evidence_says_who_is_missing_and_who_is_too_many() -> None:
    """Both sides of a difference are named, with where each was seen."""
    (breach,) = ask(
        topic({TECH_LEAD: (BO, CAI)}, held(TECH_LEAD, since=at(9)), held(TECH_LEAD, by=BO)), at(60)
    )
    assert breach.evidence == (
        Evidence(
            "is Tech Lead, and #mallory-1001 does not show it",
            SeenIn.RECORD,
            who=ADA.key,
            since=at(9),
        ),
        Evidence(
            "is shown as Tech Lead in #mallory-1001, and is not",
            SeenIn.CHAT,
            who=CAI.key,
            since=at(0),
        ),
    )


def test_a_private_incident_tells_nothing() -> None:
    """Neither people nor the room nor the title reach a log."""
    about = topic({SCRIBE: (EVE,)}, held(SCRIBE), about=facts(SECRET))
    (breach,) = ask(about, at(60))
    assert leaks(breach) == []
    assert "IR-1001 (private)" in breach.message


def test_a_topic_that_could_not_be_read_is_not_an_answer() -> None:
    """A failed reading leaves the rule undecided."""
    about = replace(facts(), topic=NotRead(reason="Slack did not answer"))
    with pytest.raises(FactsMissing, match="Slack did not answer"):
        ask(about, at(60))


def test_without_a_chat_there_is_nothing_to_look_at() -> None:
    """Where no chat is connected the rule says so."""
    with pytest.raises(NothingConnected, match="no chat is connected"):
        ask(facts(incident("SEV-3")), at(60))
