"""Recorded incidents in the sandbox: the incidents as the real answers had them."""

from __future__ import annotations

import pytest

from dd_incident_roles.sandbox.resources.responders import responder_of
from dd_incident_roles.sandbox.sandbox import Sandbox
from dd_incident_roles.sandbox.server import RunningSandbox
from tests.contract.recorded import load_recordings
from tests.contract.scenarios import RECORDINGS
from tests.contract.test_recordings import SCENARIOS
from tests.sandbox.client import Client

SET_BY_PATCH = "e7a543e2-56dd-5618-9504-3d21644f7505"
FOUND_BY_SEARCH = "77afaefe-9585-5eba-9e1e-195149b3dc66"
recorded = pytest.mark.skipif(not SCENARIOS, reason=f"there are no recordings in {RECORDINGS}")


@recorded
def test_every_recorded_incident_is_there() -> None:
    """Each id that an answer showed as an incident can be listed."""
    shown = {
        str(exchange.answer["data"]["id"])
        for scenario in SCENARIOS
        for exchange in scenario.exchanges
        if exchange.endpoint == ("POST", "/api/v2/incidents", 201)
        and isinstance(exchange.answer, dict)
    }
    sandbox = Sandbox()
    loaded = load_recordings(sandbox)
    with RunningSandbox(sandbox) as running:
        listed = Client(running.url).get("/incidents", **{"page[size]": "100"})["data"]
    assert shown <= {row["id"] for row in listed}
    assert len(listed) == loaded > 20


@recorded
@pytest.mark.parametrize(
    ("incident_id", "start"),
    [(SET_BY_PATCH, "test-add_commander"), (FOUND_BY_SEARCH, "example-create_an_incident")],
)
def test_the_recorded_commander_is_found(incident_id: str, start: str) -> None:
    """The commander of a PATCH answer, whose relationship is null, and that of a listing."""
    sandbox = Sandbox()
    load_recordings(sandbox)
    with RunningSandbox(sandbox) as running:
        client = Client(running.url)
        row = client.get(f"/incidents/{incident_id}")["data"]
        user_id = row["relationships"]["commander_user"]["data"]["id"]
        user = client.get(f"/users/{user_id}")["data"]
    assert user["attributes"]["email"].startswith(start)
    responder_ids = {each["id"] for each in row["relationships"]["responders"]["data"]}
    part = responder_of(sandbox.world, incident_id, user_id)
    assert part is not None
    assert part.id in responder_ids


@recorded
def test_listed_incidents_are_shown_as_they_were_recorded() -> None:
    """Every incident of the recorded list reads the same, to the letter, but for its role."""
    sandbox = Sandbox()
    load_recordings(sandbox)
    listings = [
        exchange.answer
        for scenario in SCENARIOS
        for exchange in scenario.exchanges
        if exchange.endpoint == ("GET", "/api/v2/incidents", 200)
    ]
    compared = 0
    with RunningSandbox(sandbox) as running:
        client = Client(running.url)
        for listing in listings:
            assert isinstance(listing, dict)
            for row in listing["data"]:
                assert client.get(f"/incidents/{row['id']}")["data"] == row
                compared += 1
    assert compared == 6
