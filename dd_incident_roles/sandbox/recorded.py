"""Fills the sandbox with the incidents, users and commanders that real answers showed."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path
from types import MappingProxyType

from dd_incident_roles.errors import ConfigurationError
from dd_incident_roles.sandbox.render import times
from dd_incident_roles.sandbox.render.incident import MEASURES
from dd_incident_roles.sandbox.sandbox import Sandbox
from dd_incident_roles.sandbox.state.incident import Incident, Property, Recorded
from dd_incident_roles.sandbox.state.people import ACTIVE, DISABLED, User
from dd_incident_roles.sandbox.state.response_team import Responder
from dd_incident_roles.sandbox.state.staffing import mirror_commander
from dd_incident_roles.sandbox.state.world import World

KEPT_VERBATIM = (
    *MEASURES,
    "archived",
    "case_id",
    "creation_idempotency_key",
    "non_datadog_creator",
)
ABSENT_ONCE = ("incident_type_uuid", "is_test", "archived", "declared")
"""Attributes that older answers did not have yet (recording)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Loaded:
    """How much was found."""

    people: int
    incidents: int


def load_recordings(sandbox: Sandbox, directory: Path) -> Loaded:
    """Loads each recorded incident as the last answer that shows it had it.

    Raises ConfigurationError where the directory holds no recordings or one cannot be read.
    """
    sightings = read_recordings(directory)
    with sandbox.lock:
        world = sandbox.world
        people = _users(world, sightings.users)
        last: dict[str, Sighting] = {}
        for sighting in sightings.incidents:
            known = last.get(sighting.id)
            if known is None or sighting.order >= known.order:
                last[sighting.id] = sighting
        for sighting in last.values():
            _add_incident(world, sighting, sightings)
        return Loaded(people=people, incidents=len(last))


def _users(world: World, sightings: Iterable[Sighting]) -> int:
    merged: dict[str, dict[str, object]] = {}
    for sighting in sightings:
        known = merged.setdefault(sighting.id, {})
        # a search shows "" for a name that is null elsewhere, and says less than what was known
        known.update({name: value for name, value in sighting.attributes.items() if value != ""})
    for user_id, attributes in merged.items():
        email = str(attributes["email"])
        name = attributes.get("name")
        title = attributes.get("title")
        created = _moment(attributes.get("created_at"), world.clock())
        disabled = attributes.get("disabled") is True
        world.users.put(
            User(
                id=user_id,
                email=email,
                handle=str(attributes.get("handle") or email),
                name=name if isinstance(name, str) else None,
                title=title if isinstance(title, str) else None,
                status=DISABLED if disabled else str(attributes.get("status") or ACTIVE),
                service_account=attributes.get("service_account") is True,
                verified=attributes.get("verified") is True,
                created=created,
                modified=_moment(attributes.get("modified_at"), created),
            )
        )
    return len(merged)


def _add_incident(world: World, seen: Sighting, sightings: Sightings) -> None:
    row = world.incidents.put(
        replace(_incident(world, seen, sightings), recorded=_as_recorded(seen))
    )
    for number, responder_id in enumerate(seen.related("responders")):
        world.responders.put(
            Responder(
                id=responder_id,
                incident_id=row.id,
                user_id=_responder_user(row, seen, number),
                created=row.created,
                modified=row.modified,
                created_by=row.created_by,
                last_modified_by=row.last_modified_by,
            )
        )
    if world.behaviour.commander_is_assignment:
        mirror_commander(world, row.id, row.commander, by=row.last_modified_by)


def _incident(world: World, seen: Sighting, sightings: Sightings) -> Incident:
    created = _moment(seen.attributes.get("created"), world.clock())
    declared = _moment(seen.attributes.get("declared"), created)
    created_by = _first(seen.related("created_by_user")) or world.caller
    public_id = seen.attributes.get("public_id")
    return Incident(
        id=seen.id,
        public_id=public_id if isinstance(public_id, int) else world.next_public_id(),
        title=seen.text("title") or "",
        incident_type_id=_type_id(world, seen, sightings, by=created_by),
        created=created,
        modified=_moment(seen.attributes.get("modified"), created),
        detected=_moment(seen.attributes.get("detected"), created),
        declared=declared,
        state_since=declared,
        created_by=created_by,
        last_modified_by=_first(seen.related("last_modified_by_user")) or created_by,
        declared_by=_first(seen.related("declared_by_user")) or created_by,
        properties=MappingProxyType(_properties(seen)),
        commander=_commander(seen),
        customer_impacted=seen.attributes.get("customer_impacted") is True,
        customer_impact_scope=seen.text("customer_impact_scope") or None,
        customer_impact_start=_maybe_moment(seen.attributes.get("customer_impact_start")),
        customer_impact_end=_maybe_moment(seen.attributes.get("customer_impact_end")),
        resolved=_maybe_moment(seen.attributes.get("resolved")),
        visibility=seen.text("visibility"),
        is_test=seen.attributes.get("is_test") is True,
    )


def _as_recorded(seen: Sighting) -> Recorded:
    return Recorded(
        verbatim=MappingProxyType(
            {name: seen.attributes[name] for name in KEPT_VERBATIM if name in seen.attributes}
        ),
        absent=frozenset(_absent(seen)),
        property_ids=tuple(seen.related("user_defined_fields")),
    )


def _absent(seen: Sighting) -> Iterable[str]:
    missing = [name for name in ABSENT_ONCE if name not in seen.attributes]
    if "declared" in missing:
        missing += ["declared_by", "declared_by_uuid"]
    return missing


def _commander(seen: Sighting) -> str | None:
    """Tells the commander; the relationship of a PATCH answer is always null (recording)."""
    if "commander" in seen.attributes:
        return seen.nested("commander")
    return _first(seen.related("commander_user"))


