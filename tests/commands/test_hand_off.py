"""A handoff beside others who move the same incident at the same moment."""

from __future__ import annotations

from dataclasses import replace

import pytest

from dd_incident_roles.application import Application
from dd_incident_roles.commands.assign import RoleCommandResult, assign_role
from dd_incident_roles.commands.handoff import hand_off
from dd_incident_roles.commands.sync import sync_incidents
from dd_incident_roles.datadog.reading import RECENT_SECONDS
from dd_incident_roles.errors import NotHandedOver
from dd_incident_roles.model import (
    INCIDENT_MANAGER,
    Assignment,
    IncidentId,
    PersonKey,
    RoleKey,
)
from dd_incident_roles.patience import begin
from dd_incident_roles.sandbox.faults import FaultKind
from dd_incident_roles.sandbox.sandbox import Sandbox
from dd_incident_roles.sandbox.world import Switch
from dd_incident_roles.sync.targets import Confirmed, Handover, Outdated
from tests.commands.conftest import Stopwatch
from tests.commands.stepped_record import shared

RECORDED, INTENDED = 0, 1
"""Which commit of a handoff is that of the handoff, and which says what is about to be written."""

ANA, BO, CAROL = (PersonKey(f"{name}@corp.example") for name in ("ana", "bo", "carol"))
SCRIBE = RoleKey("scribe")
FIELD = "incident_role.scribe"


def to_bo(application: Application) -> RoleCommandResult:
    """Type ``handoff 1001 im --to bo``."""
    return hand_off(application, "1001", "im", BO)


def sync(application: Application) -> None:
    """Run once, without a failure."""
    assert sync_incidents(application, ["1001"], query=None).exit_code == 0


def intervals(application: Application, sandbox: Sandbox) -> list[Assignment]:
    """Who commanded 1001 when, by the record."""
    rows = application.record.assignments(IncidentId(sandbox.incident(1001).id))
    return [row for row in rows if row.role == INCIDENT_MANAGER]


@pytest.mark.parametrize("commit", [RECORDED, INTENDED])
def test_somebody_chose_another_in_datadog_at_the_same_moment(
    application: Application, sandbox: Sandbox, stopwatch: Stopwatch, commit: int
) -> None:
    """Theirs stands, nothing tells of ours, and it leaves no conflict behind.

    What was read is too old by then to be written upon, be it planned already or not.
    """
    sync(application)

    def meanwhile() -> None:
        sandbox.set_commander(1001, CAROL)
        stopwatch.wait(RECENT_SECONDS)

    others = [*[lambda: None] * commit, meanwhile]
    with shared(application, *others) as slower, pytest.raises(NotHandedOver) as caught:
        to_bo(slower)
    assert "somebody else was chosen in Datadog at the same moment" in caught.value.message
    assert caught.value.message.endswith(
        (f"{CAROL} is Incident Manager.", "Carol is Incident Manager.")
    )
    sync(application)
    state = application.record.state(IncidentId(sandbox.incident(1001).id), "datadog")
    assert state.conflicts == ()
    assert [row.person for row in intervals(application, sandbox) if row.is_open] == [CAROL]
    assert sandbox.commander(1001) == CAROL
    [correction] = state.corrections
    assert correction.person == ANA
    entries = [entry.text for entry in state.timeline.entries if entry.deleted_at is None]
    assert "Bo took over" not in "\n".join([*sandbox.notes(1001), *entries])


def test_another_process_was_quicker_to_the_turn(
    application: Application, rival: Application, sandbox: Sandbox
) -> None:
    """The role goes on from whoever has it by then, and nobody has it once more in between."""
    sync(application)
    sandbox.fault(FaultKind.HANG_AFTER, method="GET", path="/todos")
    ours = begin(lambda: to_bo(application))
    assert sandbox.hangs.wait_for(1)
    assign_role(rival, "1001", "im", CAROL)
    sandbox.hangs.release()
    assert ours().exit_code == 0
    assert [row.person for row in intervals(application, sandbox)] == [ANA, CAROL, BO]
    assert sandbox.commander(1001) == BO


def test_somebody_else_has_the_turn(application: Application, sandbox: Sandbox) -> None:
    """Nothing is recorded that could not be carried at once."""
    sync(application)
    before = application.record.state(IncidentId(sandbox.incident(1001).id), "datadog")
    pauses: list[float] = []
    impatient = replace(application, sleep=pauses.append)
    with (
        application.turn(IncidentId(sandbox.incident(1001).id)),
        pytest.raises(NotHandedOver, match="Ana is still Incident Manager") as caught,
    ):
        to_bo(impatient)
    assert pauses
    assert caught.value.exit_code == 75
    assert application.record.state(IncidentId(sandbox.incident(1001).id), "datadog") == before


def write_handover(
    application: Application, sandbox: Sandbox, role: RoleKey, before: PersonKey
) -> object:
    """Write what a plan came to when somebody held the role, who may not hold it any more.

    Just before a write the role is read again: whom people chose meanwhile is not put aside.
    """
    incident_id = IncidentId(sandbox.incident(1001).id)
    sandbox.forget_requests()
    change = Handover(role=role, before=frozenset({before}), after=BO)
    return application.target.perform(incident_id, change)


def test_another_commander_meanwhile(application: Application, sandbox: Sandbox) -> None:
    """Carol took command after the plan was made: she stands, and nothing is sent."""
    sandbox.set_commander(1001, CAROL)
    outcome = write_handover(application, sandbox, INCIDENT_MANAGER, ANA)
    assert isinstance(outcome, Outdated)
    assert sandbox.requests.writes() == []
    assert isinstance(write_handover(application, sandbox, INCIDENT_MANAGER, CAROL), Confirmed)
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
    outcome = write_handover(application, sandbox, SCRIBE, ANA)
    assert isinstance(outcome, Outdated)
    assert sandbox.requests.writes() == []
    assert isinstance(write_handover(application, sandbox, SCRIBE, CAROL), Confirmed)
