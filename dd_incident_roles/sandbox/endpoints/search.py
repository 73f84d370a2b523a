"""The search: newest first, paged over an index that may hold more than it shows."""

from __future__ import annotations

import re
import uuid
from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from fnmatch import fnmatchcase

from dd_incident_roles.sandbox.endpoint import Answer, Call, Endpoint, Permission
from dd_incident_roles.sandbox.refusal import Backend
from dd_incident_roles.sandbox.render.incident import as_recorded, attributes, relationships
from dd_incident_roles.sandbox.render.shapes import Json, offset_page, references, resource
from dd_incident_roles.sandbox.render.times import whole_seconds
from dd_incident_roles.sandbox.render.user import nested_user
from dd_incident_roles.sandbox.state.incident import Incident
from dd_incident_roles.sandbox.state.world import World

DEFAULT_PAGE = 10
LARGEST_PAGE = 100


def search_incidents(call: Call) -> Answer:
    """Finds incidents; test incidents only where the query names that facet (document)."""
    text = call.query.get("query")
    if text is None:
        raise call.refusal(400, "query is required")
    sort = call.query.get("sort", "-created")
    if sort not in {"created", "-created"}:
        raise call.refusal(400, f"invalid sort {sort}")
    offset = call.number("page[offset]", default=0)
    size = call.number("page[size]", default=DEFAULT_PAGE, most=LARGEST_PAGE)
    query = Query.parse(text)
    hits = [
        row
        for row in call.world.incidents
        if call.sees(row)
        and (not row.is_test or query.names("is_test"))
        and query.matches(call.world, row)
    ]
    hits.sort(key=lambda row: (row.created, row.public_id), reverse=sort == "-created")
    index = _index(hits, short=call.world.behaviour.short_search_pages)
    window = index[offset : offset + size]
    return call.answer(
        search_results(
            call.world,
            hits,
            page_ids=[row_id for row_id, _ in window],
            page=[row for _, row in window if row is not None],
            offset=offset,
            total=len(index),
        )
    )


def _index(hits: list[Incident], *, short: bool) -> list[tuple[str, Incident | None]]:
    """Lists what the index counts; in short pages every other entry shows no incident.

    The real search counted 1703, named two ids on a page of two and showed one (recording).
    """
    index: list[tuple[str, Incident | None]] = []
    for row in hits:
        if short:
            index.append((str(uuid.uuid5(uuid.UUID(row.id), "gone")), None))
        index.append((row.id, row))
    return index


ENDPOINTS = (
    Endpoint(
        method="GET",
        path="/incidents/search",
        permission=Permission.INCIDENT_READ,
        handle=search_incidents,
        backend=Backend.OLDER,
        switch=lambda capabilities: capabilities.search,
    ),
)


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


def search_results(
    world: World,
    hits: Sequence[Incident],
    *,
    page_ids: Sequence[str],
    page: Sequence[Incident],
    offset: int,
    total: int,
) -> Json:
    """Renders one page; ``page_ids`` may name incidents that the page does not show (recording)."""
    return {
        "data": {
            "type": "incidents_search_results",
            "attributes": {
                "total": total,
                "facets": _facets(world, hits),
                "incidents": [{"data": _hit(world, row)} for row in page],
            },
            "relationships": {"incidents_relationship": references("incidents", page_ids)},
        },
        "included": [_hit(world, row) for row in page],
        "meta": offset_page(offset, len(page_ids)),
    }


def _hit(world: World, row: Incident) -> Json:
    shown = attributes(world, row, moment=whole_seconds)
    shown |= {
        "customer_impact_scope": row.customer_impact_scope or "",
        "last_modified_by": nested_user(world, row.last_modified_by, null_name=""),
        "commander": nested_user(world, row.commander, null_name=""),
        "created_by": nested_user(world, row.created_by, null_name=""),
        "declared_by": nested_user(world, row.declared_by, null_name=""),
        "field_analytics": {
            "state": {
                row.state: {
                    "duration": 0,
                    "spans": [{"start": int(row.state_since.timestamp()), "end": None}],
                }
            }
        },
    }
    return resource(
        "incidents", row.id, as_recorded(row, shown), relationships(world, row, search=True)
    )


def _facets(world: World, hits: Sequence[Incident]) -> Json:
    types = Counter(row.incident_type_id for row in hits)
    responders = (
        part.user_id for row in hits for part in world.responders_of(row.id) if part.user_id
    )
    return {
        "severity": _counted(row.severity for row in hits),
        "state": _counted(row.state for row in hits),
        "visibility": _counted(row.visibility or "" for row in hits),
        "impact": _counted("customer" if row.customer_impacted else "none" for row in hits),
        "postmortem": _yes_or_no(hits, lambda _: False, yes="Yes", no="No"),
        # a boolean facet is called 0 and true (recording)
        "is_test": _yes_or_no(hits, lambda row: row.is_test, yes=True, no=0),
        "customer_impacted": _yes_or_no(hits, lambda row: row.customer_impacted, yes=True, no=0),
        "time_to_detect": _aggregate("time_to_detect"),
        "time_to_repair": _aggregate("time_to_repair"),
        "time_to_resolve": _aggregate("time_to_resolve"),
        "fields": [
            {"name": name, "facets": _counted(_property_words(hits, name))}
            for name in ("detection_method", "root_cause")
        ],
        "responder": _people(world, responders),
        "commander": _people(world, (row.commander for row in hits if row.commander)),
        "created_by": _people(world, (row.created_by for row in hits)),
        "declared_by": _people(world, (row.declared_by for row in hits)),
        "last_modified_by": _people(world, (row.last_modified_by for row in hits)),
        "incident_type": [
            {"name": kind.name, "count": number, "id": kind.id}
            for type_id, number in types.items()
            if (kind := world.incident_types.get(type_id)) is not None
        ],
    }


def _property_words(hits: Sequence[Incident], name: str) -> Iterable[str]:
    for row in hits:
        held = row.properties.get(name)
        if held is not None and isinstance(held.value, str):
            yield held.value


def _counted(words: Iterable[str]) -> list[Json]:
    return [{"name": word, "count": number} for word, number in Counter(words).most_common()]


def _yes_or_no(
    hits: Sequence[Incident], is_so: Callable[[Incident], bool], *, yes: object, no: object
) -> list[Json]:
    number = sum(1 for row in hits if is_so(row))
    return [{"name": no, "count": len(hits) - number}, {"name": yes, "count": number}]


def _aggregate(name: str) -> list[Json]:
    return [{"name": name, "aggregates": {"min": None, "max": None}}]


def _people(world: World, user_ids: Iterable[str]) -> list[Json]:
    return [
        {
            "name": user.name or user.handle,
            "count": number,
            "handle": user.handle,
            "uuid": user.id,
            "email": user.email,
        }
        for user_id, number in Counter(user_ids).most_common()
        if (user := world.users.get(user_id)) is not None
    ]
