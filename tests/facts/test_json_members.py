"""Decoding in steps comes to what decoding at once comes to."""

from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dd_incident_roles.facts.json_parts import members

plain = st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=4)
json_values = st.recursive(
    plain,
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(st.text(max_size=3) | st.just("rows"), inner, max_size=3)
    ),
    max_leaves=8,
)
objects = st.dictionaries(st.sampled_from(["rows", "a", "b"]) | st.text(), json_values, max_size=3)
indents = st.none() | st.integers(0, 2)


def seen(value: object) -> object:
    """An element that went through the reading of elements."""
    return ("seen", value)


def at_once(content: bytes) -> object:
    """What the standard library makes of it."""
    whole = json.loads(content)
    if isinstance(whole, dict) and isinstance(whole.get("rows"), list):
        whole["rows"] = [seen(value) for value in whole["rows"]]
    return whole


@given(whole=objects, indent=indents)
def test_a_good_object_is_decoded(whole: dict[str, object], indent: int | None) -> None:
    """Every member is there, with each element of the named list read."""
    content = json.dumps(whole, indent=indent).encode()
    assert members(content, {"rows": seen}) == at_once(content)


@given(value=json_values.filter(lambda value: not isinstance(value, dict)))
def test_another_value_is_no_object(value: object) -> None:
    """A list, a text or a number has no members, and is no error of the syntax."""
    assert members(json.dumps(value).encode(), {}) is None


@given(whole=objects, indent=indents, data=st.data())
def test_a_spoilt_object_is_refused_alike(
    whole: dict[str, object], indent: int | None, data: st.DataObject
) -> None:
    """With one character taken out, put in or changed, it is an error where it is one at once."""
    good = json.dumps({"rows": [1, {}], **whole}, indent=indent)
    at = data.draw(st.integers(0, len(good) - 1))
    put = data.draw(st.sampled_from(["", ",", "]", "}", "[", "{", ":", '"', " ", "1"]))
    content = f"{good[:at]}{put}{good[at + data.draw(st.integers(0, 1)) :]}".encode()
    try:
        expected = at_once(content)
    except ValueError:
        with pytest.raises(ValueError, match=r".") as caught:
            members(content, {"rows": seen})
        assert isinstance(caught.value, json.JSONDecodeError)
    else:
        found = members(content, {"rows": seen})
        assert found == expected if isinstance(expected, dict) else found is None


@pytest.mark.parametrize(
    "content",
    [b"", b" ", b"{", b"{}}", b"{,}", b'{"a":1,}', b'{"rows":[1,]}', b'{"rows":[,]}', b'{"a" 1}'],
    ids=repr,
)
def test_bad_syntax_is_an_error(content: bytes) -> None:
    """The usual slips of a hand are errors that say where."""
    with pytest.raises(json.JSONDecodeError, match=r"char \d"):
        members(content, {"rows": seen})
