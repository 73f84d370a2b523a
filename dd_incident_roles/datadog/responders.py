"""Responders of an incident, and the roles that each was given by role assignments.

No recording shows either; the shapes come from the document.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from contextlib import suppress
from dataclasses import replace
from datetime import timedelta
from functools import partial

from dd_incident_roles.datadog import wire
from dd_incident_roles.datadog.failures import NOT_OFFERED
from dd_incident_roles.datadog.http import Session
from dd_incident_roles.datadog.incidents import IncidentReading
from dd_incident_roles.datadog.learned import ApiPart, Cache, CapabilityCache
from dd_incident_roles.datadog.users import User, included_users
from dd_incident_roles.errors import NotFound, Refused, UnexpectedAnswer
from dd_incident_roles.model import IncidentId, UserId
from dd_incident_roles.sync.entries.identity import mark_of
from dd_incident_roles.values import frozen

ASSIGNMENT_LIFETIME = timedelta(days=7)
"""An assignment is made and deleted, never changed (document), so its role may be remembered."""

_ASSIGNMENTS = f"{wire.INCIDENTS}/role_assignments"
RESERVED = "reserved"
_ATTEMPTS = 3


@frozen
class Responder:
    """One responder record of an incident; without a user it is a person outside Datadog.

    ``assignment_ids`` are ids of role assignments; which roles they give is not said here.
    """

    id: str
    user_id: UserId | None
    assignment_ids: tuple[str, ...] = ()
    external_id: str | None = None
    external_source: str | None = None

    @property
    def who(self) -> str:
        """The identity of this person: the user's id, else where they respond from."""
        if self.user_id is not None:
            return self.user_id
        if self.external_id is None:
            return f"external:responder:{self.id}"
        return f"external:{self.external_source or 'elsewhere'}:{self.external_id}"


@frozen
class AssignedRole:
    """One user-defined role that one responder has in one incident.

    ``who`` is as the responder has it: a user's id, or what stands for somebody without one.
    """

    assignment_id: str
    role_id: str
    who: str


@frozen
class ResponderListing:
    """Every responder of an incident, the users that came along, and the roles they were given.

    ``contradiction`` is why the listing cannot be complete, so that nothing follows from it.
    """

    responders: tuple[Responder, ...]
    users: Mapping[UserId, User]
    assigned: tuple[AssignedRole, ...] = ()
    contradiction: UnexpectedAnswer | None = None

    @property
    def mark(self) -> str:
        """A fingerprint of who responds, and of who was given something by which assignment."""
        rows = sorted(self.responders, key=lambda row: row.id)
        return mark_of(rows, sorted(self.users.values(), key=lambda user: user.id))

    def of_user(self, user_id: UserId) -> Responder | None:
        """The record of a user; of several the oldest that holds a role, else the oldest."""
        own = [responder for responder in self.responders if responder.user_id == user_id]
        return next((each for each in own if each.assignment_ids), own[0] if own else None)


def contradiction_of(
    reading: IncidentReading, listing: ResponderListing
) -> UnexpectedAnswer | None:
    """Why a listing of responders is incomplete: it lacks people that the incident itself names.

    A commander is a responder (recorded), who cannot be removed while in command (document). That
    an incident names responders by the ids of the listing is recorded; were they of another kind,
    none would be in both, which says nothing.
    """
    commander = reading.incident.commander
    listed, named = {row.id for row in listing.responders}, set(reading.responder_ids)
    lacking = len(named - listed)
    if commander and listing.of_user(commander) is None:
        whom = "the incident's own commander"
    elif lacking and (not listed or named & listed):
        whom = f"{lacking} of the responders that the incident names"
    else:
        return None
    return UnexpectedAnswer(
        f"Datadog's list of responders lacks {whom}, so the roles in it were not used.",
        hint="Run again. If this repeats, check the responders of the incident in Datadog.",
    )


