"""Who is told when an incident is declared or changes."""

from __future__ import annotations

from dataclasses import replace

from dd_incident_roles.sandbox.document import Document
from dd_incident_roles.sandbox.endpoint import Answer, Call, Endpoint, Permission, emptied
from dd_incident_roles.sandbox.render.organisation import RULES, notification_rule
from dd_incident_roles.sandbox.render.shapes import offset_page
from dd_incident_roles.sandbox.state.belongings import NotificationRule


def list_rules(call: Call) -> Answer:
    """Lists the notification rules."""
    rows = list(call.world.notification_rules)
    return call.answer(
        {"data": [notification_rule(row) for row in rows], "meta": offset_page(0, len(rows))}
    )


def get_rule(call: Call) -> Answer:
    """Shows one notification rule."""
    return call.answer({"data": notification_rule(_rule(call))})


def create_rule(call: Call) -> Answer:
    """Adds a notification rule."""
    document = call.document(RULES)
    now = call.world.clock()
    row = NotificationRule(
        id=call.world.ids(),
        incident_type_id=_type_id(call, document),
        created=now,
        modified=now,
        created_by=call.caller,
        last_modified_by=call.caller,
        trigger=document.required_text("trigger"),
    )
    row = call.world.notification_rules.put(_described(row, document))
    return call.answer({"data": notification_rule(row)}, status=201)


def put_rule(call: Call) -> Answer:
    """Replaces a notification rule; its incident type is looked at first (recording)."""
    document = call.document(RULES)
    type_id = _type_id(call, document)
    row = replace(
        _described(_rule(call), document),
        incident_type_id=type_id,
        trigger=document.required_text("trigger"),
        modified=call.world.clock(),
        last_modified_by=call.caller,
    )
    return call.answer({"data": notification_rule(call.world.notification_rules.put(row))})


def delete_rule(call: Call) -> Answer:
    """Forgets a notification rule."""
    call.world.notification_rules.remove(_rule(call).id)
    return emptied()


def _rule(call: Call) -> NotificationRule:
    row = call.world.notification_rules.get(call.ids["rule_id"])
    if row is None:
        raise call.refusal(404, "rule not found")
    return row


def _type_id(call: Call, document: Document) -> str:
    type_id = document.related("incident_type")
    if type_id is None or call.world.incident_types.get(type_id) is None:
        raise call.refusal(404, "incident type doesn't exist")
    return type_id


def _described(row: NotificationRule, document: Document) -> NotificationRule:
    return replace(
        row,
        conditions=tuple(
            dict(each) for each in document.rows("conditions") if isinstance(each, dict)
        ),
        handles=document.texts("handles") or (),
        renotify_on=document.texts("renotify_on") or (),
        enabled=document.flag("enabled", default=True),
        visibility=document.text("visibility") or "organization",
    )


ENDPOINTS = tuple(
    Endpoint(
        method=method,
        path=f"/incidents/config/notification-rules{rest}",
        permission=permission,
        handle=handle,
    )
    for method, rest, permission, handle in (
        ("GET", "", Permission.NOTIFICATIONS_READ, list_rules),
        ("POST", "", Permission.NOTIFICATIONS_WRITE, create_rule),
        ("GET", "/{rule_id}", Permission.NOTIFICATIONS_READ, get_rule),
        ("PUT", "/{rule_id}", Permission.NOTIFICATIONS_WRITE, put_rule),
        ("DELETE", "/{rule_id}", Permission.NOTIFICATIONS_WRITE, delete_rule),
    )
)
