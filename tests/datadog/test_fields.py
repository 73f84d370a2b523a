"""Property fields: listed, written, and read for whom people named in them."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dd_incident_roles.datadog.incidents import Incidents, field_with, holders_in_field
from dd_incident_roles.datadog.roles import Fields
from dd_incident_roles.errors import Refused
from dd_incident_roles.model import FieldValue, IncidentId, PersonKey
from tests.datadog.conftest import BASE, Datadog
from tests.datadog.payloads import INCIDENT_ID, TYPE, incident, resource, to_one

DEFINITIONS = f"{BASE}/api/v2/incidents/config/user-defined-fields"
ONE = f"{BASE}/api/v2/incidents/{INCIDENT_ID}"
KEY = IncidentId(INCIDENT_ID)
NAME = "incident_role.scribe"


def definition(field_id: str, name: str, incident_type: str = TYPE, **more: object) -> object:
    """A field definition as a resource."""
    attributes, of_type = {"name": name, "type": 4, **more}, to_one("incident_types", incident_type)
    return resource("user_defined_field", field_id, attributes, incident_type=of_type)


def field(value: object) -> dict[str, object]:
    """An incident that shows something in the field of these tests."""
    return {"data": incident(fields={NAME: {"type": "textarray", "value": value}})}


def test_definitions_are_read_to_the_end(dd: Datadog) -> None:
    """Pages are read until one has nothing new; deleted fields and other types are left out."""
    first = [definition("1", "a"), definition("2", "b", deleted="2026-01-01T00:00:00Z")]
    dd.api.get(DEFINITIONS, json={"data": first})
    dd.api.get(DEFINITIONS, json={"data": [definition("3", "c"), definition("4", "d", "other")]})
    dd.api.get(DEFINITIONS, json={"data": []})
    assert [each.name for each in Fields(dd.session).definitions(TYPE)] == ["a", "c"]
    assert [(call.request.url or "")[-1] for call in dd.api.calls] == ["0", "1", "2"]


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
    value: FieldValue, sent: object, shown: FieldValue, dd: Datadog
) -> None:
    """Only the one field is sent, and what the answer shows is returned."""
    dd.api.patch(ONE, json=field(sent))
    assert Incidents(dd.session).set_field(KEY, NAME, value, type_name="textarray") == shown
    assert dd.bodies[0]["attributes"] == {"fields": {NAME: {"type": "textarray", "value": sent}}}


@pytest.mark.parametrize("shown", ["ben@corp.example", "ada@corp.example"])
def test_what_is_shown_is_returned_not_what_was_sent(shown: str, dd: Datadog) -> None:
    """A value that Datadog changed is not reported as written, nor is silence an empty field."""
    dd.api.patch(ONE, json=field([shown]))
    dd.api.patch(ONE, json={"data": incident()})
    dd.api.get(ONE, json=field([shown]))
    for _ in range(2):
        written = Incidents(dd.session).set_field(KEY, NAME, ("ada@corp.example",), type_name="x")
        assert written == (shown,)


def test_a_field_that_the_type_lacks_is_refused(dd: Datadog) -> None:
    """A field that nobody defined is a refusal with Datadog's words."""
    dd.api.patch(ONE, status=400, json={"errors": ["unknown field"]})
    with pytest.raises(Refused, match="unknown field"):
        Incidents(dd.session).set_field(KEY, NAME, (), type_name="textarray")


A, B = PersonKey("a@x.example"), PersonKey("b@x.example")


def named(text: str) -> PersonKey | None:
    """An e-mail names somebody, and so does a key of the people file."""
    if text.strip().casefold() == "ann":
        return A
    return PersonKey(text.strip().lower()) if "@" in text else None


BETWEEN = (", ", ";", "\n", " ", " and ", " / ")

CASES: dict[FieldValue, tuple[set[PersonKey], list[str]]] = {
    **dict.fromkeys((None, "", " ", ()), (set(), [])),
    "a@x.example": ({A}, []),
    " A@X.Example ": ({A}, []),
    ("a@x.example", "b@x.example"): ({A, B}, []),
    **{f"a@x.example{between}b@x.example": ({A, B}, []) for between in BETWEEN},
    ("a@x.example, b@x.example", "b@x.example"): ({A, B}, []),
    "Ana <a@x.example>": ({A}, []),
    '"Lima, Ana" <a@x.example>, Bo <b@x.example>': ({A, B}, []),
    "<a@x.example>": ({A}, []),
    "mailto:a@x.example": ({A}, []),
    "<mailto:a@x.example|a@x.example>": ({A}, []),
    "<mailto:a@x.example|a@x.example>, <mailto:b@x.example|Bo>": ({A, B}, []),
    "[Ana](mailto:a@x.example)": ({A}, []),
    "ann": ({A}, []),
    "Ann, b@x.example": ({A, B}, []),
    "the night shift": (set(), ["the night shift"]),
    "a@x.example, the night shift": ({A}, ["the night shift"]),
    "a@x.example (until 15:00)": (set(), ["a@x.example (until 15:00)"]),
    "a@b@c": (set(), ["a@b@c"]),
    "@ana": (set(), ["@ana"]),
    "Lima, Ana <a@x.example>": ({A}, ["Lima"]),
    42: (set(), ["42"]),
}


@pytest.mark.parametrize("value", CASES, ids=repr)
def test_who_is_named(value: FieldValue) -> None:
    """Each is understood as a person reads it, and what is not names nobody."""
    holders, strange = CASES[value]
    found = holders_in_field(value, named)
    assert (set(found.holders), list(found.strange)) == (holders, strange)


@pytest.mark.parametrize(
    ("value", "after"),
    [
        ("a@x.example", ("b@x.example",)),
        ("a@x.example, the night shift", ("the night shift", "b@x.example")),
        ("Ana <a@x.example>; x; y", ("x, y", "b@x.example")),
        (("x;  y", "a@x.example"), ("x;  y", "b@x.example")),
        ("Bo <b@x.example>", ("Bo <b@x.example>",)),
        ("Bo <b@x.example>,a@x.example", ("Bo <b@x.example>",)),
    ],
)
def test_one_takes_the_place_of_another(value: FieldValue, after: tuple[str, ...]) -> None:
    """What names somebody else, or nobody, stays as it was written."""
    assert field_with(value, named, add=(B, B), remove=frozenset({A})) == after


PIECES = st.sampled_from(
    [
        "a@x.example",
        "Bo <b@x.example>",
        "<mailto:c@x.example|c>",
        "night shift",
        "Ann",
        "?",
        "x@y@z",
    ]
)
TEXTS = st.lists(PIECES, min_size=1, max_size=4).map(", ".join)


@given(texts=st.lists(TEXTS, max_size=4), whom=st.sampled_from(["a", "b", "c", "d"]))
def test_nothing_but_the_person_is_lost(texts: list[str], whom: str) -> None:
    """Whoever is removed is gone, everybody else and every strange text is still there."""
    person = PersonKey(f"{whom}@x.example")
    before = holders_in_field(tuple(texts), named)
    after = holders_in_field(
        field_with(tuple(texts), named, add=None, remove=frozenset({person})), named
    )
    assert after.holders == before.holders - {person}
    assert after.strange == before.strange


@given(st.text())
def test_any_text_can_be_read(text: str) -> None:
    """Whatever people write is read, and removing nobody leaves it to the letter."""
    holders_in_field(text, named)
    kept = (text,) if text.strip() else ()
    assert field_with((text,), named, add=None, remove=frozenset({A}) - {A}) == kept
