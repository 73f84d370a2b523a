"""The search: newest first, paged over an index that may hold more than it shows."""

from __future__ import annotations

import re
import uuid
from collections import Counter, deque
from collections.abc import Callable, Iterable, Sequence
from fnmatch import fnmatchcase

from dd_incident_roles.sandbox import api
from dd_incident_roles.sandbox.resources import incidents
from dd_incident_roles.sandbox.resources.incidents import Incident, people_of
from dd_incident_roles.sandbox.resources.users import responders_of
from dd_incident_roles.sandbox.world import DatadogActs, World


def search_incidents(call: api.Call) -> api.Answer:
    """Finds incidents; test incidents only where the query names that facet (document)."""
    text = call.query.get("query")
    if text is None:
        raise api.Refusal(400, "query is required")
    sort = call.query.get("sort", "-created")
    if sort not in {"created", "-created"}:
        raise api.Refusal(400, f"invalid sort {sort}")
    query, world, window = Query(text), call.world, call.window(default=10)
    indexed = world.earlier_hits
    rows = world.incidents if indexed is None else [row for row, _ in indexed.values()]
    hits = [
        row
        for row in rows
        if call.sees(row)
        and (not row.is_test or "is_test" in query.facets)
        and query.test(world, row)
    ]
    # The public id decides between incidents of one moment.
    hits.sort(key=lambda row: (row.created, row.public_id), reverse=sort == "-created")
    index = _index(hits, short=world.switches.short_search_pages)
    page = index[window]
    present = [row for _, row in page if row is not None]
    shown = [indexed[row.id][1] if indexed else _hit(world, row) for row in present]
    return call.answer(
        {
            "type": "incidents_search_results",
            "attributes": {
                "total": len(index),
                "facets": _facets(world, hits),
                "incidents": [{"data": each} for each in shown],
            },
            "relationships": {
                "incidents_relationship": api.references(
                    "incidents", (row_id for row_id, _ in page)
                )
            },
        },
        {"included": shown, "meta": api.offset_page(window.start, len(page))},
    )


def _index(hits: list[Incident], *, short: bool) -> list[tuple[str, Incident | None]]:
    """Lists what the index counts; in short pages every other entry shows no incident.

    The real search counted 1703, named two ids on a page of two and showed one (recording).
    """
    index: list[tuple[str, Incident | None]] = []
    for row in hits:
        # The id of what is no longer there still counts.
        if short:
            index.append((str(uuid.uuid5(uuid.UUID(row.id), "gone")), None))
        index.append((row.id, row))
    return index


ENDPOINTS = api.family(
    "/incidents/search",
    {"GET": search_incidents},
    read=api.Permission.INCIDENT_READ,
    backend=api.Backend.OLDER,
    switch=lambda switches: switches.search,
)

# A minus negates at the start of a word only: SEV-1 is one word.
_TOKEN = re.compile(r'\(|\)|-(?=[\w(])|[\w.@-]+:|"[^"]*"|[^\s()"]+')
_Test = Callable[[World, Incident], bool]


class Query:
    """A search query that has been understood: its test, and the facets that it names.

    Words that belong to no facet, and unknown facets, filter nothing.
    """

    def __init__(self, text: str) -> None:
        self._tokens = deque[str](_TOKEN.findall(text))
        self.facets: set[str] = set()
        self.test = self._either(None)

    def _either(self, facet: str | None) -> _Test:
        parts = [self._both(facet)]
        while self._peek() == "OR":
            self._tokens.popleft()
            parts.append(self._both(facet))
        return lambda world, row: any(part(world, row) for part in parts)

    def _both(self, facet: str | None) -> _Test:
        parts: list[_Test] = []
        while self._peek() not in (None, ")", "OR"):
            if self._peek() == "AND":
                self._tokens.popleft()
                continue
            parts.append(self._one(facet))
        return lambda world, row: all(part(world, row) for part in parts)

    def _one(self, facet: str | None) -> _Test:
        word = self._tokens.popleft()
        if word in {"-", "NOT"} and self._peek() not in (None, ")"):
            part = self._one(facet)
            return lambda world, row: not part(world, row)
        if word == "(":
            part = self._either(facet)
            if self._peek() == ")":
                self._tokens.popleft()
            return part
        # Inside the brackets of a facet no other one begins.
        if word.endswith(":") and len(word) > 1 and facet is None:
            name = word[:-1]
            self.facets.add(name)
            return self._one(name) if self._peek() not in (None, ")") else lambda _world, _row: True
        wanted = word.strip('"').lower()
        return lambda world, row: _matches(world, row, facet, wanted)

    def _peek(self) -> str | None:
        return self._tokens[0] if self._tokens else None


