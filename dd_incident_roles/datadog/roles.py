"""What an organisation defined for incidents: types, and the roles and property fields of each."""

from __future__ import annotations

from contextlib import suppress

from dd_incident_roles.datadog import wire
from dd_incident_roles.datadog.http import Session
from dd_incident_roles.errors import DatadogError, NotFound
from dd_incident_roles.values import frozen

_TYPES = f"{wire.INCIDENTS}/config/types"
_ROLES = f"{wire.INCIDENTS}/config/user-defined-roles"
_ROLE = "incident_user_defined_roles"
_FIELDS = f"{wire.INCIDENTS}/config/user-defined-fields"
_FIELD = "user_defined_field"
_FIELDS_ON_A_PAGE = 1000

_TEXT_ARRAY = 4
"""The type of a role's field, a list of texts, where the field is defined (released client)."""


@frozen
class IncidentType:
    """A type of incident; an incident that is declared without one has the default type."""

    id: str
    name: str
    is_default: bool = False


@frozen
class RoleDefinition:
    """A role that responders of an incident can be given.

    It belongs to one incident type: the same name in two types has two ids.
    """

    id: str
    name: str
    is_single: bool = False
    incident_type: str | None = None
    description: str | None = None


@frozen
class FieldDefinition:
    """A property field of one incident type; ``is_text_array`` is None where nothing tells."""

    id: str
    name: str
    incident_type: str | None = None
    is_text_array: bool | None = None


def _incident_type(resource: wire.Object) -> IncidentType:
    type_id, name = wire.identifier(resource), wire.text(resource, "attributes", "name")
    if type_id is None or name is None:
        raise wire.lack_error("the id or the name of an incident type")
    is_default = wire.flag(resource, "attributes", "is_default") or False
    return IncidentType(id=type_id, name=name, is_default=is_default)


def _role(resource: wire.Object) -> RoleDefinition:
    role_id, name = wire.identifier(resource), wire.text(resource, "attributes", "name")
    if role_id is None or name is None:
        raise wire.lack_error("the id or the name of a role")
    return RoleDefinition(
        id=role_id,
        name=name,
        is_single=wire.flag(resource, "attributes", "policy", "is_single") or False,
        incident_type=wire.relation(resource, "incident_type"),
        description=wire.text(resource, "attributes", "description"),
    )


def _field(resource: wire.Object) -> tuple[str, FieldDefinition | None]:
    """The id of a field, and what it is unless it was deleted."""
    attributes = wire.object_at(resource, "attributes")
    field_id, name = wire.identifier(resource), wire.text(attributes, "name")
    if field_id is None or name is None:
        raise wire.lack_error("the id or the name of a property field")
    # Unverified: it may be a flag, or the moment of its deletion.
    if wire.flag(attributes, "deleted") or wire.text(attributes, "deleted"):
        return field_id, None
    number = wire.whole_number(attributes, "type")
    return field_id, FieldDefinition(
        id=field_id,
        name=name,
        incident_type=wire.relation(resource, "incident_type"),
        is_text_array=None if number is None else number == _TEXT_ARRAY,
    )


def _of_type(incident_type: str | None) -> wire.Params:
    # The hyphen is Datadog's (released client).
    return (("filter[incident-type]", incident_type),) if incident_type else ()


def _belongs(defined: RoleDefinition | FieldDefinition, incident_type: str | None) -> bool:
    # A server that ignored the filter must not lend what is of another type.
    return not incident_type or defined.incident_type in {None, incident_type.lower()}


@frozen
class Defined:
    """A role that Datadog defines; ``made`` says that it does so only since now."""

    definition: RoleDefinition
    made: bool


class Roles:
    """Incident types and role definitions; neither listing has pages."""

    def __init__(self, session: Session) -> None:
        self._session = session

    def incident_types(self) -> tuple[IncidentType, ...]:
        """Read the incident types; each of them is recorded, the listing is not."""
        return self._session.get(_TYPES, wire.reads_all(_incident_type))

    def definitions(self, incident_type: str | None = None) -> tuple[RoleDefinition, ...]:
        """Read the roles of one incident type, or of all of them."""
        roles = self._session.get(_ROLES, wire.reads_all(_role), _of_type(incident_type))
        return tuple(role for role in roles if _belongs(role, incident_type))

    def define(
        self, *, name: str, incident_type: str, description: str | None, is_single: bool
    ) -> Defined:
        """Have a role of this name, in any case, in one incident type; one that is there is used.

        A role cannot be moved to another type. Datadog may take a second role of the same name (no
        conflict is documented), so it is looked for first, and once more where the answer was lost;
        nothing is sent twice. Raises Refused for Datadog's own names, "Incident Commander" and
        "Responder", and an ambiguous DatadogError where nobody can tell whether the role was made.
        """
        present = self._find(name, incident_type)
        if present:
            return Defined(definition=present, made=False)
        body = wire.request_body(
            _ROLE,
            attributes={
                "name": name,
                "description": description,
                "policy": {"is_single": is_single},
            },
            relationships={"incident_type": wire.reference("incident_types", incident_type)},
        )
        try:
            made = self._session.post(_ROLES, body, wire.reads_one(_role))
        except DatadogError as error:
            # A search that fails too hides nothing of what it was that failed first.
            with suppress(DatadogError):
                if error.ambiguous and (found := self._find(name, incident_type)):
                    return Defined(definition=found, made=True)
            raise
        return Defined(definition=made, made=True)

    def change(
        self,
        role_id: str,
        *,
        is_single: bool | None = None,
        description: str | None = None,
    ) -> RoleDefinition:
        """Change what is given of a role, once, and return what is shown then (released client)."""
        policy = {} if is_single is None else {"policy": {"is_single": is_single}}
        said = {} if description is None else {"description": description}
        body = wire.request_body(_ROLE, id=role_id, attributes={**policy, **said})
        return self._session.patch(wire.path(_ROLES, role_id), body, wire.reads_one(_role))

    def delete(self, role_id: str) -> None:
        """Delete a role; one that is gone already is as it should be."""
        with suppress(NotFound):
            self._session.delete(wire.path(_ROLES, role_id))

    def _find(self, name: str, incident_type: str) -> RoleDefinition | None:
        wanted = name.casefold()
        roles = self.definitions(incident_type)
        return next((role for role in roles if role.name.casefold() == wanted), None)


class Fields:
    """Definitions of property fields, a preview of Datadog's that no recording shows."""

    def __init__(self, session: Session) -> None:
        self._session = session

    def definitions(self, incident_type: str | None = None) -> tuple[FieldDefinition, ...]:
        """Read the fields of one incident type, or of all, deleted ones left out."""
        read, own = wire.reads_page(_field), _of_type(incident_type)
        rows = self._session.get_all(_FIELDS, read, own, size=_FIELDS_ON_A_PAGE)
        return tuple(field for _, field in rows if field and _belongs(field, incident_type))

    def define(self, *, name: str, title: str, incident_type: str) -> FieldDefinition:
        """Define a field that holds a list of texts, once."""
        body = wire.request_body(
            _FIELD,
            attributes={"name": name, "display_name": title, "type": _TEXT_ARRAY},
            relationships={"incident_type": wire.reference("incident_types", incident_type)},
        )
        made = self._session.post(_FIELDS, body, wire.reads_one(_field))[1]
        if made is None:
            raise wire.lack_error("the property field that was made")
        return made

    def delete(self, field_id: str) -> None:
        """Delete a field; one that is gone already is as it should be."""
        with suppress(NotFound):
            self._session.delete(wire.path(_FIELDS, field_id))
