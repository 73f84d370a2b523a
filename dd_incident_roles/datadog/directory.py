"""Which account in Datadog is which person, in both directions, and which one is our own."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import replace
from functools import cached_property

from dd_incident_roles.datadog.users import Users
from dd_incident_roles.datadog.wire.users import User, person_from
from dd_incident_roles.errors import AmbiguousPerson, Forbidden, NotFound, Refused, UnknownPerson
from dd_incident_roles.model import Person, PersonKey, PersonKind, UserId
from dd_incident_roles.roles.people import People
from dd_incident_roles.sync.threads import in_threads


class Directory:
    """Joins accounts and people; matches are exact, because adding a responder mails somebody.

    ``known`` looks a person up in the record; ``service_accounts`` are e-mails and handles of
    accounts that are not people.
    """

    def __init__(
        self,
        users: Users,
        people: People,
        known: Callable[[PersonKey], Person | None],
        service_accounts: Iterable[str] = (),
        *,
        concurrency: int = 1,
    ) -> None:
        self._users = users
        self._people = people
        self._known = known
        self._concurrency = concurrency
        self._service_accounts = frozenset(name.casefold() for name in service_accounts)

    @cached_property
    def current(self) -> User | None:
        """The owner of the keys, None where Datadog does not say."""
        try:
            return self._users.current()
        except (NotFound, Forbidden, Refused):
            return None

    @property
    def own(self) -> UserId | None:
        """The account that this program acts as, unless a person lent it their own keys."""
        user = self.current
        if user is None or not (user.service_account or self._is_listed(user)):
            return None
        return user.id

    def is_somebody(self, person: Person) -> bool:
        """Whether a person can hold a role: not our own account, nor one said to be no person."""
        names = {name.casefold() for name in (person.email, person.handle, person.key) if name}
        if names & self._service_accounts:
            return False
        return person.user_id is None or person.user_id != self.own

    def person(self, user: User) -> Person:
        """The person behind an account, with what the record knows besides."""
        person = person_from(user)
        key = self._people.canonical(user.email, user.handle) or person.key
        entry = self._people.find(key)
        named = replace(person, key=key, name=person.name or (entry.name if entry else None))
        known = self._known(key)
        if known is None:
            return named
        untold = user.disabled is None and user.status is None
        return replace(
            named,
            name=named.name or known.name,
            kind=known.kind if named.kind is PersonKind.UNKNOWN else named.kind,
            active=known.active if untold else named.active,
        )

    def behind(
        self, user_ids: Iterable[UserId], included: Mapping[UserId, User]
    ) -> dict[UserId, Person]:
        """The people behind ids, those that no answer included being read several at a time.

        An account that Datadog does not show is somebody all the same, known by the id alone.
        """
        wanted = list(dict.fromkeys(user_ids))
        missing = [user_id for user_id in wanted if user_id not in included]
        read = in_threads(self._read, missing, at_most=self._concurrency)
        users = {**included, **dict(zip(missing, read, strict=True))}
        return {user_id: self.person(users[user_id]) for user_id in wanted}

    def user_id(self, key: PersonKey) -> UserId:
        """The account of a person; raises UnknownPerson or AmbiguousPerson."""
        if key.startswith("user:"):
            return UserId(key.removeprefix("user:"))
        known = self._known(key)
        if known and known.user_id:
            return known.user_id
        user = self.find(self.account_name(key))
        return user.id

    def account_name(self, key: PersonKey) -> str:
        """What a person's account is called in Datadog, by the people file where it says so."""
        entry = self._people.find(key)
        return entry.datadog if entry and entry.datadog else key

    def find(self, name: str) -> User:
        """The one active account with exactly this e-mail or handle."""
        matches = self._users.find(name)
        usable = [user for user in matches.exact if user.active]
        if len(usable) > 1:
            raise AmbiguousPerson(name, sorted(_shown(user) for user in usable))
        if usable:
            return usable[0]
        if matches.exact:
            raise UnknownPerson(name, hint=f"The account of {name} in Datadog is deactivated.")
        raise UnknownPerson(name, sorted(_shown(user) for user in matches.near if user.active)[:5])

    def _is_listed(self, user: User) -> bool:
        names = {name.casefold() for name in (user.email, user.handle) if name}
        return bool(names & self._service_accounts)

    def _read(self, user_id: UserId) -> User:
        try:
            return self._users.get(user_id)
        except (NotFound, Forbidden):
            return User(id=user_id)


def _shown(user: User) -> str:
    return user.email or user.handle or user.id
