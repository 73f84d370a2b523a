"""Somebody who holds a role and owes something of every kind, to report about."""

from __future__ import annotations

from datetime import timedelta

from dd_incident_roles.report.mine_views import (
    HeldRole,
    MineView,
    OwedTask,
    ProposedHandoff,
    Unread,
    WhoView,
)
from dd_incident_roles.report.views import RoleRow, TargetState
from tests.report.cases import DECLARED, NOW, incident
from tests.report.checks import finding

ADA = WhoView(email="ada@corp.example", name="Ada")
BOB = WhoView(email="bob@corp.example", name=None)
SCRIBE = HeldRole(
    incident=incident(),
    row=RoleRow(role="scribe", title="Scribe", targets={"datadog": TargetState.IN_SYNC}),
    since=DECLARED.replace(minute=3),
    summary="Keeps the notes.",
    responsibilities=("Keep the timeline.", "Note who took part."),
)
ASKED = ProposedHandoff(
    incident=incident(),
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
GIVEN = ProposedHandoff(
    incident=incident(),
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
LATE = OwedTask(incident=incident(), id="t1", text="Call", due=NOW - timedelta(minutes=10))
SOON = OwedTask(incident=incident(), id="t2", text="Write", due=NOW + timedelta(minutes=90))
SOME_DAY = OwedTask(incident=incident(), id="t3", text="", due=None)
NOTHING = MineView(person=ADA, now=NOW, incidents=2, only_open=True)
FULL = MineView(
    person=ADA,
    now=NOW,
    incidents=2,
    only_open=True,
    held=(SCRIBE,),
    to_answer=(ASKED,),
    waiting=(GIVEN,),
    tasks=(LATE, SOON, SOME_DAY),
    findings=(finding(),),
    unread=(Unread(incident=1002, reason="the tasks: Forbidden", hint="Ask for a permission."),),
)
