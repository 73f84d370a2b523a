"""Answers in Datadog's shapes, with only the relevant part visible where they are used."""

from __future__ import annotations

from collections.abc import Mapping

INCIDENT_ID = "e7a543e2-56dd-5618-9504-3d21644f7505"
ADA = "0a671397-1bda-468b-9087-8aa191057af8"
BEN = "3ad549bf-eba0-11e9-a77a-0705486660d0"
TYPE = "41d2e10b-4108-4736-92d7-791d00ea0702"

Json = dict[str, object]


def user(user_id: str = ADA, **attributes: object) -> Json:
    """A user as a resource."""
    named = {"email": "ada@corp.example", "handle": "ada@corp.example", "name": "Ada"}
    return {"type": "users", "id": user_id, "attributes": {**named, **attributes}}


def pointer(user_id: str | None) -> Json:
    """A relationship to a user, or to nobody."""
    return {"data": None if user_id is None else {"type": "users", "id": user_id}}


def incident(
    incident_id: str = INCIDENT_ID,
    *,
    without: tuple[str, ...] = (),
    relationships: Mapping[str, object] | None = None,
    attributes: Mapping[str, object] | None = None,
    **more: object,
) -> Json:
    """An incident as a resource, as a GET shows it."""
    usual: Json = {
        "public_id": 1001,
        "incident_type_uuid": TYPE,
        "title": "Checkout is down",
        "created": "2026-02-23T14:06:27.384097+00:00",
        "declared": "2026-02-23T14:06:27.384097+00:00",
        "modified": "2026-02-23T14:06:27.844609+00:00",
        "resolved": None,
        "customer_impacted": False,
        "is_test": False,
        "severity": "SEV-2",
        "state": "active",
        "visibility": "organization",
        "fields": {},
    }
    shown = {**usual, **(attributes or {}), **more}
    return {
        "type": "incidents",
        "id": incident_id,
        "attributes": {name: value for name, value in shown.items() if name not in without},
        "relationships": dict(relationships or {}),
    }


def search_page(incidents: list[Json], total: int | None) -> Json:
    """One page of a search."""
    attributes: Json = {"incidents": [{"data": each} for each in incidents]}
    if total is not None:
        attributes["total"] = total
    return {"data": {"type": "incidents_search_results", "attributes": attributes}}


def responder(responder_id: str, user_id: str | None, *assignment_ids: str) -> Json:
    """A responder record."""
    assigned = [{"type": "incident_role_assignments", "id": each} for each in assignment_ids]
    return {
        "type": "incident_responders",
        "id": responder_id,
        "attributes": {"is_billable": True, "created": "2026-02-23T14:06:27Z"},
        "relationships": {"user": pointer(user_id), "role_assignments": {"data": assigned}},
    }
