"""Lengths of time are written by people and read back the same; times and texts in words."""

from __future__ import annotations

from contextlib import suppress
from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dd_incident_roles.policy.facts import subject
from dd_incident_roles.words import (
    LONGEST,
    format_duration,
    instant_label,
    long_duration,
    parse_duration,
    short_duration,
    shorten,
    since_label,
)
from tests.policy.cases import at, facts, incident


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


@pytest.mark.parametrize(
    ("length", "short", "long"),
    [
        (timedelta(), "under 1 min", "0 seconds"),
        (timedelta(seconds=-5), "under 1 min", "0 seconds"),
        (timedelta(days=-5), "under 1 min", "0 seconds"),
        (timedelta(seconds=1), "under 1 min", "1 second"),
        (timedelta(seconds=59), "under 1 min", "59 seconds"),
        (timedelta(seconds=60), "1 min", "1 minute"),
        (timedelta(minutes=12, seconds=59), "12 min", "12 minutes"),
        (timedelta(hours=1), "1 h", "1 hour"),
        (timedelta(hours=1, minutes=5), "1 h 5 min", "1 hour 5 minutes"),
        (timedelta(days=1, minutes=5), "1 d", "1 day"),
        (timedelta(days=2, hours=3, minutes=5), "2 d 3 h", "2 days 3 hours"),
    ],
)
def test_a_length_of_time_in_words(length: timedelta, short: str, long: str) -> None:
    """At most two units, never rounded up, never negative."""
    assert (short_duration(length), long_duration(length)) == (short, long)


def test_an_instant_of_another_day_has_its_date() -> None:
    """A time of day alone is only used for today."""
    assert instant_label(at(3), at(60)) == "14:03 UTC"
    assert instant_label(at(3), at(60 * 24)) == "2026-01-01 14:03 UTC"
    assert since_label(at(0), at(72.5)) == "14:00 (1 h 12 min)"
    assert since_label(at(0), at(72.5 + 60 * 48)) == "2026-01-01 14:00 (2 d 1 h)"


def test_a_text_is_cut_to_its_length() -> None:
    """The ellipsis counts, and a text that fits is left alone; a title leaves a sentence short."""
    assert shorten("abcd", 4) == "abcd"
    assert shorten("abcde", 4) == "abc…"
    assert len(subject(facts(incident(title="x" * 5000)))) < 150
