"""When a reading is asked for again, and how long the pause before that is."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass

TRANSIENT = frozenset({502, 503, 504})
"""Statuses of a server that is likely to answer the same reading in a moment."""

_FIRST_PAUSE = 0.5
_LONGEST_PAUSE = 8.0


@dataclass(frozen=True, slots=True, kw_only=True)
class RetryRule:
    """How patient one request is.

    ``tries`` bounds how often a reading is sent when the connection or the server fails;
    ``max_wait`` bounds, in seconds, all the pauses of one request together. ``jitter`` returns a
    number from 0 to 1, so that many runs do not come back at the same moment.
    """

    max_wait: float
    jitter: Callable[[], float]
    tries: int = 4

    def backoff(self, tried: int) -> float:
        """Seconds to pause after ``tried`` failed tries: doubling, at most 8, half of it random."""
        pause = min(_LONGEST_PAUSE, _FIRST_PAUSE * 2.0 ** min(tried - 1, 10))
        return pause * (0.5 + self.jitter() / 2)

    def after_rate_limit(self, headers: Mapping[str, str], tried: int) -> float:
        """Seconds to pause after a 429: what Datadog asks for and a little, never no time."""
        asked = requested_pause(headers)
        if asked is None:
            return self.backoff(tried)
        return max(asked, self.backoff(tried)) + self.jitter() / 2


def requested_pause(headers: Mapping[str, str]) -> float | None:
    """Seconds that an answer asks to wait, None if it does not say.

    ``X-RateLimit-Reset`` counts seconds until the limit is lifted (document, and one recording);
    ``Retry-After`` is accepted in seconds as well.
    """
    for name in ("X-RateLimit-Reset", "Retry-After"):
        try:
            seconds = float(headers.get(name, ""))
        except ValueError:
            continue
        if math.isfinite(seconds) and seconds >= 0:
            return seconds
    return None
