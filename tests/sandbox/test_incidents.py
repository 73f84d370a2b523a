"""Incidents: three shapes, and what a write does beside what was asked."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone

import pytest
from pydantic import TypeAdapter

from dd_incident_roles.sandbox import api
from dd_incident_roles.sandbox.api import Permission
from dd_incident_roles.sandbox.given import Moment
from dd_incident_roles.sandbox.sandbox import Sandbox
from dd_incident_roles.sandbox.world import CALLER_ID
from tests.sandbox.client import NIL, NOBODY, Client, commander_body, document
from tests.sandbox.conftest import Clock


def test_reading_shows_ids_and_no_commander_attribute(
    client: Client, sandbox: Sandbox, incident_id: str
) -> None:
    """GET has the commander as a relationship only, and the ids of users as attributes."""
    row = client.get(f"/incidents/{incident_id}")["data"]
    ana = sandbox.person("ana@corp.example").id
    assert "commander" not in row["attributes"]
    assert row["relationships"]["commander_user"] == {"data": {"type": "users", "id": ana}}
    assert row["attributes"]["created_by_uuid"] == sandbox.person("bo@corp.example").id


def test_severity_and_state_stand_in_two_places(client: Client, incident_id: str) -> None:
    """Both are attributes and property fields, and equal."""
    shown = client.get(f"/incidents/{incident_id}")["data"]["attributes"]
    assert shown["severity"] == shown["fields"]["severity"]["value"] == "SEV-1"
    assert shown["state"] == shown["fields"]["state"]["value"] == "active"


def test_the_list_goes_from_old_to_new_with_a_next_page_that_is_not_there(
    client: Client, sandbox: Sandbox, clock: Clock
) -> None:
    """The oldest comes first; next_offset is there on the last page as well."""
    clock.advance(minutes=1)
    sandbox.declare("Later")
    listed = client.get("/incidents")
    assert [row["attributes"]["public_id"] for row in listed["data"]] == [1002, 1001, 1003]
    assert listed["meta"]["pagination"] == {"offset": 0, "next_offset": 3, "size": 3}
    page = client.get("/incidents", **{"page[size]": "2", "page[offset]": "2"})
    assert [row["attributes"]["public_id"] for row in page["data"]] == [1003]
    assert page["meta"]["pagination"] == {"offset": 2, "next_offset": 3, "size": 1}


def test_included_users_are_everybody_named_once(client: Client) -> None:
    """include=users brings the users that the relationships name."""
    included = client.get("/incidents", include="users")["included"]
    handles = [user["attributes"]["handle"] for user in included]
    assert sorted(handles) == ["ana@corp.example", "bo@corp.example", "carol@corp.example"]


def test_setting_the_commander(
    client: Client, sandbox: Sandbox, clock: Clock, incident_id: str, bo: str
) -> None:
    """The answer hides the commander in the relationship and shows them in the attribute.

    The commander and the caller become responders, and the incident counts as modified.
    """
    clock.advance(minutes=1)
    row = client.write(
        "PATCH", f"/incidents/{incident_id}", commander_body(incident_id, bo), status=200
    )["data"]
    assert row["relationships"]["commander_user"] == {"data": None}
    assert row["attributes"]["commander"]["data"]["id"] == bo
    assert row["attributes"]["modified"] == "2026-01-31T09:31:00.123456+00:00"
    assert row["attributes"]["last_modified_by_uuid"] == CALLER_ID
    caller = sandbox.person(CALLER_ID).email
    assert sandbox.responders(1001) == ["ana@corp.example", "bo@corp.example", caller]
    reread = client.get(f"/incidents/{incident_id}")["data"]
    assert reread["relationships"]["commander_user"]["data"]["id"] == bo


def test_unsetting_the_commander_is_no_error_where_there_is_none(
    client: Client, sandbox: Sandbox, incident_id: str
) -> None:
    """Null unsets the commander, also twice."""
    for _ in range(2):
        row = client.write(
            "PATCH", f"/incidents/{incident_id}", commander_body(incident_id, None), status=200
        )["data"]
        assert row["attributes"]["commander"] is None
    assert sandbox.commander(1001) is None


def test_a_patch_of_anything_else_leaves_the_commander(
    client: Client, sandbox: Sandbox, incident_id: str
) -> None:
    """Only a relationship that is there is written."""
    body = document("incidents", incident_id, fields={"summary": {"value": "Bad"}})
    client.write("PATCH", f"/incidents/{incident_id}", body, status=200)
    assert sandbox.commander(1001) == "ana@corp.example"
    assert sandbox.field(1001, "summary") == "Bad"


@pytest.mark.parametrize("disabled", [True, False])
def test_an_unknown_or_disabled_commander_is_refused(
    client: Client, sandbox: Sandbox, incident_id: str, bo: str, disabled: bool
) -> None:
    """Nobody who cannot act is made commander, and the caller joins nothing."""
    if disabled:
        sandbox.set_status("bo@corp.example", "Disabled")
    body = commander_body(incident_id, bo if disabled else NOBODY)
    assert client.refused("PATCH", f"/incidents/{incident_id}", body)[0] == 400
    assert sandbox.responders(1001) == ["ana@corp.example"]


@pytest.mark.parametrize(
    ("fields", "good"),
    [
        ({"severity": {"type": "dropdown", "value": "SEV-2"}}, True),
        ({"severity": {"value": "SEV-2"}}, True),
        ({"services": {"type": "autocomplete", "value": ["checkout"]}}, True),
        ({"incident_role.scribe": {"type": "textarray", "value": ["a@corp.example"]}}, True),
        ({"incident_role.scribe": {"type": "textarray", "value": None}}, True),
        ({"incident_role.scribe": {"type": "textbox", "value": "a"}}, False),
        ({"incident_role.scribe": {"type": "textarray", "value": "a"}}, False),
        ({"incident_role.nobody": {"type": "textarray", "value": []}}, False),
        ({"severity": {"type": "dropdown", "value": 1}}, False),
        ({"severity": "SEV-2"}, False),
    ],
)
def test_property_fields_are_written_as_their_definition_says(
    client: Client, sandbox: Sandbox, incident_id: str, fields: dict[str, object], good: bool
) -> None:
    """A field of another type, or of no definition, is a 400 and changes nothing."""
    sandbox.define_field("incident_role.scribe")
    path = f"/incidents/{incident_id}"
    body = document("incidents", incident_id, fields=fields)
    assert client.ask("PATCH", path, body).status_code == (200 if good else 400)
    assert (sandbox.incident(1001).last_modified_by == CALLER_ID) is good


def test_a_defined_field_is_shown_before_it_is_set(
    client: Client, sandbox: Sandbox, incident_id: str
) -> None:
    """A property field of the incident's type is there with null."""
    sandbox.define_field("incident_role.scribe")
    fields = client.get(f"/incidents/{incident_id}")["data"]["attributes"]["fields"]
    assert fields["incident_role.scribe"] == {"type": "textarray", "value": None}


