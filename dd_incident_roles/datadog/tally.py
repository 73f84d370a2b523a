"""How many requests were really sent, by method."""

from __future__ import annotations

from collections import Counter
from threading import Lock


class Tally:
    """Counts requests from any number of threads."""

    def __init__(self) -> None:
        self._lock = Lock()
        self._sent: Counter[str] = Counter()

    def add(self, method: str) -> None:
        """Count one request that is about to leave."""
        with self._lock:
            self._sent[method] += 1

    def counts(self) -> dict[str, int]:
        """The counts up to now, as a copy."""
        with self._lock:
            return dict(self._sent)
