"""The serialisations of an incident, recorded and constructed."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import UTC, datetime

import pytest

from dd_incident_roles.datadog.incidents import (
    IncidentReading,
    parse_incident,
    parse_listing,
    parse_search,
)
from dd_incident_roles.errors import UnexpectedAnswer
from dd_incident_roles.model import Incident, UserId
from tests.datadog.payloads import ADA, BEN, TYPE, incident, pointer, user
from tests.datadog.recordings import one, recorded


def read(resource: dict[str, object]) -> Incident:
    """Read one incident resource."""
    return parse_incident(json.dumps({"data": resource}).encode()).incident


def test_every_recorded_incident_is_read() -> None:
    """Each answer with one incident that was recorded is read, whichever back-end sent it."""
    resources = [
        exchange for exchange in recorded() if b'"type": "incidents", "id"' in exchange.body
    ]
    single = [each for each in resources if each.body.startswith(b'{"data": {"type": "incidents",')]
    public_ids = [parse_incident(each.body).incident.public_id for each in single]
    assert len(public_ids) > 15
    assert min(public_ids) > 0


def test_recorded_listing() -> None:
    """The recorded listing has six incidents, and the one commander among them."""
    page = parse_listing(one("get_a_list_of_incidents*", "GET", "/api/v2/incidents").body)
    readings = [each for each in page.rows.values() if isinstance(each, IncidentReading)]
    commanders = [each.incident.commander for each in readings]
    assert len(readings) == len(page.rows) == 6
    assert [c for c in commanders if c] == ["677cf521-c579-4b83-988f-bf8eb6fb2d6c"]
    assert page.total is None


def test_recorded_search() -> None:
    """The recorded search has whole seconds, an empty name, the commander and the responder."""
    page = parse_search(one("search_for*", "GET", "/search").body)
    first = next(iter(page.rows.values()))
    assert isinstance(first, IncidentReading)
    assert (page.total, len(page.rows)) == (5, 5)
    assert first.incident.commander == "677cf521-c579-4b83-988f-bf8eb6fb2d6c"
    assert first.incident.declared == datetime(2026, 2, 16, 9, 47, 35, tzinfo=UTC)
    assert first.incident.state == "resolved"
    assert first.users[first.incident.commander].name is None
    assert first.responder_ids == ("f393bc25-a7d0-54f4-9114-98e6385143aa",)


def test_recorded_commander_patch() -> None:
    """The recorded answer that half says nobody is commander is read right."""
    exchange = one("add_commander*", "PATCH", "/api/v2/incidents/")
    sent = json.loads(exchange.body)
    assert sent["data"]["relationships"]["commander_user"]["data"] is None
    assert parse_incident(exchange.body).incident.commander == ADA


@pytest.mark.parametrize(
    ("attributes", "relationships", "commander"),
    [
        ({}, {"commander_user": pointer(ADA)}, ADA),
        ({}, {"commander_user": pointer(None)}, None),
        ({}, {"commander_user": None}, None),
        ({}, {}, None),
        ({"commander": {"data": user(ADA)}}, {"commander_user": pointer(None)}, ADA),
        ({"commander": {"data": user(ADA)}}, {"commander_user": pointer(BEN)}, ADA),
        ({"commander": None}, {"commander_user": pointer(None)}, None),
        ({"commander": {"data": None}}, {}, None),
        ({"commander": {"data": user(ADA.upper())}}, {}, ADA),
    ],
)
def test_commander(
    attributes: dict[str, object], relationships: dict[str, object], commander: str | None
) -> None:
    """The attribute says who is commander where there is one, the relationship elsewhere."""
    assert read(incident(relationships=relationships, attributes=attributes)).commander == commander


FIELDS = {"severity": {"value": "SEV-1"}, "state": {"value": "stable"}}


@pytest.mark.parametrize(
    ("resource", "shown"),
    [
        (incident(severity="SEV-9", state="in review"), ("SEV-9", "in review")),
        (incident(without=("severity", "state"), fields=FIELDS), ("SEV-1", "stable")),
        (
            incident(severity="SEV-3", state=None, fields={**FIELDS, "state": None}),
            ("SEV-3", "unknown"),
        ),
        (incident(without=("severity", "state", "fields")), ("UNKNOWN", "unknown")),
    ],
)
def test_severity_and_state(resource: dict[str, object], shown: tuple[str, str]) -> None:
    """The top level goes first, then the fields; unknown values are kept as they are."""
    found = read(resource)
    assert (found.severity, found.state) == shown


def test_an_old_incident_is_read() -> None:
    """Data of 2021 has no type, no test mark, no declaration and no visibility (document)."""
    old = incident(
        without=("incident_type_uuid", "is_test", "declared", "severity", "state"),
        visibility=None,
        created_by_uuid=BEN,
    )
    found = read(old)
    assert found.declared == datetime(2026, 2, 23, 14, 6, 27, 384097, UTC)
    assert (found.incident_type, found.is_test, found.private) == (None, False, False)
    # What nobody says is over is not taken for over.
    assert found.is_open
    assert found.declared_by == BEN


@pytest.mark.parametrize(
    ("attributes", "marks"),
    [
        ({"visibility": "private"}, (True, False)),
        ({"visibility": "Private", "is_test": True}, (True, True)),
        ({"visibility": "organization", "is_test": False}, (False, False)),
        ({"visibility": None, "is_test": None}, (False, False)),
    ],
)
def test_private_and_test(attributes: dict[str, object], marks: tuple[bool, bool]) -> None:
    """Private and test incidents are recognised, and nothing else is taken for one."""
    found = read(incident(attributes=attributes))
    assert (found.private, found.is_test) == marks


@pytest.mark.parametrize(
    ("attributes", "relationships", "user_id"),
    [
        ({"declared_by_uuid": ADA}, {}, ADA),
        ({"declared_by_uuid": None, "declared_by": {"data": user(ADA)}}, {}, ADA),
        ({}, {"declared_by_user": pointer(ADA)}, ADA),
        ({}, {"created_by_user": pointer(ADA)}, ADA),
        ({"declared_by": {"image_40_px": "x", "name": "Slack"}}, {}, None),
        ({}, {}, None),
    ],
)
def test_declared_by(
    attributes: dict[str, object], relationships: dict[str, object], user_id: str | None
) -> None:
    """Whoever declared is found in each place, and a creator outside Datadog is nobody."""
    assert read(incident(relationships=relationships, attributes=attributes)).declared_by == user_id


FIELD_VALUES: dict[str, tuple[object, object]] = {
    "summary": ({"type": "textbox", "value": None}, None),
    "services": ({"type": "autocomplete", "value": ["web", "db"]}, ("web", "db")),
    "incident_role.scribe": ({"type": "textarray", "value": ["a@x"]}, ("a@x",)),
    "public_relations": ({"type": "dropdown", "value": True}, True),
    "cost": ({"type": "number", "value": 12.5}, 12.5),
    "tags": ({"type": "metrictag", "value": [None, {"k": 1}]}, ('{"k":1}',)),
    "odd": ({"type": "new", "value": {"k": [1]}}, '{"k":[1]}'),
    "bare": ("text", "text"),
    "empty": (None, None),
}


def test_fields_of_every_kind() -> None:
    """Each kind of field is read, and an empty one is there with nothing."""
    sent = {name: content for name, (content, _) in FIELD_VALUES.items()}
    shown = {name: value for name, (_, value) in FIELD_VALUES.items()}
    assert read(incident(fields=sent)).fields == shown


def test_a_title_is_kept_raw() -> None:
    """Whatever somebody wrote into a title arrives as they wrote it; ids are lower-case."""
    assert read(incident(incident_type_uuid=TYPE.upper())).incident_type == TYPE
    title = " <b>\u001b[31m@channel\n/assign ::error:: "
    assert read(incident(title=title)).title == title
    assert read(incident(title=None)).title == ""


def test_users_come_along() -> None:
    """Nested and included users are collected, and the more telling of two is kept."""
    body = {
        "data": incident(
            commander={"data": user(ADA, name="")}, created_by={"data": user(BEN, email="b@x")}
        ),
        "included": [
            user(ADA, name="Ada", status="Active"),
            {"type": "attachments", "id": "x"},
            {"type": "users"},
        ],
    }
    users = parse_incident(json.dumps(body).encode()).users
    assert {key: each.name for key, each in users.items()} == {ADA: "Ada", BEN: "Ada"}
    assert users[UserId(ADA)].status == "Active"


def test_responders_are_records() -> None:
    """The ids of responder records are kept, and what has none is passed over."""
    relationships: dict[str, object] = {
        "responders": {"data": [{"type": "incident_responders", "id": "R-1"}, {}, None]}
    }
    body = {"data": incident(relationships=relationships)}
    assert parse_incident(json.dumps(body).encode()).responder_ids == ("r-1",)


@pytest.mark.parametrize(
    ("body", "lacking"),
    [
        ({}, "the id of an incident"),
        ({"data": []}, "the id of an incident"),
        ({"data": {"id": "x"}}, "public_id of the incident x"),
        ({"data": incident("x", without=("public_id",))}, "public_id of the incident x"),
        ({"data": incident("x", without=("declared", "created"))}, "the time"),
    ],
)
def test_what_an_incident_cannot_lack(body: object, lacking: str) -> None:
    """What identifies an incident is required, and the error names what is missing."""
    with pytest.raises(UnexpectedAnswer, match=lacking):
        parse_incident(json.dumps(body).encode())


@pytest.mark.parametrize("parse", [parse_listing, parse_search])
def test_a_missing_list_is_not_an_empty_one(parse: Callable[[bytes], object]) -> None:
    """An answer without its list is no proof that there are no incidents."""
    with pytest.raises(UnexpectedAnswer):
        parse(b'{"meta": {}}')
