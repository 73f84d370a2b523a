"""IR014 against a table of incidents, more of them fine than not."""

from __future__ import annotations

from dataclasses import replace

import pytest

from dd_incident_roles.model import INCIDENT_MANAGER, Incident, RoleKey
from dd_incident_roles.policy.facts import DatadogRoles, Facts, NotConnected, NothingConnected
from dd_incident_roles.policy.finding import Breach, Evidence, SeenIn
from dd_incident_roles.policy.rules.ir014_role_unknown import ROLE_UNKNOWN
from dd_incident_roles.roles.catalogue import Level
from tests.policy.cases import BO, SCRIBE, TECH_LEAD, at, held, incident, terms, verdict_of
from tests.policy.holders import HOSTILE, LEAKS, RESPONDER, SECRET, staffed


def defining(
    *unknown: str,
    undefined: tuple[RoleKey, ...] = (),
    one_person: tuple[RoleKey, ...] = (),
    about: Incident | None = None,
) -> Facts:
    """An incident, and the roles on which the two sides disagree."""
    roles = DatadogRoles(unknown=unknown, undefined=undefined, one_person=one_person)
    return replace(staffed(held(SCRIBE, by=HOSTILE), about=about), datadog_roles=roles)


FINE = {
    "both sides know the same": defining(),
    "nobody holds anything": staffed(),
    "roles are held": staffed(held(SCRIBE), held(TECH_LEAD, by=BO)),
    "whatever the severity": defining(about=incident("SEV-99")),
    "a private incident": defining(about=SECRET),
    "a role that no catalogue has is not missed": defining(undefined=(RoleKey("devised"),)),
}

BROKEN = {
    "Datadog knows more": (defining("Herald"), [None]),
    "Datadog knows two more": (defining("Herald", "Duty Officer"), [None]),
    "Datadog lacks one": (defining(undefined=(SCRIBE,)), [Level.NOTE]),
    "Datadog lacks two": (defining(undefined=(TECH_LEAD, SCRIBE)), [Level.NOTE]),
    "Datadog has one for one person": (defining(one_person=(RESPONDER,)), [None]),
    "one is lacking, another for one person": (
        defining(undefined=(SCRIBE,), one_person=(RESPONDER,)),
        [None],
    ),
    "each knows what the other does not": (
        defining("Herald", undefined=(TECH_LEAD,)),
        [None, Level.NOTE],
    ),
}


def ask(about: Facts) -> list[Breach]:
    return list(ROLE_UNKNOWN.evaluate(about, terms(at(60))))


@pytest.mark.parametrize("case", FINE)
def test_nothing_is_found(case: str) -> None:
    """Where the two sides know the same roles, nothing is broken."""
    assert ask(FINE[case]) == []


@pytest.mark.parametrize("case", BROKEN)
def test_what_the_sides_disagree_on_is_found(case: str) -> None:
    """What the catalogue lacks is one breach, and what is wrong with definitions another."""
    about, expected = BROKEN[case]
    assert [each.level for each in ask(about)] == expected


def test_the_message_names_the_unknown_roles() -> None:
    """Each name is there once, in an order that does not change, with what to do about it."""
    (breach,) = ask(defining("Herald", "Duty Officer", "Herald", "Auditor"))
    assert breach.message == (
        "Datadog shows roles that the catalogue does not know: Auditor, Duty Officer and Herald "
        "(seen in IR-1001)."
    )
    assert breach.fix == (
        "add Auditor, Duty Officer and Herald to the role catalogue, or rename it in Datadog under "
        "Incident Settings > Responder Types"
    )
    assert breach.since == at(60)
    assert breach.evidence[0] == Evidence("a role is called Auditor", SeenIn.DATADOG)
    assert len(breach.evidence) == 3


def test_the_message_names_the_definitions() -> None:
    """They are called as Datadog should call them, in the order of the catalogue."""
    (breach,) = ask(defining(undefined=(TECH_LEAD, SCRIBE), one_person=(RESPONDER,)))
    assert breach.message == (
        "Datadog's definitions of roles disagree with the catalogue: it does not define Scribe and "
        "Tech Lead, and cannot show who holds them; it has First Responder for one person, and the "
        "catalogue for several (seen in IR-1001)."
    )
    assert breach.fix == (
        "in Datadog, under Incident Settings > Responder Types: create Scribe and Tech Lead; let "
        "more than one person be First Responder"
    )
    assert [each.what for each in breach.evidence] == [
        "no role is called Scribe",
        "no role is called Tech Lead",
        "First Responder is for one person",
    ]


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


def test_roles_that_nobody_offers_are_nothing_to_look_at() -> None:
    """Where Datadog does not show its roles, the rule says that it looked at nothing."""
    about = replace(staffed(), datadog_roles=NotConnected(reason="no access to roles"))
    with pytest.raises(NothingConnected, match="no access to roles"):
        ask(about)
    (found,) = verdict_of([ROLE_UNKNOWN], [about, defining("Herald")], at(60)).findings
    assert "Herald" in found.message


def test_nothing_is_told_of_a_private_incident() -> None:
    """The names of roles are no secret; the title, the severity and the people are."""
    breaches = ask(defining("Herald", undefined=(SCRIBE,), about=SECRET))
    assert len(breaches) == 2
    for breach in breaches:
        assert "IR-1001" in breach.message
        assert [leak for leak in LEAKS if leak in breach.message + breach.fix] == []


def test_stand_ins_of_a_private_incident_are_not_told_beside_names() -> None:
    """Where another incident shows the names themselves, nobody reads of ``private-role-1``."""
    private = defining("private-role-1", about=replace(SECRET, public_id=1000))
    (found,) = verdict_of([ROLE_UNKNOWN], [private, defining("Herald")], at(60)).findings
    assert "private-role-1" not in found.message
