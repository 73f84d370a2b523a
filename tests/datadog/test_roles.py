"""Role definitions, Datadog's and an organisation's."""

from __future__ import annotations

import json

import pytest
import responses

from dd_incident_roles.datadog.http import Session
from dd_incident_roles.datadog.roles import Roles
from dd_incident_roles.errors import Forbidden, UnexpectedAnswer
from tests.datadog.conftest import BASE
from tests.datadog.payloads import TYPE

USER_DEFINED = f"{BASE}/api/v2/incidents/config/user-defined-roles"
RESERVED = f"{BASE}/api/v2/incidents/config/reserved-roles"


def role(role_id: str, name: str, incident_type: str | None = TYPE, **more: object) -> object:
    """A role definition as a resource."""
    return {
        "type": "incident_user_defined_roles",
        "id": role_id,
        "attributes": {"name": name, **more},
        "relationships": {
            "incident_type": {
                "data": {"type": "incident_types", "id": incident_type} if incident_type else None
            }
        },
    }


def test_roles_belong_to_a_type(session: Session, api: responses.RequestsMock) -> None:
    """The type is asked for, and a role of another type is not taken for one of it."""
    rows = [role("1", "Scribe", policy={"is_single": True}), role("2", "Scribe", "other")]
    rows.append(role("3", "Tech Lead", None, description="leads"))
    api.get(USER_DEFINED, json={"data": rows})
    found = Roles(session).user_defined(TYPE)
    assert [(each.id, each.name, each.is_single) for each in found] == [
        ("1", "Scribe", True),
        ("3", "Tech Lead", False),
    ]
    assert f"filter%5Bincident-type%5D={TYPE}" in (api.calls[0].request.url or "")


def test_roles_of_all_types(session: Session, api: responses.RequestsMock) -> None:
    """Without a type every role is read, and nothing is filtered."""
    api.get(USER_DEFINED, json={"data": [role("1", "Scribe"), role("2", "Scribe", "other")]})
    assert [each.incident_type for each in Roles(session).user_defined()] == [TYPE, "other"]
    assert api.calls[0].request.url == USER_DEFINED


def test_a_role_is_defined(session: Session, api: responses.RequestsMock) -> None:
    """The request has the name, whether it is for one, and the type it belongs to for good."""
    api.post(USER_DEFINED, status=201, json={"data": role("1", "Scribe")})
    Roles(session).create(name="Scribe", incident_type=TYPE, description=None, is_single=True)
    sent = json.loads(api.calls[0].request.body or "")["data"]
    assert sent["attributes"]["policy"] == {"is_single": True}
    assert sent["relationships"]["incident_type"]["data"]["id"] == TYPE


def test_reserved_roles(session: Session, api: responses.RequestsMock) -> None:
    """Datadog's own roles are read by whatever names they have."""
    api.get(RESERVED, json={"data": [role("9", "Incident Commander", None)]})
    assert [each.name for each in Roles(session).reserved()] == ["Incident Commander"]


def test_defining_without_the_permission(session: Session, api: responses.RequestsMock) -> None:
    """Whoever may not define roles is told which permission that takes."""
    api.post(USER_DEFINED, status=403)
    with pytest.raises(Forbidden) as caught:
        Roles(session).create(name="Scribe", incident_type=TYPE, description="", is_single=True)
    assert "incident_settings_write" in (caught.value.hint or "")


def test_a_nameless_role_is_unexpected(session: Session, api: responses.RequestsMock) -> None:
    """A role that nothing names is not passed over in silence."""
    api.get(RESERVED, json={"data": [{"id": "1", "attributes": {}}]})
    with pytest.raises(UnexpectedAnswer, match="name of a role"):
        Roles(session).reserved()
