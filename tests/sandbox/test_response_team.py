"""Responders and the roles that they are given."""

from __future__ import annotations

import pytest

from dd_incident_roles.sandbox.resources.fields import add_type
from dd_incident_roles.sandbox.sandbox import Sandbox
from dd_incident_roles.sandbox.switches import DuplicateResponder
from dd_incident_roles.sandbox.world import CALLER_ID
from tests.sandbox.client import NOBODY, OTHER_TYPE, Client, commander_body, relating


class Team:
    """The response team of the outage, as a client sees and changes it."""

    def __init__(self, client: Client, incident_id: str) -> None:
        self.client = client
        self.path = f"/incidents/{incident_id}/responders"

    def rows(self) -> dict[str, dict[str, object]]:
        """The responders by the ids of their users."""
        rows = self.client.get(self.path)["data"]
        return {row["relationships"]["user"]["data"]["id"]: row for row in rows}

    def body(self, user_id: str) -> dict[str, object]:
        """What adds a responder."""
        return relating("incident_responders", {"user": ("users", user_id)})

    def add(self, user_id: str) -> str:
        """Add a responder, and tell the id of their part."""
        row = self.client.write("POST", self.path, self.body(user_id), status=201)
        return str(row["data"]["id"])

    def role(self, name: str) -> tuple[str, str, str]:
        """Tell the relationship, the type and the id of a role."""
        for kind in ("user-defined", "reserved"):
            for row in self.client.get(f"/incidents/config/{kind}-roles")["data"]:
                if row["attributes"]["name"] == name:
                    return kind.replace("-", "_") + "_role", row["type"], row["id"]
        raise KeyError(name)

    def assignment(self, part_id: str, role_name: str) -> dict[str, object]:
        """What gives a role."""
        relation, kind, role_id = self.role(role_name)
        return relating(
            "incident_role_assignments",
            {"responder": ("incident_responders", part_id), relation: (kind, role_id)},
            role=None,
        )

    def assign(self, part_id: str, role_name: str) -> str:
        """Give a role, and tell the id of the assignment."""
        body = self.assignment(part_id, role_name)
        row = self.client.write("POST", "/incidents/role_assignments", body, status=201)
        return str(row["data"]["id"])


@pytest.fixture
def team(client: Client, incident_id: str) -> Team:
    """The response team of the outage."""
    return Team(client, incident_id)


def test_a_responder_is_added_and_listed_with_the_user(
    client: Client, team: Team, sandbox: Sandbox, bo: str
) -> None:
    """The answer has the user along; the caller does not join by adding somebody."""
    row = client.write("POST", team.path, team.body(bo), status=201)
    assert row["data"]["relationships"]["user"]["data"]["id"] == bo
    assert row["included"][0]["attributes"]["email"] == "bo@corp.example"
    assert row["data"]["attributes"]["last_active"] is None
    assert sandbox.responders(1001) == ["ana@corp.example", "bo@corp.example"]
    assert [user["id"] for user in client.get(team.path)["included"]] == list(team.rows())


def test_the_list_can_come_without_users(client: Client, team: Team, sandbox: Sandbox) -> None:
    """That users are included is nowhere promised."""
    sandbox.switch(responders_included=False)
    assert "included" not in client.get(team.path)


def test_a_second_time_is_refused_or_the_same(
    client: Client, team: Team, sandbox: Sandbox, bo: str
) -> None:
    """Whichever way it is switched, there is one row."""
    part_id = team.add(bo)
    status, error = client.refused("POST", team.path, team.body(bo))
    assert (status, isinstance(error, dict)) == (400, True)
    sandbox.switch(duplicate_responder=DuplicateResponder.SAME_ROW)
    assert team.add(bo) == part_id
    assert len(team.rows()) == 2


def test_an_unknown_user_is_no_responder(client: Client, team: Team) -> None:
    """A user that is not there is refused."""
    assert client.refused("POST", team.path, team.body(NOBODY))[0] == 400


