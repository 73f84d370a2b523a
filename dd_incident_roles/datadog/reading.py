"""One incident: its parts, asked for at once or one by one, and what they say of each role."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping
from functools import cache as when_wanted
from functools import partial
from typing import Protocol, TypeVar

from dd_incident_roles.datadog.incidents import (
    FieldHolders,
    IncidentReading,
    Incidents,
    NamedBy,
    holders_in_field,
)
from dd_incident_roles.datadog.learned import Capabilities, RoleBackend
from dd_incident_roles.datadog.responders import Responder, ResponderListing, Responders
from dd_incident_roles.datadog.roles import RoleDefinition
from dd_incident_roles.datadog.timeline_target import TimelineTarget
from dd_incident_roles.model import Incident, IncidentId, Person, PersonKey, RoleKey
from dd_incident_roles.patience import begin
from dd_incident_roles.roles.catalogue import Catalogue
from dd_incident_roles.sync.skip import Part
from dd_incident_roles.sync.targets import Care, EntryListing, Reading, RoleListing
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


@frozen
class IncidentSnapshot:
    """Everything that one reading of one incident says.

    ``by_us`` is False where somebody else modified it last; ``listing`` is None where Datadog does
    not offer responders; ``persons`` are the people behind users' ids and behind responders without
    one, our own account left out; ``shown_commander`` is the account in command, whatever it is;
    ``named_by`` says whom a text of a property field names.
    """

    incident: Incident
    by_us: bool
    listing: ResponderListing | None
    persons: Mapping[str, Person]
    shown_commander: Person | None
    capabilities: Capabilities
    catalogue: Catalogue
    named_by: NamedBy

    def backend(self, role: RoleKey) -> RoleBackend:
        """The way in which a role is shown."""
        return self.capabilities.backend(self.catalogue.role(role))

    def definition(self, role: RoleKey) -> RoleDefinition | None:
        """Datadog's definition of a role, where it has one."""
        return self.capabilities.definition(self.catalogue.role(role))

    def assignments(self, role: RoleKey) -> dict[PersonKey, str]:
        """Who was given a role by an assignment, with the id of the assignment."""
        definition = self.definition(role)
        if definition is None or self.listing is None:
            return {}
        return {
            self.persons[row.who].key: row.assignment_id
            for row in self.listing.assigned
            if row.role_id == definition.id and row.who in self.persons
        }

    def in_field(self, role: RoleKey) -> FieldHolders:
        """Who is named in the property field of a role."""
        name = self.catalogue.role(role).field_name
        return holders_in_field(self.incident.fields.get(name), self.named_by)

    def holders(self, role: RoleKey) -> frozenset[PersonKey]:
        """Who holds a role that Datadog can show."""
        return self._holders(role, self.backend(role), self.assignments(role))

    def _holders(
        self, role: RoleKey, backend: RoleBackend, assigned: Iterable[PersonKey]
    ) -> frozenset[PersonKey]:
        match backend:
            case RoleBackend.COMMANDER:
                return self._people(filter(None, [self.incident.commander]))
            case RoleBackend.ASSIGNMENT:
                return frozenset(assigned)
            case RoleBackend.FIELD:
                return self.in_field(role).holders
            # A responder alone says nothing about the role.
            case RoleBackend.RESPONDER | RoleBackend.NOTHING:
                return frozenset()

    def outside(self, person: PersonKey) -> Responder | None:
        """The responder without an account who is this person."""
        behind = {who for who, found in self.persons.items() if found.key == person}
        rows = self.listing.responders if self.listing else ()
        return next((row for row in rows if row.user_id is None and row.who in behind), None)

    def reading(self) -> Reading:
        """What the sync engine needs to know."""
        roles, capabilities = self.catalogue.roles, self.capabilities
        shown = {role.key: capabilities.shown(role) for role in roles}
        assigned = {
            role: self.assignments(role)
            for role, each in shown.items()
            if each.backend is RoleBackend.ASSIGNMENT
        }
        single = frozenset(role.key for role in roles if role.is_single)
        contradiction = self.listing.contradiction if self.listing else None
        unread = frozenset(assigned) if contradiction else frozenset[RoleKey]()
        readable = {
            role: each.backend
            for role, each in shown.items()
            if each.backend.is_readable and role not in unread
        }
        listing = RoleListing(
            holders={
                role: self._holders(role, backend, assigned.get(role, ()))
                for role, backend in readable.items()
            },
            via={role: backend.value for role, backend in readable.items()},
            single=single,
            unsupported={
                role: each.why_not for role, each in shown.items() if not each.backend.is_readable
            },
            unread=unread,
            contradiction=contradiction,
            responders=None
            if self.listing is None or contradiction
            else self._people(row.who for row in self.listing.responders),
            remote_ids={
                (role, person): assignment_id
                for role, given in assigned.items()
                for person, assignment_id in given.items()
            },
            unknown=self._unknown_roles(
                {each.definition.id for each in shown.values() if each.definition}
            ),
            undefined=None
            if capabilities.definitions is None
            else frozenset(role for role, each in shown.items() if each.is_lacking),
            one_person=frozenset(
                role
                for role, each in shown.items()
                # Datadog would take the role from the first when a second one gets it.
                if each.definition and each.definition.is_single and role not in single
            ),
        )
        return Reading(
            incident=self.incident,
            people={person.key: person for person in self.persons.values()},
            commander=self.shown_commander,
            # Where no role can be given, nothing of this can change unseen.
            marks={Part.ROLES: self.listing.mark}
            if self.listing and capabilities.assignments is not False
            else {},
            by_us=self.by_us,
            roles=listing,
            notices=tuple(
                f"The field {role.field_name} contains {text!r}, which does not name one person; "
                "it is not changed."
                for role in roles
                if shown[role.key].backend is RoleBackend.FIELD
                for text in self.in_field(role.key).strange
            ),
        )

    def _people(self, names: Iterable[str]) -> frozenset[PersonKey]:
        return frozenset(self.persons[name].key for name in names if name in self.persons)

    def _unknown_roles(self, mapped: Collection[str]) -> tuple[str, ...]:
        given = {row.role_id for row in self.listing.assigned} if self.listing else set()
        if not (unknown := given.difference(mapped)):
            return ()
        definitions = (self.capabilities.definitions or {}).values()
        names = {definition.id: definition.name for definition in definitions}
        return tuple(sorted(names.get(role_id, role_id) for role_id in unknown))
