"""Roles, property fields, incident types and users as an administrator configures them."""

from __future__ import annotations

import pytest

from dd_incident_roles.sandbox.sandbox import Sandbox
from dd_incident_roles.sandbox.state.world import CALLER_ID, DEFAULT_TYPE_ID, ORG_ID
from tests.sandbox.client import NOBODY, Client, document, relating

ROLES = "/incidents/config/user-defined-roles"
FIELDS = "/incidents/config/user-defined-fields"
TYPES = "/incidents/config/types"


def role_body(name: str, type_id: str = DEFAULT_TYPE_ID, **attributes: object) -> dict[str, object]:
    """What defines a role."""
    links = {"incident_type": ("incident_types", type_id)}
    return relating("incident_user_defined_roles", links, name=name, **attributes)


def field_body(name: str, **attributes: object) -> dict[str, object]:
    """What defines a property field."""
    links = {"incident_type": ("incident_types", DEFAULT_TYPE_ID)}
    return relating("user_defined_field", links, **{"name": name, "type": 4, **attributes})


def test_a_role_is_defined_changed_and_forgotten(client: Client) -> None:
    """A role is for many unless its policy says otherwise; a null description clears it."""
    row = client.write("POST", ROLES, role_body("Liaison", description="Talks"), status=201)["data"]
    assert row["attributes"]["policy"] == {"is_single": False}
    path = f"{ROLES}/{row['id']}"
    change = document(
        "incident_user_defined_roles", row["id"], description=None, policy={"is_single": True}
    )
    changed = client.write("PATCH", path, change, status=200)["data"]["attributes"]
    assert (changed["name"], changed["description"]) == ("Liaison", None)
    assert changed["policy"] == {"is_single": True}
    assert client.ask("DELETE", path).status_code == 204
    assert client.refused("GET", path)[0] == 404


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
    other = sandbox.add_incident_type("Security").id
    sandbox.define_role("Scribe", incident_type=other)
    names = [row["attributes"]["name"] for row in client.get(ROLES)["data"]]
    assert names.count("Scribe") == 2
    assert "Incident Commander" not in names
    (scribe,) = client.get(ROLES, **{"filter[incident-type]": other})["data"]
    assert scribe["relationships"]["incident_type"]["data"]["id"] == other


def test_two_roles_are_reserved(client: Client) -> None:
    """Datadog brings the commander, who is one, and the responder."""
    rows = client.get("/incidents/config/reserved-roles")["data"]
    policies = {row["attributes"]["name"]: row["attributes"]["policy"] for row in rows}
    assert policies == {
        "Incident Commander": {"is_single": True},
        "Responder": {"is_single": False},
    }
    one = client.get(f"/incidents/config/reserved-roles/{rows[0]['id']}")["data"]
    assert one == rows[0]


def test_a_field_is_defined_and_listed(client: Client) -> None:
    """The list has the fields that every incident has, and the new one."""
    row = client.write("POST", FIELDS, field_body("incident_role.scribe"), status=201)["data"]
    listed = client.get(FIELDS, **{"filter[incident-type]": DEFAULT_TYPE_ID})
    names = [each["attributes"]["name"] for each in listed["data"]]
    assert {"severity", "incident_role.scribe"} <= set(names)
    assert listed["meta"] == {"offset": 0, "size": len(names)}
    path = f"{FIELDS}/{row['id']}"
    change = document("user_defined_field", row["id"], display_name="Scribe")
    changed = client.write("PATCH", path, change, status=200)["data"]["attributes"]
    assert (changed["display_name"], changed["type"]) == ("Scribe", 4)
    assert client.ask("DELETE", path).status_code == 204


@pytest.mark.parametrize(
    "body",
    [
        field_body("_hidden"),
        field_body("with space"),
        field_body("severity"),
        field_body("fine", type=9),
    ],
)
def test_a_field_that_cannot_be_is_refused(client: Client, body: dict[str, object]) -> None:
    """A bad name, a taken name and an unknown type are 400s."""
    assert client.refused("POST", FIELDS, body)[0] == 400


def test_a_new_default_type_replaces_the_old_one(client: Client) -> None:
    """There is always one default, and it cannot be deleted."""
    body = document("incident_types", name="Security", is_default=True)
    row = client.write("POST", TYPES, body, status=201)["data"]
    rows = client.get(TYPES)["data"]
    assert [each["id"] for each in rows if each["attributes"]["is_default"]] == [row["id"]]
    assert client.refused("DELETE", f"{TYPES}/{row['id']}")[0] == 400


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


def test_a_user_is_invited_renamed_and_deactivated(client: Client) -> None:
    """An invited user is pending, nameless and lower-case; nobody is ever forgotten."""
    row = client.write("POST", "/users", document("users", email="New@Corp.example"), status=201)
    shown = row["data"]["attributes"]
    assert (shown["handle"], shown["name"], shown["status"]) == (
        "new@corp.example",
        None,
        "Pending",
    )
    assert client.refused("POST", "/users", document("users", email="new@corp.example"))[0] == 409
    path = f"/users/{row['data']['id']}"
    client.write("PATCH", path, document("users", name="New"), status=200)
    assert client.ask("DELETE", path).status_code == 204
    assert client.get(path)["data"]["attributes"]["status"] == "Disabled"
    assert client.refused("GET", f"/users/{NOBODY}")[0] == 404
