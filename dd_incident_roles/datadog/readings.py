"""The parts of one incident, asked for at once or one by one, and how long the answers count."""

from __future__ import annotations

from collections.abc import Callable
from functools import cache as when_wanted
from functools import partial
from typing import Protocol, TypeVar

from dd_incident_roles.datadog.incidents import IncidentReading, Incidents
from dd_incident_roles.datadog.responders import ResponderListing, Responders
from dd_incident_roles.datadog.timeline_target import TimelineTarget
from dd_incident_roles.model import IncidentId
from dd_incident_roles.sync.targets import Care, EntryListing
from dd_incident_roles.sync.threads import begin
from dd_incident_roles.values import frozen

T = TypeVar("T")

RECENT_SECONDS = 2.0
"""How old a reading may be that is used again.

Even a reading of just before a write is a round trip old by the time of the write.
"""

PARTS = 3
"""How many requests read one incident: itself, its responders, its timeline."""


class _How(Protocol):
    """How a part is asked for: at once in a thread of its own, or when it is first wanted."""

    def __call__(self, ask: Callable[[], T], /) -> Callable[[], T]: ...


@frozen
class Asked:
    """The parts of one incident, each asked for when it is first wanted, or under way by then.

    ``began`` is when the first could be asked for, in seconds.
    """

    began: float
    incident: Callable[[], IncidentReading]
    responders: Callable[[], ResponderListing]
    timeline: Callable[[], EntryListing | None]


class Readings:
    """Asks for the parts of incidents, and gives them out again for two seconds.

    ``timeline`` is None where it is not to be read. So that no more than ``concurrency`` requests
    are under way at once, at most ``most_ahead`` incidents are to be begun; ``monotonic`` is in
    seconds.
    """

    def __init__(
        self,
        incidents: Incidents,
        responders: Responders,
        timeline: TimelineTarget | None,
        *,
        concurrency: int,
        monotonic: Callable[[], float],
    ) -> None:
        self._incidents = incidents
        self._responders = responders
        self._timeline = timeline
        self._monotonic = monotonic
        self._how: _How = begin if concurrency >= PARTS else when_wanted
        self.most_ahead = max(1, concurrency // PARTS)
        self._ahead: dict[IncidentId, Asked] = {}
        self._recent: dict[IncidentId, Asked] = {}

    def begin(self, incident_id: IncidentId) -> None:
        """Ask for all parts at once, for a ``RECENT`` reading in a moment."""
        self._ahead[incident_id] = self._ask(incident_id, self._how)

    def ask(self, incident_id: IncidentId, care: Care = Care.NOW) -> Asked:
        """The parts of an incident, with so much care."""
        known = self._ahead.pop(incident_id, None) or self.take(incident_id)
        if care is Care.RECENT:
            return known or self._ask(incident_id, self._how)
        return self._ask(incident_id, when_wanted, to_the_end=care is Care.WHOLE)

    def _ask(self, incident_id: IncidentId, how: _How, *, to_the_end: bool = False) -> Asked:
        timeline = self._timeline
        return Asked(
            began=self._monotonic(),
            incident=how(partial(self._incidents.get, incident_id)),
            responders=how(partial(self._responders.read, incident_id)),
            timeline=how(partial(timeline.ask, incident_id, to_the_end=to_the_end))
            if timeline
            else lambda: None,
        )

    def take(self, incident_id: IncidentId) -> Asked | None:
        """What was read a moment ago, for one use: who writes upon it leaves it to nobody."""
        asked = self._recent.pop(incident_id, None)
        if asked and 0 <= self._monotonic() - asked.began <= RECENT_SECONDS:
            return asked
        return None

    def keep(self, incident_id: IncidentId, asked: Asked) -> None:
        """Let what was read be used again."""
        # A run over thousands of incidents must not hold all that it read.
        for other, kept in list(self._recent.items()):
            if self._monotonic() - kept.began <= RECENT_SECONDS:
                break
            self._recent.pop(other, None)
        self._recent[incident_id] = asked
