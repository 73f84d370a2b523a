"""Every listing is read to its end, each row once, and an id stays one segment of a path."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass

import pytest

from dd_incident_roles.datadog.fields import Fields
from dd_incident_roles.datadog.http import Session
from dd_incident_roles.datadog.incidents import Incidents
from dd_incident_roles.datadog.on_call import OnCall
from dd_incident_roles.datadog.teams import Teams
from dd_incident_roles.datadog.todos import Todos
from dd_incident_roles.datadog.users import Users
from dd_incident_roles.datadog.wire import path
from dd_incident_roles.errors import NotFound, UnexpectedAnswer
from dd_incident_roles.model import IncidentId
from tests.datadog.conftest import BASE, Datadog
from tests.datadog.payloads import INCIDENT_ID, Json, incident, pointer, user

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
        read=lambda session: Fields(session).names(),
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
