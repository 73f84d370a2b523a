"""Responders and role assignments; the shapes come from the document and are unrecorded."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from dd_incident_roles.datadog.wire.reader import (
    Object,
    document,
    flag,
    identifier,
    missing,
    object_at,
    objects_at,
    related,
    required_objects,
    text,
)
from dd_incident_roles.datadog.wire.times import time_at
from dd_incident_roles.datadog.wire.users import User, included_users
from dd_incident_roles.model import UserId


@dataclass(frozen=True, slots=True, kw_only=True)
class Responder:
    """One responder record of an incident; without a user it stands for somebody outside.

    ``assignment_ids`` are ids of role assignments; which roles they give is not said here.
    """

    id: str
    user_id: UserId | None
    assignment_ids: tuple[str, ...] = ()
    created: datetime | None = None
    last_active: datetime | None = None
    is_billable: bool | None = None
    external_id: str | None = None
    external_source: str | None = None

    @property
    def who(self) -> str:
        """What stands for whoever this is: the user's id, else where they respond from."""
        if self.user_id is not None:
            return self.user_id
        if self.external_id is None:
            return f"external:responder:{self.id}"
        return f"external:{self.external_source or 'elsewhere'}:{self.external_id}"


@dataclass(frozen=True, slots=True, kw_only=True)
class ResponderListing:
    """Every responder of an incident, and the users that came along."""

    responders: tuple[Responder, ...]
    users: Mapping[UserId, User]

    def of_user(self, user_id: UserId) -> Responder | None:
        """The record of a user; of several the oldest that holds a role, else the oldest."""
        own = [responder for responder in self.responders if responder.user_id == user_id]
        return next((responder for responder in own if responder.assignment_ids), None) or next(
            iter(own), None
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class RoleAssignment:
    """A role given to a responder: a user-defined one, or one of Datadog's reserved ones."""

    id: str
    responder_id: str | None
    user_defined_role_id: str | None = None
    reserved_role_id: str | None = None
    role: str | None = None
    created: datetime | None = None


def parse_responders(body: bytes) -> ResponderListing:
    """Read the responders of an incident; raises UnexpectedAnswer."""
    answer = document(body)
    found = {item.id: item for item in map(_responder, required_objects(answer, "data"))}
    return ResponderListing(responders=tuple(found.values()), users=included_users(answer))


def parse_responder(body: bytes) -> Responder:
    """Read an answer that holds one responder; raises UnexpectedAnswer."""
    return _responder(object_at(document(body), "data"))


def parse_role_assignment(body: bytes) -> RoleAssignment:
    """Read an answer that holds one role assignment; raises UnexpectedAnswer."""
    resource = object_at(document(body), "data")
    attributes = object_at(resource, "attributes")
    assignment_id = identifier(resource)
    if assignment_id is None:
        raise missing("data.id of a role assignment")
    return RoleAssignment(
        id=assignment_id,
        responder_id=related(resource, "responder"),
        user_defined_role_id=related(resource, "user_defined_role"),
        reserved_role_id=related(resource, "reserved_role"),
        role=text(attributes, "role"),
        created=time_at(attributes, "created"),
    )


def _responder(resource: Object) -> Responder:
    attributes = object_at(resource, "attributes")
    responder_id = identifier(resource)
    if responder_id is None:
        raise missing("the id of a responder")
    user_id = related(resource, "user")
    assignments = objects_at(resource, "relationships", "role_assignments", "data")
    assignment_ids = (identifier(assignment) for assignment in assignments)
    return Responder(
        id=responder_id,
        user_id=UserId(user_id) if user_id else None,
        assignment_ids=tuple(found for found in assignment_ids if found),
        created=time_at(attributes, "created"),
        last_active=time_at(attributes, "last_active"),
        is_billable=flag(attributes, "is_billable"),
        external_id=text(attributes, "external_id"),
        external_source=text(attributes, "external_source"),
    )
