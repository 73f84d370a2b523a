"""The roles that Datadog knows: those an organisation defined, and Datadog's own."""

from __future__ import annotations

from dd_incident_roles.datadog.http import Session
from dd_incident_roles.datadog.paths import INCIDENTS
from dd_incident_roles.datadog.wire.roles import RoleDefinition, parse_role, parse_roles

_USER_DEFINED = f"{INCIDENTS}/config/user-defined-roles"
_RESERVED = f"{INCIDENTS}/config/reserved-roles"


class Roles:
    """Role definitions; neither listing has pages."""

    def __init__(self, session: Session) -> None:
        self._session = session

    def user_defined(self, incident_type: str | None = None) -> tuple[RoleDefinition, ...]:
        """Read the roles of one incident type, or of all of them."""
        # The hyphen is Datadog's (released client).
        params = (("filter[incident-type]", incident_type),) if incident_type else ()
        roles = self._session.get(_USER_DEFINED, parse_roles, params)
        # A server that ignored the filter must not lend a role of another type.
        return tuple(
            role
            for role in roles
            if not incident_type or role.incident_type in {None, incident_type.lower()}
        )

    def create(
        self, *, name: str, incident_type: str, description: str | None, is_single: bool
    ) -> RoleDefinition:
        """Define a role for one incident type, for good: it cannot be moved to another type.

        Raises Refused for Datadog's own names, "Incident Commander" and "Responder".
        """
        type_ = {"type": "incident_types", "id": incident_type}
        body = {
            "data": {
                "type": "incident_user_defined_roles",
                "attributes": {
                    "name": name,
                    "description": description,
                    "policy": {"is_single": is_single},
                },
                "relationships": {"incident_type": {"data": type_}},
            }
        }
        return self._session.post(_USER_DEFINED, body, parse_role)

    def reserved(self) -> tuple[RoleDefinition, ...]:
        """Read Datadog's own roles, unreleased; their names are nowhere promised."""
        return self._session.get(_RESERVED, parse_roles)
