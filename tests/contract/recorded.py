"""The recorded scenarios: requests that were made of the real Datadog, with its answers.

The incidents, users and commanders that the answers showed can be put into a sandbox.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

import pytest

from dd_incident_roles.sandbox import api
from dd_incident_roles.sandbox.resources.fields import add_type
from dd_incident_roles.sandbox.resources.incidents import MEASURES, Incident
from dd_incident_roles.sandbox.resources.roles import mirror_commander
from dd_incident_roles.sandbox.resources.users import ACTIVE, DISABLED, Responder, User
from dd_incident_roles.sandbox.sandbox import Sandbox
from dd_incident_roles.sandbox.world import DEFAULT_TYPE_ID, World

RECORDINGS = Path(__file__).parents[3] / "shared" / "recordings"
_ID = re.compile(r"(?<=/)([0-9a-f]{8}-[0-9a-f-]{26,27}|REPLACE\.ME)(?=[/?]|$)")


@dataclass(frozen=True, slots=True, kw_only=True)
class Exchange:
    """One request with the answer that it got."""

    method: str
    target: str
    body: object
    status: int
    content_type: str | None
    answer: object

    @property
    def endpoint(self) -> tuple[str, str, int]:
        """The endpoint and the status: what answers of the same shape have in common."""
        return self.method, _ID.sub("*", self.target.partition("?")[0]), self.status


@dataclass(frozen=True, slots=True, kw_only=True)
class Scenario:
    """Exchanges that follow from one another."""

    name: str
    exchanges: tuple[Exchange, ...]


def recorded_scenarios() -> list[Scenario]:
    """Read the recordings that lie beside the project; none where they do not."""
    return [
        Scenario(
            name=file.stem,
            exchanges=tuple(_exchange(row) for row in json.loads(file.read_text("utf-8"))),
        )
        for file in sorted(RECORDINGS.glob("*.json"))
    ]


def _exchange(row: Mapping[str, Mapping[str, object]]) -> Exchange:
    request, response = row["request"], row["response"]
    headers = response["headers"]
    status = response["status"]
    assert isinstance(headers, dict)
    assert isinstance(status, int)
    return Exchange(
        method=str(request["method"]),
        target=str(request["url"]).removeprefix("https://api.datadoghq.com"),
        body=request.get("body"),
        status=status,
        content_type=headers.get("content-type"),
        answer=response.get("body"),
    )


SCENARIOS = recorded_scenarios()
WITHOUT = pytest.mark.skipif(not SCENARIOS, reason=f"there are no recordings in {RECORDINGS}")


VERBATIM = (
    *MEASURES,
    "archived",
    "case_id",
    "creation_idempotency_key",
    "non_datadog_creator",
    "fields",
)
ABSENT_ONCE = ("incident_type_uuid", "is_test", "archived", "declared")
"""Attributes that older answers did not have yet."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Sighting:
    """One row as one recorded answer showed it."""

    method: str
    is_search: bool
    id: str
    attributes: Mapping[str, object]
    relationships: Mapping[str, object]

    def text(self, name: str) -> str | None:
        """Read an attribute that is a text; None where it is anything else."""
        value = self.attributes.get(name)
        return value if isinstance(value, str) else None

    def moment(self, name: str) -> datetime | None:
        """Read an attribute that is a moment."""
        text = self.text(name)
        return None if text is None else datetime.fromisoformat(text)

    def related(self, name: str) -> list[str]:
        """List the ids at the other end of a relationship."""
        link = self.relationships.get(name)
        data = link.get("data") if isinstance(link, Mapping) else None
        return [str(row["id"]) for row in (data if isinstance(data, list) else [data]) if row]

    @property
    def order(self) -> tuple[str, bool]:
        """How late it is; of two that are as late, a search is the one that says less."""
        modified = self.moment("modified")
        when = "" if modified is None else api.whole_seconds(modified)
        return when, not self.is_search


@dataclass(frozen=True, slots=True, kw_only=True)
class RecordedIncident(Incident):
    """An incident that is shown as it was recorded, where the sandbox knows no better."""

    seen: Sighting

    def as_shown(self, whole: api.Json) -> api.Json:
        """Pass on what the recording showed, and leave out what it did not have."""
        absent = {name for name in ABSENT_ONCE if name not in self.seen.attributes}
        if "declared" in absent:
            absent |= {"declared_by", "declared_by_uuid"}
        shown, links = whole["attributes"], whole["relationships"]
        assert isinstance(shown, dict)
        assert isinstance(links, dict)
        kept = {
            name: self.seen.attributes[name] for name in VERBATIM if name in self.seen.attributes
        }
        attributes = {
            name: value for name, value in {**shown, **kept}.items() if name not in absent
        }
        fields = api.references("user_defined_field", self.seen.related("user_defined_fields"))
        links = {**links, "user_defined_fields": fields}
        return {**whole, "attributes": attributes, "relationships": links}


