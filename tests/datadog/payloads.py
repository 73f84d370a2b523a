"""Answers in Datadog's shapes: made up, with only the relevant part visible, or recorded."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import pytest

from dd_incident_roles.model import Entry, EntryKey
from tests.datadog.conftest import BASE

INCIDENT_ID = "e7a543e2-56dd-5618-9504-3d21644f7505"
ADA = "0a671397-1bda-468b-9087-8aa191057af8"
BEN = "3ad549bf-eba0-11e9-a77a-0705486660d0"
TYPE = "41d2e10b-4108-4736-92d7-791d00ea0702"

Json = dict[str, object]


def resource(kind: str, key: str, attributes: object = None, **relationships: object) -> Json:
    """Anything as Datadog shows it."""
    return {"type": kind, "id": key, "attributes": attributes, "relationships": relationships}


def to_one(kind: str, key: str | None) -> Json:
    """A relationship to one resource, or to none."""
    return {"data": None if key is None else {"type": kind, "id": key}}


def to_many(kind: str, *keys: str) -> Json:
    """A relationship to many resources."""
    return {"data": [{"type": kind, "id": each} for each in keys]}


def user(user_id: str = ADA, **attributes: object) -> Json:
    """A user as a resource."""
    named = {"email": "ada@corp.example", "handle": "ada@corp.example", "name": "Ada"}
    return resource("users", user_id, {**named, **attributes})


def pointer(user_id: str | None) -> Json:
    """A relationship to a user, or to nobody."""
    return to_one("users", user_id)


def incident(
    incident_id: str = INCIDENT_ID,
    *,
    without: tuple[str, ...] = (),
    relationships: Mapping[str, object] | None = None,
    attributes: Mapping[str, object] | None = None,
    **more: object,
) -> Json:
    """An incident as a resource, as a GET shows it."""
    usual: Json = {
        "public_id": 1001,
        "incident_type_uuid": TYPE,
        "title": "Checkout is down",
        "created": "2026-02-23T14:06:27.384097+00:00",
        "declared": "2026-02-23T14:06:27.384097+00:00",
        "modified": "2026-02-23T14:06:27.844609+00:00",
        "resolved": None,
        "customer_impacted": False,
        "is_test": False,
        "severity": "SEV-2",
        "state": "active",
        "visibility": "organization",
        "fields": {},
    }
    shown = {**usual, **(attributes or {}), **more}
    left = {name: value for name, value in shown.items() if name not in without}
    return resource("incidents", incident_id, left, **(relationships or {}))


def search_page(incidents: list[Json], total: int | None) -> Json:
    """One page of a search."""
    attributes: Json = {"incidents": [{"data": each} for each in incidents]}
    if total is not None:
        attributes["total"] = total
    return {"data": {"type": "incidents_search_results", "attributes": attributes}}


def responder(responder_id: str, user_id: str | None, *assignment_ids: str) -> Json:
    """A responder record."""
    attributes = {"is_billable": True, "created": "2026-02-23T14:06:27Z"}
    assigned = to_many("incident_role_assignments", *assignment_ids)
    relationships = {"user": pointer(user_id), "role_assignments": assigned}
    return resource("incident_responders", responder_id, attributes, **relationships)


TIMELINE = f"{BASE}/api/v2/incidents/{INCIDENT_ID}/timeline"
AT = datetime(2026, 1, 31, 9, 0, tzinfo=UTC)
LATER = "2026-01-31T09:20:00Z"
EARLIER = "2026-01-31T09:05:00Z"


def cell(
    cell_id: str = "c1",
    text: str | None = "Looking",
    attributes: Mapping[str, object] | None = None,
    *,
    without: tuple[str, ...] = (),
    relationships: Mapping[str, object] | None = None,
    **more: object,
) -> Json:
    """A note as a resource, with everything that is likely to be there."""
    usual: Json = {
        "cell_type": "markdown",
        "content": {"content": text},
        "created": "2026-01-31T09:10:00Z",
        "modified": "2026-01-31T09:10:00Z",
        "display_time": "2026-01-31T09:00:00Z",
        "important": False,
        "source": "datadog",
    }
    all_of_it = {**usual, **(attributes or {}), **more}
    shown = {name: each for name, each in all_of_it.items() if name not in without}
    return resource("incident_timeline_cells", cell_id, shown, **(relationships or {}))


def entry(text: str = "Looking", *, key: str = "k1", important: bool = False) -> Entry:
    """An entry of the record, of half past nine less half an hour."""
    return Entry(key=EntryKey(key), at=AT, created=AT, text=text, author="Ada", important=important)


def tagged(text: str = "Looking", key: str = "k1") -> str:
    """The text of an entry as it stands in Datadog."""
    return f"{text}\n\n\u2014 Ada \u00b7 dd-incident-roles/{key}"


_FOLDER = Path(__file__).parents[3] / "shared" / "recordings"


@dataclass(frozen=True, slots=True, kw_only=True)
class Recorded:
    """One recorded exchange."""

    method: str
    path: str
    status: int
    body: bytes


def recorded(name: str = "*") -> list[Recorded]:
    """The exchanges of the recordings whose file name fits; skips the test when there are none."""
    found = list(_exchanges(name))
    if not found:
        pytest.skip("The recorded responses are not beside this repository.")
    return found


def one(name: str, method: str, path_part: str) -> Recorded:
    """The first exchange with a method whose path contains something."""
    fitting = (each for each in recorded(name) if each.method == method and path_part in each.path)
    return next(fitting)


def _exchanges(name: str) -> Iterator[Recorded]:
    for file in sorted(_FOLDER.glob(f"{name}.json")):
        for exchange in json.loads(file.read_text()):
            request, response = exchange["request"], exchange["response"]
            yield Recorded(
                method=request["method"],
                path=request["url"].split(".com", 1)[1],
                status=response["status"],
                body=json.dumps(response["body"]).encode(),
            )
