"""IR011 against a table of incidents, more of them fine than not."""

from __future__ import annotations

import pytest

from dd_incident_roles.configuration.policy_file import load_policy
from dd_incident_roles.model import INCIDENT_MANAGER
from dd_incident_roles.policy.finding import Evidence, SeenIn
from dd_incident_roles.policy.rules import RULES
from dd_incident_roles.policy.rules.ir011_role_overheld import ROLE_OVERHELD
from dd_incident_roles.roles.catalogue import Level
from tests.policy.cases import (
    ADA,
    BACKUP,
    BO,
    CAI,
    LIAISON,
    SCRIBE,
    SUPPORT,
    TECH_LEAD,
    asking,
    at,
    held,
    verdict_of,
)
from tests.policy.holders import HOSTILE, LEAKS, RESPONDER, SECRET, staffed

FINE = {
    "nobody": (staffed(), at(60)),
    "one holder": (staffed(held(SCRIBE)), at(60)),
    "one person twice": (staffed(held(SCRIBE), held(SCRIBE, since=at(5))), at(60)),
    "one person twice where there are no streams": (
        staffed(held(SCRIBE, stream="notes"), held(SCRIBE)),
        at(60),
    ),
    "one person in two roles": (staffed(held(SCRIBE), held(SUPPORT)), at(60)),
    "two people in two roles": (staffed(held(SCRIBE), held(SUPPORT, by=BO)), at(60)),
    "a role for many": (staffed(held(RESPONDER), held(RESPONDER, by=BO)), at(60)),
    "many in one stream of a role for many": (
        staffed(held(BACKUP, stream="east"), held(BACKUP, stream="east", by=BO)),
        at(60),
    ),
    "many without a stream in a role for many": (
        staffed(held(BACKUP), held(BACKUP, by=BO)),
        at(60),
    ),
    "one person in each stream": (
        staffed(held(TECH_LEAD, stream="database"), held(TECH_LEAD, stream="network", by=BO)),
        at(60),
    ),
    "one person in two streams": (
        staffed(held(TECH_LEAD, stream="database"), held(TECH_LEAD, stream="network")),
        at(60),
    ),
    "one person twice in a stream": (
        staffed(held(TECH_LEAD, stream="database"), held(TECH_LEAD, stream="database")),
        at(60),
    ),
    "one in a stream and one without": (
        staffed(held(TECH_LEAD, stream="database"), held(TECH_LEAD, by=BO)),
        at(60),
    ),
    "one person without a stream": (staffed(held(LIAISON)), at(60)),
    "the second begins in a moment": (
        staffed(held(SCRIBE), held(SCRIBE, by=BO, since=at(60.1))),
        at(60),
    ),
}

BROKEN = {
    "two in a role for one": (
        staffed(held(SCRIBE), held(SCRIBE, by=BO, since=at(10))),
        at(60),
        [(SCRIBE, None, None, at(10))],
    ),
    "two Incident Managers": (
        staffed(held(INCIDENT_MANAGER), held(INCIDENT_MANAGER, by=BO)),
        at(60),
        [(INCIDENT_MANAGER, None, None, at(0))],
    ),
    "the second begins now": (
        staffed(held(SCRIBE), held(SCRIBE, by=BO, since=at(60))),
        at(60),
        [(SCRIBE, None, None, at(60))],
    ),
    "a third came later": (
        staffed(held(SCRIBE, by=CAI, since=at(20)), held(SCRIBE, since=at(5)), held(SCRIBE, by=BO)),
        at(60),
        [(SCRIBE, None, None, at(5))],
    ),
    "the first took it twice before the second came": (
        staffed(held(SCRIBE), held(SCRIBE, since=at(5)), held(SCRIBE, by=BO, since=at(10))),
        at(60),
        [(SCRIBE, None, None, at(10))],
    ),
    "the second took it twice": (
        staffed(held(SCRIBE), held(SCRIBE, by=BO, since=at(5)), held(SCRIBE, by=BO, since=at(20))),
        at(60),
        [(SCRIBE, None, None, at(5))],
    ),
    "streams that the role does not have": (
        staffed(held(SCRIBE, stream="a"), held(SCRIBE, stream="b", by=BO)),
        at(60),
        [(SCRIBE, None, None, at(0))],
    ),
    "two in one stream": (
        staffed(
            held(TECH_LEAD, stream="database"),
            held(TECH_LEAD, stream="network"),
            held(TECH_LEAD, stream="database", by=BO, since=at(10)),
        ),
        at(60),
        [(TECH_LEAD, "database", None, at(10))],
    ),
    "two without a stream": (
        staffed(held(TECH_LEAD), held(TECH_LEAD, by=BO, since=at(10))),
        at(60),
        [(TECH_LEAD, None, Level.WARNING, at(10))],
    ),
    "two without a stream and two in one": (
        staffed(
            held(LIAISON),
            held(LIAISON, by=BO),
            held(LIAISON, stream="press"),
            held(LIAISON, stream="press", by=BO),
        ),
        at(60),
        [(LIAISON, None, Level.WARNING, at(0)), (LIAISON, "press", None, at(0))],
    ),
}


ask = asking(ROLE_OVERHELD)


