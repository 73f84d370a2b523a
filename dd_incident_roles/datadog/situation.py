"""One incident as it was read, with the way in which each role is shown."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
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
from dd_incident_roles.datadog.wire.roles import RoleDefinition
from dd_incident_roles.model import Incident, Person, PersonKey, RoleKey, UserId
from dd_incident_roles.roles.catalogue import Catalogue
from dd_incident_roles.roles.people import People
from dd_incident_roles.sync.ports import Reading, RoleListing


@dataclass(frozen=True, slots=True, kw_only=True)
class Situation:
    """Everything that one reading of one incident told.

    ``team`` is None where Datadog does not offer responders; ``persons`` are the people behind the
    ids, our own account left out; ``shown_commander`` is the account in command, whatever it is.
    """

    incident: Incident
    team: ResponseTeam | None
    persons: Mapping[UserId, Person]
    shown_commander: Person | None
    offer: Offer
    catalogue: Catalogue
    people: People

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
            self.persons[given.user_id].key: given.assignment_id
            for given in self.team.given
            if given.role_id == definition.id and given.user_id in self.persons
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
                return holders_in_field(self.incident.fields.get(name), self.people).holders
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

    def _people_of(self, user_ids: list[UserId]) -> frozenset[PersonKey]:
        return frozenset(
            self.persons[user_id].key for user_id in user_ids if user_id in self.persons
        )

    def _responders(self) -> frozenset[PersonKey] | None:
        if self.team is None or self.team.contradiction:
            return None
        return self._people_of([row.user_id for row in self.team.listing.responders if row.user_id])

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
            f"The field {self.catalogue.role(role).field_name} holds {text!r}, which is no e-mail; "
            "it is left as it is."
            for role, rung in self.rungs.items()
            if rung is Rung.FIELD
            for text in holders_in_field(
                self.incident.fields.get(self.catalogue.role(role).field_name), self.people
            ).strange
        ]
