"""When a reading is asked for again, and how long the pause before that is."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from email.utils import parsedate_to_datetime

TRANSIENT = frozenset({502, 503, 504})
"""Statuses of a server that is likely to answer the same reading in a moment."""

_FIRST_PAUSE = 0.5
_LONGEST_PAUSE = 8.0
_DAY = 86_400.0


@dataclass(frozen=True, slots=True, kw_only=True)
class RetryRule:
    """How patient one request is.

    ``tries`` bounds how often a reading is sent when the connection or the server fails;
    ``max_wait`` bounds, in seconds, all the pauses of one request together. ``jitter`` returns a
    number from 0 to 1, so that many runs do not come back at the same moment. ``clock`` tells
    the time, for an answer that says when and not what time it is.
    """

    max_wait: float
    jitter: Callable[[], float]
    clock: Callable[[], datetime]
    tries: int = 4

    def backoff(self, tried: int) -> float:
        """Seconds to pause after ``tried`` failed tries: doubling, at most 8, half of it random."""
        pause = min(_LONGEST_PAUSE, _FIRST_PAUSE * 2.0 ** min(tried - 1, 10))
        # Runs that failed together must not come back together.
        return pause * (0.5 + self.jitter() / 2)

    def after_rate_limit(self, headers: Mapping[str, str], tried: int) -> float:
        """Seconds to pause after a 429: what Datadog asks for and a little, never no time."""
        asked = requested_pause(headers, self.clock().timestamp())
        if asked is None:
            return self.backoff(tried)
        # A reset of nothing must not make a tight loop, and a random part is only ever added.
        return max(asked, self.backoff(tried)) + self.jitter() / 2


def requested_pause(headers: Mapping[str, str], now: float) -> float | None:
    """Seconds that an answer asks to wait, None if it does not say.

    ``Retry-After`` is in seconds or a date. ``X-RateLimit-Reset`` counts seconds until the limit is
    lifted (document, and one recording), or names the moment where it is larger than a day. A
    moment is compared with the answer's own date, else with ``now``, in seconds since 1970.
    """
    sent = _moment(headers.get("Date", ""))
    clock = now if sent is None else sent
    after = headers.get("Retry-After", "")
    seconds = _seconds(after)
    if seconds is None and (moment := _moment(after)) is not None:
        seconds = max(0.0, moment - clock)
    if seconds is not None:
        return seconds
    reset = _seconds(headers.get("X-RateLimit-Reset", ""))
    return max(0.0, reset - clock) if reset is not None and reset > _DAY else reset


def _seconds(text: str) -> float | None:
    try:
        seconds = float(text)
    except ValueError:
        return None
    # "nan" and "inf" are floats to Python, and no pause that one can take.
    return seconds if math.isfinite(seconds) and seconds >= 0 else None


def _moment(text: str) -> float | None:
    try:
        moment: datetime = parsedate_to_datetime(text)
    except ValueError:
        return None
    return moment.timestamp()
