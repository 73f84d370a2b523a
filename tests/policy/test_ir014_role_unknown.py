"""IR014 against a table of incidents, more of them fine than not."""

from __future__ import annotations

from dataclasses import replace

import pytest

from dd_incident_roles.model import INCIDENT_MANAGER, Incident, RoleKey
from dd_incident_roles.policy.facts import DatadogRoles, Facts, NotConnected, NothingConnected
from dd_incident_roles.policy.policy import SeenIn
from dd_incident_roles.policy.rules.ir014_role_unknown import ROLE_UNKNOWN
from dd_incident_roles.roles.catalogue import Level
from tests.policy.cases import (
    BO,
    SCRIBE,
    TECH_LEAD,
    Case,
    Found,
    at,
    case,
    held,
    incident,
    sign,
    verdict_of,
)
from tests.policy.staff import RESPONDER, staffed


def defining(
    *unknown: str,
    undefined: tuple[RoleKey, ...] = (),
    one_person: tuple[RoleKey, ...] = (),
    about: Incident | None = None,
) -> Facts:
    """An incident, and the roles on which the two sides disagree."""
    roles = DatadogRoles(unknown=unknown, undefined=undefined, one_person=one_person)
    return replace(staffed(held(SCRIBE), about=about), datadog_roles=roles)


NOT_OFFERED = replace(staffed(), datadog_roles=NotConnected(reason="no access to roles"))
DISAGREE = Found(since=60)
LACKING = Found(since=60, level=Level.NOTE)

CASES = {
    "both sides know the same": case(defining()),
    "nobody holds anything": case(staffed()),
    "roles are held": case(staffed(held(SCRIBE), held(TECH_LEAD, by=BO))),
    "whatever the severity": case(defining(about=incident("SEV-99"))),
    "a private incident": case(defining(about=incident(private=True))),
    "a role that no catalogue has is not missed": case(defining(undefined=(RoleKey("devised"),))),
    "Datadog knows more": case(defining("Herald"), DISAGREE),
    "Datadog knows several more, and one of them twice": case(
        defining("Herald", "Duty Officer", "Herald", "Auditor"),
        replace(
            DISAGREE,
            message="Datadog shows roles that the catalogue does not know: Auditor, Duty Officer "
            "and Herald (seen in IR-1001).",
            fix="add Auditor, Duty Officer and Herald to the role catalogue, or rename it in "
            "Datadog under Incident Settings > Responder Types",
            evidence=tuple(
                sign(f"a role is called {name}", SeenIn.DATADOG)
                for name in ("Auditor", "Duty Officer", "Herald")
            ),
        ),
    ),
    "Datadog lacks one": case(defining(undefined=(SCRIBE,)), LACKING),
    "Datadog lacks two": case(defining(undefined=(TECH_LEAD, SCRIBE)), LACKING),
    "Datadog has one for one person": case(defining(one_person=(RESPONDER,)), DISAGREE),
    "two are lacking, another allows only one person, in the order of the catalogue": case(
        defining(undefined=(TECH_LEAD, SCRIBE), one_person=(RESPONDER,)),
        replace(
            DISAGREE,
            message="Datadog's role definitions differ from the catalogue: it does not define "
            "Scribe and Tech Lead, so it cannot show who holds them; it allows only "
            "one person as First Responder, but the catalogue allows several (seen in "
            "IR-1001).",
            fix="create Scribe and Tech Lead; allow more than one person as First Responder: "
            "dd-incident-roles catalog apply",
            evidence=(
                sign("no role is called Scribe", SeenIn.DATADOG),
                sign("no role is called Tech Lead", SeenIn.DATADOG),
                sign("First Responder allows only one person", SeenIn.DATADOG),
            ),
        ),
    ),
    "each knows what the other does not": case(
        defining("Herald", undefined=(TECH_LEAD,)), DISAGREE, LACKING
    ),
    "Datadog does not show its roles": case(
        NOT_OFFERED, missing=NothingConnected("no access to roles")
    ),
}


@pytest.mark.parametrize("case", CASES.values(), ids=CASES)
def test_what_the_sides_disagree_on_is_found(case: Case) -> None:
    """What the catalogue lacks is one breach, and what is wrong with definitions another."""
    assert case.asked(ROLE_UNKNOWN) == case.expected


def test_it_is_said_once_for_the_organisation() -> None:
    """Eight incidents make one finding, at the first of them, with what any of them shows."""
    several = [
        defining(undefined=(SCRIBE,), about=incident(public_id=number))
        for number in range(1008, 1001, -1)
    ]
    several.append(defining(one_person=(RESPONDER,), about=incident(public_id=1001)))
    (found,) = verdict_of([ROLE_UNKNOWN], several, at(60)).findings
    assert found.public_id == 1001
    assert "IR-1001, IR-1002, IR-1003, IR-1004, IR-1005 and 3 more" in found.message
    assert "Scribe" in found.message
    assert "First Responder" in found.message
    (later,) = verdict_of([ROLE_UNKNOWN], several[:3], at(90)).findings
    assert later.public_id == 1006
    assert later.fingerprint == found.fingerprint


def test_the_two_findings_are_told_apart() -> None:
    """A waiver or a baseline for the one does not cover the other."""
    about = defining("Herald", undefined=(INCIDENT_MANAGER, SCRIBE))
    found = verdict_of([ROLE_UNKNOWN], [about], at(60)).findings
    assert [each.level for each in found] == [Level.WARNING, Level.NOTE]
    assert len({each.fingerprint for each in found}) == 2


@pytest.mark.parametrize(
    "other",
    [NOT_OFFERED, defining("private-role-1", about=incident(private=True, public_id=1000))],
    ids=["roles that nobody offers", "stand-ins of a private incident"],
)
def test_the_names_of_another_incident_are_told(other: Facts) -> None:
    """Whatever one incident does not show, the one that shows a role names it."""
    (found,) = verdict_of([ROLE_UNKNOWN], [other, defining("Herald")], at(60)).findings
    assert "Herald" in found.message
    assert "private-role-1" not in found.message