def _responder_user(row: Incident, seen: Sighting, number: int) -> str | None:
    """Guesses the user of a responder, whom incidents do not show.

    The answers that show two had the commander and whoever made the change; the others, if they
    show any, the commander alone (recording). Nobody is guessed beyond that.
    """
    likely = [row.commander] if row.commander is not None else []
    if seen.method == "PATCH":
        likely.append(row.last_modified_by)
    return likely[number] if number < len(likely) else None


def _properties(seen: Sighting) -> dict[str, Property]:
    fields = seen.attributes.get("fields")
    return {
        str(name): Property(type=str(each.get("type")), value=each.get("value"))
        for name, each in (fields.items() if isinstance(fields, dict) else ())
        if isinstance(each, dict)
    }


def _type_id(world: World, seen: Sighting, sightings: Sightings, *, by: str) -> str:
    type_id = seen.text("incident_type_uuid")
    if type_id is None:
        return world.default_type.id
    if world.incident_types.get(type_id) is None:
        name = sightings.type_names.get(type_id, f"Recorded type {type_id[:8]}")
        world.add_incident_type(type_id, name, by=by)
    return type_id


def _first(row_ids: list[str]) -> str | None:
    return row_ids[0] if row_ids else None


def _maybe_moment(value: object) -> datetime | None:
    return times.read(value) if isinstance(value, str) else None


def _moment(value: object, otherwise: datetime) -> datetime:
    return _maybe_moment(value) or otherwise


@dataclass(frozen=True, slots=True, kw_only=True)
class Sighting:
    """One row as one recorded answer showed it."""

    method: str
    search: bool
    id: str
    attributes: Mapping[str, object]
    relationships: Mapping[str, object]

    @property
    def order(self) -> tuple[str, bool]:
        """How late it is; of two that are as late, a search is the one that says less."""
        modified = self.text("modified")
        when = "" if modified is None else times.whole_seconds(times.read(modified))
        return when, not self.search

    def text(self, name: str) -> str | None:
        """Reads an attribute that is a text; None where it is anything else."""
        value = self.attributes.get(name)
        return value if isinstance(value, str) else None

    def related(self, name: str) -> list[str]:
        """Lists the ids at the other end of a relationship."""
        link = self.relationships.get(name)
        data = link.get("data") if isinstance(link, Mapping) else None
        rows = data if isinstance(data, list) else [data]
        return [str(row["id"]) for row in rows if isinstance(row, Mapping) and "id" in row]

    def nested(self, name: str) -> str | None:
        """Tells the id of the user that stands whole in an attribute."""
        value = self.attributes.get(name)
        data = value.get("data") if isinstance(value, Mapping) else None
        found = data.get("id") if isinstance(data, Mapping) else None
        return found if isinstance(found, str) else None


@dataclass(frozen=True, slots=True, kw_only=True)
class Sightings:
    """Everything that the recordings show, in the order in which they were read."""

    users: tuple[Sighting, ...]
    incidents: tuple[Sighting, ...]
    type_names: Mapping[str, str]


def read_recordings(directory: Path) -> Sightings:
    """Reads every recording of a directory.

    Raises ConfigurationError where there is none, or one cannot be read.
    """
    files = sorted(directory.glob("*.json"))
    if not files:
        raise ConfigurationError("holds no recordings (*.json)", file=str(directory))
    users: list[Sighting] = []
    incidents: list[Sighting] = []
    type_names: dict[str, str] = {}
    for file in files:
        for method, search, body in _answers(file):
            for row in _objects(body):
                sighting = _sighting(row, method=method, search=search)
                if sighting is None:
                    type_names |= _type_name(row)
                elif row.get("type") == "users" and "email" in sighting.attributes:
                    users.append(sighting)
                elif row.get("type") == "incidents" and "public_id" in sighting.attributes:
                    incidents.append(sighting)
    return Sightings(users=tuple(users), incidents=tuple(incidents), type_names=type_names)


def _answers(file: Path) -> Iterator[tuple[str, bool, object]]:
    try:
        exchanges: object = json.loads(file.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise ConfigurationError(f"is not a recording: {error}", file=str(file)) from error
    for exchange in exchanges if isinstance(exchanges, list) else [exchanges]:
        request = exchange.get("request") if isinstance(exchange, dict) else None
        response = exchange.get("response") if isinstance(exchange, dict) else None
        if not isinstance(request, dict) or not isinstance(response, dict):
            raise ConfigurationError(
                "is not a recording: needs a list of requests with their responses", file=str(file)
            )
        status = response.get("status")
        if isinstance(status, int) and 200 <= status < 300:
            search = "/incidents/search" in str(request.get("url"))
            yield str(request.get("method")), search, response.get("body")


def _objects(value: object) -> Iterator[Mapping[str, object]]:
    if isinstance(value, dict):
        yield value
        for part in value.values():
            yield from _objects(part)
    elif isinstance(value, list):
        for part in value:
            yield from _objects(part)


def _sighting(row: Mapping[str, object], *, method: str, search: bool) -> Sighting | None:
    attributes = row.get("attributes")
    relationships = row.get("relationships", {})
    row_id = row.get("id")
    if not isinstance(attributes, dict) or not isinstance(row_id, str):
        return None
    return Sighting(
        method=method,
        search=search,
        id=row_id,
        attributes=attributes,
        relationships=relationships if isinstance(relationships, dict) else {},
    )


def _type_name(row: Mapping[str, object]) -> dict[str, str]:
    facets = row.get("incident_type")
    return {
        str(each["id"]): str(each["name"])
        for each in (facets if isinstance(facets, list) else [])
        if isinstance(each, dict) and {"id", "name"} <= set(each)
    }
