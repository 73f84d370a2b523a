"""IR015 against a table of incidents, more of them fine than not."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from dd_incident_roles.model import INCIDENT_MANAGER, Person, RoleKey
from dd_incident_roles.policy.facts import Facts, Proposal
from dd_incident_roles.policy.finding import SeenIn
from dd_incident_roles.policy.rules.ir015_handoff_pending import HANDOFF_PENDING
from tests.policy.cases import ADA, BO, SCRIBE, TECH_LEAD, asking, at, facts, held
from tests.policy.managers import (
    HOSTILE,
    MALLORY,
    PRIVATE,
    SECRETS,
    commanded,
    manager,
    without_short_name,
)


def proposal(
    key: RoleKey = INCIDENT_MANAGER,
    *,
    to: Person = BO,
    holder: Person | None = ADA,
    proposed: float = 0,
    minutes: float = 15,
    stream: str | None = None,
) -> Proposal:
    """That Ada proposed a role to Bo, who has so many minutes to accept."""
    return Proposal(
        role=key,
        receiver=to,
        holder=holder,
        proposed=at(proposed),
        expires=at(proposed) + timedelta(minutes=minutes),
        stream=stream,
    )


def open_to(*proposals: Proposal) -> Facts:
    """An incident with these handoffs open."""
    return replace(facts(), proposals=proposals)


FINE = {
    "nothing was proposed": (open_to(), at(60)),
    "held, and nothing was proposed": (commanded(manager(), held(SCRIBE)), at(60)),
    "proposed this instant": (open_to(proposal()), at(0)),
    "a moment before it was due": (open_to(proposal()), at(14.99)),
    "proposed by a clock that is ahead": (open_to(proposal(proposed=70, minutes=0)), at(60)),
    "several that may still be accepted": (
        open_to(proposal(proposed=50), proposal(SCRIBE, proposed=55)),
        at(60),
    ),
}

BROKEN = {
    "exactly when it was due": (open_to(proposal()), at(15), {(INCIDENT_MANAGER, None): at(0)}),
    "long after it was due": (
        open_to(proposal(proposed=5)),
        at(600),
        {(INCIDENT_MANAGER, None): at(5)},
    ),
    "each stream of its own": (
        open_to(
            proposal(TECH_LEAD, stream="database"),
            proposal(TECH_LEAD, stream="network", proposed=3),
        ),
        at(60),
        {(TECH_LEAD, "database"): at(0), (TECH_LEAD, "network"): at(3)},
    ),
    "the older one alone": (
        open_to(proposal(proposed=50), proposal(SCRIBE, proposed=40)),
        at(60),
        {(SCRIBE, None): at(40)},
    ),
}


ask = asking(HANDOFF_PENDING)


@pytest.mark.parametrize("case", FINE)
def test_nothing_is_found(case: str) -> None:
    """An incident without a handoff, or with one that may still be accepted, breaks nothing."""
    assert ask(*FINE[case]) == []


@pytest.mark.parametrize("case", BROKEN)
def test_an_unanswered_handoff_is_found(case: str) -> None:
    """Each handoff past its own time is found once, dated from when it was proposed."""
    about, now, expected = BROKEN[case]
    breaches = ask(about, now)
    assert {(breach.role, breach.stream): breach.since for breach in breaches} == expected
    assert len(breaches) == len(expected)


def test_the_message_says_who_is_responsible() -> None:
    """A person reads what was proposed to whom, when it was due, and who holds the role still."""
    (breach,) = ask(open_to(proposal()), at(22))
    assert breach.message == (
        'The handoff of Incident Manager of IR-1001 "Checkout down" (SEV-1) to Bo has been open '
        "since 14:00 UTC (22 minutes); it was to be accepted by 14:15 UTC, and Ada is still "
        "responsible."
    )
    assert breach.level is None


def test_the_message_names_the_stream() -> None:
    """Of a role that is held in streams, it says which one."""
    (breach,) = ask(open_to(proposal(TECH_LEAD, stream="database")), at(22))
    assert breach.message.startswith("The handoff of Tech Lead (database) of IR-1001")


def test_the_message_does_not_make_up_a_holder() -> None:
    """Where the former holder has gone, nobody is called responsible."""
    (breach,) = ask(open_to(proposal(holder=None)), at(22))
    assert breach.message.endswith(" by 14:15 UTC, and nobody holds the role meanwhile.")


def test_the_evidence_names_both() -> None:
    """The receiver is listed with the instant of the proposal, and the holder if there is one."""
    (breach,) = ask(open_to(proposal(proposed=2)), at(22))
    assert [(each.what, each.seen_in, each.who, each.since) for each in breach.evidence] == [
        ("Incident Manager was proposed to them", SeenIn.RECORD, BO.key, at(2)),
        ("still Incident Manager", SeenIn.RECORD, ADA.key, None),
    ]
    (alone,) = ask(open_to(proposal(holder=None)), at(22))
    assert [each.who for each in alone.evidence] == [BO.key]


def test_the_fix_can_be_pasted() -> None:
    """The fix hands the role over, by its short name where there is one, in its stream."""
    about = open_to(
        proposal(),
        proposal(SCRIBE),
        proposal(TECH_LEAD, stream="database"),
        proposal(TECH_LEAD, stream="eu; west"),
    )
    assert [breach.fix for breach in ask(about, at(22))] == [
        "dd-incident-roles handoff 1001 im --to PERSON",
        "dd-incident-roles handoff 1001 scribe --to PERSON",
        "dd-incident-roles handoff 1001 tech_lead --to PERSON --stream database",
        "dd-incident-roles handoff 1001 tech_lead --to PERSON --stream 'eu; west'",
    ]
    assert ask(without_short_name(about), at(22))[0].fix == (
        "dd-incident-roles handoff 1001 incident_manager --to PERSON"
    )


def test_nothing_is_told_of_a_private_incident() -> None:
    """Neither the people, nor the stream, nor the title end in a log."""
    secret = proposal(TECH_LEAD, to=HOSTILE, holder=MALLORY, stream="payroll database")
    (breach,) = ask(replace(facts(PRIVATE), proposals=(secret,)), at(22))
    assert not [told for told in SECRETS if told in breach.message + breach.fix]
    assert breach.fix == "dd-incident-roles handoff 1001 tech_lead --to PERSON --stream STREAM"
