"""The roles that Datadog knows: those an organisation defined, and Datadog's own."""

from __future__ import annotations

from dataclasses import dataclass

from dd_incident_roles.datadog.http import Session
from dd_incident_roles.datadog.paths import INCIDENTS
from dd_incident_roles.datadog.wire.roles import RoleDefinition, parse_role, parse_roles
from dd_incident_roles.errors import DatadogError

_USER_DEFINED = f"{INCIDENTS}/config/user-defined-roles"
_RESERVED = f"{INCIDENTS}/config/reserved-roles"


@dataclass(frozen=True, slots=True, kw_only=True)
class Defined:
    """A role that Datadog defines; ``made`` says that it does so only since now."""

    definition: RoleDefinition
    made: bool


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

    def define(
        self, *, name: str, incident_type: str, description: str | None, is_single: bool
    ) -> Defined:
        """Have a role of this name, in any case, in one incident type; one that is there is used.

        Datadog may take a second role of the same name (no conflict is documented), so it is looked
        for first, and once more where the answer was lost; nothing is sent twice. Raises
        DatadogError; an ambiguous one where nobody can tell whether the role was made.
        """
        present = self._called(name, incident_type)
        if present:
            return Defined(definition=present, made=False)
        try:
            made = self.create(
                name=name,
                incident_type=incident_type,
                description=description,
                is_single=is_single,
            )
        except DatadogError as error:
            found = self._arrived(name, incident_type) if error.ambiguous else None
            if found is None:
                raise
            made = found
        return Defined(definition=made, made=True)

    def _called(self, name: str, incident_type: str) -> RoleDefinition | None:
        wanted = name.casefold()
        roles = self.user_defined(incident_type)
        return next((role for role in roles if role.name.casefold() == wanted), None)

    def _arrived(self, name: str, incident_type: str) -> RoleDefinition | None:
        try:
            return self._called(name, incident_type)
        except DatadogError:
            return None

    def reserved(self) -> tuple[RoleDefinition, ...]:
        """Read Datadog's own roles, unreleased; their names are nowhere promised."""
        return self._session.get(_RESERVED, parse_roles)
