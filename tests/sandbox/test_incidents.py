"""Incidents: three shapes, and what a write does beside what was asked."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone

import pytest
from pydantic import TypeAdapter

from dd_incident_roles.sandbox import api
from dd_incident_roles.sandbox.sandbox import Sandbox
from dd_incident_roles.sandbox.world import CALLER_ID, Moment
from tests.sandbox.client import ANA, BO, NIL, NOBODY, Client, commander_body, document
from tests.sandbox.conftest import Clock


def test_reading_shows_ids_and_no_commander_attribute(
    client: Client, sandbox: Sandbox, path: str
) -> None:
    """GET has the commander as a relationship only, users by their ids, two fields twice."""
    row = client.get(path)["data"]
    shown = row["attributes"]
    commander = {"data": {"type": "users", "id": sandbox.person(ANA).id}}
    assert "commander" not in shown
    assert row["relationships"]["commander_user"] == commander
    assert shown["created_by_uuid"] == sandbox.person(BO).id
    assert shown["severity"] == shown["fields"]["severity"]["value"] == "SEV-1"
    assert shown["state"] == shown["fields"]["state"]["value"] == "active"


def test_the_list_goes_from_old_to_new_with_a_next_page_that_is_not_there(
    client: Client, sandbox: Sandbox, clock: Clock
) -> None:
    """The oldest comes first; next_offset is there on the last page as well."""
    clock.advance(minutes=1)
    sandbox.declare("Later")
    assert client.shown("/incidents", "public_id") == [1002, 1001, 1003]
    pages = {"offset": 0, "next_offset": 3, "size": 3}
    assert client.get("/incidents")["meta"]["pagination"] == pages
    last = {"page[size]": "2", "page[offset]": "2"}
    assert client.shown("/incidents", "public_id", **last) == [1003]
    pages = {"offset": 2, "next_offset": 3, "size": 1}
    assert client.get("/incidents", **last)["meta"]["pagination"] == pages


def test_included_users_are_everybody_named_once(client: Client) -> None:
    """include=users brings the users that the relationships name."""
    included = client.get("/incidents", include="users")["included"]
    handles = [user["attributes"]["handle"] for user in included]
    assert sorted(handles) == [ANA, BO, "carol@corp.example"]


def test_setting_the_commander(
    *, client: Client, sandbox: Sandbox, clock: Clock, path: str, bo: str
) -> None:
    """The answer hides the commander in the relationship and shows them in the attribute.

    The commander and the caller become responders, and the incident counts as modified.
    """
    clock.advance(minutes=1)
    row = client.write("PATCH", path, commander_body(bo))["data"]
    assert row["relationships"]["commander_user"] == {"data": None}
    assert row["attributes"]["commander"]["data"]["id"] == bo
    assert row["attributes"]["modified"] == "2026-01-31T09:31:00.123456+00:00"
    assert row["attributes"]["last_modified_by_uuid"] == CALLER_ID
    assert sandbox.responders(1001) == [ANA, BO, sandbox.person(CALLER_ID).email]
    assert client.get(path)["data"]["relationships"]["commander_user"]["data"]["id"] == bo


def test_only_a_relationship_that_is_there_is_written(
    client: Client, sandbox: Sandbox, path: str
) -> None:
    """Null unsets the commander, also twice; a PATCH of anything else leaves them alone."""
    client.write("PATCH", path, document("incidents", fields={"summary": {"value": "Bad"}}))
    assert (sandbox.commander(1001), sandbox.field(1001, "summary")) == (ANA, "Bad")
    for _ in range(2):
        row = client.write("PATCH", path, commander_body(None))["data"]
        assert row["attributes"]["commander"] is None
    assert sandbox.commander(1001) is None


def test_an_unknown_or_disabled_commander_is_refused(
    client: Client, sandbox: Sandbox, path: str, bo: str
) -> None:
    """Nobody who cannot act is made commander, and the caller joins nothing."""
    sandbox.set_status(BO, "Disabled")
    for user_id in (bo, NOBODY):
        assert client.refused("PATCH", path, commander_body(user_id))[0] == 400
    assert sandbox.responders(1001) == [ANA]


def test_property_fields_are_written_as_their_definition_says(
    client: Client, sandbox: Sandbox, path: str
) -> None:
    """A field of another type, or of no definition, is a 400 and changes nothing."""
    sandbox.define_field("incident_role.scribe")
    for fields in (
        {"incident_role.scribe": {"type": "textbox", "value": "a"}},
        {"incident_role.scribe": {"type": "textarray", "value": "a"}},
        {"incident_role.nobody": {"type": "textarray", "value": []}},
        {"severity": {"type": "dropdown", "value": 1}},
        {"severity": "SEV-2"},
    ):
        assert client.refused("PATCH", path, document("incidents", fields=fields))[0] == 400, fields
    assert sandbox.incident(1001).last_modified_by != CALLER_ID
    for name, content in (
        ("severity", {"type": "dropdown", "value": "SEV-2"}),
        ("severity", {"value": "SEV-3"}),
        ("services", {"type": "autocomplete", "value": ["checkout"]}),
        ("incident_role.scribe", {"type": "textarray", "value": [ANA]}),
        ("incident_role.scribe", {"type": "textarray", "value": None}),
    ):
        client.write("PATCH", path, document("incidents", fields={name: content}))
        assert sandbox.field(1001, name) == content["value"]
    assert sandbox.incident(1001).last_modified_by == CALLER_ID


def test_a_defined_field_is_shown_before_it_is_set(
    client: Client, sandbox: Sandbox, path: str
) -> None:
    """A property field of the incident's type is there with null."""
    sandbox.define_field("incident_role.scribe")
    fields = client.get(path)["data"]["attributes"]["fields"]
    assert fields["incident_role.scribe"] == {"type": "textarray", "value": None}


