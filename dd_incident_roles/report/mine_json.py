"""The document of ``status --mine --format json``."""

from __future__ import annotations

from dd_incident_roles.model import Incident
from dd_incident_roles.policy.finding import Finding
from dd_incident_roles.report.document import JsonValue, document, instant
from dd_incident_roles.report.mine_views import (
    HeldRole,
    MineView,
    OwedTask,
    ProposedHandoff,
    Unread,
    WhoView,
)


def mine_json(mine: MineView) -> str:
    """What somebody holds and owes."""
    return document(
        "mine",
        {
            "person": _who(mine.person),
            "now": instant(mine.now),
            "incidents": mine.incidents,
            "roles": [_held(held) for held in mine.held],
            "handoffs_to_answer": [_handoff(handoff) for handoff in mine.to_answer],
            "handoffs_waiting": [_handoff(handoff) for handoff in mine.waiting],
            "tasks": [_task(mine, task) for task in mine.tasks],
            "findings": [_finding(finding) for finding in mine.findings],
            "not_read": [_unread(unread) for unread in mine.unread],
        },
    )


def _who(who: WhoView) -> JsonValue:
    return {"email": who.email, "name": who.name}


def _incident(incident: Incident) -> JsonValue:
    return {"id": incident.id, "public_id": incident.public_id, "title": incident.title}


def _held(held: HeldRole) -> JsonValue:
    return {
        "incident": _incident(held.incident),
        "role": held.row.role,
        "title": held.row.title,
        "stream": held.row.stream,
        "since": instant(held.since),
        "summary": held.summary,
        "responsibilities": list(held.responsibilities),
        "targets": {name: state.value for name, state in sorted(held.row.targets.items())},
    }


def _handoff(handoff: ProposedHandoff) -> JsonValue:
    return {
        "incident": _incident(handoff.incident),
        "role": handoff.role,
        "title": handoff.title,
        "stream": handoff.stream,
        "giver": None if handoff.giver is None else _who(handoff.giver),
        "receiver": _who(handoff.receiver),
        "proposed": instant(handoff.proposed),
        "expires": instant(handoff.expires),
        "note": handoff.note,
        "command": handoff.command,
    }


def _task(mine: MineView, task: OwedTask) -> JsonValue:
    return {
        "incident": _incident(task.incident),
        "id": task.id,
        "text": task.text,
        "due": None if task.due is None else instant(task.due),
        "overdue": task.is_overdue(mine.now),
    }


def _finding(finding: Finding) -> JsonValue:
    return {
        "rule": finding.rule,
        "name": finding.name,
        "level": finding.level.value,
        "incident": finding.public_id,
        "role": finding.role,
        "stream": finding.stream,
        "message": finding.message,
        "since": instant(finding.since),
        "fix": finding.fix,
        "fingerprint": finding.fingerprint,
    }


def _unread(unread: Unread) -> JsonValue:
    return {"incident": unread.incident, "reason": unread.reason, "hint": unread.hint}
