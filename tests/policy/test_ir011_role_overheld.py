"""IR011 against a table of incidents, more of them fine than not."""

from __future__ import annotations

from dataclasses import replace

import pytest

from dd_incident_roles.configuration.policy_file import load_policy
from dd_incident_roles.model import INCIDENT_MANAGER
from dd_incident_roles.policy.policy import SeenIn
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
    Case,
    Found,
    at,
    case,
    held,
    sign,
    verdict_of,
)
from tests.policy.staff import RESPONDER, staffed

DATABASE = held(TECH_LEAD, stream="database")
NETWORK = held(TECH_LEAD, stream="network")
LATE_SECOND = staffed(held(SCRIBE), held(SCRIBE, by=BO, since=at(10)))

FINE = {
    "nobody": case(staffed()),
    "one holder": case(staffed(held(SCRIBE))),
    "one person twice": case(staffed(held(SCRIBE), held(SCRIBE, since=at(5)))),
    "one person twice where there are no streams": case(
        staffed(held(SCRIBE, stream="notes"), held(SCRIBE))
    ),
    "one person in two roles": case(staffed(held(SCRIBE), held(SUPPORT))),
    "two people in two roles": case(staffed(held(SCRIBE), held(SUPPORT, by=BO))),
    "a role for many": case(staffed(held(RESPONDER), held(RESPONDER, by=BO))),
    "many in one stream of a role for many": case(
        staffed(held(BACKUP, stream="east"), held(BACKUP, stream="east", by=BO))
    ),
    "many without a stream in a role for many": case(staffed(held(BACKUP), held(BACKUP, by=BO))),
    "one person in each stream": case(staffed(DATABASE, replace(NETWORK, person=BO))),
    "one person in two streams": case(staffed(DATABASE, NETWORK)),
    "one person twice in a stream": case(staffed(DATABASE, DATABASE)),
    "one in a stream and one without": case(staffed(DATABASE, held(TECH_LEAD, by=BO))),
    "one person without a stream": case(staffed(held(LIAISON))),
    "the second begins in a moment": case(
        staffed(held(SCRIBE), held(SCRIBE, by=BO, since=at(60.1)))
    ),
    "within the grace of the policy": case(LATE_SECOND, now=14.9, grace=5),
}

BROKEN = {
    "two in a role for one": case(
        LATE_SECOND,
        Found(
            SCRIBE,
            10,
            evidence=(
                sign("holds Scribe", SeenIn.RECORD, ADA, 0),
                sign("holds Scribe", SeenIn.RECORD, BO, 10),
            ),
        ),
    ),
    "exactly at the end of the grace of the policy": case(
        LATE_SECOND, Found(SCRIBE, 10), now=15, grace=5
    ),
    "two Incident Managers": case(
        staffed(held(INCIDENT_MANAGER), held(INCIDENT_MANAGER, by=BO)), Found(INCIDENT_MANAGER)
    ),
    "the second begins now": case(
        staffed(held(SCRIBE), held(SCRIBE, by=BO, since=at(60))), Found(SCRIBE, 60)
    ),
    "a third came later": case(
        staffed(held(SCRIBE, by=CAI, since=at(20)), held(SCRIBE), held(SCRIBE, by=BO, since=at(5))),
        Found(
            SCRIBE,
            5,
            message='Ada, Bo and Cai are Scribe of IR-1001 "Checkout down" (SEV-1), more than one '
            "since 14:05 UTC; one person at a time can hold the role.",
            fix="dd-incident-roles assign 1001 scribe PERSON",
        ),
    ),
    "the first took it twice before the second came": case(
        staffed(held(SCRIBE), held(SCRIBE, since=at(5)), held(SCRIBE, by=BO, since=at(10))),
        Found(SCRIBE, 10),
    ),
    "the second took it twice": case(
        staffed(held(SCRIBE), held(SCRIBE, by=BO, since=at(5)), held(SCRIBE, by=BO, since=at(20))),
        Found(SCRIBE, 5),
    ),
    "streams that the role does not have": case(
        staffed(held(SCRIBE, stream="a"), held(SCRIBE, stream="b", by=BO)), Found(SCRIBE)
    ),
    "two in one stream": case(
        staffed(DATABASE, NETWORK, replace(DATABASE, person=BO, since=at(10))),
        Found(TECH_LEAD, 10, stream="database"),
    ),
    # Where two hold a stream an assignment is refused, so that one of them has to be taken out.
    "two in one stream with a name for a shell": case(
        staffed(held(TECH_LEAD, stream="east; rm"), held(TECH_LEAD, stream="east; rm", by=BO)),
        Found(
            TECH_LEAD,
            stream="east; rm",
            message='Ada and Bo are Tech Lead (east; rm) of IR-1001 "Checkout down" (SEV-1), more '
            "than one since 14:00 UTC; one person at a time can hold a stream.",
            fix="dd-incident-roles unassign 1001 tech_lead PERSON --stream 'east; rm'",
        ),
    ),
    "two without a stream": case(
        staffed(held(TECH_LEAD), held(TECH_LEAD, by=BO, since=at(10))),
        Found(
            TECH_LEAD,
            10,
            Level.WARNING,
            message='Ada and Bo are Tech Lead of IR-1001 "Checkout down" (SEV-1) without a stream, '
            "more than one since 14:10 UTC; each of them needs a stream.",
            fix="dd-incident-roles assign 1001 tech_lead PERSON --stream STREAM",
        ),
    ),
    "two without a stream and two in one": case(
        staffed(
            held(LIAISON),
            held(LIAISON, by=BO),
            held(LIAISON, stream="press"),
            held(LIAISON, stream="press", by=BO),
        ),
        Found(LIAISON, 0, Level.WARNING),
        Found(LIAISON, stream="press"),
    ),
}
CASES = FINE | BROKEN


@pytest.mark.parametrize("case", CASES.values(), ids=CASES)
def test_the_crowded_role_is_found(case: Case) -> None:
    """Each crowded role or stream is found once, dated from when the second person came."""
    assert case.asked(ROLE_OVERHELD) == case.expected


@pytest.mark.parametrize("case", BROKEN.values(), ids=BROKEN)
def test_the_shipped_policy_leaves_the_level_to_the_rule(case: Case) -> None:
    """Several people without a stream are a warning, as `explain` says, where nobody set more.

    With that policy or none everything else is an error, and at once.
    """
    now = at(case.now)
    shipped = load_policy(None, catalogue=case.about.catalogue, rules=RULES, today=now.date())
    levels = {(each.role, each.stream, each.level or Level.ERROR) for each in case.found}
    for found in (
        verdict_of([ROLE_OVERHELD], [case.about], now).findings,
        verdict_of([ROLE_OVERHELD], [case.about], now, policy=shipped).findings,
    ):
        assert {(each.role, each.stream, each.level) for each in found} == levels
