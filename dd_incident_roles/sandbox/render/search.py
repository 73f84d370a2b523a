"""The answer to a search: nested hits, every hit once more as included, and the facets."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Sequence

from dd_incident_roles.sandbox.render.incident import as_recorded, attributes, relationships
from dd_incident_roles.sandbox.render.shapes import Json, offset_page, references, resource
from dd_incident_roles.sandbox.render.times import whole_seconds
from dd_incident_roles.sandbox.render.user import nested_user
from dd_incident_roles.sandbox.state.incident import Incident
from dd_incident_roles.sandbox.state.world import World


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
