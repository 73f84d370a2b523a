"""How long the pauses are."""

from __future__ import annotations

from datetime import UTC, datetime
from email.utils import formatdate

import pytest

from dd_incident_roles.datadog.retry import RetryRule, requested_pause

NOW = 1_795_718_069.0


def clock() -> datetime:
    """Tell that moment."""
    return datetime.fromtimestamp(NOW, UTC)


@pytest.mark.parametrize(
    ("headers", "seconds"),
    [
        ({"X-RateLimit-Reset": "3"}, 3.0),
        ({"Retry-After": "7"}, 7.0),
        ({"X-RateLimit-Reset": "3", "Retry-After": "7"}, 7.0),
        ({"X-RateLimit-Reset": "3", "Retry-After": "soon"}, 3.0),
        ({"X-RateLimit-Reset": "86400"}, 86_400.0),
        ({"X-RateLimit-Reset": f"{NOW + 20:.0f}"}, 20.0),
        ({"X-RateLimit-Reset": f"{NOW - 20:.0f}"}, 0.0),
        ({"X-RateLimit-Reset": f"{NOW + 20:.0f}", "Retry-After": "7"}, 7.0),
        ({"X-RateLimit-Reset": f"{NOW + 20:.0f}", "Date": formatdate(NOW + 5)}, 15.0),
        ({"Retry-After": formatdate(NOW + 30)}, 30.0),
        ({"Retry-After": formatdate(NOW + 30), "Date": formatdate(NOW + 10)}, 20.0),
        ({"Retry-After": formatdate(NOW - 30)}, 0.0),
        ({"X-RateLimit-Reset": "0"}, 0.0),
        ({"X-RateLimit-Reset": "-1"}, None),
        ({"X-RateLimit-Reset": "nan"}, None),
        ({"X-RateLimit-Reset": "inf"}, None),
        ({"Retry-After": "Wed, 99 Oct 2026 07:28:00 GMT"}, None),
        ({}, None),
    ],
)
def test_the_requested_pause_is_read(headers: dict[str, str], seconds: float | None) -> None:
    """Retry-After goes first; a number larger than a day, and a date, are moments."""
    assert requested_pause(headers, NOW) == seconds


def test_backoff_doubles_up_to_a_limit() -> None:
    """Pauses double, and never pass eight seconds however often was tried."""
    rule = RetryRule(max_wait=60, jitter=lambda: 1.0, clock=clock)
    assert [rule.backoff(tried) for tried in (1, 2, 3, 4, 5, 6, 5000)] == [0.5, 1, 2, 4, 8, 8, 8]


def test_half_of_a_pause_is_random() -> None:
    """Runs that failed together do not come back together."""
    assert RetryRule(max_wait=60, jitter=lambda: 0.0, clock=clock).backoff(1) == 0.25
    assert RetryRule(max_wait=60, jitter=lambda: 0.5, clock=clock).backoff(1) == 0.375


def test_a_rate_limit_is_never_waited_for_less_than_asked() -> None:
    """The random part is added to what Datadog asks for, not taken from it."""
    rule = RetryRule(max_wait=60, jitter=lambda: 1.0, clock=clock)
    assert rule.after_rate_limit({"X-RateLimit-Reset": "3"}, 1) == 3.5


def test_a_reset_of_nothing_still_pauses() -> None:
    """A limit that claims to be lifted already does not make a tight loop."""
    rule = RetryRule(max_wait=60, jitter=lambda: 0.0, clock=clock)
    assert rule.after_rate_limit({"X-RateLimit-Reset": "0"}, 3) == 1.0
