"""What was learned of Datadog and may be believed for a while, kept between runs."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Protocol


class KeptTexts(Protocol):
    """A place for short texts with an expiry; losing them costs requests and nothing else."""

    def cached(self, kind: str, key: str) -> str | None:
        """The text, unless it was never kept or has expired."""

    def put_cached(
        self, kind: str, key: str, value: str, *, expires_at: datetime | None = None
    ) -> None:
        """Keep a text until it expires."""


class Cache:
    """Keeps texts for a length of time."""

    def __init__(self, texts: KeptTexts, clock: Callable[[], datetime]) -> None:
        self._texts = texts
        self._clock = clock

    def cached(self, kind: str, key: str) -> str | None:
        """The text, unless it was never kept or has expired."""
        return self._texts.cached(kind, key)

    def keep(self, kind: str, key: str, value: str, *, lifetime: timedelta) -> None:
        """Keep a text for a while."""
        self._texts.put_cached(kind, key, value, expires_at=self._clock() + lifetime)
