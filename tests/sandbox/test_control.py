"""The control API, by which another process drives the sandbox."""

from __future__ import annotations

from typing import Any

import pytest
import requests

from dd_incident_roles.sandbox.sandbox import Sandbox
from dd_incident_roles.sandbox.server import RunningSandbox
from tests.sandbox.client import Client


class Control:
    """Asks the control API, without keys."""

    def __init__(self, url: str) -> None:
        self.url = url

    def ask(self, method: str, path: str, body: object = None, **headers: str) -> requests.Response:
        """Make a request."""
        return requests.request(
            method, f"{self.url}/_sandbox/{path}", json=body, headers=headers, timeout=10
        )

    def get(self, path: str) -> Any:
        """Read something."""
        response = self.ask("GET", path)
        assert response.status_code == 200
        return response.json()


@pytest.fixture
def control(running: RunningSandbox) -> Control:
    """Somebody who drives the sandbox."""
    return Control(running.url)


def test_the_state_says_who_holds_what(control: Control, sandbox: Sandbox) -> None:
    """People, roles and incidents with their teams can be read."""
    sandbox.give_role(1001, "Tech Lead", "bo@corp.example")
    state = control.get("state")
    (outage, _) = state["incidents"]
    assert outage["commander"] == "ana@corp.example"
    assert outage["roles"] == {
        "Incident Commander": ["ana@corp.example"],
        "Tech Lead": ["bo@corp.example"],
    }
    assert state["requests"] == 0


def test_requests_are_told_and_forgotten(control: Control, client: Client) -> None:
    """The control API counts what was asked, and not itself."""
    client.get("/incidents")
    told = control.get("requests")
    assert told["counts"] == {"GET /api/v2/incidents": 1}
    assert told["requests"][0]["status"] == 200
    control.ask("DELETE", "requests")
    assert control.get("requests")["requests"] == []


def test_faults_are_put_in_force_and_cleared(control: Control, client: Client) -> None:
    """A fault that is sent strikes; one that is cleared does not."""
    fault = {"kind": "status_before", "method": "GET", "status": 500, "count": None}
    assert control.ask("POST", "faults", fault).json() == {"ok": True}
    assert client.ask("GET", "/incidents").status_code == 500
    assert control.get("state")["faults"][0]["kind"] == "status_before"
    control.ask("DELETE", "faults")
    assert client.ask("GET", "/incidents").status_code == 200


def test_capabilities_are_switched(control: Control, client: Client, sandbox: Sandbox) -> None:
    """Parts of the API and quirks are turned by their names."""
    body = {"role_assignments": "403", "short_search_pages": True}
    assert control.ask("PUT", "capabilities", body).status_code == 200
    assert client.ask("GET", "/incidents/role_assignments/x").status_code == 403
    assert sandbox.world.switches.short_search_pages


@pytest.mark.parametrize(
    ("act", "seen"),
    [
        ({"act": "set_commander", "incident": 1001, "person": "bo@corp.example"}, "commander"),
        ({"act": "set_commander", "incident": 1001, "person": None}, "commander"),
        (
            {"act": "give_role", "incident": 1001, "role": "Scribe", "person": "bo@corp.example"},
            "roles",
        ),
        ({"act": "add_responder", "incident": 1001, "person": "bo@corp.example"}, "responders"),
        ({"act": "set_severity", "incident": 1001, "value": "SEV-9"}, "severity"),
        ({"act": "set_state", "incident": 1001, "value": "stable"}, "state"),
    ],
)
def test_acts_change_what_is_seen(control: Control, act: dict[str, object], seen: str) -> None:
    """What somebody does in Datadog's pages can be done from outside."""
    before = control.get("state")["incidents"][0]
    assert control.ask("POST", "acts", act).json() == {"ok": True}
    after = control.get("state")["incidents"][0]
    assert before[seen] != after[seen]


