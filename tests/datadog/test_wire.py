"""Decoding and finding, whatever was sent."""

from __future__ import annotations

import json
from collections.abc import Callable
from contextlib import suppress
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dd_incident_roles.datadog.incidents import parse_incident, parse_listing, parse_search
from dd_incident_roles.datadog.responders import parse_responders, parse_role_assignment
from dd_incident_roles.datadog.users import parse_users
from dd_incident_roles.datadog.wire import document, object_at, text, time_at, whole_number
from dd_incident_roles.errors import UnexpectedAnswer


@pytest.mark.parametrize(
    ("body", "problem"),
    [
        (b"", "is empty"),
        (b" \n", "is empty"),
        (b"<!doctype html>", "is a web page"),
        (b'{"data": [1, 2', "cut short"),
        (b"[]", "not a JSON object"),
        (b"null", "not a JSON object"),
        (b"[" * 100_000, "cut short"),
        (b"\xff\xff\xff", "is not JSON"),
    ],
)
def test_what_is_no_document(body: bytes, problem: str) -> None:
    """What cannot be decoded is named for what it is."""
    with pytest.raises(UnexpectedAnswer, match=problem):
        document(body)


def test_half_a_character_is_replaced() -> None:
    """A lone surrogate, which could be stored nowhere, becomes a question mark; emoji stay."""
    found = document(rb'{"a": "x\ud83dy", "b": "\ud83d\ude00"}')
    assert found == {"a": "x?y", "b": "😀"}


@pytest.mark.parametrize("row", [None, 5, "x", [], {}])
def test_a_row_that_is_no_object_is_no_absence(row: object) -> None:
    """A list of responders with such a row is not taken for one without that responder."""
    with pytest.raises(UnexpectedAnswer, match="id of a responder"):
        parse_responders(json.dumps({"data": [row]}).encode())


def test_a_broken_path_ends_in_nothing() -> None:
    """A value of another kind on the way is like a missing one."""
    assert object_at({"a": {"b": [1]}}, "a", "b", "c") == {}


@pytest.mark.parametrize(("value", "found"), [("x", "x"), (" x ", " x "), ("  ", None), (5, None)])
def test_texts(value: object, found: str | None) -> None:
    """A text is kept as it was sent; blanks are no text."""
    assert text({"k": value}, "k") == found


@pytest.mark.parametrize(
    ("value", "found"), [(7, 7), ("7", 7), (True, None), ("seven", None), (7.5, None), (None, None)]
)
def test_whole_numbers(value: object, found: int | None) -> None:
    """A number that was sent as text counts; true and false do not."""
    assert whole_number({"k": value}, "k") == found


NAMES = (
    *("data", "id", "attributes", "relationships", "included", "incidents", "fields", "commander"),
    *("user", "public_id", "declared", "responders", "value", "meta"),
)
ANY_JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=5),
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(NAMES), inner, max_size=4)
    ),
    max_leaves=20,
)
PARSERS: tuple[Callable[[bytes], object], ...] = (
    *(parse_incident, parse_listing, parse_search, parse_users),
    *(parse_responders, parse_role_assignment),
)


@given(ANY_JSON)
def test_no_shape_crashes_a_reading(sent: object) -> None:
    """Any JSON at all is either read or an unexpected answer."""
    body = json.dumps(sent).encode()
    for parse in PARSERS:
        with suppress(UnexpectedAnswer):
            parse(body)


SECOND = datetime(2026, 7, 10, 20, 13, 46, tzinfo=UTC)


@pytest.mark.parametrize(
    ("written", "meant"),
    [
        ("2026-02-23T14:06:27.384097+00:00", datetime(2026, 2, 23, 14, 6, 27, 384097, UTC)),
        ("2026-07-10T20:13:46+00:00", SECOND),
        ("2026-07-10T20:13:46.384625879Z", SECOND.replace(microsecond=384625)),
        ("2026-07-10T20:13:46.999999999Z", SECOND.replace(microsecond=999999)),
        ("2026-07-10T20:13:46Z", SECOND),
        ("2026-07-10T22:13:46.5+02:00", SECOND.replace(microsecond=500000)),
        ("2026-07-10T20:13:46", SECOND),
        (" 2026-07-10T20:13:46Z ", SECOND),
        *((odd, None) for odd in ("", "yesterday", "2026-13-01T00:00:00Z")),
        ("0001-01-01T00:00:00+23:00", None),
    ],
)
def test_recorded_styles(written: str, meant: datetime | None) -> None:
    """Offsets, Z, and up to nine digits all become one time; an illegible one is none."""
    assert time_at({"at": written}, "at") == meant


@given(st.text())
def test_no_text_crashes_it(written: str) -> None:
    """Whatever stands there, the answer is an aware time or None."""
    parsed = time_at({"at": written}, "at")
    assert parsed is None or parsed.tzinfo is UTC
