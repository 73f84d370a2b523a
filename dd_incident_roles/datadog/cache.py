"""What was learned of Datadog and may be believed for a while, kept between runs."""

from __future__ import annotations

from datetime import timedelta
from typing import Protocol


class Cache(Protocol):
    """A place for short texts with an expiry; losing them costs requests and nothing else."""

    def cached(self, kind: str, key: str) -> str | None:
        """The text, unless it was never kept or has expired."""

    def keep(self, kind: str, key: str, value: str, *, lifetime: timedelta) -> None:
        """Keep a text for a while."""
