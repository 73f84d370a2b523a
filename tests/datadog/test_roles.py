"""Role definitions, Datadog's and an organisation's."""

from __future__ import annotations

import pytest
import requests

from dd_incident_roles.datadog.http import Session
from dd_incident_roles.datadog.roles import Defined, Roles
from dd_incident_roles.datadog.wire import reference
from dd_incident_roles.errors import DatadogError, Forbidden, Refused, UnexpectedAnswer
from tests.datadog.conftest import BASE, Datadog, failure
from tests.datadog.payloads import TYPE

USER_DEFINED = f"{BASE}/api/v2/incidents/config/user-defined-roles"


def role(role_id: str, name: str, incident_type: str | None = TYPE, **more: object) -> object:
    """A role definition as a resource."""
    return {
        "type": "incident_user_defined_roles",
        "id": role_id,
        "attributes": {"name": name, **more},
        "relationships": {"incident_type": reference("incident_types", incident_type)},
    }


def test_roles_belong_to_a_type(dd: Datadog) -> None:
    """The type is asked for, and a role of another type is not taken for one of it."""
    rows = [role("1", "Scribe", policy={"is_single": True}), role("2", "Scribe", "other")]
    rows.append(role("3", "Tech Lead", None, description="leads"))
    dd.api.get(USER_DEFINED, json={"data": rows})
    found = Roles(dd.session).definitions(TYPE)
    assert [(each.id, each.name, each.is_single) for each in found] == [
        ("1", "Scribe", True),
        ("3", "Tech Lead", False),
    ]
    assert f"filter%5Bincident-type%5D={TYPE}" in (dd.api.calls[0].request.url or "")


def test_roles_of_all_types(dd: Datadog) -> None:
    """Without a type every role is read, and nothing is filtered."""
    dd.api.get(USER_DEFINED, json={"data": [role("1", "Scribe"), role("2", "Scribe", "other")]})
    assert [each.incident_type for each in Roles(dd.session).definitions()] == [TYPE, "other"]
    assert dd.api.calls[0].request.url == USER_DEFINED


def test_a_role_is_defined(dd: Datadog) -> None:
    """The request has the name, whether it is for one, and the type it belongs to for good."""
    dd.api.get(USER_DEFINED, json={"data": [role("2", "Liaison", "other")]})
    dd.api.post(USER_DEFINED, status=201, json={"data": role("3", "Liaison")})
    defined = define(dd.session)
    assert (defined.definition.id, defined.made) == ("3", True)
    attributes = {"name": "Liaison", "description": None, "policy": {"is_single": True}}
    assert dd.bodies[1]["attributes"] == attributes
    assert dd.bodies[1]["relationships"]["incident_type"]["data"]["id"] == TYPE


def test_a_nameless_role_is_unexpected(dd: Datadog) -> None:
    """A role that nothing names is not passed over in silence."""
    dd.api.get(USER_DEFINED, json={"data": [{"id": "1", "attributes": {}}]})
    with pytest.raises(UnexpectedAnswer, match="name of a role"):
        Roles(dd.session).definitions()


def define(session: Session) -> Defined:
    """Have Datadog define the liaison."""
    return Roles(session).define(
        name="Liaison", incident_type=TYPE, description=None, is_single=True
    )


def test_a_role_that_is_there_is_used(dd: Datadog) -> None:
    """A role of the same name, in any case, is not defined again."""
    dd.api.get(USER_DEFINED, json={"data": [role("1", "Scribe"), role("2", "LIAISON")]})
    defined = define(dd.session)
    assert (defined.definition.id, defined.made) == ("2", False)
    assert dd.methods == ["GET"]


@pytest.mark.parametrize("arrived", [True, False])
def test_a_lost_answer_is_looked_up(dd: Datadog, arrived: bool) -> None:
    """Nobody answers: the role is found if it was made, and never sent a second time."""
    listed = [[], [role("3", "liaison")] if arrived else []]
    for rows in listed:
        dd.api.get(USER_DEFINED, json={"data": rows})
    dd.api.post(USER_DEFINED, body=requests.ConnectionError("gone"))
    if arrived:
        assert define(dd.session).definition.id == "3"
    else:
        assert failure(DatadogError, lambda: define(dd.session)).ambiguous
    assert dd.methods == ["GET", "POST", "GET"]


def test_a_lookup_that_fails_hides_nothing(dd: Datadog) -> None:
    """Where the role cannot be looked up, what is raised is about the write that is in doubt."""
    dd.api.get(USER_DEFINED, json={"data": []})
    dd.api.get(USER_DEFINED, status=403)
    dd.api.post(USER_DEFINED, status=502)
    error = failure(DatadogError, lambda: define(dd.session))
    assert (error.status, error.ambiguous) == (502, True)


@pytest.mark.parametrize(
    ("status", "kind", "hint"),
    [(400, Refused, "Nothing was changed"), (403, Forbidden, "incident_settings_write")],
)
def test_a_refusal_is_not_looked_up(
    status: int, kind: type[DatadogError], hint: str, dd: Datadog
) -> None:
    """A clear refusal is no lost answer; a missing permission is named."""
    dd.api.get(USER_DEFINED, json={"data": []})
    dd.api.post(USER_DEFINED, status=status)
    assert hint in (failure(kind, lambda: define(dd.session)).hint or "")
    assert dd.methods == ["GET", "POST"]
