"""What the control API shows of the sandbox."""

from __future__ import annotations

from dataclasses import asdict

from dd_incident_roles.sandbox.render.shapes import Json
from dd_incident_roles.sandbox.sandbox import Sandbox
from dd_incident_roles.sandbox.state.incident import Incident


def state_view(sandbox: Sandbox) -> Json:
    """Sums up the state: who is there, what is going on, who holds what."""
    with sandbox.lock:
        world = sandbox.world
        return {
            "people": [
                {"email": row.email, "name": row.name, "status": row.status} for row in world.users
            ],
            "roles": [
                {"name": row.name, "is_single": row.is_single, "reserved": row.reserved}
                for row in world.role_definitions
            ],
            "incidents": [_incident(sandbox, row) for row in world.incidents],
            "faults": [asdict(fault) for fault in sandbox.faults.pending()],
            "held": sandbox.hangs.count,
            "requests": len(sandbox.log.entries),
        }


def requests_view(sandbox: Sandbox) -> Json:
    """Shows every request, and how often each endpoint was asked."""
    log = sandbox.requests
    return {
        "requests": [
            {
                "method": entry.method,
                "target": entry.target,
                "template": entry.template,
                "status": entry.status,
                "applied": entry.applied,
            }
            for entry in log.entries
        ],
        "counts": {f"{method} {path}": n for (method, path), n in log.by_template().items()},
        "writes": len(log.writes()),
        "resent": len(log.resent()),
    }


def _incident(sandbox: Sandbox, row: Incident) -> Json:
    held = sandbox.world.assignments_of(row.id)
    role_ids = dict.fromkeys(each.role_id for each in held)
    roles = (sandbox.world.role_definitions.get(role_id) for role_id in role_ids)
    return {
        "id": row.id,
        "public_id": row.public_id,
        "title": row.title,
        "severity": row.severity,
        "state": row.state,
        "commander": sandbox.commander(row.public_id),
        "responders": sandbox.responders(row.public_id),
        "roles": {
            role.name: sandbox.holders(row.public_id, role.name)
            for role in roles
            if role is not None
        },
        "timeline": [
            {"id": cell.id, "cell_type": cell.cell_type, "text": cell.text}
            for cell in sandbox.cells(row.public_id)
        ],
    }
