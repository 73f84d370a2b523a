"""A place for what was learned, in memory, with a clock that moves when it is told to."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta


class KeptTexts:
    """Keeps texts until they expire."""

    def __init__(self) -> None:
        self.now = datetime(2026, 1, 31, 9, 30, tzinfo=UTC)
        self.texts: dict[tuple[str, str], tuple[str, datetime | None]] = {}

    def clock(self) -> datetime:
        """Say what time it is."""
        return self.now

    def advance(self, **parts: float) -> None:
        """Let time pass."""
        self.now += timedelta(**parts)

    def cached(self, kind: str, key: str) -> str | None:
        """The text, unless it was never kept or has expired."""
        value, until = self.texts.get((kind, key), (None, None))
        return None if until is not None and until <= self.now else value

    def put_cached(
        self, kind: str, key: str, value: str, *, expires_at: datetime | None = None
    ) -> None:
        """Keep a text until it expires."""
        self.texts[kind, key] = (value, expires_at)
