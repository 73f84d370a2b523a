"""One incident, all of them, and those that a search finds."""

from __future__ import annotations

import json
from urllib.parse import parse_qs, urlsplit

import pytest
import responses
from requests import PreparedRequest

from dd_incident_roles.datadog.http import Session
from dd_incident_roles.datadog.incidents import Incidents
from dd_incident_roles.errors import NotFound, Refused, UnexpectedAnswer
from dd_incident_roles.model import IncidentId, UserId
from tests.datadog.conftest import BASE
from tests.datadog.payloads import ADA, BEN, INCIDENT_ID, incident, pointer, search_page, user

ONE = f"{BASE}/api/v2/incidents/{INCIDENT_ID}"
ALL = f"{BASE}/api/v2/incidents"
SEARCH = f"{BASE}/api/v2/incidents/search"
KEY = IncidentId(INCIDENT_ID)


def sent(request: PreparedRequest) -> dict[str, list[str]]:
    """The query of a request."""
    return parse_qs(urlsplit(request.url or "").query)


def queries(api: responses.RequestsMock) -> list[dict[str, list[str]]]:
    """The queries of every request, in order."""
    return [sent(call.request) for call in api.calls]


def ids(count: int, start: int = 0) -> list[str]:
    """Ids of incidents."""
    return [f"incident-{number}" for number in range(start, start + count)]


def test_one_incident_comes_with_its_users(session: Session, api: responses.RequestsMock) -> None:
    """Users are asked for along with the incident, in one request."""
    api.get(ONE, json={"data": incident(), "included": [user(ADA)]})
    reading = Incidents(session).get(KEY)
    assert (reading.incident.public_id, list(reading.users)) == (1001, [ADA])
    assert queries(api) == [{"include": ["users"]}]


def test_an_inclusion_that_is_declined_is_done_without(
    session: Session, api: responses.RequestsMock
) -> None:
    """A Datadog that cannot include users is asked without them, and not asked with them again."""
    api.get(ONE, status=400, match=[responses.matchers.query_param_matcher({"include": "users"})])
    api.get(ONE, json={"data": incident()}, match=[responses.matchers.query_param_matcher({})])
    incidents = Incidents(session)
    assert [incidents.get(KEY).incident.public_id for _ in range(2)] == [1001, 1001]
    assert queries(api) == [{"include": ["users"]}, {}, {}]


def test_a_request_that_is_declined_both_ways_is_refused(
    session: Session, api: responses.RequestsMock
) -> None:
    """A 400 that has nothing to do with the inclusion stays a refusal."""
    api.get(ONE, status=400)
    incidents = Incidents(session)
    with pytest.raises(Refused):
        incidents.get(KEY)
    with pytest.raises(Refused):
        incidents.get(KEY)
    assert queries(api) == [{"include": ["users"]}, {}] * 2


def test_an_incident_that_cannot_be_seen_is_not_found(
    session: Session, api: responses.RequestsMock
) -> None:
    """A private incident of others, or none at all, is not found, and the hint says so."""
    api.get(ONE, status=404, json={"errors": ["incident not found"]})
    with pytest.raises(NotFound) as caught:
        Incidents(session).get(KEY)
    assert "private" in (caught.value.hint or "")


def test_a_search_survives_short_pages(session: Session, api: responses.RequestsMock) -> None:
    """Only the total ends a search: pages with one of two, or with none, do not (recorded)."""
    everything = ids(250)

    def page(request: PreparedRequest) -> tuple[int, dict[str, str], str]:
        offset = int(sent(request)["page[offset]"][0])
        shown = {0: everything[:3], 100: [], 200: everything[200:201]}[offset]
        return 200, {}, json.dumps(search_page([incident(each) for each in shown], 250))

    api.add_callback(responses.GET, SEARCH, page)
    found = [reading.incident.id for reading in Incidents(session).search("state:active")]
    assert found == [*everything[:3], everything[200]]
    assert queries(api) == [
        {
            "query": ["state:active"],
            "sort": ["created"],
            "page[size]": ["100"],
            "page[offset]": [offset],
        }
        for offset in ("0", "100", "200")
    ]


def test_a_search_of_1703_asks_for_every_page(
    session: Session, api: responses.RequestsMock
) -> None:
    """Where the official client stopped after 3 of 1703, each page is asked for."""

    def page(request: PreparedRequest) -> tuple[int, dict[str, str], str]:
        offset = int(sent(request)["page[offset]"][0])
        hits = ids(min(100, 1703 - offset) - 1, offset)
        return 200, {}, json.dumps(search_page([incident(each) for each in hits], 1703))

    api.add_callback(responses.GET, SEARCH, page)
    assert len(list(Incidents(session).search("state:active"))) == 1703 - 18
    assert session.requests == {"GET": 18}


def test_a_search_without_a_total_ends_at_an_empty_page(
    session: Session, api: responses.RequestsMock
) -> None:
    """A back-end that does not say how many there are is asked until it has no more."""
    for shown in (ids(2), ids(1, 2), []):
        api.get(SEARCH, json=search_page([incident(each) for each in shown], None))
    assert len(list(Incidents(session).search("x"))) == 3
    assert session.requests == {"GET": 3}


def test_a_search_that_repeats_itself_ends(session: Session, api: responses.RequestsMock) -> None:
    """A server that ignores the offset does not hold the run for ever, nor double an incident."""
    api.get(SEARCH, json=search_page([incident(each) for each in ids(2)], 9000))
    assert [each.incident.id for each in Incidents(session).search("x")] == ids(2)
    assert session.requests == {"GET": 2}


