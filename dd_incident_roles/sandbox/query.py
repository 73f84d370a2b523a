"""The language of the search box, as far as it is known: facets, values, AND, OR, parentheses."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from fnmatch import fnmatchcase

from dd_incident_roles.sandbox.state.incident import Incident
from dd_incident_roles.sandbox.state.world import World

_TOKEN = re.compile(r'\(|\)|-(?=[\w(])|[\w.@-]+:|"[^"]*"|[^\s()"]+')
_Test = Callable[[World, Incident], bool]


@dataclass(frozen=True, slots=True, kw_only=True)
class Query:
    """A search query that has been understood."""

    test: _Test
    facets: frozenset[str]

    @classmethod
    def parse(cls, text: str) -> Query:
        """Reads a query; words that belong to no facet, and unknown facets, filter nothing."""
        reader = _Reader(_TOKEN.findall(text))
        return cls(test=reader.either(None), facets=frozenset(reader.facets))

    def matches(self, world: World, incident: Incident) -> bool:
        """Whether the incident is a hit."""
        return self.test(world, incident)

    def names(self, facet: str) -> bool:
        """Whether the query filters on this facet."""
        return facet in self.facets


class _Reader:
    def __init__(self, tokens: list[str]) -> None:
        self._tokens = tokens
        self._next = 0
        self.facets: set[str] = set()

    def either(self, facet: str | None) -> _Test:
        parts = [self._both(facet)]
        while self._peek() == "OR":
            self._take()
            parts.append(self._both(facet))
        return lambda world, row: any(part(world, row) for part in parts)

    def _both(self, facet: str | None) -> _Test:
        parts: list[_Test] = []
        while self._peek() not in (None, ")", "OR"):
            if self._peek() == "AND":
                self._take()
                continue
            parts.append(self._one(facet))
        return lambda world, row: all(part(world, row) for part in parts)

    def _one(self, facet: str | None) -> _Test:
        word = self._take()
        if word in {"-", "NOT"} and self._peek() not in (None, ")"):
            part = self._one(facet)
            return lambda world, row: not part(world, row)
        if word == "(":
            part = self.either(facet)
            if self._peek() == ")":
                self._take()
            return part
        if word.endswith(":") and len(word) > 1 and facet is None:
            name = word[:-1]
            self.facets.add(name)
            return self._one(name) if self._peek() not in (None, ")") else _anything
        return _test(facet, word.strip('"'))

    def _peek(self) -> str | None:
        return self._tokens[self._next] if self._next < len(self._tokens) else None

    def _take(self) -> str:
        self._next += 1
        return self._tokens[self._next - 1]


def _anything(_world: World, _row: Incident) -> bool:
    return True


def _test(facet: str | None, value: str) -> _Test:
    wanted = value.lower()

    def test(world: World, row: Incident) -> bool:
        held = None if facet is None else _values(world, row, facet)
        return held is None or any(fnmatchcase(each.lower(), wanted) for each in held)

    return test


def _values(world: World, row: Incident, facet: str) -> list[str] | None:
    """Lists what the incident has under a facet, or None for a facet that nobody knows."""
    match facet:
        case "state":
            return [row.state]
        case "severity":
            return [row.severity]
        case "visibility":
            return [row.visibility or ""]
        case "is_test":
            return _truth(row.is_test)
        case "customer_impacted":
            return _truth(row.customer_impacted)
        case "incident_type":
            kind = world.incident_types.get(row.incident_type_id)
            return [row.incident_type_id, *([kind.name] if kind else [])]
        case "commander":
            return _names(world, row.commander)
        case "created_by":
            return _names(world, row.created_by)
        case "declared_by":
            return _names(world, row.declared_by)
        case "last_modified_by":
            return _names(world, row.last_modified_by)
        case "responder":
            parts = world.responders_of(row.id)
            return [name for part in parts for name in _names(world, part.user_id)]
        case _:
            return _property(row, facet)


def _property(row: Incident, name: str) -> list[str] | None:
    held = row.properties.get(name)
    if held is None:
        return None
    values = held.value if isinstance(held.value, list) else [held.value]
    return [str(value) for value in values if value is not None]


def _truth(value: bool) -> list[str]:
    return ["true", "1"] if value else ["false", "0"]


def _names(world: World, user_id: str | None) -> list[str]:
    user = world.users.get(user_id) if user_id else None
    return [] if user is None else [user.id, user.handle, user.email, user.name or ""]
