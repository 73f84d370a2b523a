"""IR015 against a table of incidents, more of them fine than not."""

from __future__ import annotations

from dataclasses import replace

import pytest

from dd_incident_roles.model import INCIDENT_MANAGER, Person, RoleKey
from dd_incident_roles.policy.facts import Facts, Proposal
from dd_incident_roles.policy.policy import SeenIn
from dd_incident_roles.policy.rules.ir015_handoff_pending import HANDOFF_PENDING
from tests.policy.cases import (
    ADA,
    BO,
    SCRIBE,
    TECH_LEAD,
    Case,
    Found,
    at,
    case,
    facts,
    held,
    sign,
)
from tests.policy.staff import manager, staffed, without_short_name


def proposal(
    key: RoleKey = INCIDENT_MANAGER,
    *,
    holder: Person | None = ADA,
    proposed: float = 0,
    minutes: float = 15,
    stream: str | None = None,
) -> Proposal:
    """That Ada proposed a role to Bo, who has so many minutes to accept."""
    return Proposal(
        role=key,
        receiver=BO,
        holder=holder,
        proposed=at(proposed),
        expires=at(proposed + minutes),
        stream=stream,
    )


def open_to(*proposals: Proposal) -> Facts:
    """An incident with these handoffs open."""
    return replace(facts(), proposals=proposals)


ONE = open_to(proposal())
MANAGER = Found(INCIDENT_MANAGER)
HANDOFF = "dd-incident-roles handoff 1001"

CASES = {
    "nothing was proposed": case(open_to()),
    "held, and nothing was proposed": case(staffed(manager(), held(SCRIBE))),
    "proposed this instant": case(ONE, now=0),
    "a moment before it was due": case(ONE, now=14.99),
    "proposed by a clock that is ahead": case(open_to(proposal(proposed=70, minutes=0))),
    "several that may still be accepted": case(
        open_to(proposal(proposed=50), proposal(SCRIBE, proposed=55))
    ),
    "exactly when it was due": case(ONE, MANAGER, now=15),
    "who is responsible": case(
        ONE,
        replace(
            MANAGER,
            message='The handoff of Incident Manager of IR-1001 "Checkout down" (SEV-1) to Bo has '
            "been open since 14:00 UTC (22 minutes); it expired at 14:15 UTC, and Ada "
            "is still responsible.",
            fix=f"{HANDOFF} im PERSON",
        ),
        now=22,
    ),
    "a catalogue that calls nobody im": case(
        without_short_name(ONE), replace(MANAGER, fix=f"{HANDOFF} incident_manager PERSON")
    ),
    "long after it was due": case(
        open_to(proposal(proposed=5)),
        Found(
            INCIDENT_MANAGER,
            5,
            evidence=(
                sign("Incident Manager was proposed to them", SeenIn.RECORD, BO, 5),
                sign("still Incident Manager", SeenIn.RECORD, ADA),
            ),
        ),
        now=600,
    ),
    "the former holder has gone, and nobody is made up": case(
        open_to(proposal(holder=None)),
        replace(
            MANAGER,
            part=" at 14:15 UTC, and nobody holds the role now.",
            evidence=(sign("Incident Manager was proposed to them", SeenIn.RECORD, BO, 0),),
        ),
    ),
    "each stream of its own": case(
        open_to(
            proposal(TECH_LEAD, stream="database"),
            proposal(TECH_LEAD, stream="eu; west", proposed=3),
        ),
        Found(
            TECH_LEAD,
            stream="database",
            part="The handoff of Tech Lead (database) of IR-1001",
            fix=f"{HANDOFF} tech_lead PERSON --stream database",
        ),
        Found(
            TECH_LEAD,
            3,
            stream="eu; west",
            fix=f"{HANDOFF} tech_lead PERSON --stream 'eu; west'",
        ),
    ),
    "the older one alone": case(
        open_to(proposal(proposed=50), proposal(SCRIBE, proposed=40)),
        Found(SCRIBE, 40, fix=f"{HANDOFF} scribe PERSON"),
    ),
}


@pytest.mark.parametrize("case", CASES.values(), ids=CASES)
def test_an_unanswered_handoff_is_found(case: Case) -> None:
    """Each handoff past its own time is found once, dated from when it was proposed."""
    assert case.asked(HANDOFF_PENDING) == case.expected