class Responders:
    """Responders of incidents, a preview of Datadog's, and role assignments, which are unreleased.

    The listing has no pages, and names only the ids of the assignments.
    """

    def __init__(self, session: Session, capabilities: CapabilityCache, cache: Cache) -> None:
        self._session = session
        self._capabilities = capabilities
        self._cache = cache

    def list(self, incident_id: IncidentId) -> ResponderListing:
        """Read every responder, and not yet the roles that they were given."""
        return self._session.get(_responders_of(incident_id), parse_responders)

    def read(self, incident_id: IncidentId) -> ResponderListing:
        """Read the responders and every role given to one of them.

        A role that cannot be read is a failure, not an absence. An assignment that is gone when it
        is asked for was deleted meanwhile: the responders are then listed again. Raises NotFound,
        Forbidden or Refused where responders are not offered.
        """
        for _ in range(_ATTEMPTS):
            listing = self.list(incident_id)
            if self._capabilities.seen(ApiPart.ROLE_ASSIGNMENTS) is False:
                return listing
            try:
                return replace(listing, assigned=tuple(self._assignments(listing)))
            except NOT_OFFERED as error:
                # Where assignments were seen to work, a 404 is about this one and not about all.
                if isinstance(error, NotFound) and self._capabilities.seen(
                    ApiPart.ROLE_ASSIGNMENTS
                ):
                    continue
                self._capabilities.note_refused(ApiPart.ROLE_ASSIGNMENTS)
                return listing
        raise UnexpectedAnswer(
            "The responders refer to role assignments that Datadog does not list.",
            hint="Run again. If this repeats, report it to Datadog support.",
        )

    def _assignments(self, listing: ResponderListing) -> Iterator[AssignedRole]:
        for responder in listing.responders:
            for assignment_id in responder.assignment_ids:
                ask = partial(self.role_of, assignment_id)
                role_id = self._cache.value(
                    "role_assignment", assignment_id, ask, load=str, lifetime=ASSIGNMENT_LIFETIME
                )
                if role_id != RESERVED:
                    who = responder.who
                    yield AssignedRole(assignment_id=assignment_id, role_id=role_id, who=who)

    def role_of(self, assignment_id: str) -> str:
        """The user-defined role that an assignment gives, or that it is one of Datadog's own.

        Raises NotFound when the assignment is gone.
        """
        where = wire.path(_ASSIGNMENTS, assignment_id)
        _, role_id = self._session.get(where, parse_role_assignment)
        self._capabilities.note_working(ApiPart.ROLE_ASSIGNMENTS)
        return role_id or RESERVED

    def add(self, incident_id: IncidentId, user_id: UserId) -> Responder:
        """Make a user a responder, and return the record, the present one if there is one already.

        List first: Datadog mails a new responder, and what it does with a second request is
        unverified. Raises Refused if it declines and the user is not a responder afterwards.
        """
        relationships = {"user": wire.reference("users", user_id)}
        body = wire.request_body("incident_responders", relationships=relationships)
        try:
            return self._session.post(_responders_of(incident_id), body, wire.reads_one(_responder))
        except Refused as error:
            # Both statuses can mean that the user is one already (unverified).
            if error.status in {400, 409} and (present := self.list(incident_id).of_user(user_id)):
                return present
            raise

    def assign(self, responder_id: str, role_id: str) -> str:
        """Give a responder a user-defined role, and return the id of the assignment.

        Raises Refused with status 409 when somebody holds a role that is for one, or the responder
        has it already (documented without a cause): read again before believing either.
        """
        body = wire.request_body(
            "incident_role_assignments",
            # Null beside a role of the organisation; a text is for Datadog's own roles
            # (unreleased specification).
            attributes={"role": None},
            relationships={
                "responder": wire.reference("incident_responders", responder_id),
                "user_defined_role": wire.reference("incident_user_defined_roles", role_id),
            },
        )
        made, shown = self._session.post(_ASSIGNMENTS, body, parse_role_assignment)
        kept = json.dumps(shown or role_id)
        self._cache.keep("role_assignment", made, kept, lifetime=ASSIGNMENT_LIFETIME)
        return made

    def unassign(self, assignment_id: str) -> None:
        """Take a role away again; an assignment that is gone already counts as deleted."""
        with suppress(NotFound):
            self._session.delete(wire.path(_ASSIGNMENTS, assignment_id))


def _responders_of(incident_id: IncidentId) -> str:
    return wire.path(wire.INCIDENTS, incident_id, "responders")


def parse_responders(body: bytes) -> ResponderListing:
    """Read the responders of an incident; raises UnexpectedAnswer."""
    answer = wire.document(body)
    # A record that is listed twice would count as two people.
    found = {item.id: item for item in map(_responder, wire.required_objects(answer, "data"))}
    return ResponderListing(responders=tuple(found.values()), users=included_users(answer))


def parse_role_assignment(body: bytes) -> tuple[str, str | None]:
    """Read one assignment: its id and that of its user-defined role; raises UnexpectedAnswer."""
    resource = wire.object_at(wire.document(body), "data")
    assignment_id = wire.required_id(resource, "data.id of a role assignment")
    return assignment_id, wire.relation(resource, "user_defined_role")


def _responder(resource: wire.Object) -> Responder:
    attributes = wire.object_at(resource, "attributes")
    user_id = wire.relation(resource, "user")
    return Responder(
        id=wire.required_id(resource, "the id of a responder"),
        user_id=UserId(user_id) if user_id else None,
        assignment_ids=wire.relations(resource, "role_assignments"),
        external_id=wire.text(attributes, "external_id"),
        external_source=wire.text(attributes, "external_source"),
    )
