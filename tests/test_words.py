"""Lengths of time are written by people and read back the same."""

from __future__ import annotations

from contextlib import suppress
from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dd_incident_roles.words import LONGEST, format_duration, parse_duration


@pytest.mark.parametrize(
    ("text", "length"),
    [
        ("0s", timedelta()),
        ("90s", timedelta(seconds=90)),
        ("5m", timedelta(minutes=5)),
        ("2h", timedelta(hours=2)),
        ("1d", timedelta(days=1)),
        ("3650d", LONGEST),
    ],
)
def test_a_number_and_its_unit_are_a_length(text: str, length: timedelta) -> None:
    """Seconds, minutes, hours and days can be written."""
    assert parse_duration(text) == length


@pytest.mark.parametrize(
    "text",
    ["", "5", "m", "5M", "5 m", " 5m", "5m\n", "-5m", "+5m", "1.5h", "1h30m", "5w", "\u0665m"],
)
def test_anything_else_is_no_length(text: str) -> None:
    """There is one notation, and a sentence that shows it."""
    with pytest.raises(ValueError, match="such as 90s, 5m, 2h or 1d"):
        parse_duration(text)


@pytest.mark.parametrize("text", ["3651d", "999999999d", "999999999s"])
def test_a_length_beyond_all_measure_is_refused(text: str) -> None:
    """A slip of the finger cannot silence a rule for ever, or overflow a date."""
    with pytest.raises(ValueError, match="longer than 3650d"):
        parse_duration(text)


@given(st.timedeltas(timedelta(), LONGEST).map(lambda length: length // timedelta(seconds=1)))
def test_writing_and_reading_give_the_same_length(seconds: int) -> None:
    """Any length of whole seconds survives, in the largest unit that divides it."""
    length = timedelta(seconds=seconds)
    assert parse_duration(format_duration(length)) == length


@given(st.integers(1, 3650), st.sampled_from("smhd"))
def test_reading_and_writing_never_makes_the_text_longer(number: int, unit: str) -> None:
    """The shortest notation is kept, so that 60m is said as 1h."""
    text = f"{number}{unit}"
    assert len(format_duration(parse_duration(text))) <= len(text)


@given(st.text(max_size=8))
def test_any_text_is_a_length_or_refused(text: str) -> None:
    """No text ends in another error."""
    with suppress(ValueError):
        assert timedelta() <= parse_duration(text) <= LONGEST
