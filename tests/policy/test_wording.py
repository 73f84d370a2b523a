"""Lengths of time, instants and incidents in words."""

from __future__ import annotations

from datetime import timedelta

import pytest

from dd_incident_roles.policy.facts import subject
from dd_incident_roles.words import instant_label, long_duration
from tests.policy.cases import at, facts, incident


@pytest.mark.parametrize(
    ("length", "words"),
    [
        (timedelta(), "0 seconds"),
        (timedelta(seconds=-5), "0 seconds"),
        (timedelta(days=-5), "0 seconds"),
        (timedelta(seconds=1), "1 second"),
        (timedelta(seconds=59), "59 seconds"),
        (timedelta(seconds=60), "1 minute"),
        (timedelta(minutes=12, seconds=59), "12 minutes"),
        (timedelta(hours=1), "1 hour"),
        (timedelta(hours=1, minutes=5), "1 hour 5 minutes"),
        (timedelta(days=1, minutes=5), "1 day"),
        (timedelta(days=2, hours=3, minutes=5), "2 days 3 hours"),
    ],
)
def test_a_length_of_time_in_words(length: timedelta, words: str) -> None:
    """At most two units, never rounded up, never negative."""
    assert long_duration(length) == words


def test_an_instant_of_another_day_has_its_date() -> None:
    """A time of day alone is only used for today."""
    assert instant_label(at(3), at(60)) == "14:03 UTC"
    assert instant_label(at(3), at(60 * 24)) == "2026-01-01 14:03 UTC"


def test_a_long_title_is_cut() -> None:
    """A title of any length leaves the sentence readable."""
    assert len(subject(facts(incident(title="x" * 5000)))) < 150
