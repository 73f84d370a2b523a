"""The document of ``status --format json``."""

from __future__ import annotations

from collections.abc import Sequence

from dd_incident_roles.report.document import JsonValue, document, instant
from dd_incident_roles.report.views import DevisedView, HolderView, RoleRow, StatusView


def status_json(statuses: Sequence[StatusView]) -> str:
    """Who holds which role in each incident, one row per role and stream."""
    return document("status", {"incidents": [_incident(status) for status in statuses]})


def _incident(status: StatusView) -> JsonValue:
    incident = status.incident
    return {
        "id": incident.id,
        "public_id": incident.public_id,
        "title": incident.title,
        "severity": incident.severity,
        "state": incident.state,
        "declared": instant(incident.declared),
        "roles": [_role(row) for row in status.rows],
        "notices": list(status.notices),
    }


def _role(row: RoleRow) -> JsonValue:
    return {
        "role": row.role,
        "title": row.title,
        "stream": row.stream,
        "required": row.required,
        "holders": [_holder(holder) for holder in row.holders],
        "targets": {name: state.value for name, state in sorted(row.targets.items())},
        "devised": _devised(row.devised) if row.devised else None,
    }


def _holder(holder: HolderView) -> JsonValue:
    return {
        "email": holder.email,
        "name": holder.name,
        "since": instant(holder.since),
        "source": holder.source,
    }


def _devised(devised: DevisedView) -> JsonValue:
    return {
        "by": devised.by,
        "at": instant(devised.at),
        "may_hold": list(devised.may_hold),
        "until": instant(devised.until) if devised.until else None,
    }
