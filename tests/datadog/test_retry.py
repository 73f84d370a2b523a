"""How long the pauses are."""

from __future__ import annotations

from email.utils import formatdate

import pytest

from dd_incident_roles.datadog.http import pause_before_retry, requested_pause
from dd_incident_roles.datadog.transport import Answer
from dd_incident_roles.errors import DatadogError, Unreachable

NOW = 1_795_718_069.0


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


UNREACHABLE = Unreachable("The connection was dropped.")


def answered(status: int, **headers: str) -> Answer:
    """An answer that is no success."""
    shown = {name.replace("_", "-"): value for name, value in headers.items()}
    return Answer(method="GET", path="/", status=status, headers=shown, data=b"")


@pytest.mark.parametrize(
    ("outcome", "tried", "jitter", "seconds"),
    [
        # It doubles up to a limit, and half of it is random.
        *((UNREACHABLE, tried + 1, 1.0, pause) for tried, pause in enumerate((0.5, 1.0, 2.0))),
        (answered(503), 1, 0.0, 0.25),
        (answered(503), 1, 0.5, 0.375),
        # It is never longer than eight seconds, however often was tried.
        *((answered(429), tried, 1.0, 8.0) for tried in (5, 6, 5000)),
        # The random part is added to what is asked for, and no limit makes a tight loop.
        (answered(429, X_RateLimit_Reset="3"), 1, 1.0, 3.5),
        (answered(429, X_RateLimit_Reset="0"), 3, 0.0, 1.0),
        # Tries are bounded, and what a server means is not asked again.
        (UNREACHABLE, 4, 0.0, None),
        (answered(503), 4, 0.0, None),
        (answered(500), 1, 0.0, None),
    ],
)
def test_the_pause_before_another_try(
    outcome: Answer | DatadogError, tried: int, jitter: float, seconds: float | None
) -> None:
    """A pause doubles, is partly random, and is as long as Datadog asks, if there is one."""
    assert pause_before_retry(outcome, tried, jitter=lambda: jitter, now=NOW) == seconds
