"""Whether Datadog lets these keys read the timeline, and write it: seen, and kept for a while."""

from __future__ import annotations

from datetime import timedelta

from dd_incident_roles.datadog.cache import Cache
from dd_incident_roles.errors import DatadogError
from dd_incident_roles.model import IncidentId

WORKING_LIFETIME = timedelta(days=1)
MISSING_LIFETIME = timedelta(minutes=10)
"""How long a refusal is believed: somebody may grant the permission meanwhile."""

_KIND = "timeline"
_READING = "reading"
_WRITING = "writing"
_WORKING = "working"
_MISSING = "missing"
_READ_ONLY = "read-only"


class TimelineOffer:
    """What was seen of the timeline's endpoints.

    A refusal of what was seen to work is about one incident; of what never worked, about all.
    """

    def __init__(self, cache: Cache) -> None:
        self._cache = cache
        self._probing: frozenset[str] = frozenset()

    def probe_again(self) -> None:
        """Ask once more for what was refused: a person waits, who may have been granted it."""
        self._probing = frozenset({_READING, _WRITING})

    def why_unreadable(self) -> str | None:
        """Why the timeline is not to be asked for now, None when it is."""
        if _READING in self._probing or self._cache.cached(_KIND, _READING) != _MISSING:
            return None
        return "Datadog does not offer the timeline to these keys"

    def why_read_only(self, incident_id: IncidentId) -> str | None:
        """Why a timeline is not to be written now, None when it is."""
        if _WRITING in self._probing:
            return None
        for key in (_WRITING, f"{_WRITING}:{incident_id}"):
            if self._cache.cached(_KIND, key) == _READ_ONLY:
                return "Datadog lets these keys read the timeline and not write it"
        return None

    def reading_works(self) -> None:
        """Note that a timeline was read."""
        self._works(_READING)

    def writing_works(self) -> None:
        """Note that an entry was written."""
        self._works(_WRITING)

    def reading_declined(self, error: DatadogError) -> str:
        """Note that a timeline was not shown, and tell why."""
        self._probing -= {_READING}
        if error.status in {403, 404, 405, 501} and not self._worked(_READING):
            self._cache.keep(_KIND, _READING, _MISSING, lifetime=MISSING_LIFETIME)
        return f"Datadog does not show the timeline: {error.message}"

    def writing_declined(self, incident_id: IncidentId, error: DatadogError) -> str:
        """Note that a timeline cannot be written, and tell why."""
        self._probing -= {_WRITING}
        key = f"{_WRITING}:{incident_id}" if self._worked(_WRITING) else _WRITING
        self._cache.keep(_KIND, key, _READ_ONLY, lifetime=MISSING_LIFETIME)
        return f"the timeline can be read and not written: {error.message}"

    def _works(self, key: str) -> None:
        if not self._worked(key):
            self._cache.keep(_KIND, key, _WORKING, lifetime=WORKING_LIFETIME)

    def _worked(self, key: str) -> bool:
        return self._cache.cached(_KIND, key) == _WORKING
