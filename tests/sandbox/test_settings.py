"""Roles, property fields, incident types and users as an administrator configures them."""

from __future__ import annotations

import pytest

from dd_incident_roles.sandbox.resources.fields import add_type
from dd_incident_roles.sandbox.sandbox import Sandbox
from dd_incident_roles.sandbox.world import CALLER_ID, DEFAULT_TYPE_ID, ORG_ID
from tests.sandbox.client import BO, DAN, NOBODY, OTHER_TYPE, Client, document

ROLES = "/incidents/config/user-defined-roles"
FIELDS = "/incidents/config/user-defined-fields"


def role_body(name: str, type_id: str = DEFAULT_TYPE_ID, **attributes: object) -> dict[str, object]:
    """What defines a role."""
    links = {"incident_type": ("incident_types", type_id)}
    return document("incident_user_defined_roles", links, name=name, **attributes)


def test_a_role_is_defined(client: Client) -> None:
    """A role is for many unless its policy says otherwise, and described in 1024 characters.

    No conflict of names is documented, so whoever wants one role has to look first.
    """
    ids = set()
    for policy, is_single in (({}, False), ({"is_single": True}, True)):
        body = role_body("Liaison", description="x" * 1024, policy=policy)
        made = client.write("POST", ROLES, body)["data"]
        shown = made["attributes"]
        assert (shown["name"], shown["description"]) == ("Liaison", "x" * 1024)
        assert shown["policy"] == {"is_single": is_single}
        ids.add(made["id"])
    assert len(ids) == 2


@pytest.mark.parametrize(
    "body",
    [
        *map(role_body, ("Incident Commander", "Responder", "responder", "", "x" * 256)),
        role_body("Liaison", description="x" * 1025),
        role_body("Liaison", NOBODY),
    ],
    ids=["commander", "responder", "small", "empty", "long", "described", "of no type"],
)
def test_impossible_roles_are_refused(client: Client, body: object) -> None:
    """Datadog's own names stay its own, texts have their lengths, and roles belong to a type."""
    assert client.refused("POST", ROLES, body)[0] == 400


def test_roles_are_listed_by_incident_type(client: Client, sandbox: Sandbox) -> None:
    """The same name in two types is two roles; the reserved ones are not among them."""
    add_type(sandbox.world, OTHER_TYPE, "Security", by=CALLER_ID)
    sandbox.define_role("Scribe", incident_type=OTHER_TYPE)
    names = client.shown(ROLES, "name")
    assert names.count("Scribe") == 2
    assert "Incident Commander" not in names
    (scribe,) = client.get(ROLES, **{"filter[incident-type]": OTHER_TYPE})["data"]
    assert scribe["relationships"]["incident_type"]["data"]["id"] == OTHER_TYPE


def test_a_role_is_changed_and_deleted(client: Client) -> None:
    """A change leaves what it does not name, null clears a description, and a deletion is final."""
    made = client.write("POST", ROLES, role_body("Liaison", description="Talks."))["data"]
    path = f"{ROLES}/{made['id']}"
    for attributes, expected in (
        ({"policy": {"is_single": True}}, ("Liaison", "Talks.", {"is_single": True})),
        ({"description": None}, ("Liaison", None, {"is_single": True})),
        ({"name": "Legal"}, ("Legal", None, {"is_single": True})),
    ):
        body = document("incident_user_defined_roles", **attributes)
        shown = client.write("PATCH", path, body)["data"]["attributes"]
        assert (shown["name"], shown["description"], shown["policy"]) == expected
    reserved = document("incident_user_defined_roles", name="Responder")
    assert client.refused("PATCH", path, reserved)[0] == 400
    client.write("DELETE", path)
    assert client.refused("DELETE", path)[0] == 404


def test_a_field_is_defined_once_and_deleted(client: Client) -> None:
    """A field has a type by number and a name that nothing else has in its incident type."""
    links = {"incident_type": ("incident_types", DEFAULT_TYPE_ID)}
    body = document("user_defined_field", links, name="incident_role.scribe", type=4)
    made = client.write("POST", FIELDS, body)["data"]
    assert client.refused("POST", FIELDS, body)[0] == 400
    wrong = document("user_defined_field", links, name="a b", type=4)
    assert client.refused("POST", FIELDS, wrong)[0] == 400
    client.write("DELETE", f"{FIELDS}/{made['id']}")
    severity = next(
        row for row in client.get(FIELDS)["data"] if row["attributes"]["name"] == "severity"
    )
    assert client.refused("DELETE", f"{FIELDS}/{severity['id']}")[0] == 400


def test_a_field_is_listed(client: Client, sandbox: Sandbox) -> None:
    """The list has the fields that every incident has, and the new one."""
    sandbox.define_field("incident_role.scribe")
    listed = client.get(FIELDS, **{"filter[incident-type]": DEFAULT_TYPE_ID})
    names = [each["attributes"]["name"] for each in listed["data"]]
    assert {"severity", "incident_role.scribe"} <= set(names)
    assert listed["meta"] == {"offset": 0, "size": len(names)}


def test_the_owner_of_the_key(client: Client, sandbox: Sandbox, bo: str) -> None:
    """It is a service account, whose handle is no e-mail, unless a person is chosen."""
    row = client.get("/current_user")["data"]
    assert row["id"] == CALLER_ID
    assert row["attributes"]["service_account"] is True
    assert "@" not in row["attributes"]["handle"]
    assert row["relationships"]["org"] == {"data": {"type": "orgs", "id": ORG_ID}}
    sandbox.act_as(BO)
    assert client.get("/current_user")["data"]["id"] == bo


def test_the_filter_of_users_matches_parts(client: Client, sandbox: Sandbox) -> None:
    """A search for an e-mail can find two people; the one who is meant must be told apart."""
    other = "bo@corp.example.org"
    sandbox.add_person(other.title(), "Another Bo")
    for text, emails in (
        (BO, [BO, other]),
        ("BO@", [BO, other]),
        ("Carol", ["carol@corp.example"]),
        ("nobody", []),
    ):
        assert client.shown("/users", "email", filter=text) == emails
        page = client.get("/users", filter=text)["meta"]["page"]
        assert page["total_filtered_count"] == len(emails)


def test_users_come_in_pages_and_by_status(client: Client, sandbox: Sandbox) -> None:
    """Deactivated users are listed unless a status is asked for."""
    sandbox.set_status(DAN, "Disabled")
    pages = [client.get("/users", **{"page[size]": "4", "page[number]": n}) for n in "01"]
    assert [len(page["data"]) for page in pages] == [4, 2]
    (dan,) = client.get("/users", **{"filter[status]": "Disabled"})["data"]
    assert (dan["attributes"]["email"], dan["attributes"]["disabled"]) == (DAN, True)
