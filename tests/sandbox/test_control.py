"""The control API, by which another process drives the sandbox."""

from __future__ import annotations

from typing import Any

import pytest
import requests

from dd_incident_roles.sandbox.sandbox import Sandbox
from dd_incident_roles.sandbox.server import RunningSandbox
from tests.sandbox.client import ANA, BO, DAN, Client

RELIEF = {"act": "set_commander", "incident": 1001, "person": BO}


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

    def outage(self) -> Any:
        """Read the state of the outage."""
        return self.get("state")["incidents"][0]

    def act(self, name: str, /, **parts: object) -> None:
        """Have somebody do something in Datadog's pages."""
        response = self.ask("POST", "acts", {"act": name, **parts})
        assert (response.status_code, response.json()) == (200, {"ok": True})


@pytest.fixture
def control(running: RunningSandbox) -> Control:
    """Somebody who drives the sandbox."""
    return Control(running.url)


def test_requests_are_told_and_forgotten(control: Control, client: Client) -> None:
    """The control API counts what was asked, and not itself."""
    assert control.get("state")["requests"] == 0
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


def test_acts_change_what_is_seen(control: Control, sandbox: Sandbox) -> None:
    """What people do in Datadog's pages can be done, and who holds what read, from outside."""
    before = control.outage()
    assert (before["commander"], before["severity"], before["state"]) == (ANA, "SEV-1", "active")
    control.act("add_person", person="zoe@corp.example", name="Zoe")
    for name, parts in (
        ("set_commander", {"person": BO}),
        ("give_role", {"role": "Tech Lead", "person": ANA}),
        ("give_role", {"role": "Scribe", "person": BO}),
        ("take_role", {"role": "Scribe", "person": BO}),
        ("add_responder", {"person": DAN}),
        ("set_severity", {"value": "SEV-9"}),
        ("set_state", {"value": "stable"}),
        ("set_field", {"field": "summary", "value": "Bad"}),
    ):
        control.act(name, incident=1001, **parts)
    after = control.outage()
    assert (after["commander"], after["severity"], after["state"]) == (BO, "SEV-9", "stable")
    assert after["roles"] == {"Incident Commander": [BO], "Tech Lead": [ANA]}
    assert after["responders"] == [ANA, BO, DAN]
    assert sandbox.field(1001, "summary") == "Bad"
    assert sandbox.person("zoe@corp.example").name == "Zoe"
    control.act("set_commander", incident=1001, person=None)
    assert control.outage()["commander"] is None


def test_notes_are_written_edited_and_deleted(control: Control, sandbox: Sandbox) -> None:
    """Another process can write in the timeline as a person, by the ids that the state shows."""
    control.act("add_note", incident=1001, person=ANA, text="Looking")
    (shown,) = control.outage()["timeline"]
    assert (shown["cell_type"], shown["text"]) == ("markdown", "Looking")
    control.act("edit_note", incident=1001, cell=shown["id"], text="Found it")
    assert sandbox.notes(1001) == ["Found it"]
    control.act("delete_note", incident=1001, cell=shown["id"])
    assert sandbox.notes(1001) == []
    gone = {"act": "delete_note", "incident": 1001, "cell": shown["id"]}
    assert control.ask("POST", "acts", gone).status_code == 400


def test_what_cannot_be_done_is_said(control: Control) -> None:
    """A mistake is a 400 that names it."""
    for path, method, body, said in (
        ("faults", "POST", {"kind": "earthquake"}, "earthquake"),
        ("faults", "POST", {"kind": "html", "hwo": 1}, "hwo"),
        ("faults", "POST", {"kind": "html", "nth": "2"}, "whole number"),
        ("faults", "POST", {}, "kind"),
        ("capabilities", "PUT", {"serach": "404"}, "serach"),
        ("capabilities", "PUT", {"search": "405"}, "405"),
        ("acts", "POST", {"act": "resign"}, "resign"),
        ("acts", "POST", {"act": "set_state", "incident": 7, "value": "stable"}, "7"),
        ("acts", "POST", {**RELIEF, "person": "x@y"}, "x@y"),
    ):
        response = control.ask(method, path, body)
        assert response.status_code == 400, body
        assert said in response.json()["error"], body


def test_a_page_of_another_site_drives_nothing(control: Control) -> None:
    """What a browser sends for somebody else's page is refused, and changes nothing."""
    assert control.ask("GET", "state", Host="evil.example").status_code == 403
    for sent in (
        {"Origin": "https://evil.example"},
        {"Origin": "null"},
        {"Origin": "http://127.0.0.1:1"},
        {"Referer": "https://evil.example/page"},
        {"Referer": "http://127.0.0.1:1/page"},
        {"Sec-Fetch-Site": "cross-site"},
        {"Sec-Fetch-Site": "same-site"},
        {"Content-Type": "text/plain"},
        {"Content-Type": "multipart/form-data; boundary=x"},
    ):
        assert control.ask("POST", "acts", RELIEF, **sent).status_code == 403, sent
        assert control.outage()["commander"] == ANA, sent


def test_a_page_of_its_own_and_curl_may_drive_it(control: Control) -> None:
    """The same site, and what is sent from a terminal as the README shows it, go through."""
    own = {"Origin": control.url, "Referer": f"{control.url}/x", "Sec-Fetch-Site": "same-origin"}
    assert control.ask("POST", "acts", RELIEF, **own).status_code == 200
    curl = {"Content-Type": "application/x-www-form-urlencoded"}
    assert control.ask("POST", "acts", RELIEF, **curl).status_code == 200
