"""The document of ``history --format json``."""

from __future__ import annotations

from datetime import datetime, timedelta

from dd_incident_roles.history.durations import Durations
from dd_incident_roles.model import Person
from dd_incident_roles.report.document import JsonValue, document, instant
from dd_incident_roles.report.history_views import GapRow, HeldRow, HistoryView, OverlapRow


def history_json(history: HistoryView) -> str:
    """Who held what when, what lacked, and how long it took; lengths of time are in seconds."""
    incident = history.incident
    return document(
        "history",
        {
            "incident": incident.id,
            "public_id": incident.public_id,
            "title": incident.title,
            "declared": instant(incident.declared),
            "first_seen": _moment(history.first_seen),
            "role": history.only,
            "at": _moment(history.at),
            "rows": [_row(row) for row in history.rows],
            "recorded": [_row(row) for row in history.recorded],
            "gaps": [_gap(row) for row in history.gaps],
            "overlaps": [_overlap(row) for row in history.overlaps],
            "durations": _durations(history.durations, history) if history.durations else None,
            "notices": list(history.notices),
        },
    )


def _row(row: HeldRow) -> JsonValue:
    return {
        "role": row.role,
        "title": row.title,
        "stream": row.stream,
        "holder": _person(row.holder),
        "from": _moment(row.since),
        "until": _moment(row.until),
        "seconds": row.length.total_seconds(),
        "set_by": row.set_by,
        "ended_by": row.ended_by,
        "seen_in": row.seen_in.value,
        "basis": row.basis.value,
        "reason": row.reason,
    }


def _person(person: Person) -> JsonValue:
    return {"name": person.label, "email": person.email}


def _gap(row: GapRow) -> JsonValue:
    gap = row.gap
    return {
        "role": gap.role,
        "title": row.title,
        "from": instant(gap.stretch.began),
        "until": _moment(row.until),
        "seconds": gap.stretch.length.total_seconds(),
        "allowed_seconds": gap.requirement.after.total_seconds(),
        "level": gap.requirement.level.value,
        "too_long": gap.is_too_long,
        "sure": gap.is_sure,
        "watched": row.watched,
    }


def _overlap(row: OverlapRow) -> JsonValue:
    return {
        "role": row.overlap.role,
        "title": row.title,
        "stream": row.overlap.stream,
        "people": [_person(person) for person in row.people],
        "from": _moment(row.overlap.since),
        "until": _moment(row.overlap.until),
    }


def _durations(durations: Durations, history: HistoryView) -> JsonValue:
    wait = durations.wait
    return {
        "incident_manager_after": {"seconds": _seconds(wait.length), "known": wait.is_known}
        if wait
        else None,
        "coverage": [
            {
                "role": each.role,
                "required_seconds": each.required.total_seconds(),
                "held_seconds": each.held.total_seconds(),
                "unknown_seconds": each.unknown.total_seconds(),
                "fraction": each.fraction,
            }
            for each in durations.coverage
        ],
        "handoffs": [{"role": each.role, "number": each.number} for each in durations.handoffs],
        "people": [
            {
                "person": _person(history.people[each.person]),
                "seconds": each.length.total_seconds(),
            }
            for each in durations.totals
        ],
    }


def _moment(at: datetime | None) -> str | None:
    return None if at is None else instant(at)


def _seconds(length: timedelta | None) -> float | None:
    return None if length is None else length.total_seconds()
