"""Who and what is named in one private incident, behind stand-ins."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass, field

from dd_incident_roles.model import Person, PersonKey, RoleKey, Source, UserId
from dd_incident_roles.policy.facts import Facts, FactsMissing
from dd_incident_roles.policy.stand_in import StandIn, stand_in
from dd_incident_roles.snapshot.pseudonyms import Pseudonyms

_SIDES = frozenset(source.value for source in Source)


@dataclass(frozen=True, slots=True, kw_only=True)
class Veil:
    """The stand-ins of one incident; what is asked for before they are given out is only noted.

    Everything by which a person can be called has a stand-in of one series, so that whether two
    texts call the same person can be told as before. Roles of the catalogue keep their keys: what
    it says is no secret of an incident.
    """

    facts: Facts
    people: Pseudonyms = field(default_factory=lambda: Pseudonyms("private:"))
    streams: Pseudonyms = field(default_factory=lambda: Pseudonyms("stream-"))
    roles: Pseudonyms = field(default_factory=lambda: Pseudonyms("private-role-"))
    intervals: Pseudonyms = field(default_factory=lambda: Pseudonyms("interval-"))

    def give_out(self) -> None:
        """Give everybody and everything that was asked for a stand-in."""
        for names in (self.people, self.streams, self.roles, self.intervals):
            names.give_out()

    def key(self, key: PersonKey) -> PersonKey:
        """Who somebody is."""
        return PersonKey(self.people.of(key))

    def keys(self, keys: Collection[PersonKey]) -> frozenset[PersonKey]:
        """Who several people are."""
        return frozenset(self.key(key) for key in keys)

    def person(self, person: Person) -> Person:
        """Somebody of whom only the sort of account is told.

        The name of an account that stands for nobody is one that Datadog gives it.
        """
        return Person(
            key=self.key(person.key),
            name=person.name if self._is_nobody(person) else None,
            email=self._called(person.email),
            handle=self._called(person.handle),
            user_id=self.user(person.user_id),
            kind=person.kind,
            active=person.active,
        )

    def anybody(self, person: Person | None) -> Person | None:
        """Somebody of whom only the sort of account is told, or nobody."""
        return None if person is None else self.person(person)

    def user(self, user: UserId | None) -> UserId | None:
        """An account in Datadog."""
        return None if user is None else UserId(self.people.of(user))

    def actor(self, name: str | None) -> str | None:
        """Who did something; a side such as ``datadog`` is nobody who has to be hidden."""
        # The record has it as it was typed, where keys, e-mails and handles are in lower case.
        return name if name is None or name in _SIDES else self.people.of(name.strip().lower())

    def role(self, key: RoleKey) -> RoleKey:
        """A role, by its key where the catalogue has it."""
        return key if key in self.facts.catalogue.known_names else RoleKey(self.roles.of(key))

    def stream(self, name: str | None) -> str | None:
        """A line of work."""
        return None if name is None else self.streams.of(name)

    def _called(self, name: str | None) -> str | None:
        return None if name is None else self.people.of(name)

    def _is_nobody(self, person: Person) -> bool:
        try:
            return stand_in(self.facts, person) is StandIn.NO_USER
        except FactsMissing:
            return False