def test_resolving_fills_the_time_of_resolution(client: Client, incident_id: str) -> None:
    """The same answer that shows the new state shows when."""
    body = document("incidents", incident_id, fields={"state": {"value": "resolved"}})
    row = client.write("PATCH", f"/incidents/{incident_id}", body, status=200)["data"]
    assert row["attributes"]["state"] == "resolved"
    assert row["attributes"]["resolved"] == "2026-01-31T09:30:00.123456+00:00"


@pytest.mark.parametrize(
    ("incident_id", "status", "error"),
    [
        ("1001", 404, "malformed incident ID"),
        ("not-an-id", 404, "malformed incident ID"),
        (NIL, 400, "incident id is required"),
        (NOBODY, 404, f"incident {NOBODY} not found"),
    ],
)
@pytest.mark.parametrize("method", ["GET", "PATCH"])
def test_ids_that_are_no_incident(
    client: Client, method: str, incident_id: str, status: int, error: str
) -> None:
    """A public id is malformed, the nil id a bad request, an unknown id not found."""
    body = document("incidents", incident_id) if method == "PATCH" else None
    assert client.refused(method, f"/incidents/{incident_id}", body) == (status, error)


@pytest.mark.parametrize("body", [None, [], {"data": []}, document("users", title="x")])
def test_a_body_that_is_no_incident_is_refused(
    client: Client, incident_id: str, body: object
) -> None:
    """The server reads only what JSON:API lays out, and never falls over."""
    assert client.refused("PATCH", f"/incidents/{incident_id}", body)[0] == 400


def test_a_private_incident_is_for_responders_and_those_with_global_access(
    client: Client, sandbox: Sandbox
) -> None:
    """Others neither list, find nor get it."""
    private = sandbox.declare("Secret", private=True)
    path = f"/incidents/{private.id}"
    assert client.get(path)["data"]["attributes"]["visibility"] == "private"
    sandbox.withdraw(Permission.PRIVATE_INCIDENTS)
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
    """The older form keeps six digits, the newer drops zeros, search keeps seconds."""
    assert (api.older(moment), api.newer(moment)) == (older, newer)
    assert READ(older) == READ(newer) == moment
    assert api.whole_seconds(moment) == "2026-02-23T14:06:27+00:00"


def test_a_moment_without_an_offset_is_utc() -> None:
    """What names no offset is taken as UTC."""
    assert READ("2026-02-23T14:06:27") == WHOLE
