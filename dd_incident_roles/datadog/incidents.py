"""Reading incidents: one, those that a search finds, or all."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from itertools import count

from dd_incident_roles.datadog.http import Params, Session
from dd_incident_roles.datadog.paths import INCIDENTS, path
from dd_incident_roles.datadog.wire.incidents import (
    IncidentPage,
    IncidentReading,
    ShownCommander,
    parse_incident,
    parse_listing,
    parse_search,
    parse_written_commander,
)
from dd_incident_roles.errors import Refused, UnexpectedAnswer
from dd_incident_roles.model import IncidentId, UserId

PAGE_SIZE = 100
"""The most incidents that Datadog puts on one page (document)."""

_WITH_USERS: Params = (("include", "users"),)


class Incidents:
    """Incidents of one Datadog, private and test incidents included."""

    def __init__(self, session: Session) -> None:
        self._session = session
        self._includes_users = True

    def get(self, incident_id: IncidentId) -> IncidentReading:
        """Read one incident, with its users where Datadog lets them be included.

        Raises NotFound for an id that nobody has, or that the keys may not see.
        """
        where = path(INCIDENTS, incident_id)
        if self._includes_users:
            try:
                return self._session.get(where, parse_incident, _WITH_USERS)
            except Refused as error:
                if error.status != 400:
                    raise
            reading = self._session.get(where, parse_incident)
            # Only now is it known that the inclusion was what Datadog declined.
            self._includes_users = False
            return reading
        return self._session.get(where, parse_incident)

    def search(self, query: str) -> Iterator[IncidentReading]:
        """Find incidents, page by page, each once.

        A search is an index: its times are whole seconds and some ids are blank, so read an
        incident itself before changing anything. Pages may be short although more follow
        (recorded: 1 of 2 with 1703 in all), so only the total ends a search. Test incidents are
        left out by Datadog unless the query asks for them. Raises UnexpectedAnswer after all
        others for one that cannot be read.
        """
        return _readings(self._found(query))

    def search_ids(self, query: str) -> Iterator[IncidentId]:
        """Find the ids of incidents, also of those of which a search shows nothing else."""
        for page in self._found(query):
            yield from (reading.incident.id for reading in page.readings)
            yield from page.unread

    def _found(self, query: str) -> Iterator[IncidentPage]:
        return _pages(
            lambda offset: self._session.get(
                f"{INCIDENTS}/search",
                parse_search,
                (("query", query), ("sort", "created"), *_page(offset)),
            )
        )

    def all(self) -> Iterator[IncidentReading]:
        """Every incident, oldest first, closed ones too, each once.

        The listing says ``next_offset`` on its last page as well, so only an empty page ends it.
        """
        return _readings(
            _pages(lambda offset: self._session.get(INCIDENTS, parse_listing, _page(offset)))
        )

    def set_commander(self, incident_id: IncidentId, user_id: UserId | None) -> UserId | None:
        """Make a user the commander, or nobody, and return whom Datadog then shows.

        Makes the commander and the owner of the keys responders, which Datadog tells them of. An
        answer that does not show the commander is followed by a fresh reading.
        """
        commander = None if user_id is None else {"type": "users", "id": user_id}
        body = {
            "data": {
                "id": incident_id,
                "type": "incidents",
                "relationships": {"commander_user": {"data": commander}},
            }
        }
        where = path(INCIDENTS, incident_id)
        shown = self._session.patch(where, body, parse_written_commander)
        match shown:
            case ShownCommander(user_id=found):
                return found
            case None:
                return self.get(incident_id).incident.commander


def _page(offset: int) -> Params:
    return (("page[size]", str(PAGE_SIZE)), ("page[offset]", str(offset)))


def _readings(pages: Iterator[IncidentPage]) -> Iterator[IncidentReading]:
    """Those that can be read first, so that one that cannot is in nobody else's way."""
    unread: dict[IncidentId, str] = {}
    for page in pages:
        yield from page.readings
        unread.update(page.unread)
    for problem in unread.values():
        raise UnexpectedAnswer(f"Datadog's list of incidents {problem}")


def _pages(page_at: Callable[[int], IncidentPage]) -> Iterator[IncidentPage]:
    """Every page with what the ones before it did not have."""
    seen: set[IncidentId] = set()
    for offset in count(0, PAGE_SIZE):
        page = page_at(offset)
        fresh = {each.incident.id: each for each in page.readings}
        unread = {key: why for key, why in page.unread.items() if key not in {*seen, *fresh}}
        new = [each for key, each in fresh.items() if key not in seen]
        yield replace(page, readings=tuple(new), unread=unread)
        seen.update(fresh, unread)
        only_repeats = bool(page.readings or page.unread) and not (new or unread)
        is_empty = not (page.readings or page.unread)
        at_the_end = is_empty if page.total is None else offset + PAGE_SIZE >= page.total
        if only_repeats or at_the_end:
            return