def test_resolving_fills_the_time_of_resolution(client: Client, path: str) -> None:
    """The same answer that shows the new state shows when."""
    body = document("incidents", fields={"state": {"value": "resolved"}})
    shown = client.write("PATCH", path, body)["data"]["attributes"]
    assert shown["state"] == "resolved"
    assert shown["resolved"] == "2026-01-31T09:30:00.123456+00:00"


def test_what_is_no_incident_is_refused(client: Client, path: str) -> None:
    """A public id is malformed, the nil id a bad request, an unknown id not found.

    Of bodies the server reads only what JSON:API lays out, and never falls over.
    """
    for incident_id, refusal in (
        ("1001", (404, "malformed incident ID")),
        ("not-an-id", (404, "malformed incident ID")),
        (NIL, (400, "incident id is required")),
        (NOBODY, (404, f"incident {NOBODY} not found")),
    ):
        for method, body in (("GET", None), ("PATCH", document("incidents"))):
            assert client.refused(method, f"/incidents/{incident_id}", body) == refusal
    bodies: tuple[object, ...] = (None, [], {"data": []}, document("users", title="x"))
    for wrong in bodies:
        assert client.refused("PATCH", path, wrong)[0] == 400


def test_a_private_incident_is_for_responders_and_those_with_global_access(
    client: Client, sandbox: Sandbox
) -> None:
    """Others neither list, find nor get it."""
    private = sandbox.declare("Secret", private=True)
    path = f"/incidents/{private.id}"
    assert client.get(path)["data"]["attributes"]["visibility"] == "private"
    sandbox.withdraw(api.Permission.PRIVATE_INCIDENTS)
    assert client.refused("GET", path)[0] == 404
    assert len(client.get("/incidents")["data"]) == 2
    assert client.get("/incidents/search", query="*")["data"]["attributes"]["total"] == 2
    sandbox.add_responder(private.public_id, CALLER_ID)
    client.get(path)


READ = TypeAdapter[datetime](Moment).validate_python
WHOLE = datetime(2026, 2, 23, 14, 6, 27, tzinfo=UTC)
PARTS = WHOLE.replace(microsecond=384000)
ELSEWHERE = PARTS.astimezone(timezone(timedelta(hours=2)))


@pytest.mark.parametrize(
    ("moment", "older", "newer"),
    [
        (WHOLE, "2026-02-23T14:06:27+00:00", "2026-02-23T14:06:27Z"),
        (PARTS, "2026-02-23T14:06:27.384000+00:00", "2026-02-23T14:06:27.384Z"),
        (ELSEWHERE, "2026-02-23T14:06:27.384000+00:00", "2026-02-23T14:06:27.384Z"),
    ],
)
def test_each_form_reads_back(moment: datetime, older: str, newer: str) -> None:
    """The older form keeps six digits, the newer drops zeros, search keeps seconds.

    What names no offset is taken as UTC.
    """
    assert (api.older(moment), api.newer(moment)) == (older, newer)
    assert READ(older) == READ(newer) == READ(newer.removesuffix("Z")) == moment
    assert api.whole_seconds(moment) == "2026-02-23T14:06:27+00:00"
