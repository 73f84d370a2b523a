"""IR020 against a table of chat topics, more of them fine than not."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

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
from dd_incident_roles.policy.policy import SeenIn
from dd_incident_roles.policy.rules.ir020_topic_stale import TOPIC_STALE
from tests.policy.cases import (
    ADA,
    BO,
    CAI,
    SCRIBE,
    TECH_LEAD,
    Case,
    Found,
    at,
    case,
    facts,
    held,
    incident,
    sign,
)
from tests.policy.intervals import interval


def topic(
    shown: Mapping[RoleKey, tuple[Person, ...]],
    *holdings: Holding,
    since: float = 0,
    about: Facts | None = None,
) -> Facts:
    """An incident whose topic shows these people, and whose roles are held by those."""
    holders = {key: frozenset(each.key for each in people) for key, people in shown.items()}
    room = ChatTopic(room="#ops-1001", holders=holders, since=at(since))
    return replace(about or facts(), holdings=holdings, topic=room)


MANAGER = held(INCIDENT_MANAGER)
DATABASE, NETWORK = held(TECH_LEAD, stream="database"), held(TECH_LEAD, stream="network")
LEFT = topic({TECH_LEAD: (ADA, BO)}, held(TECH_LEAD))
SINCE_40 = topic({}, held(SCRIBE, since=at(40)))


def vacated(minutes: float) -> Facts:
    """A role that stands empty since a minute, and is shown as Ada's."""
    return topic({SCRIBE: (ADA,)}, about=facts(empty_since={SCRIBE: at(minutes)}))


CASES = {
    "nobody holds anything, and nothing is shown": case(topic({})),
    "shown as it is": case(topic({INCIDENT_MANAGER: (ADA,)}, MANAGER)),
    "an empty role shown as empty": case(topic({INCIDENT_MANAGER: (ADA,), SCRIBE: ()}, MANAGER)),
    "several holders, in whatever order": case(
        topic({TECH_LEAD: (BO, ADA)}, DATABASE, replace(NETWORK, person=BO))
    ),
    "one person in two streams is shown once": case(topic({TECH_LEAD: (ADA,)}, DATABASE, NETWORK)),
    "taken a moment ago": case(topic({}, held(SCRIBE, since=at(55.1)))),
    "handed over a moment ago": case(topic({SCRIBE: (ADA,)}, held(SCRIBE, by=BO, since=at(55.1)))),
    "another role changed a moment ago": case(topic({}, MANAGER, held(SCRIBE, since=at(55.1)))),
    "vacated a moment ago": case(vacated(55.1)),
    "one of two left a moment ago": case(
        replace(LEFT, intervals=(interval(TECH_LEAD, 10, 55.1, by=BO),))
    ),
    "shown wrongly a moment ago": case(topic({SCRIBE: (ADA,)}, since=55.1)),
    "within the grace of the policy": case(SINCE_40, grace=20.1),
    "a role that the catalogue does not know is another rule's finding": case(
        topic({RoleKey("juggler"): (ADA,)})
    ),
    "exactly at the end of the grace": case(topic({}, held(SCRIBE, since=at(55))), Found(since=55)),
    "exactly at the end of the grace of the policy": case(SINCE_40, Found(since=40), grace=20),
    "handed over, and the topic stayed": case(
        topic({SCRIBE: (ADA,)}, held(SCRIBE, by=BO, since=at(40))), Found(since=40)
    ),
    "another holder joined": case(
        topic({TECH_LEAD: (ADA,)}, held(TECH_LEAD), held(TECH_LEAD, by=BO, since=at(30))),
        Found(since=30),
    ),
    "one of two left, and the record says when": case(
        replace(
            LEFT,
            intervals=(
                interval(TECH_LEAD, 0),
                interval(TECH_LEAD, 10, 50, by=BO),
                interval(SCRIBE, 10, 58, by=BO),
                interval(TECH_LEAD, 10, 58, by=CAI),
            ),
        ),
        Found(since=50),
    ),
    "whoever is shown rightly in the same role does not restart the clock": case(
        replace(
            topic({TECH_LEAD: (ADA, BO)}, held(TECH_LEAD, since=at(58))),
            intervals=(
                interval(TECH_LEAD, 0, 57, stream="database"),
                interval(TECH_LEAD, 58),
                interval(TECH_LEAD, 10, 20, by=BO),
            ),
        ),
        Found(since=20),
    ),
    "one of two left, and nothing says when": case(LEFT, Found()),
    "vacated, and still shown": case(vacated(20), Found(since=20)),
    "never held, and shown all the same": case(topic({SCRIBE: (ADA,)}, since=15), Found(since=15)),
    "the latest of two changes counts": case(
        topic({}, MANAGER, held(SCRIBE, since=at(45))), Found(since=45)
    ),
    "a role that is shown rightly does not restart the clock": case(
        topic({SCRIBE: (BO,)}, MANAGER, held(SCRIBE, by=BO, since=at(59))), Found()
    ),
    "one role": case(
        topic({}, held(SCRIBE)),
        Found(part="since 14:00 UTC (1 hour): it does not show who is Scribe."),
    ),
    "several roles, in the order of the catalogue": case(
        topic({TECH_LEAD: (BO,)}, held(SCRIBE, since=at(50)), MANAGER),
        Found(
            since=50,
            message='The chat topic of IR-1001 "Checkout down" (SEV-1) has been out of date '
            "since 14:50 UTC (10 minutes): it does not show who is Incident Manager, "
            "Scribe and Tech Lead.",
            fix="dd-incident-roles sync 1001 --retry-refused",
        ),
    ),
    "who is missing and who is too many": case(
        topic({TECH_LEAD: (BO, CAI)}, held(TECH_LEAD, since=at(9)), held(TECH_LEAD, by=BO)),
        Found(
            since=9,
            evidence=(
                sign("is Tech Lead, but #ops-1001 does not show it", SeenIn.RECORD, ADA, 9),
                sign("is shown as Tech Lead in #ops-1001, but is not", SeenIn.CHAT, CAI, 0),
            ),
        ),
    ),
    "a topic that could not be read": case(
        replace(facts(), topic=NotRead(reason="Slack did not answer")),
        missing=FactsMissing("Slack did not answer"),
    ),
    "no chat": case(facts(incident("SEV-3")), missing=NothingConnected("no chat is connected")),
}


@pytest.mark.parametrize("case", CASES.values(), ids=CASES)
def test_the_stale_topic_is_found(case: Case) -> None:
    """A topic that lags behind is found once, dated from the last change that it lacks."""
    assert case.asked(TOPIC_STALE) == case.expected
