"""The whole plan for one incident: its roles, and its timeline where the target has one."""

from __future__ import annotations

from dataclasses import replace

from dd_incident_roles.sync.entries.plan_timeline import plan_timeline
from dd_incident_roles.sync.plan import Plan
from dd_incident_roles.sync.plan_roles import plan_roles
from dd_incident_roles.sync.ports import Reading
from dd_incident_roles.sync.resting import let_rest
from dd_incident_roles.sync.role_plan import Terms
from dd_incident_roles.sync.state import IncidentState


def plan_incident(state: IncidentState, reading: Reading, terms: Terms) -> Plan:
    """Decide everything that brings the record and one target together on one incident."""
    plan = plan_roles(state, reading, terms)
    if reading.timeline is None:
        return let_rest(_without_timeline(plan), terms)
    people = list(reading.people.values())
    timeline = plan_timeline(state.timeline, reading.timeline, people, terms)
    return let_rest(replace(plan, timeline=timeline), terms)


def _without_timeline(plan: Plan) -> Plan:
    """Say so only where something waits for it: most runs have nothing to write."""
    linked = {link.key for link in plan.state.timeline.links}
    waiting = sum(entry.key not in linked for entry in plan.state.timeline.entries)
    if not waiting or plan.reading.no_timeline is None:
        return plan
    wait = "entry of the timeline waits" if waiting == 1 else "entries of the timeline wait"
    notice = f"{plan.reading.no_timeline.rstrip('.')}; {waiting} {wait} here."
    return replace(plan, notices=(*plan.notices, notice))