def load_recordings(sandbox: Sandbox) -> int:
    """Load each recorded incident as the last answer that shows it had it, and count them."""
    users: dict[str, dict[str, object]] = {}
    last: dict[str, Sighting] = {}
    for kind, seen in _sightings():
        if kind == "users" and "email" in seen.attributes:
            # A search shows "" for a name that is null elsewhere, and says less than was known.
            said = {name: value for name, value in seen.attributes.items() if value != ""}
            users.setdefault(seen.id, {}).update(said)
        elif kind == "incidents" and "public_id" in seen.attributes:
            last[seen.id] = max(seen, last.get(seen.id, seen), key=lambda each: each.order)
    with sandbox.lock:
        for user_id, attributes in users.items():
            _add_user(sandbox.world, user_id, attributes)
        for seen in last.values():
            _add_incident(sandbox.world, seen)
    return len(last)


def _sightings() -> Iterator[tuple[object, Sighting]]:
    for scenario in SCENARIOS:
        for exchange in scenario.exchanges:
            if 200 <= exchange.status < 300:
                for row in _objects(exchange.answer):
                    attributes, links = row.get("attributes"), row.get("relationships")
                    if isinstance(attributes, dict) and isinstance(row.get("id"), str):
                        yield (
                            row.get("type"),
                            Sighting(
                                method=exchange.method,
                                is_search="/incidents/search" in exchange.target,
                                id=str(row["id"]),
                                attributes=attributes,
                                relationships=links if isinstance(links, dict) else {},
                            ),
                        )


def _objects(value: object) -> Iterator[Mapping[str, object]]:
    if isinstance(value, dict):
        yield value
    for part in (
        value.values() if isinstance(value, dict) else value if isinstance(value, list) else ()
    ):
        yield from _objects(part)


def _add_user(world: World, user_id: str, attributes: Mapping[str, object]) -> None:
    name, title, now = attributes.get("name"), attributes.get("title"), world.clock()
    world.users.put(
        User(
            id=user_id,
            email=str(attributes["email"]),
            handle=str(attributes.get("handle") or attributes["email"]),
            name=name if isinstance(name, str) else None,
            title=title if isinstance(title, str) else None,
            status=DISABLED
            if attributes.get("disabled") is True
            else str(attributes.get("status") or ACTIVE),
            service_account=attributes.get("service_account") is True,
            verified=attributes.get("verified") is True,
            created=now,
            modified=now,
        )
    )


def _add_incident(world: World, seen: Sighting) -> None:
    created = seen.moment("created") or world.clock()
    declared = seen.moment("declared") or created
    created_by = next(iter(seen.related("created_by_user")), world.caller)
    fields = seen.attributes["fields"]
    assert isinstance(fields, dict)
    type_id = seen.text("incident_type_uuid") or DEFAULT_TYPE_ID
    if world.incident_types.get(type_id) is None:
        add_type(world, type_id, f"Recorded type {type_id[:8]}", by=created_by)
    row = world.incidents.put(
        RecordedIncident(
            seen=seen,
            id=seen.id,
            public_id=int(str(seen.attributes["public_id"])),
            title=seen.text("title") or "",
            incident_type_id=type_id,
            created=created,
            modified=seen.moment("modified") or created,
            detected=seen.moment("detected") or created,
            declared=declared,
            state_since=declared,
            created_by=created_by,
            last_modified_by=next(iter(seen.related("last_modified_by_user")), created_by),
            declared_by=next(iter(seen.related("declared_by_user")), created_by),
            properties={name: each["value"] for name, each in fields.items()},
            commander=_commander(seen),
            customer_impacted=seen.attributes.get("customer_impacted") is True,
            customer_impact_scope=seen.text("customer_impact_scope") or None,
            customer_impact_start=seen.moment("customer_impact_start"),
            customer_impact_end=seen.moment("customer_impact_end"),
            resolved=seen.moment("resolved"),
            visibility=seen.text("visibility"),
            is_test=seen.attributes.get("is_test") is True,
        )
    )
    # Incidents do not show whose parts the responders are. The answers that show two had the
    # commander and whoever made the change; the others, if any, the commander alone.
    likely = [row.commander, row.last_modified_by if seen.method == "PATCH" else None]
    for number, responder_id in enumerate(seen.related("responders")):
        world.responders.put(
            Responder(
                **world.stamp(row.created_by, responder_id),
                incident_id=row.id,
                user_id=likely[number] if number < len(likely) else None,
            )
        )
    mirror_commander(world, row.id, row.commander, by=row.last_modified_by)


def _commander(seen: Sighting) -> str | None:
    """Find the commander; the relationship of a PATCH answer is always null."""
    if "commander" not in seen.attributes:
        return next(iter(seen.related("commander_user")), None)
    whole = seen.attributes["commander"]
    return str(whole["data"]["id"]) if isinstance(whole, dict) else None
