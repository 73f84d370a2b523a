"""How a note has to be laid out for Datadog to take it: tried, and then remembered."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta

from dd_incident_roles.datadog.cache import Cache
from dd_incident_roles.errors import Refused

KEY_LIFETIME = timedelta(days=30)
REFUSED_LIFETIME = timedelta(days=1)

_KIND = "timeline"
_CONTENT_KEY = "content_key"
_REFUSED = "refused"
_OTHER_KEY = {"content": "message", "message": "content"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Note:
    """What a note is to say, when it happened, and whether it is marked."""

    text: str
    at: datetime
    important: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Dialect:
    """One layout of a note.

    Every integration that was found sends ``content.content``; an unreleased specification has
    ``content.message``. Which one is taken today is unverified, and so are the other two.
    """

    content_key: str = "content"
    display_time: bool = True
    important: bool = True

    def attributes(self, note: Note, *, new: bool) -> dict[str, object]:
        """Lay a note out; a new one says only what differs from the default."""
        written: dict[str, object] = {
            "cell_type": "markdown",
            "content": {self.content_key: note.text},
        }
        if self.display_time:
            written["display_time"] = _moment(note.at)
        if self.important and (note.important or not new):
            written["important"] = note.important
        return written

    def instead(self, refusal: Refused) -> Dialect | None:
        """The layout to try after a refusal that speaks of this one, None when it does not."""
        if refusal.status not in {400, 422}:
            return None
        said = refusal.message.casefold()
        if "display_time" in said and self.display_time:
            return replace(self, display_time=False)
        if "important" in said and self.important:
            return replace(self, important=False)
        if "content" in said:
            return replace(self, content_key=_OTHER_KEY[self.content_key])
        return None


class Dialects:
    """The layout that was accepted last; only a write that was accepted teaches anything."""

    def __init__(self, cache: Cache) -> None:
        self._cache = cache

    def known(self) -> Dialect:
        """The layout to begin with."""
        key = self._cache.cached(_KIND, _CONTENT_KEY)
        return Dialect(
            content_key=key if key in _OTHER_KEY else "content",
            display_time=self._cache.cached(_KIND, "display_time") != _REFUSED,
            important=self._cache.cached(_KIND, "important") != _REFUSED,
        )

    def accepted(self, dialect: Dialect) -> None:
        """Remember a layout that Datadog took."""
        known = self.known()
        if self._cache.cached(_KIND, _CONTENT_KEY) != dialect.content_key:
            self._cache.keep(_KIND, _CONTENT_KEY, dialect.content_key, lifetime=KEY_LIFETIME)
        if known.display_time and not dialect.display_time:
            self._cache.keep(_KIND, "display_time", _REFUSED, lifetime=REFUSED_LIFETIME)
        if known.important and not dialect.important:
            self._cache.keep(_KIND, "important", _REFUSED, lifetime=REFUSED_LIFETIME)


def _moment(at: datetime) -> str:
    return at.astimezone(UTC).replace(tzinfo=None).isoformat(timespec="milliseconds") + "Z"
