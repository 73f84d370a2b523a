"""Role definitions, user-defined and reserved."""

from __future__ import annotations

from dataclasses import dataclass

from dd_incident_roles.datadog.wire.reader import (
    Object,
    document,
    flag,
    identifier,
    missing,
    object_at,
    related,
    required_objects,
    text,
)


@dataclass(frozen=True, slots=True, kw_only=True)
class RoleDefinition:
    """A role that responders of an incident can be given.

    A user-defined role belongs to one incident type: the same name in two types has two ids.
    """

    id: str
    name: str
    is_single: bool = False
    description: str | None = None
    incident_type: str | None = None


def parse_roles(body: bytes) -> tuple[RoleDefinition, ...]:
    """Read a listing of role definitions; raises UnexpectedAnswer."""
    return tuple(_role(item) for item in required_objects(document(body), "data"))


def parse_role(body: bytes) -> RoleDefinition:
    """Read an answer that holds one role definition; raises UnexpectedAnswer."""
    return _role(object_at(document(body), "data"))


def _role(resource: Object) -> RoleDefinition:
    attributes = object_at(resource, "attributes")
    role_id, name = identifier(resource), text(attributes, "name")
    if role_id is None or name is None:
        raise missing("the id or the name of a role")
    return RoleDefinition(
        id=role_id,
        name=name,
        is_single=flag(object_at(attributes, "policy"), "is_single") or False,
        description=text(attributes, "description"),
        incident_type=related(resource, "incident_type"),
    )
