"""Recorded incidents in the sandbox: the incidents as the real answers had them."""

from __future__ import annotations

import json
from collections.abc import Iterator

import pytest

from dd_incident_roles.datadog.incidents import IncidentReading, parse_search
from dd_incident_roles.sandbox.resources.users import responder_of
from dd_incident_roles.sandbox.sandbox import Sandbox
from dd_incident_roles.sandbox.server import RunningSandbox
from tests.contract.recorded import SCENARIOS, WITHOUT, load_recordings
from tests.sandbox.client import Client

SET_BY_PATCH = "e7a543e2-56dd-5618-9504-3d21644f7505"
FOUND_BY_SEARCH = "77afaefe-9585-5eba-9e1e-195149b3dc66"
pytestmark = WITHOUT


@pytest.fixture(scope="module")
def sandbox() -> Sandbox:
    """A sandbox with every recorded incident, which no test changes."""
    sandbox = Sandbox()
    assert load_recordings(sandbox) == len(sandbox.world.incidents) > 20
    return sandbox


@pytest.fixture(scope="module")
def client(sandbox: Sandbox) -> Iterator[Client]:
    """Somebody who reads them."""
    with RunningSandbox(sandbox) as running:
        yield Client(running.url)


def test_every_recorded_incident_is_there(client: Client, sandbox: Sandbox) -> None:
    """Each id that an answer showed as an incident can be listed."""
    shown = {
        str(exchange.answer["data"]["id"])
        for scenario in SCENARIOS
        for exchange in scenario.exchanges
        if exchange.endpoint == ("POST", "/api/v2/incidents", 201)
        and isinstance(exchange.answer, dict)
    }
    listed = client.get("/incidents", **{"page[size]": "100"})["data"]
    assert shown <= {row["id"] for row in listed}
    assert len(listed) == len(sandbox.world.incidents)


@pytest.mark.parametrize(
    ("incident_id", "start"),
    [(SET_BY_PATCH, "test-add_commander"), (FOUND_BY_SEARCH, "example-create_an_incident")],
)
def test_the_recorded_commander_is_found(
    client: Client, sandbox: Sandbox, incident_id: str, start: str
) -> None:
    """The commander of a PATCH answer, whose relationship is null, and that of a listing."""
    row = client.get(f"/incidents/{incident_id}")["data"]
    user_id = row["relationships"]["commander_user"]["data"]["id"]
    user = client.get(f"/users/{user_id}")["data"]
    assert user["attributes"]["email"].startswith(start)
    responder_ids = {each["id"] for each in row["relationships"]["responders"]["data"]}
    part = responder_of(sandbox.world, incident_id, user_id)
    assert part is not None
    assert part.id in responder_ids


def test_listed_incidents_are_shown_as_they_were_recorded(client: Client) -> None:
    """Every incident of the recorded list reads the same, to the letter, but for its role."""
    listed = [
        row
        for scenario in SCENARIOS
        for exchange in scenario.exchanges
        if exchange.endpoint == ("GET", "/api/v2/incidents", 200)
        if isinstance(exchange.answer, dict)
        for row in exchange.answer["data"]
    ]
    assert len(listed) == 6
    assert [client.get(f"/incidents/{row['id']}")["data"] for row in listed] == listed


def test_rows_of_a_search_say_what_a_reading_is_compared_by() -> None:
    """Each recorded row can stand for its incident, and names responders and who modified it."""
    [answer] = [
        exchange.answer
        for scenario in SCENARIOS
        for exchange in scenario.exchanges
        if exchange.endpoint == ("GET", "/api/v2/incidents/search", 200)
    ]
    rows = parse_search(json.dumps(answer).encode()).rows.values()
    readings = [row for row in rows if isinstance(row, IncidentReading)]
    assert len(readings) == 5
    assert len({row.mark for row in readings} - {None}) == 5
    assert all(row.modified_by and not row.incident.modified.microsecond for row in readings)
    assert [len(row.responder_ids) for row in readings if row.incident.commander] == [1]
