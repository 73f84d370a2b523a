"""What was learned of Datadog and may be believed for a while, kept between runs."""

from __future__ import annotations

import json
from collections.abc import Callable
from contextlib import suppress
from dataclasses import asdict
from datetime import datetime, timedelta
from threading import RLock
from typing import Any, Protocol, TypeVar, cast

T = TypeVar("T")


class KeptTexts(Protocol):
    """A place for short texts with an expiry; losing them costs requests and nothing else."""

    def cached(self, kind: str, key: str) -> str | None:
        """The text, unless it was never kept or has expired."""

    def put_cached(
        self, kind: str, key: str, value: str, *, expires_at: datetime | None = None
    ) -> None:
        """Keep a text until it expires."""


class Cache:
    """Keeps texts as they are, and other values as JSON, for a length of time."""

    def __init__(self, texts: KeptTexts, clock: Callable[[], datetime]) -> None:
        self._texts = texts
        self._clock = clock
        self._loaded: dict[str, tuple[str, Any]] = {}
        self._turns: dict[tuple[str, str], RLock] = {}

    def cached(self, kind: str, key: str) -> str | None:
        """The text, unless it was never kept or has expired."""
        return self._texts.cached(kind, key)

    def keep(self, kind: str, key: str, value: str, *, lifetime: timedelta) -> None:
        """Keep a text for a while."""
        self._texts.put_cached(kind, key, value, expires_at=self._clock() + lifetime)

    def value(
        self,
        kind: str,
        key: str,
        ask: Callable[[], T],
        *,
        load: Callable[[Any], T],
        lifetime: timedelta,
    ) -> T:
        """The value that is kept, else the one that ``ask`` returns, which is kept for a while.

        ``load`` makes a value of its JSON, and nobody may change that value. Threads that want the
        same ask once; what ``ask`` raises is raised, and not kept.
        """
        # One lock for each value: others are asked for meanwhile.
        with self._turns.setdefault((kind, key), RLock()):
            return self._value(kind, key, ask, load, lifetime)

    def _value(
        self,
        kind: str,
        key: str,
        ask: Callable[[], T],
        load: Callable[[Any], T],
        lifetime: timedelta,
    ) -> T:
        kept = self._texts.cached(kind, key)
        if kept is not None:
            before, value = self._loaded.get(kind, (None, None))
            if before == kept:
                return cast("T", value)
            # What another version of this program kept in another form is asked for again.
            with suppress(TypeError, ValueError):
                loaded = load(json.loads(kept))
                # The last of each kind: one incident after the other asks for the same.
                self._loaded[kind] = kept, loaded
                return loaded
        asked = ask()
        self.keep(kind, key, json.dumps(asked, default=asdict), lifetime=lifetime)
        return asked
