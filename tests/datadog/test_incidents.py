"""One incident, all of them, and those that a search finds."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable
from urllib.parse import parse_qs, urlsplit

import pytest
import responses
from requests import PreparedRequest

from dd_incident_roles.datadog.incidents import Incidents
from dd_incident_roles.errors import NotFound, Refused, UnexpectedAnswer
from dd_incident_roles.model import IncidentId, UserId
from tests.datadog.conftest import BASE, Datadog, failure
from tests.datadog.payloads import ADA, BEN, INCIDENT_ID, Json, incident, pointer, search_page, user

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


def test_a_search_of_1703_asks_for_every_page(dd: Datadog) -> None:
    """Where the official client stopped after 3 of 1703, each page is asked for."""
    serve_by_offset(dd, lambda offset: ids(1, offset), 1703)
    assert len(found(dd)) == 18
    assert dd.session.requests == {"GET": 18}


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
