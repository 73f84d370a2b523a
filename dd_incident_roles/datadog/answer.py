"""One answer of the API, before anybody has looked into it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """Status, headers and undecoded body, with the request that they answer.

    ``path`` is without the query; looking a header up ignores case.
    """

    method: str
    path: str
    status: int
    headers: Mapping[str, str] = field(repr=False)
    body: bytes = field(repr=False)

    @property
    def ok(self) -> bool:
        """Whether the request was carried out."""
        return 200 <= self.status < 300

    @property
    def is_write(self) -> bool:
        """Whether the request may have changed something."""
        return is_write(self.method)


def is_write(method: str) -> bool:
    """Whether a request with this method may change something."""
    return method not in {"GET", "HEAD"}
