"""The search: its language, its pages, its shape."""

from __future__ import annotations

from dd_incident_roles.sandbox.sandbox import Sandbox
from tests.sandbox.client import ANA, DAN, Client
from tests.sandbox.conftest import Clock

EVERY = [1001, 1002, 1003, 1004]
QUERIES = {
    "state:active": [1001, 1002],
    "state:(active OR stable)": [1001, 1002, 1003],
    "state:(active OR stable) AND severity:SEV-1": [1001],
    "state:active AND severity:(SEV-2 OR SEV-3)": [1002],
    "severity:SEV-1 OR severity:SEV-3": [1001, 1002],
    "state:active severity:SEV-1": [1001],
    "(state:stable OR severity:SEV-1) AND state:active": [1001],
    "-state:active": [1003, 1004],
    "NOT state:active": [1003, 1004],
    "STATE:active": EVERY,
    "state:ACTIVE": [1001, 1002],
    'severity:"SEV-1"': [1001],
    "severity:SEV-*": [1001, 1002],
    "commander:ana@corp.example": [1001],
    "commander:Ana": [1001],
    "commander:nobody": [],
    "responder:dan@corp.example": [1002],
    "customer_impacted:true": [1001],
    "incident_type:Default": EVERY,
    "detection_method:unknown": EVERY,
    "checkout": EVERY,
    "public_id:1001": EVERY,
    "state:active AND (": [1001, 1002],
    "": EVERY,
}


def found(client: Client, query: str, **more: str) -> list[int]:
    """Search, and tell the public ids."""
    hits = client.get("/incidents/search", query=query, **more)["data"]["attributes"]["incidents"]
    return [hit["data"]["attributes"]["public_id"] for hit in hits]


def test_queries(client: Client, sandbox: Sandbox) -> None:
    """Known facets filter; free text and unknown facets do not."""
    sandbox.add_responder(1002, DAN)
    sandbox.declare("Stable", state="stable")
    sandbox.declare("Done", state="resolved")
    assert {query: sorted(found(client, query)) for query in QUERIES} == QUERIES


def test_test_incidents_are_hidden_unless_asked_for(client: Client, sandbox: Sandbox) -> None:
    """They are in the list, and in a search that names the facet."""
    sandbox.declare("Drill", is_test=True)
    assert 1003 not in found(client, "state:active")
    assert found(client, "is_test:true") == [1003]
    assert len(client.get("/incidents")["data"]) == 3


def test_the_newest_comes_first_unless_sorted(client: Client) -> None:
    """created turns the order round; no other field sorts."""
    assert found(client, "*") == [1001, 1002]
    assert found(client, "*", sort="created") == [1002, 1001]
    assert client.refused("GET", "/incidents/search?query=*&sort=modified")[0] == 400
    assert client.refused("GET", "/incidents/search")[0] == 400


def test_pages_have_a_total_and_always_a_next_offset(
    client: Client, sandbox: Sandbox, clock: Clock
) -> None:
    """Paging by offset until the total is reached finds every incident once."""
    for number in range(5):
        clock.advance(minutes=1)
        sandbox.declare(f"More {number}")
    ids: list[int] = []
    for offset in range(0, 7, 3):
        query = {"page[size]": "3", "page[offset]": str(offset)}
        body = client.get("/incidents/search", query="*", **query)
        assert body["data"]["attributes"]["total"] == 7
        assert body["meta"]["pagination"]["next_offset"] > offset
        ids += found(client, "*", **query)
    assert ids == [1007, 1006, 1005, 1004, 1003, 1001, 1002]


def test_short_pages_show_fewer_than_they_count(client: Client, sandbox: Sandbox) -> None:
    """A page of two names two ids, shows one incident and is not the last."""
    sandbox.switch(short_search_pages=True)
    body = client.get("/incidents/search", query="*", **{"page[size]": "2"})
    assert len(body["data"]["relationships"]["incidents_relationship"]["data"]) == 2
    assert len(body["data"]["attributes"]["incidents"]) == 1
    assert body["data"]["attributes"]["total"] == 4
    assert body["meta"]["pagination"] == {"offset": 0, "next_offset": 2, "size": 2}
    assert found(client, "*", **{"page[size]": "2", "page[offset]": "2"}) == [1002]


def test_the_shape_of_a_hit(client: Client, sandbox: Sandbox) -> None:
    """Whole seconds, no ids of users, an empty scope, nested users, and every hit twice."""
    sandbox.add_person("new@corp.example", None, status="Pending")
    sandbox.set_commander(1002, "new@corp.example")
    body = client.get("/incidents/search", query="severity:SEV-3")
    shown = body["data"]["attributes"]["incidents"][0]["data"]
    attributes = shown["attributes"]
    assert attributes["created"] == "2026-01-31T06:30:00+00:00"
    assert attributes["created_by_uuid"] is None
    assert attributes["customer_impact_scope"] == ""
    names = [attributes[each]["data"]["attributes"]["name"] for each in ("commander", "created_by")]
    assert names == ["", "Carol"]
    assert shown["relationships"]["user_defined_fields"] == {"data": []}
    assert body["included"] == [shown]


def test_facets_count_the_hits(client: Client) -> None:
    """Facets name values and people with their counts, booleans by odd names."""
    facets = client.get("/incidents/search", query="*")["data"]["attributes"]["facets"]
    assert {"name": "SEV-1", "count": 1} in facets["severity"]
    assert facets["customer_impacted"] == [{"name": 0, "count": 1}, {"name": True, "count": 1}]
    assert facets["commander"][0]["email"] == ANA
