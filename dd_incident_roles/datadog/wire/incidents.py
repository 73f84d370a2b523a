"""Incidents in the three serialisations that are recorded, read into one."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from types import MappingProxyType

from dd_incident_roles.datadog.wire.fields import field_types, field_values
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
    whole_number,
)
from dd_incident_roles.datadog.wire.times import time_at
from dd_incident_roles.datadog.wire.users import User, by_id, included_users, read_user
from dd_incident_roles.errors import UnexpectedAnswer
from dd_incident_roles.model import FieldValue, Incident, IncidentId, UserId

_NESTED_USERS = ("commander", "declared_by", "created_by", "last_modified_by")


@dataclass(frozen=True, slots=True, kw_only=True)
class IncidentReading:
    """An incident with everything that came along with it.

    ``responder_ids`` are ids of responder records, not of users. ``field_types`` has the type that
    each property field is written with.
    """

    incident: Incident
    users: Mapping[UserId, User]
    responder_ids: tuple[str, ...]
    field_types: Mapping[str, str] = field(default_factory=lambda: MappingProxyType({}))


@dataclass(frozen=True, slots=True, kw_only=True)
class IncidentPage:
    """One page of a listing or a search; ``total`` counts every page, and only a search has it.

    ``unread`` are those of which the id alone could be read, and why.
    """

    readings: tuple[IncidentReading, ...]
    unread: Mapping[IncidentId, str] = field(default_factory=lambda: MappingProxyType({}))
    total: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ShownCommander:
    """Who an answer says is the commander; None when it says that nobody is."""

    user_id: UserId | None


def parse_incident(body: bytes) -> IncidentReading:
    """Read an answer that holds one incident; raises UnexpectedAnswer."""
    answer = document(body)
    return _reading(object_at(answer, "data"), included_users(answer))


def parse_listing(body: bytes) -> IncidentPage:
    """Read one page of the listing of all incidents; raises UnexpectedAnswer."""
    answer = document(body)
    users = included_users(answer)
    return _page(required_objects(answer, "data"), users)


def parse_search(body: bytes) -> IncidentPage:
    """Read one page of a search; raises UnexpectedAnswer."""
    answer = document(body)
    attributes = object_at(answer, "data", "attributes")
    users = included_users(answer)
    hits = required_objects(attributes, "incidents")
    total = whole_number(attributes, "total")
    return _page([object_at(hit, "data") for hit in hits], users, total)


def _page(
    rows: Iterable[Object], users: Mapping[UserId, User], total: int | None = None
) -> IncidentPage:
    """Read rows one by one; raises UnexpectedAnswer only where nobody knows which one it is."""
    readings: list[IncidentReading] = []
    unread: dict[IncidentId, str] = {}
    for row in rows:
        try:
            readings.append(_reading(row, users))
        except UnexpectedAnswer as error:
            incident_id = identifier(row)
            if incident_id is None:
                raise
            unread[IncidentId(incident_id)] = error.message
    return IncidentPage(readings=tuple(readings), unread=MappingProxyType(unread), total=total)


def parse_written_commander(body: bytes) -> ShownCommander | None:
    """Read who the answer to a PATCH shows as commander, None when it does not say.

    Only the attribute counts: the relationship of such an answer is null in every recording,
    whoever was made commander.
    """
    attributes = object_at(document(body), "data", "attributes")
    if "commander" not in attributes:
        return None
    user_id = identifier(object_at(attributes, "commander", "data"))
    return ShownCommander(user_id=UserId(user_id) if user_id else None)


def parse_written_fields(body: bytes) -> Mapping[str, FieldValue]:
    """Read what the answer to a PATCH shows in the property fields; raises UnexpectedAnswer."""
    return field_values(object_at(document(body), "data", "attributes"))


def _reading(resource: Object, included: Mapping[UserId, User]) -> IncidentReading:
    attributes = object_at(resource, "attributes")
    nested = (read_user(object_at(attributes, name, "data")) for name in _NESTED_USERS)
    responders = objects_at(resource, "relationships", "responders", "data")
    responder_ids = (identifier(responder) for responder in responders)
    return IncidentReading(
        incident=_incident(resource, attributes),
        users=MappingProxyType(by_id([*included.values(), *nested])),
        responder_ids=tuple(found for found in responder_ids if found),
        field_types=field_types(attributes),
    )


def _incident(resource: Object, attributes: Object) -> Incident:
    incident_id, public_id = identifier(resource), whole_number(attributes, "public_id")
    if incident_id is None:
        raise missing("the id of an incident")
    if public_id is None:
        raise missing(f"public_id of the incident {incident_id}")
    declared = time_at(attributes, "declared") or time_at(attributes, "created")
    if declared is None:
        raise missing(f"the time at which the incident {incident_id} was declared")
    title = attributes.get("title")
    return Incident(
        id=IncidentId(incident_id),
        public_id=public_id,
        title=title if isinstance(title, str) else "",
        severity=_either(attributes, "severity") or "UNKNOWN",
        state=_either(attributes, "state") or "unknown",
        declared=declared,
        modified=time_at(attributes, "modified") or declared,
        resolved=time_at(attributes, "resolved"),
        customer_impacted=flag(attributes, "customer_impacted") or False,
        incident_type=_incident_type(resource, attributes),
        private=(text(attributes, "visibility") or "").casefold() == "private",
        is_test=flag(attributes, "is_test") or False,
        declared_by=_user(resource, attributes, "declared_by")
        or _user(resource, attributes, "created_by"),
        commander=_commander(resource, attributes),
        fields=field_values(attributes),
    )


def _either(attributes: Object, name: str) -> str | None:
    """Severity and state stand at the top and among the fields; older answers had only one."""
    return text(attributes, name) or text(object_at(attributes, "fields", name), "value")


def _incident_type(resource: Object, attributes: Object) -> str | None:
    told = text(attributes, "incident_type_uuid")
    return told.lower() if told else related(resource, "incident_type")


def _commander(resource: Object, attributes: Object) -> UserId | None:
    """The attribute wins where there is one: beside it the relationship of a PATCH is wrong."""
    if "commander" in attributes:
        user_id = identifier(object_at(attributes, "commander", "data"))
    else:
        user_id = related(resource, "commander_user")
    return UserId(user_id) if user_id else None


def _user(resource: Object, attributes: Object, name: str) -> UserId | None:
    user_id = (
        related(resource, f"{name}_user")
        or identifier(object_at(attributes, name, "data"))
        or text(attributes, f"{name}_uuid")
    )
    return UserId(user_id.lower()) if user_id else None