def test_a_role_is_given_and_taken(client: Client, team: Team, sandbox: Sandbox, bo: str) -> None:
    """The responder shows the ids of the assignments only; each is read on its own."""
    held = team.assign(team.add(bo), "Scribe")
    assert sandbox.holders(1001, "Scribe") == ["bo@corp.example"]
    links = team.rows()[bo]["relationships"]
    assert isinstance(links, dict)
    assert links["role_assignments"]["data"] == [{"type": "incident_role_assignments", "id": held}]
    row = client.get(f"/incidents/role_assignments/{held}")["data"]
    assert row["relationships"]["user_defined_role"]["data"]["id"] == team.role("Scribe")[2]
    assert client.ask("DELETE", f"/incidents/role_assignments/{held}").status_code == 204
    assert client.refused("GET", f"/incidents/role_assignments/{held}")[0] == 404
    assert sandbox.holders(1001, "Scribe") == []


@pytest.mark.parametrize(("role", "second"), [("Scribe", 409), ("Tech Lead", 201)])
def test_a_single_role_is_held_by_one(
    *, client: Client, team: Team, sandbox: Sandbox, bo: str, role: str, second: int
) -> None:
    """A second holder is a 409 for a single role, and welcome for another."""
    team.assign(team.add(bo), role)
    dan = team.add(sandbox.person("dan@corp.example").id)
    body = team.assignment(dan, role)
    assert client.ask("POST", "/incidents/role_assignments", body).status_code == second


def test_the_same_role_twice_is_a_409(client: Client, team: Team, bo: str) -> None:
    """Nobody holds a role twice."""
    part_id = team.add(bo)
    team.assign(part_id, "Tech Lead")
    body = team.assignment(part_id, "Tech Lead")
    assert client.refused("POST", "/incidents/role_assignments", body)[0] == 409


def test_a_role_of_another_incident_type_is_refused(
    client: Client, team: Team, sandbox: Sandbox, bo: str
) -> None:
    """Roles belong to an incident type."""
    add_type(sandbox.world, OTHER_TYPE, "Security", by=CALLER_ID)
    sandbox.define_role("Foreign", incident_type=OTHER_TYPE)
    body = team.assignment(team.add(bo), "Foreign")
    assert client.refused("POST", "/incidents/role_assignments", body)[0] == 400


@pytest.mark.parametrize("links", [{}, {"responder": ("users", NOBODY)}])
def test_an_assignment_needs_a_responder(
    client: Client, links: dict[str, tuple[str, str | None]]
) -> None:
    """A responder who is not there gets no role."""
    body = relating("incident_role_assignments", links)
    assert client.refused("POST", "/incidents/role_assignments", body)[0] == 404


def test_the_commander_holds_the_reserved_role(
    client: Client, team: Team, sandbox: Sandbox, incident_id: str, bo: str
) -> None:
    """Setting and unsetting the commander moves the one assignment along."""
    assert sandbox.holders(1001, "Incident Commander") == ["ana@corp.example"]
    client.ask("PATCH", f"/incidents/{incident_id}", commander_body(incident_id, bo))
    assert sandbox.holders(1001, "Incident Commander") == ["bo@corp.example"]
    client.ask("PATCH", f"/incidents/{incident_id}", commander_body(incident_id, None))
    assert sandbox.holders(1001, "Incident Commander") == []


def test_the_reserved_role_makes_the_commander(
    client: Client, team: Team, sandbox: Sandbox, bo: str
) -> None:
    """Giving the reserved role is setting the commander; taking it is unsetting."""
    body = team.assignment(team.add(bo), "Incident Commander")
    assert client.refused("POST", "/incidents/role_assignments", body)[0] == 409
    sandbox.set_commander(1001, None)
    row = client.write("POST", "/incidents/role_assignments", body, status=201)["data"]
    assert row["attributes"]["role"] == "commander"
    assert sandbox.commander(1001) == "bo@corp.example"
    client.ask("DELETE", f"/incidents/role_assignments/{row['id']}")
    assert sandbox.commander(1001) is None


def test_the_commander_need_not_be_an_assignment(
    client: Client, sandbox: Sandbox, incident_id: str, bo: str
) -> None:
    """That the two are one is inferred; the switch parts them."""
    sandbox.switch(commander_is_assignment=False)
    sandbox.declare("Apart", commander="bo@corp.example")
    assert sandbox.holders(1003, "Incident Commander") == []
    assert sandbox.commander(1003) == "bo@corp.example"
