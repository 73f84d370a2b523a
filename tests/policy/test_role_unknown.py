"""IR014 against a table of incidents, more of them fine than not."""

from __future__ import annotations

from dataclasses import replace

import pytest

from dd_incident_roles.model import INCIDENT_MANAGER, Incident, RoleKey
from dd_incident_roles.policy.facts import Facts, NothingConnected
from dd_incident_roles.policy.finding import Breach, Evidence, SeenIn
from dd_incident_roles.policy.rules.role_unknown import ROLE_UNKNOWN
from dd_incident_roles.policy.surroundings import DatadogRoles, NotConnected
from dd_incident_roles.roles.catalogue import Level
from tests.policy.cases import BO, SCRIBE, TECH_LEAD, at, held, incident, terms, verdict_of
from tests.policy.holders import HOSTILE, LEAKS, SECRET, staffed


def defining(
    *unknown: str, undefined: tuple[RoleKey, ...] = (), about: Incident | None = None
) -> Facts:
    """An incident, and the roles that only one of the two sides knows."""
    roles = DatadogRoles(unknown=unknown, undefined=undefined)
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
    "Datadog knows more": (defining("Herald"), [(None, None)]),
    "Datadog knows two more": (defining("Herald", "Duty Officer"), [(None, None)]),
    "Datadog lacks one": (defining(undefined=(SCRIBE,)), [(Level.NOTE, SCRIBE)]),
    "Datadog lacks two": (
        defining(undefined=(TECH_LEAD, SCRIBE)),
        [(Level.NOTE, SCRIBE)],
    ),
    "each knows what the other does not": (
        defining("Herald", undefined=(TECH_LEAD,)),
        [(None, None), (Level.NOTE, TECH_LEAD)],
    ),
}


def ask(about: Facts) -> list[Breach]:
    return list(ROLE_UNKNOWN.evaluate(about, terms(at(60))))


@pytest.mark.parametrize("case", FINE)
def test_nothing_is_found(case: str) -> None:
    """Where the two sides know the same roles, nothing is broken."""
    assert ask(FINE[case]) == []


@pytest.mark.parametrize("case", BROKEN)
def test_what_one_side_lacks_is_found(case: str) -> None:
    """What the catalogue lacks is one breach, and what Datadog lacks is another, a note."""
    about, expected = BROKEN[case]
    assert [(each.level, each.role) for each in ask(about)] == expected


def test_the_message_names_the_unknown_roles() -> None:
    """Each name is there once, in an order that does not change, with what to do about it."""
    (breach,) = ask(defining("Herald", "Duty Officer", "Herald", "Auditor"))
    assert breach.message == (
        'Datadog shows roles in IR-1001 "Checkout down" (SEV-1) that the catalogue does not know: '
        "Auditor, Duty Officer and Herald; add them to the catalogue, or rename them in Datadog."
    )
    assert breach.fix == "dd-incident-roles roles list"
    assert breach.since == at(60)
    assert breach.evidence[0] == Evidence(what="a role is called Auditor", seen_in=SeenIn.DATADOG)
    assert len(breach.evidence) == 3


def test_the_message_names_the_roles_that_datadog_lacks() -> None:
    """They are called by their titles, in the order of the catalogue."""
    (breach,) = ask(defining(undefined=(TECH_LEAD, SCRIBE)))
    assert breach.message == (
        'Datadog does not define roles of the catalogue for IR-1001 "Checkout down" (SEV-1): '
        "Scribe and Tech Lead; it cannot show who holds them."
    )
    assert breach.fix == "dd-incident-roles roles list"
    assert breach.since == at(60)
    assert breach.evidence[1] == Evidence(
        what="no role is called Tech Lead", seen_in=SeenIn.DATADOG
    )


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


def test_nothing_is_told_of_a_private_incident() -> None:
    """The names of roles are no secret; the title, the severity and the people are."""
    breaches = ask(defining("Herald", undefined=(SCRIBE,), about=SECRET))
    assert len(breaches) == 2
    for breach in breaches:
        assert "IR-1001 (private)" in breach.message
        assert [leak for leak in LEAKS if leak in breach.message + breach.fix] == []
