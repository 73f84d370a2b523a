"""Responders and the roles that they are given."""

from __future__ import annotations

from typing import Any

import pytest

from dd_incident_roles.sandbox.api import Refusal
from dd_incident_roles.sandbox.resources.fields import add_type
from dd_incident_roles.sandbox.sandbox import Sandbox
from dd_incident_roles.sandbox.world import CALLER_ID, DuplicateResponder
from tests.sandbox.client import ANA, BO, DAN, NOBODY, OTHER_TYPE, Client, commander_body, document

ASSIGNMENTS = "/incidents/role_assignments"
COMMANDER = "Incident Commander"


class Team:
    """The response team of the outage, as a client sees and changes it."""

    def __init__(self, client: Client, outage: str) -> None:
        self.client = client
        self.path = f"{outage}/responders"

    def rows(self) -> dict[str, Any]:
        """The responders by the ids of their users."""
        rows = self.client.get(self.path)["data"]
        return {row["relationships"]["user"]["data"]["id"]: row for row in rows}

    def body(self, user_id: str) -> dict[str, object]:
        """What adds a responder."""
        return document("incident_responders", {"user": ("users", user_id)})

    def add(self, user_id: str) -> str:
        """Add a responder, and tell the id of their part."""
        return str(self.client.write("POST", self.path, self.body(user_id))["data"]["id"])

    def role(self, name: str) -> str:
        """Tell the id of a role."""
        rows = self.client.get("/incidents/config/user-defined-roles")["data"]
        return str(next(row["id"] for row in rows if row["attributes"]["name"] == name))

    def assignment(self, part_id: str, role_name: str) -> dict[str, object]:
        """What gives a role."""
        role = ("incident_user_defined_roles", self.role(role_name))
        links = {"responder": ("incident_responders", part_id), "user_defined_role": role}
        return document("incident_role_assignments", links, role=None)


@pytest.fixture
def team(client: Client, path: str) -> Team:
    """The response team of the outage."""
    return Team(client, path)


def test_a_responder_is_added_and_listed_with_the_user(
    client: Client, team: Team, sandbox: Sandbox, bo: str
) -> None:
    """Users come along, which a switch takes away; the caller does not join by adding somebody."""
    row = client.write("POST", team.path, team.body(bo))
    assert row["data"]["relationships"]["user"]["data"]["id"] == bo
    assert row["included"][0]["attributes"]["email"] == BO
    assert row["data"]["attributes"]["last_active"] is None
    assert sandbox.responders(1001) == [ANA, BO]
    assert [user["id"] for user in client.get(team.path)["included"]] == list(team.rows())
    sandbox.switch(responders_included=False)
    assert "included" not in client.get(team.path)


def test_a_second_time_is_refused_or_the_same(
    client: Client, team: Team, sandbox: Sandbox, bo: str
) -> None:
    """Whichever way it is switched, there is one row; for a user that is not there, none."""
    part_id = team.add(bo)
    status, error = client.refused("POST", team.path, team.body(bo))
    assert (status, isinstance(error, dict)) == (400, True)
    sandbox.switch(duplicate_responder=DuplicateResponder.SAME_ROW)
    assert team.add(bo) == part_id
    assert client.refused("POST", team.path, team.body(NOBODY))[0] == 400
    assert len(team.rows()) == 2


def test_a_role_is_given_and_taken(client: Client, team: Team, sandbox: Sandbox, bo: str) -> None:
    """The responder shows the ids of the assignments only; each is read on its own."""
    body = team.assignment(team.add(bo), "Scribe")
    held = client.write("POST", ASSIGNMENTS, body)["data"]["id"]
    assert sandbox.holders(1001, "Scribe") == [BO]
    links = team.rows()[bo]["relationships"]
    assert links["role_assignments"]["data"] == [{"type": "incident_role_assignments", "id": held}]
    row = client.get(f"{ASSIGNMENTS}/{held}")["data"]
    assert row["relationships"]["user_defined_role"]["data"]["id"] == team.role("Scribe")
    client.write("DELETE", f"{ASSIGNMENTS}/{held}")
    assert client.refused("GET", f"{ASSIGNMENTS}/{held}")[0] == 404
    assert sandbox.holders(1001, "Scribe") == []


@pytest.mark.parametrize(("role", "second"), [("Scribe", 409), ("Tech Lead", 201)])
def test_a_single_role_is_held_by_one(
    *, client: Client, team: Team, sandbox: Sandbox, bo: str, role: str, second: int
) -> None:
    """A second holder is a 409 for a single role, else welcome; nobody holds one twice."""
    body = team.assignment(team.add(bo), role)
    client.write("POST", ASSIGNMENTS, body)
    assert client.refused("POST", ASSIGNMENTS, body)[0] == 409
    dan = team.assignment(team.add(sandbox.person(DAN).id), role)
    assert client.ask("POST", ASSIGNMENTS, dan).status_code == second


def test_a_role_of_another_incident_type_is_refused(
    client: Client, team: Team, sandbox: Sandbox, bo: str
) -> None:
    """Roles belong to an incident type."""
    add_type(sandbox.world, OTHER_TYPE, "Security", by=CALLER_ID)
    sandbox.define_role("Foreign", incident_type=OTHER_TYPE)
    body = team.assignment(team.add(bo), "Foreign")
    assert client.refused("POST", ASSIGNMENTS, body)[0] == 400


def test_an_assignment_needs_a_responder(client: Client) -> None:
    """A responder who is not there gets no role."""
    kind = "incident_role_assignments"
    for body in (document(kind), document(kind, {"responder": ("users", NOBODY)})):
        assert client.refused("POST", ASSIGNMENTS, body)[0] == 404


def test_the_commander_holds_the_reserved_role(
    client: Client, sandbox: Sandbox, path: str, bo: str
) -> None:
    """Setting and unsetting the commander moves the one assignment along, and nothing else does."""
    held = [sandbox.holders(1001, COMMANDER)]
    (assignment,) = sandbox.world.assignments
    assert client.refused("DELETE", f"{ASSIGNMENTS}/{assignment.id}")[0] == 400
    with pytest.raises(Refusal, match="reserved role cannot be assigned"):
        sandbox.give_role(1001, COMMANDER, BO)
    for user_id in (bo, None):
        client.write("PATCH", path, commander_body(user_id))
        held.append(sandbox.holders(1001, COMMANDER))
    assert held == [[ANA], [BO], []]


def test_the_commander_need_not_be_an_assignment() -> None:
    """That the two are one is inferred; the switch parts them."""
    sandbox = Sandbox()
    sandbox.add_person(BO)
    sandbox.switch(commander_is_assignment=False)
    sandbox.declare("Apart", commander=BO)
    assert (sandbox.commander(1001), sandbox.holders(1001, COMMANDER)) == (BO, [])