def test_a_role_is_taken_and_a_field_set(control: Control, sandbox: Sandbox) -> None:
    """The remaining acts reach the state too."""
    sandbox.give_role(1001, "Scribe", "bo@corp.example")
    role = {"act": "take_role", "incident": 1001, "role": "Scribe", "person": "bo@corp.example"}
    assert control.ask("POST", "acts", role).status_code == 200
    field = {"act": "set_field", "incident": 1001, "field": "summary", "value": "Bad"}
    assert control.ask("POST", "acts", field).status_code == 200
    person = {"act": "add_person", "person": "zoe@corp.example", "name": "Zoe"}
    assert control.ask("POST", "acts", person).status_code == 200
    assert sandbox.holders(1001, "Scribe") == []
    assert sandbox.field(1001, "summary") == "Bad"
    assert sandbox.person("zoe@corp.example").name == "Zoe"


@pytest.mark.parametrize(
    ("path", "method", "body", "said"),
    [
        ("faults", "POST", {"kind": "earthquake"}, "earthquake"),
        ("faults", "POST", {"kind": "html", "hwo": 1}, "hwo"),
        ("faults", "POST", {"kind": "html", "nth": "2"}, "whole number"),
        ("faults", "POST", {}, "kind"),
        ("capabilities", "PUT", {"serach": "404"}, "serach"),
        ("capabilities", "PUT", {"search": "405"}, "405"),
        ("acts", "POST", {"act": "resign"}, "resign"),
        ("acts", "POST", {"act": "set_state", "incident": 7, "value": "stable"}, "7"),
        ("acts", "POST", {"act": "set_commander", "incident": 1001, "person": "x@y"}, "x@y"),
    ],
)
def test_what_cannot_be_done_is_said(
    control: Control, path: str, method: str, body: object, said: str
) -> None:
    """A mistake is a 400 that names it."""
    response = control.ask(method, path, body)
    assert response.status_code == 400
    assert said in response.json()["error"]


def test_a_web_page_cannot_reach_in(control: Control) -> None:
    """A request under another host's name is refused."""
    assert control.ask("GET", "state", Host="evil.example").status_code == 403


@pytest.mark.parametrize(
    "sent",
    [
        {"Origin": "https://evil.example"},
        {"Origin": "null"},
        {"Origin": "http://127.0.0.1:1"},
        {"Referer": "https://evil.example/page"},
        {"Referer": "http://127.0.0.1:1/page"},
        {"Sec-Fetch-Site": "cross-site"},
        {"Sec-Fetch-Site": "same-site"},
        {"Content-Type": "text/plain"},
        {"Content-Type": "multipart/form-data; boundary=x"},
    ],
    ids=str,
)
def test_a_page_of_another_site_drives_nothing(
    control: Control, sandbox: Sandbox, sent: dict[str, str]
) -> None:
    """What a browser sends for somebody else's page is refused, and changes nothing."""
    act = {"act": "set_commander", "incident": 1001, "person": "bo@corp.example"}
    assert control.ask("POST", "acts", act, **sent).status_code == 403
    assert control.get("state")["incidents"][0]["commander"] == "ana@corp.example"


def test_a_page_of_its_own_and_curl_may_drive_it(control: Control) -> None:
    """The same site, and what is sent from a terminal as the README shows it, go through."""
    act = {"act": "set_commander", "incident": 1001, "person": "bo@corp.example"}
    own = {"Origin": control.url, "Referer": f"{control.url}/x", "Sec-Fetch-Site": "same-origin"}
    assert control.ask("POST", "acts", act, **own).status_code == 200
    curl = {"Content-Type": "application/x-www-form-urlencoded"}
    assert control.ask("POST", "acts", act, **curl).status_code == 200


def test_notes_are_written_edited_and_deleted(control: Control, sandbox: Sandbox) -> None:
    """Another process can write in the timeline as a person, by the ids that the state shows."""
    note = {"act": "add_note", "incident": 1001, "person": "ana@corp.example", "text": "Looking"}
    assert control.ask("POST", "acts", note).status_code == 200
    (shown,) = control.get("state")["incidents"][0]["timeline"]
    assert (shown["cell_type"], shown["text"]) == ("markdown", "Looking")
    edit = {"act": "edit_note", "incident": 1001, "cell": shown["id"], "text": "Found it"}
    assert control.ask("POST", "acts", edit).status_code == 200
    assert sandbox.notes(1001) == ["Found it"]
    delete = {"act": "delete_note", "incident": 1001, "cell": shown["id"]}
    assert control.ask("POST", "acts", delete).status_code == 200
    assert sandbox.notes(1001) == []
    assert control.ask("POST", "acts", delete).status_code == 400
