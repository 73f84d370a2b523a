"""Which responder holds which user-defined role, from responders and their assignments."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import timedelta

from dd_incident_roles.datadog.assignments import RoleAssignments
from dd_incident_roles.datadog.cache import Cache
from dd_incident_roles.datadog.offers import Offers
from dd_incident_roles.datadog.responders import Responders
from dd_incident_roles.datadog.wire.incidents import IncidentReading
from dd_incident_roles.datadog.wire.responders import Responder, ResponderListing
from dd_incident_roles.errors import Forbidden, NotFound, Refused, UnexpectedAnswer
from dd_incident_roles.model import IncidentId

ASSIGNMENT_LIFETIME = timedelta(days=7)
"""An assignment is made and deleted, never changed (document), so its role may be remembered."""

_RESERVED = "reserved"
_ATTEMPTS = 3


@dataclass(frozen=True, slots=True, kw_only=True)
class GivenRole:
    """One user-defined role that one responder has in one incident.

    ``who`` is as the responder has it: a user's id, or what stands for somebody without one.
    """

    assignment_id: str
    role_id: str
    who: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ResponseTeam:
    """The responders of an incident and the roles that they were given.

    ``contradiction`` is why the listing cannot be complete, so that nothing follows from it.
    """

    listing: ResponderListing
    given: tuple[GivenRole, ...]
    contradiction: str | None = None


def contradiction_of(reading: IncidentReading, listing: ResponderListing) -> str | None:
    """Why a listing of responders cannot be complete: it lacks whom the incident itself names.

    A commander is a responder (recorded), who cannot be removed while in command (document). That
    an incident names responders by the ids of the listing is recorded; were they of another kind,
    none would be in both, which says nothing.
    """
    commander = reading.incident.commander
    if commander and listing.of_user(commander) is None:
        return "Datadog's list of responders lacks the incident's own commander"
    listed, named = {row.id for row in listing.responders}, set(reading.responder_ids)
    lacking = len(named - listed)
    if lacking and (not listed or named & listed):
        return f"Datadog's list of responders lacks {lacking} of those whom the incident names"
    return None


def contradicted(why: str) -> UnexpectedAnswer:
    """What is raised and reported of a listing that contradicts itself."""
    return UnexpectedAnswer(
        f"{why}, so nothing is concluded from it about roles.",
        hint="Run again; if it stays so, look at the responders of the incident in Datadog.",
    )


class ResponseTeams:
    """Reads response teams whole: a role that cannot be read is a failure, not an absence."""

    def __init__(
        self, responders: Responders, assignments: RoleAssignments, offers: Offers, cache: Cache
    ) -> None:
        self._responders = responders
        self._assignments = assignments
        self._offers = offers
        self._cache = cache

    def read(self, incident_id: IncidentId) -> ResponseTeam:
        """Read the responders and every role given to one of them.

        An assignment that is gone when it is asked for was deleted meanwhile: the responders are
        then listed again. Raises NotFound, Forbidden or Refused where responders are not offered.
        """
        for _ in range(_ATTEMPTS):
            listing = self._responders.list(incident_id)
            if self._offers.assignments is False:
                break
            try:
                given = tuple(self._given(listing.responders))
            except NotFound:
                if self._offers.assignments:
                    continue
                self._offers.assignments_missing()
                break
            except (Forbidden, Refused):
                self._offers.assignments_missing()
                break
            return ResponseTeam(listing=listing, given=given)
        else:
            raise UnexpectedAnswer(
                "The responders name role assignments that Datadog does not have.",
                hint="Run again; if it stays so, tell Datadog's support.",
            )
        return ResponseTeam(listing=listing, given=())

    def _given(self, responders: Iterable[Responder]) -> Iterable[GivenRole]:
        for responder in responders:
            for assignment_id in responder.assignment_ids:
                role_id = self._role_id(assignment_id)
                if role_id != _RESERVED:
                    yield GivenRole(assignment_id=assignment_id, role_id=role_id, who=responder.who)

    def _role_id(self, assignment_id: str) -> str:
        kept = self._cache.cached("role_assignment", assignment_id)
        if kept is not None:
            return kept
        assignment = self._assignments.get(assignment_id)
        self._offers.assignments_work()
        role_id = assignment.user_defined_role_id or _RESERVED
        self._cache.keep("role_assignment", assignment_id, role_id, lifetime=ASSIGNMENT_LIFETIME)
        return role_id
