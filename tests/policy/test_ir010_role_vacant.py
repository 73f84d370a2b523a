"""IR010 against a table of incidents, more of them fine than not."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from types import MappingProxyType

import pytest

from dd_incident_roles.model import INCIDENT_MANAGER, FieldValue
from dd_incident_roles.policy.facts import FactsMissing
from dd_incident_roles.policy.rules.ir010_role_vacant import ROLE_VACANT
from dd_incident_roles.roles.catalogue import Catalogue, Level
from dd_incident_roles.roles.conditions import Condition, FieldIs
from tests.policy.cases import (
    BACKUP,
    CATALOGUE,
    LIAISON,
    SCRIBE,
    SUPPORT,
    TECH_LEAD,
    asking,
    at,
    facts,
    held,
    incident,
    requirement,
    role,
    seen,
    terms,
)

RAISED = (seen(0, "SEV-3"), seen(50, "SEV-1"))

FINE = {
    "held": (facts(holders=(SCRIBE,)), at(60)),
    "held in a stream": (
        replace(facts(holders=(SCRIBE,)), holdings=(held(SCRIBE, stream="database"),)),
        at(60),
    ),
    "within the grace": (facts(), at(4.9)),
    "not grave enough": (facts(incident("SEV-3")), at(600)),
    "a severity that nobody listed": (facts(incident("SEV-99")), at(600)),
    "no Incident Manager is another rule's finding": (facts(incident("SEV-4")), at(600)),
    "raised a moment ago": (facts(observations=RAISED), at(54)),
    "vacated a moment ago": (facts(empty_since={SCRIBE: at(57)}), at(60)),
    "impact seen a moment ago": (
        facts(
            incident("SEV-3", customer_impacted=True),
            observations=(seen(0, "SEV-3"), seen(50, "SEV-3", impacted=True)),
        ),
        at(60),
    ),
    "raised since it was last seen": (
        facts(incident(modified=at(58)), observations=(seen(0, "SEV-3"),)),
        at(60),
    ),
    "the severity fell": (facts(incident("SEV-3"), observations=(seen(0, "SEV-1"),)), at(60)),
    "few enough respond": (facts(holders=(SCRIBE,), responders=10), at(60)),
    "it may be crowded, but not for long enough": (facts(responders=None), at(4)),
    "it may be crowded, and the role is held": (
        facts(holders=(SCRIBE, LIAISON), responders=None),
        at(60),
    ),
    "nobody could count, and the severity asks for nothing": (
        facts(incident("SEV-3"), responders=None),
        at(60),
    ),
}

BROKEN = {
    "never held": (facts(), at(10), {SCRIBE: (Level.ERROR, at(0))}),
    "the milder requirement is due first": (facts(), at(9), {SCRIBE: (Level.WARNING, at(0))}),
    "raised, and past the new grace": (
        facts(observations=RAISED),
        at(60),
        {SCRIBE: (Level.ERROR, at(50))},
    ),
    "raised, while the milder requirement kept its clock": (
        facts(observations=(seen(0, "SEV-2"), seen(50, "SEV-1"))),
        at(59),
        {SCRIBE: (Level.WARNING, at(0))},
    ),
    "open for long enough": (facts(holders=(SCRIBE,)), at(120), {BACKUP: (Level.WARNING, at(120))}),
    "impact and severity at once": (
        facts(incident("SEV-2", customer_impacted=True)),
        at(30),
        {SCRIBE: (Level.WARNING, at(0)), SUPPORT: (Level.ERROR, at(0))},
    ),
    "a crowd": (facts(holders=(SCRIBE,), responders=11), at(30), {LIAISON: (Level.ERROR, at(0))}),
    "a role of streams": (
        facts(holders=(SCRIBE, BACKUP)),
        at(600),
        {TECH_LEAD: (Level.NOTE, at(0))},
    ),
}


ask = asking(ROLE_VACANT)


@pytest.mark.parametrize("case", FINE)
def test_nothing_is_found(case: str) -> None:
    """An incident whose required roles are held, or may still be empty, breaks nothing."""
    assert ask(*FINE[case]) == []


@pytest.mark.parametrize("case", BROKEN)
def test_the_empty_role_is_found(case: str) -> None:
    """Each overdue role is found once, at its strictest overdue level, dated from its own clock."""
    about, now, expected = BROKEN[case]
    breaches = ask(about, now)
    found = {breach.role: (breach.level, breach.since) for breach in breaches}
    assert found == expected
    assert len(breaches) == len(expected)


def test_the_message_dates_a_requirement_that_came_later() -> None:
    """After a raise of the severity, a person reads since when the role has been required."""
    (breach,) = ask(facts(observations=RAISED), at(61))
    assert breach.message == (
        'Nobody is Scribe of IR-1001 "Checkout down" (SEV-1), required since 14:50 UTC '
        "(11 minutes); one was due after 10 minutes."
    )
    assert breach.fix == "dd-incident-roles assign 1001 scribe PERSON"


def test_the_fix_asks_for_a_stream_where_the_role_needs_one() -> None:
    """The command that is offered is one that works."""
    (breach,) = ask(facts(holders=(SCRIBE, BACKUP)), at(600))
    assert breach.fix == "dd-incident-roles assign 1001 tech_lead PERSON --stream STREAM"


def test_a_missing_fact_is_not_an_answer() -> None:
    """Where nobody could count the responders, an overdue role is neither found nor fine."""
    with pytest.raises(FactsMissing, match="whether a Liaison is required hangs on how many"):
        ask(facts(holders=(SCRIBE,), responders=None), at(60))


def test_what_is_known_is_said_before_what_is_missing() -> None:
    """A missing fact about one role does not hide the finding about another."""
    asked = ROLE_VACANT.evaluate(facts(responders=None), terms(at(60)))
    assert next(asked).role == SCRIBE
    with pytest.raises(FactsMissing):
        next(asked)


@pytest.mark.parametrize(("fields", "found"), [({}, []), ({"public_relations": "true"}, [SUPPORT])])
def test_property_fields_count(fields: Mapping[str, FieldValue], found: list[str]) -> None:
    """A requirement can hang on a property field of the incident."""
    condition = Condition(tests=(FieldIs(name="public_relations", values=(True,)),))
    manager = CATALOGUE.role(INCIDENT_MANAGER)
    catalogue = Catalogue(
        file="roles.yaml", roles=(manager, role(SUPPORT, "Support", requirement(condition, 5)))
    )
    about = replace(incident("SEV-5"), fields=MappingProxyType(fields))
    assert [breach.role for breach in ask(facts(about, catalogue=catalogue), at(6))] == found
