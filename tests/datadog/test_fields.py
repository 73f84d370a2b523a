"""Property fields: defined, listed and written."""

from __future__ import annotations

import json

import pytest
import responses

from dd_incident_roles.datadog.fields import Fields
from dd_incident_roles.datadog.http import Session
from dd_incident_roles.datadog.incidents import Incidents
from dd_incident_roles.errors import Refused
from dd_incident_roles.model import FieldValue, IncidentId
from tests.datadog.conftest import BASE
from tests.datadog.payloads import INCIDENT_ID, TYPE, incident

DEFINITIONS = f"{BASE}/api/v2/incidents/config/user-defined-fields"
ONE = f"{BASE}/api/v2/incidents/{INCIDENT_ID}"
KEY = IncidentId(INCIDENT_ID)
NAME = "incident_role.scribe"


def definition(field_id: str, name: str, incident_type: str = TYPE, **more: object) -> object:
    """A field definition as a resource."""
    return {
        "type": "user_defined_field",
        "id": field_id,
        "attributes": {"name": name, "type": 4, **more},
        "relationships": {
            "incident_type": {"data": {"type": "incident_types", "id": incident_type}}
        },
    }


def field(value: object) -> dict[str, object]:
    """An incident that shows something in the field of these tests."""
    return {"data": incident(fields={NAME: {"type": "textarray", "value": value}})}


def test_definitions_are_read_to_the_end(session: Session, api: responses.RequestsMock) -> None:
    """Pages are read until one has nothing new; deleted fields and other types are left out."""
    first = [definition("1", "a"), definition("2", "b", deleted="2026-01-01T00:00:00Z")]
    api.get(DEFINITIONS, json={"data": first})
    api.get(DEFINITIONS, json={"data": [definition("3", "c"), definition("4", "d", "other")]})
    api.get(DEFINITIONS, json={"data": []})
    assert Fields(session).names(TYPE) == ("a", "c")
    assert [(call.request.url or "")[-1] for call in api.calls] == ["0", "1", "2"]


def test_a_listing_without_pages_ends(session: Session, api: responses.RequestsMock) -> None:
    """A server that gives everything every time is noticed."""
    api.get(DEFINITIONS, json={"data": [definition("1", "a")]})
    assert Fields(session).names() == ("a",)
    assert session.requests == {"GET": 2}


@pytest.mark.parametrize(
    ("value", "sent", "shown"),
    [
        (("ada@corp.example",), ["ada@corp.example"], ("ada@corp.example",)),
        ((), [], ()),
        (None, None, None),
        ("text", "text", "text"),
    ],
)
def test_a_value_is_written_and_read_back(
    value: FieldValue,
    sent: object,
    shown: FieldValue,
    session: Session,
    api: responses.RequestsMock,
) -> None:
    """Only the one field is sent, and what the answer shows is returned."""
    api.patch(ONE, json=field(sent))
    assert Incidents(session).set_field(KEY, NAME, value, type_name="textarray") == shown
    assert json.loads(api.calls[0].request.body or "")["data"]["attributes"] == {
        "fields": {NAME: {"type": "textarray", "value": sent}}
    }


def test_what_is_shown_is_returned_not_what_was_sent(
    session: Session, api: responses.RequestsMock
) -> None:
    """A value that Datadog changed or ignored is not reported as written."""
    api.patch(ONE, json=field(["ben@corp.example"]))
    written = Incidents(session).set_field(KEY, NAME, ("ada@corp.example",), type_name="textarray")
    assert written == ("ben@corp.example",)


def test_an_answer_without_the_field_is_read_again(
    session: Session, api: responses.RequestsMock
) -> None:
    """Silence about the field is not an empty field."""
    api.patch(ONE, json={"data": incident()})
    api.get(ONE, json=field(["ada@corp.example"]))
    written = Incidents(session).set_field(KEY, NAME, ("ada@corp.example",), type_name="textarray")
    assert written == ("ada@corp.example",)


def test_a_field_that_the_type_lacks_is_refused(
    session: Session, api: responses.RequestsMock
) -> None:
    """A field that nobody defined is a refusal with Datadog's words."""
    api.patch(ONE, status=400, json={"errors": ["unknown field"]})
    with pytest.raises(Refused, match="unknown field"):
        Incidents(session).set_field(KEY, NAME, (), type_name="textarray")
