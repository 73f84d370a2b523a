"""Roles, property fields, incident types and users as an administrator configures them."""

from __future__ import annotations

import pytest

from dd_incident_roles.sandbox.resources.fields import add_type
from dd_incident_roles.sandbox.sandbox import Sandbox
from dd_incident_roles.sandbox.world import CALLER_ID, DEFAULT_TYPE_ID, ORG_ID
from tests.sandbox.client import NOBODY, OTHER_TYPE, Client, relating

ROLES = "/incidents/config/user-defined-roles"
FIELDS = "/incidents/config/user-defined-fields"


def role_body(name: str, type_id: str = DEFAULT_TYPE_ID, **attributes: object) -> dict[str, object]:
    """What defines a role."""
    links = {"incident_type": ("incident_types", type_id)}
    return relating("incident_user_defined_roles", links, name=name, **attributes)


def test_a_role_is_defined(client: Client) -> None:
    """A role is for many unless its policy says otherwise."""
    for policy, is_single in (({}, False), ({"is_single": True}, True)):
        body = role_body("Liaison", description="Talks", policy=policy)
        shown = client.write("POST", ROLES, body, status=201)["data"]["attributes"]
        assert (shown["name"], shown["description"]) == ("Liaison", "Talks")
        assert shown["policy"] == {"is_single": is_single}


@pytest.mark.parametrize("name", ["Incident Commander", "Responder", "responder", "", "x" * 256])
def test_reserved_and_impossible_names_are_refused(client: Client, name: str) -> None:
    """Datadog's own names stay its own."""
    assert client.refused("POST", ROLES, role_body(name))[0] == 400


@pytest.mark.parametrize(("length", "status"), [(1024, 201), (1025, 400)])
def test_a_description_has_a_length(client: Client, length: int, status: int) -> None:
    """A description of more than 1024 characters is refused."""
    body = role_body("Liaison", description="x" * length)
    if status == 201:
        assert client.write("POST", ROLES, body, status=201)
    else:
        assert client.refused("POST", ROLES, body)[0] == status


def test_a_second_role_of_the_same_name_is_taken(client: Client) -> None:
    """No conflict is documented, so whoever wants one role has to look first."""
    made = [
        client.write("POST", ROLES, role_body("Liaison"), status=201)["data"]["id"]
        for _ in range(2)
    ]
    assert len(set(made)) == 2


def test_a_role_needs_an_incident_type_that_exists(client: Client) -> None:
    """Roles belong to an incident type."""
    assert client.refused("POST", ROLES, role_body("Liaison", NOBODY))[0] == 400


def test_roles_are_listed_by_incident_type(client: Client, sandbox: Sandbox) -> None:
    """The same name in two types is two roles; the reserved ones are not among them."""
    add_type(sandbox.world, OTHER_TYPE, "Security", by=CALLER_ID)
    sandbox.define_role("Scribe", incident_type=OTHER_TYPE)
    names = [row["attributes"]["name"] for row in client.get(ROLES)["data"]]
    assert names.count("Scribe") == 2
    assert "Incident Commander" not in names
    (scribe,) = client.get(ROLES, **{"filter[incident-type]": OTHER_TYPE})["data"]
    assert scribe["relationships"]["incident_type"]["data"]["id"] == OTHER_TYPE


def test_two_roles_are_reserved(client: Client) -> None:
    """Datadog brings the commander, who is one, and the responder."""
    rows = client.get("/incidents/config/reserved-roles")["data"]
    policies = {row["attributes"]["name"]: row["attributes"]["policy"] for row in rows}
    assert policies == {
        "Incident Commander": {"is_single": True},
        "Responder": {"is_single": False},
    }


def test_a_field_is_listed(client: Client, sandbox: Sandbox) -> None:
    """The list has the fields that every incident has, and the new one."""
    sandbox.define_field("incident_role.scribe")
    listed = client.get(FIELDS, **{"filter[incident-type]": DEFAULT_TYPE_ID})
    names = [each["attributes"]["name"] for each in listed["data"]]
    assert {"severity", "incident_role.scribe"} <= set(names)
    assert listed["meta"] == {"offset": 0, "size": len(names)}


def test_the_key_belongs_to_a_service_account(client: Client) -> None:
    """current_user shows it with its organisation and a handle that is no e-mail."""
    row = client.get("/current_user")["data"]
    assert row["id"] == CALLER_ID
    assert row["attributes"]["service_account"] is True
    assert "@" not in row["attributes"]["handle"]
    assert row["relationships"]["org"] == {"data": {"type": "orgs", "id": ORG_ID}}


def test_the_key_can_belong_to_a_person(client: Client, sandbox: Sandbox, bo: str) -> None:
    """The owner of the key can be chosen."""
    sandbox.act_as("bo@corp.example")
    assert client.get("/current_user")["data"]["id"] == bo


@pytest.mark.parametrize(
    ("text", "emails"),
    [
        ("bo@corp.example", ["bo@corp.example", "bo@corp.example.org"]),
        ("BO@", ["bo@corp.example", "bo@corp.example.org"]),
        ("Carol", ["carol@corp.example"]),
        ("nobody", []),
    ],
)
def test_the_filter_of_users_matches_parts(
    client: Client, sandbox: Sandbox, text: str, emails: list[str]
) -> None:
    """A search for an e-mail can find two people; the one who is meant must be told apart."""
    sandbox.add_person("Bo@corp.example.org", "Another Bo")
    found = client.get("/users", filter=text)
    assert [row["attributes"]["email"] for row in found["data"]] == emails
    assert found["meta"]["page"]["total_filtered_count"] == len(emails)


def test_users_come_in_pages_and_by_status(client: Client, sandbox: Sandbox) -> None:
    """Deactivated users are listed unless a status is asked for."""
    sandbox.set_status("dan@corp.example", "Disabled")
    first = client.get("/users", **{"page[size]": "4"})
    second = client.get("/users", **{"page[size]": "4", "page[number]": "1"})
    assert [len(first["data"]), len(second["data"])] == [4, 2]
    (dan,) = client.get("/users", **{"filter[status]": "Disabled"})["data"]
    assert (dan["attributes"]["email"], dan["attributes"]["disabled"]) == ("dan@corp.example", True)
