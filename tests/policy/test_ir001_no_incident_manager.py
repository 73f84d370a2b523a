"""IR001 against a table of incidents, more of them fine than not."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from dd_incident_roles.model import INCIDENT_MANAGER
from dd_incident_roles.policy.rules.ir001_no_incident_manager import NO_INCIDENT_MANAGER
from dd_incident_roles.roles.catalogue import Level
from tests.policy.cases import CATALOGUE, Case, Found, at, case, facts, incident, seen, without
from tests.policy.staff import without_short_name

MANAGER, *OTHERS = CATALOGUE.roles
AT_ONCE = replace(MANAGER, required=(replace(MANAGER.required[0], after=timedelta()),))
VACANT = Found(INCIDENT_MANAGER, 0, Level.ERROR)


CASES = {
    "held": case(facts(holders=(INCIDENT_MANAGER,))),
    "held and once vacated": case(
        facts(holders=(INCIDENT_MANAGER,), empty_since={INCIDENT_MANAGER: at(1)})
    ),
    "within the grace": case(facts(), now=4.99),
    "declared this instant": case(facts(), now=0),
    "declared by a clock that is ahead": case(facts(), now=-3),
    "vacated a moment ago": case(facts(empty_since={INCIDENT_MANAGER: at(58)})),
    "reopened a moment ago": case(
        facts(observations=(seen(0, "SEV-1", state="resolved"), seen(58, "SEV-1")))
    ),
    "not required by the catalogue": case(facts(catalogue=without(INCIDENT_MANAGER))),
    "exactly at the end of the grace": case(facts(), VACANT, now=5),
    "never held": case(
        facts(),
        replace(
            VACANT,
            message='Nobody is Incident Manager of IR-1001 "Checkout down" (SEV-1), open for '
            "12 minutes; one was due after 5 minutes.",
            fix="dd-incident-roles assign 1001 im PERSON",
        ),
        now=12,
    ),
    "vacated long ago": case(
        facts(empty_since={INCIDENT_MANAGER: at(3)}),
        replace(
            VACANT,
            since=3,
            part="(SEV-1), empty since 14:03 UTC (1 hour 5 minutes); one was due",
        ),
        now=68,
    ),
    "any severity": case(facts(incident("UNKNOWN")), VACANT),
    "a later change of severity is no excuse": case(
        facts(observations=(seen(0, "SEV-3"), seen(59, "SEV-1"))), VACANT
    ),
    "a catalogue that calls nobody im": case(
        without_short_name(facts()),
        replace(VACANT, fix="dd-incident-roles assign 1001 incident_manager PERSON"),
    ),
    "a requirement without a grace": case(
        facts(catalogue=replace(CATALOGUE, roles=(AT_ONCE, *OTHERS))),
        replace(VACANT, part="open for 0 seconds; one was due at once."),
        now=0,
    ),
}


@pytest.mark.parametrize("case", CASES.values(), ids=CASES)
def test_an_empty_role_is_found_past_its_grace(case: Case) -> None:
    """An incident without a manager past the grace is an error, dated from the clock's start."""
    assert case.asked(NO_INCIDENT_MANAGER) == case.expected
