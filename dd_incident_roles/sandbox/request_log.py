"""Every request that reached the sandbox, and what became of it."""

from __future__ import annotations

import re
from collections import Counter
from dataclasses import dataclass, field, replace


@dataclass(frozen=True, slots=True, kw_only=True)
class LoggedRequest:
    """One request; no status means that no answer was sent, or none yet.

    ``applied`` says that a write was carried out, whatever the client was told.
    """

    method: str
    target: str
    template: str
    body: bytes = b""
    status: int | None = None
    applied: bool = False

    @property
    def path(self) -> str:
        """The path without the query."""
        return self.target.partition("?")[0]


@dataclass(slots=True)
class RequestLog:
    """The requests in the order in which they came."""

    entries: list[LoggedRequest] = field(default_factory=list)

    def begin(self, entry: LoggedRequest) -> int:
        """Notes that a request has come in, and says under which number."""
        self.entries.append(entry)
        return len(self.entries) - 1

    def note(self, number: int, *, status: int | None = None, applied: bool | None = None) -> None:
        """Notes what became of a request; one that was cleared meanwhile is passed over."""
        if number >= len(self.entries):
            return
        entry = self.entries[number]
        self.entries[number] = replace(
            entry,
            status=entry.status if status is None else status,
            applied=entry.applied if applied is None else applied,
        )

    def matching(self, method: str | None = None, path: str = "") -> list[LoggedRequest]:
        """Lists the requests with this method whose target the regular expression finds."""
        return [
            entry
            for entry in self.entries
            if method in (None, entry.method) and re.search(path, entry.target)
        ]

    def count(self, method: str | None = None, path: str = "") -> int:
        """Counts the requests with this method whose target the regular expression finds."""
        return len(self.matching(method, path))

    def writes(self) -> list[LoggedRequest]:
        """Lists the requests that were meant to change something."""
        return [entry for entry in self.entries if entry.method != "GET"]

    def by_template(self) -> Counter[tuple[str, str]]:
        """Counts the requests by method and path template."""
        return Counter((entry.method, entry.template) for entry in self.entries)

    def resent(self) -> list[LoggedRequest]:
        """Lists the writes that came again, to the byte, after they had been carried out."""
        applied: set[tuple[str, str, bytes]] = set()
        again = []
        for entry in self.writes():
            key = (entry.method, entry.target, entry.body)
            if key in applied:
                again.append(entry)
            if entry.applied:
                applied.add(key)
        return again

    def clear(self) -> None:
        """Forgets every request."""
        self.entries.clear()
