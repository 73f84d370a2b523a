"""The postmortems and links of an incident."""

from __future__ import annotations

from collections.abc import Mapping

from dd_incident_roles.sandbox.document import Document
from dd_incident_roles.sandbox.endpoint import Answer, Call, Endpoint, Permission, emptied
from dd_incident_roles.sandbox.render.belongings import (
    ATTACHMENTS,
    attachment,
    attachment_authors,
)
from dd_incident_roles.sandbox.state.belongings import Attachment

KINDS = {"postmortem": "1", "link": "2"}


def list_attachments(call: Call) -> Answer:
    """Lists the attachments; the kind is asked for by name or by number (document)."""
    incident = call.incident(nil_is_unknown=True)
    wanted = call.query.get("filter[attachment_type]")
    rows = [
        row
        for row in call.world.attachments
        if row.incident_id == incident.id
        and wanted in (None, row.attachment_type, KINDS.get(row.attachment_type))
    ]
    return call.answer(
        {
            "data": [attachment(row) for row in rows],
            "included": attachment_authors(call.world, rows),
        }
    )


def create_attachment(call: Call) -> Answer:
    """Adds an attachment."""
    incident = call.incident(nil_is_unknown=True)
    document = call.document(ATTACHMENTS)
    kind = document.required_text("attachment_type")
    if kind not in KINDS:
        raise call.refusal(400, f"invalid attachment type {kind}", title="Bad Request")
    row = Attachment(
        id=call.world.ids(),
        incident_id=incident.id,
        modified=call.world.clock(),
        last_modified_by=call.caller,
        attachment_type=kind,
        **_content(document, title="", document_url=""),
    )
    return _one(call, row, status=201)


def patch_attachment(call: Call) -> Answer:
    """Changes an attachment."""
    row = _attachment(call)
    document = call.document(ATTACHMENTS)
    changed = Attachment(
        id=row.id,
        incident_id=row.incident_id,
        modified=call.world.clock(),
        last_modified_by=call.caller,
        attachment_type=row.attachment_type,
        **_content(document, title=row.title, document_url=row.document_url),
    )
    return _one(call, changed)


def delete_attachment(call: Call) -> Answer:
    """Forgets an attachment."""
    call.world.attachments.remove(_attachment(call).id)
    return emptied()


def _one(call: Call, row: Attachment, *, status: int = 200) -> Answer:
    call.world.attachments.put(row)
    return call.answer(
        {"data": attachment(row), "included": attachment_authors(call.world, [row])},
        status=status,
    )


def _attachment(call: Call) -> Attachment:
    incident = call.incident(nil_is_unknown=True)
    row = call.world.attachments.get(call.ids["attachment_id"])
    if row is None or row.incident_id != incident.id:
        raise call.refusal(404, "attachment not found")
    return row


def _content(document: Document, *, title: str, document_url: str) -> dict[str, str]:
    content: Mapping[str, object] = document.mapping("attachment")
    return {
        "title": str(content.get("title", title)),
        "document_url": str(content.get("documentUrl", document_url)),
    }


ENDPOINTS = tuple(
    Endpoint(
        method=method,
        path=f"/incidents/{{incident_id}}/attachments{rest}",
        permission=permission,
        handle=handle,
    )
    for method, rest, permission, handle in (
        ("GET", "", Permission.INCIDENT_READ, list_attachments),
        ("POST", "", Permission.INCIDENT_WRITE, create_attachment),
        ("PATCH", "/{attachment_id}", Permission.INCIDENT_WRITE, patch_attachment),
        ("DELETE", "/{attachment_id}", Permission.INCIDENT_WRITE, delete_attachment),
    )
)
