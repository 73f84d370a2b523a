"""Decoding and finding, whatever was sent; listings are read to their end, each row once."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Mapping
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dd_incident_roles.datadog.http import Session
from dd_incident_roles.datadog.incidents import (
    Incidents,
    parse_incident,
    parse_listing,
    parse_search,
)
from dd_incident_roles.datadog.relationships import Todos
from dd_incident_roles.datadog.responders import parse_responders, parse_role_assignment
from dd_incident_roles.datadog.roles import Fields
from dd_incident_roles.datadog.teams import OnCall, Teams
from dd_incident_roles.datadog.users import Users, parse_users
from dd_incident_roles.datadog.wire import document, object_at, path, text, time_at, whole_number
from dd_incident_roles.errors import NotFound, UnexpectedAnswer
from dd_incident_roles.model import IncidentId
from tests.datadog.conftest import BASE, Datadog
from tests.datadog.payloads import INCIDENT_ID, Json, incident, pointer, user


@pytest.mark.parametrize(
    ("body", "problem"),
    [
        (b"", "is empty"),
        (b" \n", "is empty"),
        (b"<!doctype html>", "is a web page"),
        (b'{"data": [1, 2', "cut short"),
        (b"[]", "not a JSON object"),
        (b"null", "not a JSON object"),
        (b"[" * 100_000, "cut short"),
        (b"\xff\xff\xff", "is not JSON"),
    ],
)
def test_what_is_no_document(body: bytes, problem: str) -> None:
    """What cannot be decoded is named for what it is."""
    with pytest.raises(UnexpectedAnswer, match=problem):
        document(body)


def test_half_a_character_is_replaced() -> None:
    """A lone surrogate, which could be stored nowhere, becomes a question mark; emoji stay."""
    found = document(rb'{"a": "x\ud83dy", "b": "\ud83d\ude00"}')
    assert found == {"a": "x?y", "b": "😀"}


@pytest.mark.parametrize("row", [None, 5, "x", [], {}])
def test_a_row_that_is_no_object_is_no_absence(row: object) -> None:
    """A list of responders with such a row is not taken for one without that responder."""
    with pytest.raises(UnexpectedAnswer, match="id of a responder"):
        parse_responders(json.dumps({"data": [row]}).encode())


def test_a_broken_path_ends_in_nothing() -> None:
    """A value of another kind on the way is like a missing one."""
    assert object_at({"a": {"b": [1]}}, "a", "b", "c") == {}


@pytest.mark.parametrize(("value", "found"), [("x", "x"), (" x ", " x "), ("  ", None), (5, None)])
def test_texts(value: object, found: str | None) -> None:
    """A text is kept as it was sent; blanks are no text."""
    assert text({"k": value}, "k") == found


@pytest.mark.parametrize(
    ("value", "found"), [(7, 7), ("7", 7), (True, None), ("seven", None), (7.5, None), (None, None)]
)
def test_whole_numbers(value: object, found: int | None) -> None:
    """A number that was sent as text counts; true and false do not."""
    assert whole_number({"k": value}, "k") == found


NAMES = (
    *("data", "id", "attributes", "relationships", "included", "incidents", "fields", "commander"),
    *("user", "public_id", "declared", "responders", "value", "meta"),
)
ANY_JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=5),
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(NAMES), inner, max_size=4)
    ),
    max_leaves=20,
)
PARSERS: tuple[Callable[[bytes], object], ...] = (
    *(parse_incident, parse_listing, parse_search, parse_users),
    *(parse_responders, parse_role_assignment),
)


@given(ANY_JSON)
def test_no_shape_crashes_a_reading(sent: object) -> None:
    """Any JSON at all is either read or an unexpected answer."""
    body = json.dumps(sent).encode()
    for parse in PARSERS:
        with suppress(UnexpectedAnswer):
            parse(body)


SECOND = datetime(2026, 7, 10, 20, 13, 46, tzinfo=UTC)


@pytest.mark.parametrize(
    ("written", "meant"),
    [
        ("2026-02-23T14:06:27.384097+00:00", datetime(2026, 2, 23, 14, 6, 27, 384097, UTC)),
        ("2026-07-10T20:13:46+00:00", SECOND),
        ("2026-07-10T20:13:46.384625879Z", SECOND.replace(microsecond=384625)),
        ("2026-07-10T20:13:46.999999999Z", SECOND.replace(microsecond=999999)),
        ("2026-07-10T20:13:46Z", SECOND),
        ("2026-07-10T22:13:46.5+02:00", SECOND.replace(microsecond=500000)),
        ("2026-07-10T20:13:46", SECOND),
        (" 2026-07-10T20:13:46Z ", SECOND),
        *((odd, None) for odd in ("", "yesterday", "2026-13-01T00:00:00Z")),
        ("0001-01-01T00:00:00+23:00", None),
    ],
)
def test_recorded_styles(written: str, meant: datetime | None) -> None:
    """Offsets, Z, and up to nine digits all become one time; an illegible one is none."""
    assert time_at({"at": written}, "at") == meant


@given(st.text())
def test_no_text_crashes_it(written: str) -> None:
    """Whatever stands there, the answer is an aware time or None."""
    parsed = time_at({"at": written}, "at")
    assert parsed is None or parsed.tzinfo is UTC


TEAM = "2e06bf2c-193b-41d4-b3c2-afccc080458f"


def by_number(number: int, _seen: int) -> Mapping[str, str]:
    return {"page[size]": "100", "page[number]": str(number)}


@dataclass(frozen=True, slots=True, kw_only=True)
class Listing:
    """A listing: a row with an id, the ids of a whole reading, and where its total stands.

    ``position`` is what a request says, given the number of the page and of the rows before it.
    """

    url: str
    row: Callable[[str], Json]
    read: Callable[[Session], Iterable[str]]
    total: tuple[str, ...] = ()
    position: Callable[[int, int], Mapping[str, str]] = by_number

    def page(self, *ids: str, total: object = None) -> Json:
        """One page; it always names a next one."""
        shown: Json = {"pagination": {"next_offset": 1, "next_number": 1}}
        if self.total:
            shown = {self.total[0]: {self.total[1]: total}}
        return {"data": [self.row(each) for each in ids], "meta": shown}


def bare(row_id: str, **attributes: object) -> Json:
    return {"type": "any", "id": row_id, "attributes": attributes}


LISTINGS = {
    "users": Listing(
        url="/api/v2/users",
        row=user,
        read=lambda session: [each.id for each in Users(session).find("ada@corp.example").exact],
        total=("page", "total_filtered_count"),
    ),
    "teams": Listing(
        url="/api/v2/team",
        row=lambda row_id: bare(row_id, name="Payments"),
        read=lambda session: [each.id for each in Teams(session).find("payments")],
        total=("pagination", "total"),
    ),
    "members": Listing(
        url=f"/api/v2/team/{TEAM}/memberships",
        row=lambda row_id: {**bare(f"m{row_id}"), "relationships": {"user": pointer(row_id)}},
        read=lambda session: Teams(session).members(TEAM).user_ids,
        total=("pagination", "total"),
    ),
    "schedules": Listing(
        url="/api/v2/on-call/schedules",
        row=bare,
        read=lambda session: OnCall(session).schedules_of_team(TEAM),
        total=("page", "total"),
    ),
    "fields": Listing(
        url="/api/v2/incidents/config/user-defined-fields",
        row=lambda row_id: bare(row_id, name=row_id),
        read=lambda session: [each.name for each in Fields(session).definitions()],
        position=lambda number, _: {"page[size]": "1000", "page[number]": str(number)},
    ),
    "todos": Listing(
        url=f"/api/v2/incidents/{INCIDENT_ID}/relationships/todos",
        row=bare,
        read=lambda session: [each.id for each in Todos(session).of(IncidentId(INCIDENT_ID))],
        position=lambda _, seen: {"page[offset]": str(seen)} if seen else {},
    ),
    "incidents": Listing(
        url="/api/v2/incidents",
        row=incident,
        read=lambda session: [each.incident.id for each in Incidents(session).all()],
        position=lambda number, _: {"page[size]": "100", "page[offset]": str(number * 100)},
    ),
}

every_listing = pytest.mark.parametrize("listing", LISTINGS.values(), ids=LISTINGS)
every_total = pytest.mark.parametrize(
    "listing",
    [each for each in LISTINGS.values() if each.total],
    ids=[name for name, each in LISTINGS.items() if each.total],
)


@every_listing
def test_short_and_overlapping_pages_lose_nothing(listing: Listing, dd: Datadog) -> None:
    """A short page ends nothing, a row that comes twice counts once, and an empty page ends."""
    for ids in (("a", "b"), ("b", "c"), ()):
        dd.api.get(f"{BASE}{listing.url}", json=listing.page(*ids))
    assert list(listing.read(dd.session)) == ["a", "b", "c"]
    asked = [listing.position(*each) for each in ((0, 0), (1, 2), (2, 3))]
    for query, expected in zip(dd.queries, asked, strict=True):
        shown = {name: value for name, (value,) in query.items() if name.startswith("page")}
        assert shown == expected


@every_listing
def test_a_server_that_repeats_itself_is_noticed(listing: Listing, dd: Datadog) -> None:
    """One that gives everything every time is asked twice, whatever total it claims."""
    dd.api.get(f"{BASE}{listing.url}", json=listing.page("a", "b", total=500))
    assert list(listing.read(dd.session)) == ["a", "b"]
    assert dd.session.requests == {"GET": 2}


@every_listing
def test_an_empty_listing_is_one_request(listing: Listing, dd: Datadog) -> None:
    """Nothing on the first page is nothing at all."""
    dd.api.get(f"{BASE}{listing.url}", json=listing.page())
    assert list(listing.read(dd.session)) == []
    assert dd.session.requests == {"GET": 1}


@every_total
@pytest.mark.parametrize(("total", "requests"), [(2, 2), ("2", 2), (None, 3), ("many", 3), (9, 3)])
def test_a_total_ends_a_listing(
    listing: Listing, total: object, requests: int, dd: Datadog
) -> None:
    """A total that was reached does; without one, or with a wrong one, what is new decides."""
    for row_id in ("a", "b"):
        dd.api.get(f"{BASE}{listing.url}", json=listing.page(row_id, total=total))
    assert list(listing.read(dd.session)) == ["a", "b"]
    assert dd.session.requests == {"GET": requests}


@every_listing
@pytest.mark.parametrize("body", [{"meta": {}}, {"data": None}, {"data": {}}])
def test_a_missing_list_is_not_an_empty_one(listing: Listing, body: Json, dd: Datadog) -> None:
    """An answer without its list is no proof that there is nothing."""
    dd.api.get(f"{BASE}{listing.url}", json=body)
    with pytest.raises(UnexpectedAnswer, match="lacks data"):
        listing.read(dd.session)


@pytest.mark.parametrize(
    ("segment", "quoted"),
    [
        ("e7a543e2-56dd", "e7a543e2-56dd"),
        ("a/b", "a%2Fb"),
        ("../users", "..%2Fusers"),
        ("a?b=c#d", "a%3Fb%3Dc%23d"),
        ("%2e%2e", "%252e%252e"),
        ("a b", "a%20b"),
    ],
)
def test_ids_are_quoted(segment: str, quoted: str) -> None:
    """No id leads to another resource, whatever somebody typed."""
    assert path("/api/v2/incidents", segment) == f"/api/v2/incidents/{quoted}"


@pytest.mark.parametrize("segment", ["", ".", ".."])
def test_what_cannot_be_quoted_is_not_sent(segment: str) -> None:
    """Dots and nothing would be folded into another path, so nothing has such an id."""
    with pytest.raises(NotFound):
        path("/api/v2/incidents", segment, "responders")
