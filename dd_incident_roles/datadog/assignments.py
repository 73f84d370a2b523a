"""Role assignments: which responder has which role, an unreleased part of Datadog's API."""

from __future__ import annotations

from dd_incident_roles.datadog.http import Session
from dd_incident_roles.datadog.paths import INCIDENTS, path
from dd_incident_roles.datadog.wire.responders import RoleAssignment, parse_role_assignment
from dd_incident_roles.errors import NotFound

_PATH = f"{INCIDENTS}/role_assignments"


class RoleAssignments:
    """Role assignments; there is no listing of them, a responder names the ids of its own."""

    def __init__(self, session: Session) -> None:
        self._session = session

    def create(self, *, responder_id: str, user_defined_role_id: str) -> RoleAssignment:
        """Give a responder a user-defined role.

        Raises Refused with status 409 when somebody holds a role that is for one, or the responder
        has it already (documented without a cause): read again before believing either.
        """
        responder = {"type": "incident_responders", "id": responder_id}
        role = {"type": "incident_user_defined_roles", "id": user_defined_role_id}
        body = {
            "data": {
                "type": "incident_role_assignments",
                "attributes": {"role": None},
                "relationships": {
                    "responder": {"data": responder},
                    "user_defined_role": {"data": role},
                },
            }
        }
        return self._session.post(_PATH, body, parse_role_assignment)

    def get(self, assignment_id: str) -> RoleAssignment:
        """Read one role assignment; raises NotFound when it is gone."""
        return self._session.get(path(_PATH, assignment_id), parse_role_assignment)

    def delete(self, assignment_id: str) -> None:
        """Take a role away again; an assignment that is gone already counts as deleted."""
        where = path(_PATH, assignment_id)
        try:
            self._session.delete(where)
        except NotFound:
            return
