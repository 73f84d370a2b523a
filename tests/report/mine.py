"""Somebody who holds a role and owes something of every kind, to report about."""

from __future__ import annotations

from datetime import timedelta

from dd_incident_roles.report.documents.mine import (
    Finding,
    Gap,
    Handoff,
    Incident,
    Mine,
    Role,
    Task,
    is_overdue,
)
from dd_incident_roles.report.documents.parts import Person, TargetState
from tests.report.cases import DECLARED, NOW, changed, incident
from tests.report.checks import finding

WHERE = Incident.model_validate(incident())
ADA = Person(email="ada@corp.example", name="Ada")
BOB = Person(email="bob@corp.example", name=None)
SCRIBE = Role(
    incident=WHERE,
    role="scribe",
    title="Scribe",
    targets={"datadog": TargetState.IN_SYNC},
    since=DECLARED.replace(minute=3),
    summary="Keeps the notes.",
    responsibilities=("Keep the timeline.", "Note who took part."),
)
ASKED = Handoff(
    incident=WHERE,
    role="incident_manager",
    title="Incident Manager",
    stream=None,
    giver=BOB,
    receiver=ADA,
    proposed=NOW - timedelta(minutes=5),
    expires=NOW + timedelta(minutes=5),
    note="My shift ends",
    command="dd-incident-roles handoff accept 1001 im",
)
GIVEN = Handoff(
    incident=WHERE,
    role="tech_lead",
    title="Tech Lead",
    stream="db",
    giver=ADA,
    receiver=BOB,
    proposed=NOW - timedelta(minutes=50),
    expires=NOW - timedelta(minutes=40),
    note=None,
    command="dd-incident-roles handoff decline 1001 tech_lead --stream db",
)


def task(key: str, text: str, minutes: float | None) -> Task:
    """A task that is due after so many minutes, or at no time."""
    due = None if minutes is None else NOW + timedelta(minutes=minutes)
    return Task(incident=WHERE, id=key, text=text, due=due, overdue=is_overdue(due, NOW))


LATE = task("t1", "Call", -10)
SOON = task("t2", "Write", 90)
SOME_DAY = task("t3", "", None)
NOTHING = Mine(
    person=ADA,
    now=NOW,
    incidents=2,
    only_open=True,
    roles=(),
    handoffs_to_answer=(),
    handoffs_waiting=(),
    tasks=(),
    findings=(),
    not_read=(),
)
FULL = changed(
    NOTHING,
    roles=(SCRIBE,),
    handoffs_to_answer=(ASKED,),
    handoffs_waiting=(GIVEN,),
    tasks=(LATE, SOON, SOME_DAY),
    findings=(Finding.model_validate(finding()),),
    not_read=(Gap(incident=1002, reason="the tasks: Forbidden", hint="Ask for a permission."),),
)
