"""One incident as it was read, with the way in which each role is shown."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass

from dd_incident_roles.datadog.given_roles import ResponseTeam, contradicted
from dd_incident_roles.datadog.ladder import (
    Offer,
    Rung,
    definition_of,
    lacks_definition,
    rungs,
    why_not,
)
from dd_incident_roles.datadog.role_fields import holders_in_field
from dd_incident_roles.datadog.wire.responders import Responder
from dd_incident_roles.datadog.wire.roles import RoleDefinition
from dd_incident_roles.model import Incident, Person, PersonKey, RoleKey
from dd_incident_roles.roles.catalogue import Catalogue
from dd_incident_roles.sync.ports import Reading, RoleListing


@dataclass(frozen=True, slots=True, kw_only=True)
class Situation:
    """Everything that one reading of one incident told.

    ``team`` is None where Datadog does not offer responders; ``persons`` are the people behind
    users' ids and behind responders without one, our own account left out; ``shown_commander`` is
    the account in command, whatever it is; ``named`` says whom a text of a property field names.
    """

    incident: Incident
    team: ResponseTeam | None
    persons: Mapping[str, Person]
    shown_commander: Person | None
    offer: Offer
    catalogue: Catalogue
    named: Callable[[str], PersonKey | None]

    @property
    def rungs(self) -> dict[RoleKey, Rung]:
        """The way in which each role is shown."""
        return rungs(self.catalogue, self.offer)

    def definition(self, role: RoleKey) -> RoleDefinition | None:
        """Datadog's definition of a role, where it has one."""
        return definition_of(self.catalogue.role(role), self.offer)

    def commander(self) -> frozenset[PersonKey]:
        """Who leads the incident, if a person does."""
        return self._people_of([self.incident.commander] if self.incident.commander else [])

    def given(self, role: RoleKey) -> dict[PersonKey, str]:
        """Who was given a role, with the id of the assignment."""
        definition = self.definition(role)
        if definition is None or self.team is None:
            return {}
        return {
            self.persons[given.who].key: given.assignment_id
            for given in self.team.given
            if given.role_id == definition.id and given.who in self.persons
        }

    def holders(self, role: RoleKey) -> frozenset[PersonKey]:
        """Who holds a role that Datadog can show."""
        match self.rungs[role]:
            case Rung.COMMANDER:
                return self.commander()
            case Rung.ASSIGNMENT:
                return frozenset(self.given(role))
            case Rung.FIELD:
                name = self.catalogue.role(role).field_name
                return holders_in_field(self.incident.fields.get(name), self.named).holders
            case Rung.RESPONDER | Rung.NOTHING:
                return frozenset()

    def reading(self) -> Reading:
        """What the sync engine needs to know."""
        chosen = self.rungs
        why = self.team.contradiction if self.team else None
        unread = {role for role, rung in chosen.items() if why and rung is Rung.ASSIGNMENT}
        readable = {
            role: rung for role, rung in chosen.items() if rung.is_readable and role not in unread
        }
        return Reading(
            incident=self.incident,
            people={person.key: person for person in self.persons.values()},
            commander=self.shown_commander,
            roles=RoleListing(
                holders={role: self.holders(role) for role in readable},
                via={role: rung.value for role, rung in readable.items()},
                single=frozenset(role.key for role in self.catalogue.roles if role.is_single),
                unsupported={
                    role: why_not(self.catalogue.role(role), rung, self.offer)
                    for role, rung in chosen.items()
                    if not rung.is_readable
                },
                unread=frozenset(unread),
                contradiction=contradicted(why) if why else None,
                responders=self._responders(),
                remote_ids={
                    (role, person): assignment_id
                    for role, rung in chosen.items()
                    if rung is Rung.ASSIGNMENT
                    for person, assignment_id in self.given(role).items()
                },
                unknown=self._unknown_roles(),
                undefined=self._undefined_roles(),
                one_person=frozenset(self._one_person_roles()),
            ),
            notices=tuple(self._strange_texts()),
        )

    def outside(self, person: PersonKey) -> Responder | None:
        """The responder without an account who is this person."""
        behind = {who for who, found in self.persons.items() if found.key == person}
        rows = self.team.listing.responders if self.team else ()
        return next((row for row in rows if row.user_id is None and row.who in behind), None)

    def _people_of(self, names: Iterable[str]) -> frozenset[PersonKey]:
        return frozenset(self.persons[name].key for name in names if name in self.persons)

    def _responders(self) -> frozenset[PersonKey] | None:
        if self.team is None or self.team.contradiction:
            return None
        return self._people_of(row.who for row in self.team.listing.responders)

    def _unknown_roles(self) -> tuple[str, ...]:
        named = {definition.id: definition.name for definition in self.offer.definitions.values()}
        mapped = {
            definition.id
            for role in self.catalogue.roles
            if (definition := self.definition(role.key))
        }
        given = {row.role_id for row in self.team.given} if self.team else set()
        return tuple(sorted(named.get(role_id, role_id) for role_id in given - mapped))

    def _undefined_roles(self) -> frozenset[RoleKey] | None:
        if not self.offer.definitions_known:
            return None
        return frozenset(
            role
            for role, rung in self.rungs.items()
            if lacks_definition(self.catalogue.role(role), rung, self.offer)
        )

    def _one_person_roles(self) -> Iterator[RoleKey]:
        for role in self.catalogue.roles:
            definition = self.definition(role.key)
            if definition is not None and definition.is_single and not role.is_single:
                yield role.key

    def _strange_texts(self) -> list[str]:
        return [
            f"The field {self.catalogue.role(role).field_name} holds {text!r}, which does not "
            "name one person; it is left as it is."
            for role, rung in self.rungs.items()
            if rung is Rung.FIELD
            for text in holders_in_field(
                self.incident.fields.get(self.catalogue.role(role).field_name), self.named
            ).strange
        ]
