"""One incident, all of them, those that a search finds, and every shape of one."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Mapping
from datetime import UTC, datetime
from types import MappingProxyType
from urllib.parse import parse_qs, urlsplit

import pytest
import responses
from requests import PreparedRequest

from dd_incident_roles.datadog.incidents import (
    IncidentReading,
    Incidents,
    parse_incident,
    parse_listing,
    parse_search,
)
from dd_incident_roles.errors import NotFound, Refused, UnexpectedAnswer
from dd_incident_roles.model import Incident, IncidentId, UserId
from tests.datadog.conftest import BASE, Datadog, failure
from tests.datadog.payloads import (
    ADA,
    BEN,
    INCIDENT_ID,
    TYPE,
    Json,
    incident,
    one,
    pointer,
    recorded,
    search_page,
    to_many,
    user,
)

ONE = f"{BASE}/api/v2/incidents/{INCIDENT_ID}"
ALL = f"{BASE}/api/v2/incidents"
SEARCH = f"{BASE}/api/v2/incidents/search"
KEY = IncidentId(INCIDENT_ID)


def ids(count: int, start: int = 0) -> list[str]:
    """Ids of incidents."""
    return [f"incident-{number}" for number in range(start, start + count)]


def hits(found: Iterable[str], total: int | None) -> Json:
    """One page of a search that finds these."""
    return search_page([incident(each) for each in found], total)


def serve_by_offset(dd: Datadog, rows_at: Callable[[int], Iterable[str]], total: int) -> None:
    """Answer a search by what it asks for."""

    def answer(request: PreparedRequest) -> tuple[int, dict[str, str], str]:
        offset = int(parse_qs(urlsplit(request.url or "").query)["page[offset]"][0])
        return 200, {}, json.dumps(hits(rows_at(offset), total))

    dd.api.add_callback(responses.GET, SEARCH, answer)


def found(dd: Datadog) -> list[str]:
    """The ids of everything that a search finds."""
    return [each.incident.id for each in Incidents(dd.session).search("state:active")]


def test_one_incident_comes_with_its_users(dd: Datadog) -> None:
    """Users are asked for along with the incident, in one request."""
    dd.api.get(ONE, json={"data": incident(), "included": [user(ADA)]})
    reading = Incidents(dd.session).get(KEY)
    assert (reading.incident.public_id, list(reading.users)) == (1001, [ADA])
    assert dd.queries == [{"include": ["users"]}]


def test_an_inclusion_that_is_declined_is_done_without(dd: Datadog) -> None:
    """A Datadog that cannot include users is asked without them, and not asked with them again."""
    dd.api.get(
        ONE, status=400, match=[responses.matchers.query_param_matcher({"include": "users"})]
    )
    dd.api.get(ONE, json={"data": incident()}, match=[responses.matchers.query_param_matcher({})])
    incidents = Incidents(dd.session)
    assert [incidents.get(KEY).incident.public_id for _ in range(2)] == [1001, 1001]
    assert dd.queries == [{"include": ["users"]}, {}, {}]


def test_a_request_that_is_declined_both_ways_is_refused(dd: Datadog) -> None:
    """A 400 that has nothing to do with the inclusion stays a refusal."""
    dd.api.get(ONE, status=400)
    incidents = Incidents(dd.session)
    for _ in range(2):
        failure(Refused, lambda: incidents.get(KEY))
    assert dd.queries == [{"include": ["users"]}, {}] * 2


def test_an_incident_that_cannot_be_seen_is_not_found(dd: Datadog) -> None:
    """A private incident of others, or none at all, is not found, and the hint says so."""
    dd.api.get(ONE, status=404, json={"errors": ["incident not found"]})
    assert "private" in (failure(NotFound, lambda: Incidents(dd.session).get(KEY)).hint or "")


def test_a_search_survives_short_pages(dd: Datadog) -> None:
    """Only the total ends a search: pages with one of two, or with none, do not (recorded)."""
    everything = ids(250)
    shown = {0: everything[:3], 100: [], 200: everything[200:201]}
    serve_by_offset(dd, shown.__getitem__, 250)
    assert found(dd) == [*everything[:3], everything[200]]
    asked = {"query": ["state:active"], "sort": ["created"], "page[size]": ["100"]}
    assert dd.queries == [{**asked, "page[offset]": [offset]} for offset in ("0", "100", "200")]


@pytest.mark.parametrize("expected", [0, 250, 1703])
def test_pages_that_are_expected_are_asked_for_ahead(expected: int, dd: Datadog) -> None:
    """Each is asked for once, and the rows come in their order."""
    serve_by_offset(dd, lambda offset: ids(1, offset), 1703)
    rows = Incidents(dd.session).search_rows("x", expected=expected, at_once=16)
    assert [key for key, _ in rows] == [f"incident-{number}" for number in range(0, 1703, 100)]
    assert dd.session.requests == {"GET": 18}


def test_a_page_ahead_that_fails_ends_the_search(dd: Datadog) -> None:
    """It raises in its turn, after the rows before it."""

    def rows_at(offset: int) -> Iterable[str]:
        return ids(1, offset) if offset != 200 else [""]

    serve_by_offset(dd, rows_at, 400)
    rows = Incidents(dd.session).search_rows("x", expected=400, at_once=16)
    assert [next(rows)[0] for _ in range(2)] == ["incident-0", "incident-100"]
    with pytest.raises(UnexpectedAnswer, match="the id of an incident"):
        next(rows)


@pytest.mark.parametrize(
    ("pages", "total", "expected", "requests"),
    [
        # A back-end that does not say how many there are is asked until it has no more.
        (["ab", "c", ""], None, "abc", 3),
        # A server that ignores the offset does not hold the run for ever, nor double an incident.
        (["ab"], 9000, "ab", 2),
        # A search that finds nothing costs one request.
        ([""], 0, "", 1),
        # Pages overlap when incidents are declared meanwhile.
        (["abb", "bc"], 150, "abc", 2),
    ],
)
def test_a_search_finds_each_once_and_ends(
    pages: list[str], total: int | None, expected: str, requests: int, dd: Datadog
) -> None:
    """Whatever the pages hold, every incident is found once and no page is asked for in vain."""
    for page in pages:
        dd.api.get(SEARCH, json=hits(page, total))
    assert (found(dd), dd.session.requests) == (list(expected), {"GET": requests})


def test_a_failed_page_is_not_the_end(dd: Datadog) -> None:
    """A listing that breaks off raises; it does not look complete."""
    dd.api.get(SEARCH, json=hits("a", 150))
    dd.api.get(SEARCH, json={"data": {}})
    readings = Incidents(dd.session).search("x")
    assert next(readings).incident.id == "a"
    with pytest.raises(UnexpectedAnswer, match="lacks incidents"):
        next(readings)


def test_an_unreadable_hit_is_in_nobody_elses_way(dd: Datadog) -> None:
    """Its id is found all the same; whoever needs more of it is told, after all others."""
    shown = [incident("a"), incident("b", without=("public_id",)), incident("c")]
    dd.api.get(SEARCH, json=search_page(shown, 3))
    incidents = Incidents(dd.session)
    assert sorted(incidents.search_ids("x")) == ["a", "b", "c"]
    readings = incidents.search("x")
    assert [next(readings).incident.id, next(readings).incident.id] == ["a", "c"]
    with pytest.raises(UnexpectedAnswer, match="incident b"):
        next(readings)


def mark_of(
    more: Mapping[str, object] = MappingProxyType({}),
    *,
    without: tuple[str, ...] = (),
    responders: tuple[str, ...] | None = ("r",),
) -> str | None:
    """The fingerprint of a row of a search."""
    attributes = {**({} if "commander" in without else {"commander": {"data": None}}), **more}
    links = {} if responders is None else {"responders": to_many("x", *responders)}
    row = incident("a", without=without, relationships=links, attributes=attributes)
    page = parse_search(json.dumps(search_page([row], 1)).encode())
    [reading] = page.rows.values()
    assert isinstance(reading, IncidentReading)
    return reading.mark


@pytest.mark.parametrize("name", ["modified", "state", "severity", "fields", "commander"])
def test_a_row_that_says_too_little_has_no_mark(name: str) -> None:
    """What is not there cannot have stayed the same."""
    assert mark_of() is not None
    assert mark_of(without=(name,)) is None
    assert mark_of(responders=None) is None


@pytest.mark.parametrize(
    ("changed", "is_same"),
    [
        ({"title": "Checkout is slow"}, False),
        ({"modified": "2026-02-23T14:06:28+00:00"}, False),
        ({"fields": {"summary": {"type": "textbox", "value": "A disk is full"}}}, False),
        ({"commander": {"data": {"type": "users", "id": ADA}}}, False),
        ({"what_nobody_knows_yet": 1}, False),
        # They grow by themselves while an incident lasts.
        ({"customer_impact_duration": 60, "time_to_repair": 5, "field_analytics": {"a": 1}}, True),
    ],
    ids=str,
)
def test_a_mark_is_of_all_that_does_not_move_by_itself(changed: Json, is_same: bool) -> None:
    """Whatever else a row says differently makes the incident be read."""
    assert (mark_of(changed) == mark_of()) is is_same
    assert mark_of(responders=("r", "s")) != mark_of()
    assert mark_of(responders=("r", "s")) == mark_of(responders=("s", "r"))


def test_a_hit_without_an_id_is_an_error(dd: Datadog) -> None:
    """Nobody knows which incident is missing then, and none may be taken for looked at."""
    dd.api.get(SEARCH, json=search_page([incident("a"), {}], 2))
    with pytest.raises(UnexpectedAnswer, match="id of an incident"):
        list(Incidents(dd.session).search_ids("x"))


def test_private_and_test_incidents_are_listed(dd: Datadog) -> None:
    """No incident is left out for being private or a test."""
    shown = [incident("a", visibility="private"), incident("b", is_test=True)]
    dd.api.get(SEARCH, json=search_page(shown, 2))
    listed = [reading.incident for reading in Incidents(dd.session).search("x")]
    assert [(each.private, each.is_test) for each in listed] == [(True, False), (False, True)]


@pytest.mark.parametrize("wanted", [ADA, None])
def test_the_commander_is_read_from_the_attribute(wanted: str | None, dd: Datadog) -> None:
    """The answer's attribute is believed, whose relationship is null in every recording."""
    shown = None if wanted is None else {"data": user(wanted)}
    answer = incident(commander=shown, relationships={"commander_user": pointer(None)})
    dd.api.patch(ONE, json={"data": answer})
    given = None if wanted is None else UserId(wanted)
    assert Incidents(dd.session).set_commander(KEY, given) == wanted
    relationships = {"commander_user": pointer(wanted)}
    assert dd.bodies == [{"id": INCIDENT_ID, "type": "incidents", "relationships": relationships}]
    assert dd.session.requests == {"PATCH": 1}


def test_another_commander_than_asked_for_is_reported(dd: Datadog) -> None:
    """What Datadog shows is returned, not what was sent."""
    dd.api.patch(ONE, json={"data": incident(commander={"data": user(BEN)})})
    assert Incidents(dd.session).set_commander(KEY, UserId(ADA)) == BEN


def test_an_answer_without_the_commander_is_read_again(dd: Datadog) -> None:
    """Where the answer does not say who is commander, a fresh reading does."""
    dd.api.patch(ONE, json={"data": incident(relationships={"commander_user": pointer(None)})})
    dd.api.get(ONE, json={"data": incident(relationships={"commander_user": pointer(ADA)})})
    assert Incidents(dd.session).set_commander(KEY, UserId(ADA)) == ADA
    assert dd.session.requests == {"PATCH": 1, "GET": 1}


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
