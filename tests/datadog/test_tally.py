"""Requests are counted right from many threads."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

from dd_incident_roles.datadog.http import Tally


def test_every_thread_counts() -> None:
    """No request is lost from the count when many threads send at once."""
    tally = Tally()
    with ThreadPoolExecutor(8) as pool:
        list(pool.map(tally.add, ["GET", "POST"] * 2000))
    assert tally.counts() == {"GET": 2000, "POST": 2000}


def test_the_counts_are_a_copy() -> None:
    """Nobody changes the count by changing what they were given."""
    tally = Tally()
    tally.add("GET")
    tally.counts()["GET"] = 99
    assert tally.counts() == {"GET": 1}
