"""The body of a request, read as JSON:API says it is laid out."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from datetime import datetime

from dd_incident_roles.sandbox.refusal import Backend, Refusal
from dd_incident_roles.sandbox.render import times


class Document:
    """The one resource that a request carries; every misreading is refused with a 400."""

    def __init__(self, body: bytes, *, kind: str, backend: Backend) -> None:
        self._backend = backend
        try:
            parsed: object = json.loads(body)
        except ValueError:
            raise self.refused("body is not JSON") from None
        data = parsed.get("data") if isinstance(parsed, Mapping) else None
        if not isinstance(data, Mapping):
            raise self.refused("missing data")
        found = data.get("type")
        if found != kind:
            raise Refusal(
                400,
                f'got type "{found}" expected one of "{kind}"',
                backend=backend,
                title="Bad Request",
                show_status=True,
            )
        self.id = data["id"] if isinstance(data.get("id"), str) else None
        self._attributes = self._object(data.get("attributes"), "attributes")
        self._relationships = self._object(data.get("relationships"), "relationships")

    def refused(self, problem: str) -> Refusal:
        """Makes the refusal for something wrong in this body."""
        return Refusal(400, problem, backend=self._backend, title="Bad Request")

    def has(self, name: str) -> bool:
        """Whether the attribute is there, be it null."""
        return name in self._attributes

    def value(self, name: str) -> object:
        """Reads an attribute of any type; None where it is missing."""
        return self._attributes.get(name)

    def text(self, name: str) -> str | None:
        """Reads an attribute that is a text, or null."""
        value = self._attributes.get(name)
        if value is not None and not isinstance(value, str):
            raise self.refused(f"{name} must be a string")
        return value

    def required_text(self, name: str) -> str:
        """Reads an attribute that must be a text and not empty."""
        value = self.text(name)
        if not value:
            raise self.refused(f"{name} is required")
        return value

    def flag(self, name: str, *, default: bool = False) -> bool:
        """Reads an attribute that is true or false."""
        value = self._attributes.get(name, default)
        if not isinstance(value, bool):
            raise self.refused(f"{name} must be a boolean")
        return value

    def number(self, name: str, *, default: int) -> int:
        """Reads an attribute that is a whole number."""
        value = self._attributes.get(name, default)
        if not isinstance(value, int) or isinstance(value, bool):
            raise self.refused(f"{name} must be an integer")
        return value

    def texts(self, name: str) -> tuple[str, ...] | None:
        """Reads an attribute that is a list of texts, or null."""
        value = self._attributes.get(name)
        if value is None:
            return None
        if not isinstance(value, list) or not all(isinstance(item, str) for item in value):
            raise self.refused(f"{name} must be a list of strings")
        return tuple(value)

    def rows(self, name: str) -> Sequence[object]:
        """Reads an attribute that is a list of anything; empty where it is missing."""
        value = self._attributes.get(name)
        if value is not None and not isinstance(value, list):
            raise self.refused(f"{name} must be a list")
        return value or []

    def mapping(self, name: str) -> Mapping[str, object]:
        """Reads an attribute that is an object; empty where it is missing."""
        return self._object(self._attributes.get(name), name)

    def moment(self, name: str) -> datetime | None:
        """Reads an attribute that is a moment, or null."""
        value = self.text(name)
        if value is None:
            return None
        try:
            return times.read(value)
        except ValueError:
            raise self.refused(f"{name} is not a time") from None

    def relates(self, name: str) -> bool:
        """Whether the relationship is there, be it to nothing."""
        return name in self._relationships

    def related(self, name: str) -> str | None:
        """Reads the id at the other end of a relationship; None where it is null or missing."""
        link = self._relationships.get(name)
        if link is None:
            return None
        data = link.get("data") if isinstance(link, Mapping) else None
        if data is None:
            return None
        row_id = data.get("id") if isinstance(data, Mapping) else None
        if not isinstance(row_id, str):
            raise self.refused(f"relationship {name} has no id")
        return row_id

    def _object(self, value: object, name: str) -> Mapping[str, object]:
        if value is None:
            return {}
        if not isinstance(value, Mapping):
            raise self.refused(f"{name} must be an object")
        return value
