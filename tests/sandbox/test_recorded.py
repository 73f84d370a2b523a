"""Recordings as a seed: the incidents as the real answers had them."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from dd_incident_roles.errors import ConfigurationError
from dd_incident_roles.sandbox.recorded import load_recordings
from dd_incident_roles.sandbox.sandbox import Sandbox
from dd_incident_roles.sandbox.seed import seed
from dd_incident_roles.sandbox.server import RunningSandbox
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
    loaded = load_recordings(sandbox, RECORDINGS)
    with RunningSandbox(sandbox) as running:
        listed = Client(running.url).get("/incidents", **{"page[size]": "100"})["data"]
    assert shown <= {row["id"] for row in listed}
    assert len(listed) == loaded.incidents > 20


@recorded
@pytest.mark.parametrize(
    ("incident_id", "start"),
    [(SET_BY_PATCH, "test-add_commander"), (FOUND_BY_SEARCH, "example-create_an_incident")],
)
def test_the_recorded_commander_is_found(incident_id: str, start: str) -> None:
    """The commander of a PATCH answer, whose relationship is null, and that of a listing."""
    sandbox = Sandbox()
    load_recordings(sandbox, RECORDINGS)
    with RunningSandbox(sandbox) as running:
        client = Client(running.url)
        row = client.get(f"/incidents/{incident_id}")["data"]
        user_id = row["relationships"]["commander_user"]["data"]["id"]
        user = client.get(f"/users/{user_id}")["data"]
    assert user["attributes"]["email"].startswith(start)
    responder_ids = {each["id"] for each in row["relationships"]["responders"]["data"]}
    part = sandbox.world.responder_of(incident_id, user_id)
    assert part is not None
    assert part.id in responder_ids


@recorded
def test_listed_incidents_are_shown_as_they_were_recorded() -> None:
    """Every incident of the recorded list reads the same, to the letter, but for its role."""
    sandbox = Sandbox()
    load_recordings(sandbox, RECORDINGS)
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


def answered(tmp_path: Path, *answers: object, method: str = "PATCH") -> Path:
    """A directory of one recording with these answers."""
    exchanges = [
        {
            "request": {"method": method, "url": "https://x/api/v2/incidents/1", "body": None},
            "response": {"status": 200, "headers": {}, "body": answer},
        }
        for answer in answers
    ]
    (tmp_path / "one.json").write_text(json.dumps(exchanges), encoding="utf-8")
    return tmp_path


def incident(title: str, modified: str) -> dict[str, object]:
    """An answer that shows an incident in the sparse manner of old."""
    return {
        "data": {
            "type": "incidents",
            "id": SET_BY_PATCH,
            "attributes": {
                "public_id": 5,
                "title": title,
                "created": "2021-01-01T00:00:00+00:00",
                "modified": modified,
                "detected": "2021-01-01T00:00:00+00:00",
                "fields": {"severity": {"type": "dropdown", "value": "SEV-9"}},
            },
        }
    }


def test_the_last_answer_wins(tmp_path: Path) -> None:
    """Of several answers that show an incident, the one modified last is kept."""
    directory = answered(
        tmp_path,
        incident("Second", "2021-01-01T00:00:02+00:00"),
        incident("First", "2021-01-01T00:00:01+00:00"),
    )
    sandbox = Sandbox()
    seed(sandbox, directory)
    assert sandbox.incident(5).title == "Second"
    assert sandbox.incident(5).severity == "SEV-9"


def test_what_an_old_answer_lacked_is_still_lacking(tmp_path: Path) -> None:
    """An attribute that did not exist then is not invented."""
    sandbox = Sandbox()
    load_recordings(sandbox, answered(tmp_path, incident("Old", "2021-01-01T00:00:00+00:00")))
    with RunningSandbox(sandbox) as running:
        shown = Client(running.url).get(f"/incidents/{SET_BY_PATCH}")["data"]["attributes"]
    assert {"incident_type_uuid", "is_test", "declared"} & set(shown) == set()
    assert shown["created"] == "2021-01-01T00:00:00+00:00"


@pytest.mark.parametrize("text", ["{", "[1]", '[{"request": {}}]'])
def test_what_is_no_recording_is_told(tmp_path: Path, text: str) -> None:
    """The error names the file."""
    (tmp_path / "broken.json").write_text(text, encoding="utf-8")
    with pytest.raises(ConfigurationError, match=r"broken\.json: is not a recording"):
        load_recordings(Sandbox(), tmp_path)


def test_an_empty_directory_is_told(tmp_path: Path) -> None:
    """A directory without recordings is a mistake, not an empty Datadog."""
    with pytest.raises(ConfigurationError, match="no recordings"):
        load_recordings(Sandbox(), tmp_path)