def test_nothing_found_is_one_request(session: Session, api: responses.RequestsMock) -> None:
    """A search that finds nothing costs one request."""
    api.get(SEARCH, json=search_page([], 0))
    assert list(Incidents(session).search("x")) == []
    assert session.requests == {"GET": 1}


def test_an_incident_that_moves_between_pages_is_found_once(
    session: Session, api: responses.RequestsMock
) -> None:
    """Pages that overlap, as they do when incidents are declared meanwhile, give each one once."""
    api.get(SEARCH, json=search_page([incident(each) for each in ("a", "b", "b")], 150))
    api.get(SEARCH, json=search_page([incident(each) for each in ("b", "c")], 150))
    assert [each.incident.id for each in Incidents(session).search("x")] == ["a", "b", "c"]


def test_a_failed_page_is_not_the_end(session: Session, api: responses.RequestsMock) -> None:
    """A listing that breaks off raises; it does not look complete."""
    api.get(SEARCH, json=search_page([incident("a")], 150))
    api.get(SEARCH, json={"data": {}})
    found = Incidents(session).search("x")
    assert next(found).incident.id == "a"
    with pytest.raises(UnexpectedAnswer, match="lacks incidents"):
        next(found)


def test_an_unreadable_hit_is_in_nobody_elses_way(
    session: Session, api: responses.RequestsMock
) -> None:
    """Its id is found all the same; whoever needs more of it is told, after all others."""
    shown = [incident("a"), incident("b", without=("public_id",)), incident("c")]
    api.get(SEARCH, json=search_page(shown, 3))
    incidents = Incidents(session)
    assert sorted(incidents.search_ids("x")) == ["a", "b", "c"]
    found = incidents.search("x")
    assert [next(found).incident.id, next(found).incident.id] == ["a", "c"]
    with pytest.raises(UnexpectedAnswer, match="incident b"):
        next(found)


def test_a_hit_without_an_id_is_an_error(session: Session, api: responses.RequestsMock) -> None:
    """Nobody knows which incident is missing then, and none may be taken for looked at."""
    api.get(SEARCH, json=search_page([incident("a"), {}], 2))
    with pytest.raises(UnexpectedAnswer, match="id of an incident"):
        list(Incidents(session).search_ids("x"))


def test_private_and_test_incidents_are_listed(
    session: Session, api: responses.RequestsMock
) -> None:
    """No incident is left out for being private or a test."""
    shown = [incident("a", visibility="private"), incident("b", is_test=True)]
    api.get(SEARCH, json=search_page(shown, 2))
    found = [reading.incident for reading in Incidents(session).search("x")]
    assert [(each.private, each.is_test) for each in found] == [(True, False), (False, True)]


def test_the_listing_ends_at_an_empty_page(session: Session, api: responses.RequestsMock) -> None:
    """A next_offset on the last page (recorded) is not believed."""
    pagination = {"pagination": {"offset": 0, "next_offset": 2, "size": 2}}
    for shown in (ids(2), ids(1, 2), []):
        api.get(ALL, json={"data": [incident(each) for each in shown], "meta": pagination})
    assert [reading.incident.id for reading in Incidents(session).all()] == ids(3)
    assert [each["page[offset]"] for each in queries(api)] == [["0"], ["100"], ["200"]]


def test_a_listing_that_repeats_itself_ends(session: Session, api: responses.RequestsMock) -> None:
    """A server that ignores the offset of a listing is noticed."""
    api.get(ALL, json={"data": [incident("a")]})
    assert len(list(Incidents(session).all())) == 1
    assert session.requests == {"GET": 2}


@pytest.mark.parametrize("wanted", [ADA, None])
def test_the_commander_is_read_from_the_attribute(
    wanted: str | None, session: Session, api: responses.RequestsMock
) -> None:
    """The answer's attribute is believed, whose relationship is null in every recording."""
    shown = None if wanted is None else {"data": user(wanted)}
    answer = incident(commander=shown, relationships={"commander_user": pointer(None)})
    api.patch(ONE, json={"data": answer})
    given = None if wanted is None else UserId(wanted)
    assert Incidents(session).set_commander(KEY, given) == wanted
    assert json.loads(api.calls[0].request.body or "") == {
        "data": {
            "id": INCIDENT_ID,
            "type": "incidents",
            "relationships": {"commander_user": pointer(wanted)},
        }
    }
    assert session.requests == {"PATCH": 1}


def test_another_commander_than_asked_for_is_reported(
    session: Session, api: responses.RequestsMock
) -> None:
    """What Datadog shows is returned, not what was sent."""
    api.patch(ONE, json={"data": incident(commander={"data": user(BEN)})})
    assert Incidents(session).set_commander(KEY, UserId(ADA)) == BEN


def test_an_answer_without_the_commander_is_read_again(
    session: Session, api: responses.RequestsMock
) -> None:
    """Where the answer does not say who is commander, a fresh reading does."""
    api.patch(ONE, json={"data": incident(relationships={"commander_user": pointer(None)})})
    api.get(ONE, json={"data": incident(relationships={"commander_user": pointer(ADA)})})
    assert Incidents(session).set_commander(KEY, UserId(ADA)) == ADA
    assert session.requests == {"PATCH": 1, "GET": 1}
