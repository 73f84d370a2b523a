"""What recorded answers show of users and incidents, before it is put together."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from dd_incident_roles.errors import ConfigurationError
from dd_incident_roles.sandbox.render import times


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
