"""One incident, all of them, and those that a search finds."""

from __future__ import annotations

import json
from urllib.parse import parse_qs, urlsplit

import pytest
import responses
from requests import PreparedRequest

from dd_incident_roles.datadog.incidents import Incidents
from dd_incident_roles.errors import NotFound, Refused, UnexpectedAnswer
from dd_incident_roles.model import IncidentId, UserId
from tests.datadog.conftest import BASE, Datadog
from tests.datadog.payloads import ADA, BEN, INCIDENT_ID, incident, pointer, search_page, user

ONE = f"{BASE}/api/v2/incidents/{INCIDENT_ID}"
ALL = f"{BASE}/api/v2/incidents"
SEARCH = f"{BASE}/api/v2/incidents/search"
KEY = IncidentId(INCIDENT_ID)


def sent(request: PreparedRequest) -> dict[str, list[str]]:
    """The query of a request."""
    return parse_qs(urlsplit(request.url or "").query)


def ids(count: int, start: int = 0) -> list[str]:
    """Ids of incidents."""
    return [f"incident-{number}" for number in range(start, start + count)]


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
    with pytest.raises(Refused):
        incidents.get(KEY)
    with pytest.raises(Refused):
        incidents.get(KEY)
    assert dd.queries == [{"include": ["users"]}, {}] * 2


def test_an_incident_that_cannot_be_seen_is_not_found(dd: Datadog) -> None:
    """A private incident of others, or none at all, is not found, and the hint says so."""
    dd.api.get(ONE, status=404, json={"errors": ["incident not found"]})
    with pytest.raises(NotFound) as caught:
        Incidents(dd.session).get(KEY)
    assert "private" in (caught.value.hint or "")


def test_a_search_survives_short_pages(dd: Datadog) -> None:
    """Only the total ends a search: pages with one of two, or with none, do not (recorded)."""
    everything = ids(250)

    def page(request: PreparedRequest) -> tuple[int, dict[str, str], str]:
        offset = int(sent(request)["page[offset]"][0])
        shown = {0: everything[:3], 100: [], 200: everything[200:201]}[offset]
        return 200, {}, json.dumps(search_page([incident(each) for each in shown], 250))

    dd.api.add_callback(responses.GET, SEARCH, page)
    found = [reading.incident.id for reading in Incidents(dd.session).search("state:active")]
    assert found == [*everything[:3], everything[200]]
    assert dd.queries == [
        {
            "query": ["state:active"],
            "sort": ["created"],
            "page[size]": ["100"],
            "page[offset]": [offset],
        }
        for offset in ("0", "100", "200")
    ]


def test_a_search_of_1703_asks_for_every_page(dd: Datadog) -> None:
    """Where the official client stopped after 3 of 1703, each page is asked for."""

    def page(request: PreparedRequest) -> tuple[int, dict[str, str], str]:
        offset = int(sent(request)["page[offset]"][0])
        hits = ids(min(100, 1703 - offset) - 1, offset)
        return 200, {}, json.dumps(search_page([incident(each) for each in hits], 1703))

    dd.api.add_callback(responses.GET, SEARCH, page)
    assert len(list(Incidents(dd.session).search("state:active"))) == 1703 - 18
    assert dd.session.requests == {"GET": 18}


def test_a_search_without_a_total_ends_at_an_empty_page(dd: Datadog) -> None:
    """A back-end that does not say how many there are is asked until it has no more."""
    for shown in (ids(2), ids(1, 2), []):
        dd.api.get(SEARCH, json=search_page([incident(each) for each in shown], None))
    assert len(list(Incidents(dd.session).search("x"))) == 3
    assert dd.session.requests == {"GET": 3}


def test_a_search_that_repeats_itself_ends(dd: Datadog) -> None:
    """A server that ignores the offset does not hold the run for ever, nor double an incident."""
    dd.api.get(SEARCH, json=search_page([incident(each) for each in ids(2)], 9000))
    assert [each.incident.id for each in Incidents(dd.session).search("x")] == ids(2)
    assert dd.session.requests == {"GET": 2}


def test_nothing_found_is_one_request(dd: Datadog) -> None:
    """A search that finds nothing costs one request."""
    dd.api.get(SEARCH, json=search_page([], 0))
    assert list(Incidents(dd.session).search("x")) == []
    assert dd.session.requests == {"GET": 1}


def test_an_incident_that_moves_between_pages_is_found_once(dd: Datadog) -> None:
    """Pages that overlap, as they do when incidents are declared meanwhile, give each one once."""
    dd.api.get(SEARCH, json=search_page([incident(each) for each in ("a", "b", "b")], 150))
    dd.api.get(SEARCH, json=search_page([incident(each) for each in ("b", "c")], 150))
    assert [each.incident.id for each in Incidents(dd.session).search("x")] == ["a", "b", "c"]


def test_a_failed_page_is_not_the_end(dd: Datadog) -> None:
    """A listing that breaks off raises; it does not look complete."""
    dd.api.get(SEARCH, json=search_page([incident("a")], 150))
    dd.api.get(SEARCH, json={"data": {}})
    found = Incidents(dd.session).search("x")
    assert next(found).incident.id == "a"
    with pytest.raises(UnexpectedAnswer, match="lacks incidents"):
        next(found)


def test_an_unreadable_hit_is_in_nobody_elses_way(dd: Datadog) -> None:
    """Its id is found all the same; whoever needs more of it is told, after all others."""
    shown = [incident("a"), incident("b", without=("public_id",)), incident("c")]
    dd.api.get(SEARCH, json=search_page(shown, 3))
    incidents = Incidents(dd.session)
    assert sorted(incidents.search_ids("x")) == ["a", "b", "c"]
    found = incidents.search("x")
    assert [next(found).incident.id, next(found).incident.id] == ["a", "c"]
    with pytest.raises(UnexpectedAnswer, match="incident b"):
        next(found)


def test_a_hit_without_an_id_is_an_error(dd: Datadog) -> None:
    """Nobody knows which incident is missing then, and none may be taken for looked at."""
    dd.api.get(SEARCH, json=search_page([incident("a"), {}], 2))
    with pytest.raises(UnexpectedAnswer, match="id of an incident"):
        list(Incidents(dd.session).search_ids("x"))


def test_private_and_test_incidents_are_listed(dd: Datadog) -> None:
    """No incident is left out for being private or a test."""
    shown = [incident("a", visibility="private"), incident("b", is_test=True)]
    dd.api.get(SEARCH, json=search_page(shown, 2))
    found = [reading.incident for reading in Incidents(dd.session).search("x")]
    assert [(each.private, each.is_test) for each in found] == [(True, False), (False, True)]


@pytest.mark.parametrize("wanted", [ADA, None])
def test_the_commander_is_read_from_the_attribute(wanted: str | None, dd: Datadog) -> None:
    """The answer's attribute is believed, whose relationship is null in every recording."""
    shown = None if wanted is None else {"data": user(wanted)}
    answer = incident(commander=shown, relationships={"commander_user": pointer(None)})
    dd.api.patch(ONE, json={"data": answer})
    given = None if wanted is None else UserId(wanted)
    assert Incidents(dd.session).set_commander(KEY, given) == wanted
    assert dd.bodies[0] == {
        "id": INCIDENT_ID,
        "type": "incidents",
        "relationships": {"commander_user": pointer(wanted)},
    }
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
