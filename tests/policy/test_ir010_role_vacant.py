"""IR010 against a table of incidents, more of them fine than not."""

from __future__ import annotations

from dataclasses import replace

import pytest

from dd_incident_roles.model import INCIDENT_MANAGER, FieldValue
from dd_incident_roles.policy.facts import Facts, FactsMissing
from dd_incident_roles.policy.rules.ir010_role_vacant import ROLE_VACANT
from dd_incident_roles.roles.catalogue import Catalogue, Condition, FieldIs, Level
from tests.policy.cases import (
    BACKUP,
    CATALOGUE,
    LIAISON,
    SCRIBE,
    SUPPORT,
    TECH_LEAD,
    Case,
    Found,
    at,
    case,
    facts,
    held,
    incident,
    requirement,
    role,
    seen,
)

RAISED = (seen(0, "SEV-3"), seen(50, "SEV-1"))
UNCOUNTED = FactsMissing(
    "it is not known how many people respond, and so whether a Liaison is required"
)


def with_fields(**fields: FieldValue) -> Facts:
    """An incident where a requirement hangs on a property field."""
    condition = Condition(tests=(FieldIs(name="public_relations", values=(True,)),))
    asking = role(SUPPORT, "Support", requirement(condition, 5))
    roles = (CATALOGUE.role(INCIDENT_MANAGER), asking)
    about = replace(incident("SEV-5"), fields=fields)
    return facts(about, catalogue=Catalogue(file="roles.yaml", roles=roles))


CASES = {
    "held": case(facts(holders=(SCRIBE,))),
    "held in a stream": case(replace(facts(), holdings=(held(SCRIBE, stream="database"),))),
    "within the grace": case(facts(), now=4.9),
    "not grave enough": case(facts(incident("SEV-3")), now=600),
    "a severity that nobody listed": case(facts(incident("SEV-99")), now=600),
    "no Incident Manager is another rule's finding": case(facts(incident("SEV-4")), now=600),
    "raised a moment ago": case(facts(observations=RAISED), now=54),
    "vacated a moment ago": case(facts(empty_since={SCRIBE: at(57)})),
    "impact seen a moment ago": case(
        facts(
            incident("SEV-3", customer_impacted=True),
            observations=(seen(0, "SEV-3"), seen(50, "SEV-3", impacted=True)),
        )
    ),
    "raised since it was last seen": case(
        facts(incident(modified=at(58)), observations=(seen(0, "SEV-3"),))
    ),
    "the severity fell": case(facts(incident("SEV-3"), observations=(seen(0, "SEV-1"),))),
    "few enough respond": case(facts(holders=(SCRIBE,), responders=10)),
    "it may be crowded, but not for long enough": case(facts(responders=None), now=4),
    "it may be crowded, and the role is held": case(
        facts(holders=(SCRIBE, LIAISON), responders=None)
    ),
    "nobody could count, and the severity asks for nothing": case(
        facts(incident("SEV-3"), responders=None)
    ),
    "a field that nobody set": case(with_fields(), now=6),
    "a field that a requirement hangs on": case(
        with_fields(public_relations="true"), Found(SUPPORT, 0, Level.ERROR), now=6
    ),
    "never held": case(facts(), Found(SCRIBE, 0, Level.ERROR), now=10),
    "the milder requirement is due first": case(facts(), Found(SCRIBE, 0, Level.WARNING), now=9),
    "raised, and past the new grace": case(
        facts(observations=RAISED),
        Found(
            SCRIBE,
            50,
            Level.ERROR,
            message='Nobody is Scribe of IR-1001 "Checkout down" (SEV-1), required since 14:50 UTC '
            "(11 minutes); one was due after 10 minutes.",
            fix="dd-incident-roles assign 1001 scribe PERSON",
        ),
        now=61,
    ),
    "raised, while the milder requirement kept its clock": case(
        facts(observations=(seen(0, "SEV-2"), seen(50, "SEV-1"))),
        Found(SCRIBE, 0, Level.WARNING),
        now=59,
    ),
    "open for long enough": case(
        facts(holders=(SCRIBE,)), Found(BACKUP, 120, Level.WARNING), now=120
    ),
    "impact and severity at once": case(
        facts(incident("SEV-2", customer_impacted=True)),
        Found(SCRIBE, 0, Level.WARNING),
        Found(SUPPORT, 0, Level.ERROR),
        now=30,
    ),
    "a crowd": case(
        facts(holders=(SCRIBE,), responders=11), Found(LIAISON, 0, Level.ERROR), now=30
    ),
    "a role of streams": case(
        facts(holders=(SCRIBE, BACKUP)),
        Found(
            TECH_LEAD,
            level=Level.NOTE,
            fix="dd-incident-roles assign 1001 tech_lead PERSON --stream STREAM",
        ),
        now=600,
    ),
    "nobody could count": case(facts(holders=(SCRIBE,), responders=None), missing=UNCOUNTED),
    "what is known is said before what is missing": case(
        facts(responders=None), Found(SCRIBE, 0, Level.ERROR), missing=UNCOUNTED
    ),
}


@pytest.mark.parametrize("case", CASES.values(), ids=CASES)
def test_each_overdue_role_is_found(case: Case) -> None:
    """Each overdue role is found once, at its strictest overdue level, dated from its own clock."""
    assert case.asked(ROLE_VACANT) == case.expected