def _matches(world: World, row: Incident, facet: str | None, wanted: str) -> bool:
    held = None if facet is None else _values(world, row, facet)
    return held is None or any(fnmatchcase(str(each).lower(), wanted) for each in held)


def _values(world: World, row: Incident, facet: str) -> Sequence[object] | None:
    """Lists what the incident has under a facet, or None for a facet that nobody knows."""
    match facet:
        case "state" | "severity" | "visibility":
            return [getattr(row, facet) or ""]
        case "is_test" | "customer_impacted":
            # A boolean is found by its word and by its number.
            return [getattr(row, facet), int(getattr(row, facet))]
        case "incident_type":
            kind = world.incident_types.get(row.incident_type_id)
            return [row.incident_type_id, *([kind.name] if kind else [])]
        case "responder":
            parts = responders_of(world, row.id)
            return [name for part in parts for name in _names(world, part.user_id)]
        case "commander" | "created_by" | "declared_by" | "last_modified_by":
            return _names(world, people_of(row)[facet])
        case _ if facet in row.properties:
            held = row.properties[facet]
            return [
                each for each in (held if isinstance(held, list) else [held]) if each is not None
            ]
        case _:
            return None


def _names(world: World, user_id: str | None) -> list[str]:
    user = world.users.get(user_id)
    return [] if user is None else [user.id, user.handle, user.email, user.name or ""]


def _hit(world: World, row: Incident) -> api.Json:
    # The span of the present state has no end yet.
    spans = [{"start": int(row.state_since.timestamp()), "end": None}]
    shown: api.Json = {
        **incidents.attributes(world, row, moment=api.whole_seconds),
        **incidents.nested_users(world, row, no_name=""),
        "customer_impact_scope": row.customer_impact_scope or "",
        "field_analytics": {"state": {row.state: {"duration": 0, "spans": spans}}},
    }
    return incidents.whole(world, row, shown, search=True)


def _facets(world: World, hits: Sequence[Incident]) -> api.Json:
    types = Counter(row.incident_type_id for row in hits)
    parts = (part for row in hits for part in responders_of(world, row.id))
    times = ("time_to_detect", "time_to_repair", "time_to_resolve")
    return {
        "severity": _counted(row.severity for row in hits),
        "state": _counted(row.state for row in hits),
        "visibility": _counted(row.visibility or "" for row in hits),
        "impact": _counted("customer" if row.customer_impacted else "none" for row in hits),
        "postmortem": [{"name": "No", "count": len(hits)}, {"name": "Yes", "count": 0}],
        "is_test": _truths([row.is_test for row in hits]),
        "customer_impacted": _truths([row.customer_impacted for row in hits]),
        **{each: [{"name": each, "aggregates": {"min": None, "max": None}}] for each in times},
        "fields": [
            {
                "name": name,
                "facets": _counted(
                    held for row in hits if isinstance(held := row.properties.get(name), str)
                ),
            }
            for name in ("detection_method", "root_cause")
        ],
        "responder": _people(world, (part.user_id for part in parts)),
        **{
            name: _people(world, (people_of(row)[name] for row in hits))
            for name in ("commander", "created_by", "declared_by", "last_modified_by")
        },
        "incident_type": [
            {"name": kind.name, "count": number, "id": kind.id}
            for type_id, number in types.items()
            if (kind := world.incident_types.get(type_id)) is not None
        ],
    }


def _counted(words: Iterable[str]) -> list[api.Json]:
    return [{"name": word, "count": number} for word, number in Counter(words).most_common()]


def _truths(values: Sequence[bool]) -> list[api.Json]:
    # A boolean facet is called 0 and true (recording).
    return [{"name": 0, "count": values.count(False)}, {"name": True, "count": values.count(True)}]


def _people(world: World, user_ids: Iterable[str | None]) -> list[api.Json]:
    return [
        {
            "name": user.name or user.handle,
            "count": number,
            "uuid": user.id,
            **api.picked(user, "handle", "email"),
        }
        for user_id, number in Counter(user_ids).most_common()
        if (user := world.users.get(user_id)) is not None
    ]


class SearchActs(DatadogActs):
    """The index behind the search, which is always a little late (recording)."""

    def search_lags(self, lags: bool = True) -> None:
        """Makes the search show incidents as they are now, until it catches up again."""
        world = self.world
        hits = {row.id: (row, _hit(world, row)) for row in world.incidents}
        world.earlier_hits = hits if lags else None
