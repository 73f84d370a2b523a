"""Property fields that people filled by hand: who is named in them, and what is left alone."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dd_incident_roles.datadog.fields import field_with, holders_in_field
from dd_incident_roles.model import FieldValue, PersonKey

A, B = PersonKey("a@x.example"), PersonKey("b@x.example")


def named(text: str) -> PersonKey | None:
    """An e-mail names somebody, and so does a key of the people file."""
    if text.strip().casefold() == "ann":
        return A
    return PersonKey(text.strip().lower()) if "@" in text else None


CASES: dict[FieldValue, tuple[set[PersonKey], list[str]]] = {
    None: (set(), []),
    "": (set(), []),
    " ": (set(), []),
    (): (set(), []),
    "a@x.example": ({A}, []),
    " A@X.Example ": ({A}, []),
    ("a@x.example", "b@x.example"): ({A, B}, []),
    "a@x.example, b@x.example": ({A, B}, []),
    "a@x.example;b@x.example": ({A, B}, []),
    "a@x.example\nb@x.example": ({A, B}, []),
    "a@x.example b@x.example": ({A, B}, []),
    "a@x.example and b@x.example": ({A, B}, []),
    "a@x.example / b@x.example": ({A, B}, []),
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
