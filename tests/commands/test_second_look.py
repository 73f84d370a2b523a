"""Just before a write the role is read again: whom people chose meanwhile is not put aside."""

from __future__ import annotations

import pytest

from dd_incident_roles.application import Application
from dd_incident_roles.model import INCIDENT_MANAGER, IncidentId, PersonKey, RoleKey
from dd_incident_roles.sandbox.sandbox import Sandbox
from dd_incident_roles.sandbox.world import Switch
from dd_incident_roles.sync.targets import Confirmed, Handover, Outdated

ANA, BO, CAROL = (PersonKey(f"{name}@corp.example") for name in ("ana", "bo", "carol"))
SCRIBE = RoleKey("scribe")
FIELD = "incident_role.scribe"


def hand_over(
    application: Application, sandbox: Sandbox, role: RoleKey, before: PersonKey
) -> object:
    """Write what a plan came to when somebody held the role, who may not hold it any more."""
    incident_id = IncidentId(sandbox.incident(1001).id)
    sandbox.forget_requests()
    change = Handover(role=role, before=frozenset({before}), after=BO)
    return application.target.perform(incident_id, change)


def test_another_commander_meanwhile(application: Application, sandbox: Sandbox) -> None:
    """Carol took command after the plan was made: she stands, and nothing is sent."""
    sandbox.set_commander(1001, CAROL)
    outcome = hand_over(application, sandbox, INCIDENT_MANAGER, ANA)
    assert isinstance(outcome, Outdated)
    assert sandbox.requests.writes() == []
    assert isinstance(hand_over(application, sandbox, INCIDENT_MANAGER, CAROL), Confirmed)
    assert sandbox.commander(1001) == BO


@pytest.mark.parametrize("way", ["assignment", "field"])
def test_another_scribe_meanwhile(way: str, application: Application, sandbox: Sandbox) -> None:
    """The same is so of a role that Datadog shows as an assignment, and in a field."""
    sandbox.add_responder(1001, BO)
    if way == "field":
        sandbox.switch(role_assignments=Switch.MISSING)
        sandbox.define_field(FIELD)
        sandbox.set_field(1001, FIELD, [CAROL])
    else:
        sandbox.give_role(1001, "Scribe", CAROL)
    outcome = hand_over(application, sandbox, SCRIBE, ANA)
    assert isinstance(outcome, Outdated)
    assert sandbox.requests.writes() == []
    assert isinstance(hand_over(application, sandbox, SCRIBE, CAROL), Confirmed)