@pytest.mark.parametrize("case", FINE)
def test_nothing_is_found(case: str) -> None:
    """As many people in a role, or in a stream of one, as it allows break nothing."""
    assert ask(*FINE[case]) == []


@pytest.mark.parametrize("case", BROKEN)
def test_the_crowded_role_is_found(case: str) -> None:
    """Each crowded role or stream is found once, dated from when the second person came."""
    about, now, expected = BROKEN[case]
    found = [(each.role, each.stream, each.level, each.since) for each in ask(about, now)]
    assert found == expected


@pytest.mark.parametrize("case", BROKEN)
def test_the_shipped_policy_leaves_the_level_to_the_rule(case: str) -> None:
    """Several people without a stream are a warning, as `explain` says, where nobody set more."""
    about, now, _ = BROKEN[case]
    policy = load_policy(None, catalogue=about.catalogue, rules=RULES, today=now.date())
    found = verdict_of((ROLE_OVERHELD,), (about,), now, policy=policy).findings
    assert {(each.role, each.stream, each.level) for each in found} == {
        (each.role, each.stream, each.level or Level.ERROR) for each in ask(about, now)
    }


@pytest.mark.parametrize(("minutes", "count"), [(14.9, 0), (15, 1), (15.1, 1)])
def test_the_grace_is_the_policys(minutes: float, count: int) -> None:
    """A handover may overlap for as long as the policy lets it, to the instant."""
    about = staffed(held(SCRIBE), held(SCRIBE, by=BO, since=at(10)))
    assert len(ask(about, at(minutes), grace_minutes=5)) == count


def test_the_message_names_everybody() -> None:
    """A person reads who holds the role, since when there are too many, and what to type."""
    (breach,) = ask(
        staffed(
            held(SCRIBE), held(SCRIBE, by=BO, since=at(10)), held(SCRIBE, by=CAI, since=at(20))
        ),
        at(60),
    )
    assert breach.message == (
        'Ada, Bo and Cai are Scribe of IR-1001 "Checkout down" (SEV-1), more than one since '
        "14:10 UTC; one person at a time can hold the role."
    )
    assert breach.fix == "dd-incident-roles assign 1001 scribe PERSON"


def test_the_fix_of_a_stream_is_one_that_is_not_refused() -> None:
    """Where two hold a stream an assignment is refused, so that one of them has to be taken out."""
    (breach,) = ask(
        staffed(held(TECH_LEAD, stream="east; rm"), held(TECH_LEAD, stream="east; rm", by=BO)),
        at(60),
    )
    assert breach.message == (
        'Ada and Bo are Tech Lead (east; rm) of IR-1001 "Checkout down" (SEV-1), more than one '
        "since 14:00 UTC; one person at a time can hold a stream."
    )
    assert breach.fix == "dd-incident-roles unassign 1001 tech_lead PERSON --stream 'east; rm'"


def test_people_without_a_stream_are_asked_for_one() -> None:
    """People who were added in Datadog are to be given a stream each."""
    (breach,) = ask(staffed(held(TECH_LEAD), held(TECH_LEAD, by=BO)), at(60))
    assert breach.message == (
        'Ada and Bo are Tech Lead of IR-1001 "Checkout down" (SEV-1) without a stream, more than '
        "one since 14:00 UTC; each of them needs a stream."
    )
    assert breach.fix == "dd-incident-roles assign 1001 tech_lead PERSON --stream STREAM"


def test_the_evidence_is_every_holder() -> None:
    """Whoever settles it sees who holds the role, and since when each of them does."""
    (breach,) = ask(staffed(held(SCRIBE), held(SCRIBE, by=BO, since=at(10))), at(60))
    assert breach.evidence == (
        Evidence("holds Scribe", SeenIn.RECORD, who=ADA.key, since=at(0)),
        Evidence("holds Scribe", SeenIn.RECORD, who=BO.key, since=at(10)),
    )


def test_nothing_is_told_of_a_private_incident() -> None:
    """Neither message nor fix names a person, the stream or the incident."""
    stream = "initech east"
    breaches = ask(
        staffed(
            held(SCRIBE),
            held(SCRIBE, by=HOSTILE),
            held(TECH_LEAD, stream=stream),
            held(TECH_LEAD, stream=stream, by=HOSTILE),
            held(LIAISON),
            held(LIAISON, by=HOSTILE),
            about=SECRET,
        ),
        at(60),
    )
    assert len(breaches) == 3
    assert breaches[0].message == (
        "2 people are Scribe of IR-1001 (private), more than one since 14:00 UTC; "
        "one person at a time can hold the role."
    )
    said = "".join(breach.message + breach.fix for breach in breaches)
    assert [leak for leak in (*LEAKS, "Ada") if leak in said] == []


def test_by_default_it_is_an_error_at_once() -> None:
    """Without a policy a crowded role fails the check; people without a stream only warn."""
    about = staffed(held(SCRIBE), held(SCRIBE, by=BO), held(TECH_LEAD), held(TECH_LEAD, by=BO))
    found = verdict_of([ROLE_OVERHELD], [about], at(0)).findings
    assert [(each.role, each.level) for each in found] == [
        (SCRIBE, Level.ERROR),
        (TECH_LEAD, Level.WARNING),
    ]
