"""Role assignments: made, read and taken away one by one."""

from __future__ import annotations

import json

import pytest
import responses

from dd_incident_roles.datadog.http import Session
from dd_incident_roles.datadog.responders import RoleAssignments
from dd_incident_roles.errors import NotFound, Refused, UnexpectedAnswer
from tests.datadog.conftest import BASE

URL = f"{BASE}/api/v2/incidents/role_assignments"


def assignment(**relationships: str) -> dict[str, object]:
    """A role assignment as a resource."""
    return {
        "type": "incident_role_assignments",
        "id": "a1",
        "attributes": {"role": None, "created": "2026-02-23T14:06:27Z"},
        "relationships": {
            name: {"data": {"type": "any", "id": each}} for name, each in relationships.items()
        },
    }


def test_a_role_is_given_to_a_responder(session: Session, api: responses.RequestsMock) -> None:
    """The request names the responder's record and the role."""
    made = assignment(responder="r1", user_defined_role="role1")
    api.post(URL, status=201, json={"data": made})
    assignments = RoleAssignments(session)
    assert assignments.create(responder_id="r1", user_defined_role_id="role1") == "a1"
    sent = json.loads(api.calls[0].request.body or "")["data"]
    assert sent["relationships"] == {
        "responder": {"data": {"type": "incident_responders", "id": "r1"}},
        "user_defined_role": {"data": {"type": "incident_user_defined_roles", "id": "role1"}},
    }


def test_a_conflict_keeps_its_status(session: Session, api: responses.RequestsMock) -> None:
    """A 409 is told apart, because it calls for reading again."""
    api.post(URL, status=409)
    with pytest.raises(Refused) as caught:
        RoleAssignments(session).create(responder_id="r1", user_defined_role_id="role1")
    assert (caught.value.status, caught.value.ambiguous) == (409, False)
    assert session.requests == {"POST": 1}


def test_a_lost_assignment_is_not_made_again(session: Session, api: responses.RequestsMock) -> None:
    """A server error leaves the assignment in doubt."""
    api.post(URL, status=500)
    with pytest.raises(UnexpectedAnswer) as caught:
        RoleAssignments(session).create(responder_id="r1", user_defined_role_id="role1")
    assert caught.value.ambiguous
    assert session.requests == {"POST": 1}


def test_a_reserved_role_is_read_as_one(session: Session, api: responses.RequestsMock) -> None:
    """The commander's assignment points to a role of Datadog's own."""
    api.get(f"{URL}/a1", json={"data": assignment(responder="r1", reserved_role="own")})
    assert RoleAssignments(session).role_of("a1") is None


def test_an_endpoint_that_is_missing_is_not_found(
    session: Session, api: responses.RequestsMock
) -> None:
    """An organisation without the endpoint answers 404, which reading does not hide."""
    api.get(f"{URL}/a1", status=404)
    with pytest.raises(NotFound):
        RoleAssignments(session).role_of("a1")


def test_deleting_what_is_gone_is_done(session: Session, api: responses.RequestsMock) -> None:
    """An assignment that somebody else took away meanwhile counts as deleted."""
    api.delete(f"{URL}/a1", status=404)
    RoleAssignments(session).delete("a1")
    assert session.requests == {"DELETE": 1}
