"""Which account in Datadog is which person, in both directions, and which one is our own."""

from __future__ import annotations

import threading
from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import replace
from datetime import timedelta
from functools import cached_property, partial
from typing import Protocol

from dd_incident_roles import errors
from dd_incident_roles.datadog.failures import if_offered
from dd_incident_roles.datadog.learned import Cache
from dd_incident_roles.datadog.responders import Responder
from dd_incident_roles.datadog.users import User, UserMatches, Users
from dd_incident_roles.datadog.wire import UUID
from dd_incident_roles.model import Person, PersonKey, PersonKind, UserId
from dd_incident_roles.patience import in_threads
from dd_incident_roles.roles.people import People

BY_ACCOUNT = "user:"
OUTSIDE = "external:"

LIFETIME = timedelta(minutes=15)
"""How long an account is taken to be as it was, so that a check every minute asks for few."""

OWNER_LIFETIME = timedelta(days=1)
"""How long the owner of a pair of keys is taken to be as they were; it is always the same one."""

_NO_ACCOUNT = "Datadog has no such account."


class KnownPeople(Protocol):
    """The people that the record knows."""

    def person(self, key: PersonKey) -> Person | None:
        """The one with this key."""

    def people_of(self, user_ids: Collection[UserId]) -> Mapping[UserId, Person]:
        """Those with one of these accounts."""

    def people_called(self, name: str) -> tuple[Person, ...]:
        """Those with this key, e-mail, handle or account id, in lower case."""

    def has_held(self, key: PersonKey) -> bool:
        """Whether a role was ever recorded for them."""


class Directory:
    """Matches accounts with people, exactly: a person who is added as a responder gets a mail.

    **Who is who.** An account is one person, whatever its e-mail, handle or name become. The record
    keeps the key under which it first knew an account and asks for it by the account's id. That key
    is the e-mail, which every record of a team therefore agrees on, for the account of a person; it
    is ``user:<id>`` for a service account, and for any further account with the same e-mail. Since
    incidents do not tell service accounts from people's, Datadog is asked for whoever holds a role,
    once for each record. An account of which that is not known may have the e-mail as its key only
    until an account comes that is known to be a person's, and for good once it held a role.
    Somebody without an account is ``external:<source>:<id>``. Writes to Datadog are by account id.

    ``service_accounts`` are e-mails and handles of accounts that are not people.
    """

    def __init__(
        self,
        users: Users,
        people: People,
        known: KnownPeople,
        cache: Cache,
        service_accounts: Iterable[str] = (),
        *,
        concurrency: int = 1,
    ) -> None:
        self._users = users
        self._cache = cache
        self._may_ask = True
        self._people = people
        self._known = known
        self._concurrency = concurrency
        self._service_accounts = frozenset(name.casefold() for name in service_accounts)
        self._claimed: dict[PersonKey, Person] = {}
        self._found: dict[str, UserMatches] = {}
        self._accounts: dict[UserId, User] = {}
        self._claiming = threading.Lock()

    @cached_property
    def current(self) -> User | None:
        """The owner of the keys, None where Datadog does not say."""
        ask = partial(
            self._cache.value,
            "owner_of_keys",
            self._users.asked_as,
            self._users.current,
            load=lambda row: User(**row),
            lifetime=OWNER_LIFETIME,
        )
        return if_offered(ask)

    @property
    def own(self) -> UserId | None:
        """The account that this program acts as, unless a person lent it their own keys."""
        user = self.current
        if user is None or not (user.service_account or self._is_listed(user)):
            return None
        return user.id

    def is_person(self, person: Person) -> bool:
        """Whether a person can hold a role: not our own account, nor one said to be no person."""
        names = (person.email, person.handle, person.key)
        listed = self._service_accounts
        if listed and any(name and name.casefold() in listed for name in names):
            return False
        return person.user_id is None or person.user_id != self.own

    def person(self, user: User) -> Person:
        """The person behind an account, with what the record knows besides."""
        return self._person(user, self._known.people_of([user.id]).get(user.id))

    def _person(self, user: User, known: Person | None) -> Person:
        person = user.person
        name, kind, active = person.name, person.kind, person.active
        if known is not None:
            is_silent = user.disabled is None and user.status is None
            name = name or known.name
            kind = known.kind if kind is PersonKind.UNKNOWN else kind
            active = known.active if is_silent else active
        if self._is_listed(user):
            kind = PersonKind.SERVICE_ACCOUNT
        # Two threads that meet two accounts of one e-mail must not both give it away.
        with self._claiming:
            key = self._key(person, kind, known)
            person = replace(person, key=key, name=name, kind=kind, active=active)
            # One value for all incidents: a run over thousands holds all of them to its end.
            if self._claimed.get(key) == person:
                person = self._claimed[key]
            self._claimed[key] = person
        return self._people.named(person)

    def labels(self, users: Collection[User]) -> dict[User, str]:
        """How accounts are named in a sentence."""
        known = self._known.people_of([each.id for each in users])
        keys = {account: person.key for account, person in known.items()}
        people = {user: user.person for user in users}
        return {
            user: self._people.named(replace(person, key=keys.get(user.id, person.key))).label
            for user, person in people.items()
        }

    def outsider(self, responder: Responder) -> Person:
        """A person who responds from elsewhere, without a Datadog account."""
        source, name = responder.external_source, responder.external_id
        entry = self._people.of_chat(source, name)
        if entry is not None:
            known = self._known.person(entry.person)
            return self._people.named(known or Person(key=entry.person, email=entry.email))
        where = f"{source.replace('_', ' ').title()}, " if source else ""
        return Person(
            key=PersonKey(responder.who.lower()),
            name=f"{name or 'Someone'} ({where}no Datadog account)",
            handle=name,
            kind=PersonKind.EXTERNAL,
        )

    def behind(
        self,
        user_ids: Iterable[UserId],
        included: Mapping[UserId, User],
        *,
        holders: Collection[UserId] = (),
    ) -> dict[UserId, Person]:
        """The people behind ids, those that no answer included being read several at a time.

        Of ``holders`` it is found out whether they are people, unless the record knows. An account
        that Datadog does not show is somebody all the same, known by the id alone.
        """
        # Who holds a role comes first, so that nobody else is given the e-mail as a key before.
        wanted = sorted(dict.fromkeys(user_ids), key=lambda user_id: user_id not in holders)
        # Whoever was searched for is known better than an incident shows them.
        included = {**included, **self._accounts}
        unsure = [each for each in wanted if each in holders or each not in included]

        def seen(user_id: UserId) -> User:
            return self._seen(user_id, included.get(user_id))

        found = dict(zip(unsure, in_threads(seen, unsure, at_most=self._concurrency), strict=True))
        users = {each: found.get(each) or included[each] for each in wanted}
        known = self._known.people_of([each.id for each in users.values()])
        return {each: self._person(user, known.get(user.id)) for each, user in users.items()}

    def user_id(self, key: PersonKey) -> UserId:
        """The account of a person; raises UnknownPerson, AmbiguousPerson or UsageError."""
        if key.startswith(BY_ACCOUNT):
            return UserId(key.removeprefix(BY_ACCOUNT))
        if key.startswith(OUTSIDE):
            raise errors.UnknownPerson(
                key, hint="A person without a Datadog account cannot get a role."
            )
        known = self._known.person(key) or self._claimed.get(key)
        if known and known.user_id and not self._is_no_person(known):
            return known.user_id
        return self.find(self._account_name(key)).id

    def _account_name(self, key: PersonKey) -> str:
        """What a person's account is called in Datadog, by the people file where it says so."""
        entry = self._people.find(key)
        return entry.datadog if entry and entry.datadog else key

    def find(self, name: str) -> User:
        """The one account of a person with exactly this e-mail, handle or account id, as it is now.

        Raises UnknownPerson, AmbiguousPerson where several are in use or invited, and UsageError
        for a service account.
        """
        account_id = account_id_in(name)
        if account_id is None:
            matches = self._search(name)
        else:
            try:
                matches = UserMatches(exact=(self._users.get(account_id),), near=())
            except errors.NotFound as error:
                raise errors.UnknownPerson(name, hint=_NO_ACCOUNT) from error
        people = [user for user in matches.exact if not self._is_service(user)]
        usable = [user for user in people if user.active]
        if len(usable) > 1:
            listed = sorted(_describe(user.person, is_invited=user.is_invited) for user in usable)
            raise errors.AmbiguousPerson(name, listed, by_id=True)
        if usable:
            return usable[0]
        if people:
            raise errors.UnknownPerson(
                name, hint=f"The account of {name} in Datadog is deactivated."
            )
        if matches.exact:
            raise _no_person(matches.exact[0].person)
        near = (user for user in matches.near if user.active and not user.service_account)
        raise errors.UnknownPerson(
            name, sorted(user.email or user.handle or user.id for user in near)[:5]
        )

    def _search(self, name: str) -> UserMatches:
        """Who a name stands for; a command asks once, however many of its steps need to know."""
        found = self._found.get(name)
        if found is None:
            found = self._found[name] = self._users.find(name)
            self._accounts |= {user.id: user for user in (*found.exact, *found.near)}
        return found

    def recall(self, name: str) -> Person | None:
        """The one person in the record with exactly this name, with an active account or not.

        Raises AmbiguousPerson, and UsageError where only a service account is known by it.
        """
        entry = self._people.find(name)
        typed = account_id_in(name) or name.strip().lower()
        names = {entry.person, *entry.accounts} if entry else {typed}
        found = {person.key: person for each in names for person in self._known.people_called(each)}
        people = [each for each in found.values() if each.kind is not PersonKind.SERVICE_ACCOUNT]
        # A key can be an old e-mail, which another person has now.
        people = [each for each in people if names & {each.email, each.handle}] or people
        in_use = [person for person in people if person.active] or people
        if len(in_use) > 1:
            raise self.ambiguous(name, in_use)
        if in_use:
            return self._people.named(in_use[0])
        # An e-mail that the record knows from a service account may be a person's as well.
        if found and (names & set(found) or (entry is None and "@" not in typed)):
            raise _no_person(next(iter(found.values())))
        return None

    def ambiguous(self, name: str, people: Iterable[Person]) -> errors.AmbiguousPerson:
        """The error for a name of several accounts; lists what each is distinguished by."""
        return errors.AmbiguousPerson(name, sorted(map(_describe, people)), by_id=True)

    def key_of(self, name: str) -> PersonKey | None:
        """The person that a property field names: by e-mail, account id or name in the people file.

        Nothing is asked for, and no error raised: a text that names nobody is left to people.
        """
        try:
            known = self.recall(name)
            entry = self._people.find(name)
        except errors.UsageError:
            return None
        if known:
            return known.key
        if entry:
            return entry.person
        account_id = account_id_in(name)
        if account_id:
            return PersonKey(f"{BY_ACCOUNT}{account_id}")
        return PersonKey(name.strip().lower()) if "@" in name else None

    def text_of(self, key: PersonKey) -> str:
        """What a property field says for a person, so that every record reads the same one."""
        known = self._known.person(key) or self._claimed.get(key)
        for name in (key, known.email if known else None):
            # Two people can share an e-mail: then it names neither of them, and only the id does.
            if name and "@" in name and self.key_of(name) == key:
                return name
        return f"{BY_ACCOUNT}{self.user_id(key)}"

    def verify(self, person: Person) -> Person:
        """A person with the kind and the state of the account as Datadog has them.

        An answer that does not call an account a service account is taken for a person's. Raises
        UnknownPerson where Datadog shows no such account, and DatadogError where it could not be
        asked.
        """
        if person.kind is PersonKind.EXTERNAL:
            return person
        try:
            user = self._account_of(person)
        except errors.UnknownPerson as error:
            raise errors.UnknownPerson(person.label, hint=error.hint) from error
        is_service = user.service_account or not self.is_person(person)
        kind = PersonKind.SERVICE_ACCOUNT if is_service else PersonKind.HUMAN
        return replace(person, kind=kind, active=user.active)

    def _account_of(self, person: Person) -> User:
        """The account of a person; by name a person's in use before all others."""
        if person.user_id is not None:
            return self._read(person.user_id)
        name = self._account_name(person.key)

        def best() -> User:
            found = self._search(name).exact
            if not found:
                raise errors.UnknownPerson(name, hint=_NO_ACCOUNT)
            return min(found, key=lambda user: (bool(user.service_account), not user.active))

        return self._keep(name, best)

    def _ask(self, user_id: UserId) -> User | None:
        """An account as Datadog has it now, or had it a moment ago; None where it does not say.

        Whoever Datadog does not call a service account is a person.
        """
        if not self._may_ask:
            return None
        try:
            user = self._read(user_id)
        except errors.Forbidden:
            # What the keys may not read of one account they may not read of any.
            self._may_ask = False
            return None
        except errors.UnknownPerson:
            return None
        except errors.DatadogError as error:
            if error.stops_the_run:
                raise
            return None
        return replace(user, service_account=bool(user.service_account))

    def _read(self, user_id: UserId) -> User:
        try:
            return self._keep(user_id, lambda: self._users.get(user_id))
        except errors.NotFound as error:
            raise errors.UnknownPerson(user_id, hint=_NO_ACCOUNT) from error

    def _keep(self, name: str, ask: Callable[[], User]) -> User:
        return self._cache.value("user", name, ask, load=lambda row: User(**row), lifetime=LIFETIME)

    def _key(self, person: Person, kind: PersonKind, known: Person | None) -> PersonKey:
        by_account = PersonKey(f"{BY_ACCOUNT}{person.user_id}")
        is_person = kind is PersonKind.HUMAN
        if known is not None:
            # Only now is it learned that a person is behind it.
            learned = is_person and known.kind is PersonKind.UNKNOWN
            if not (learned and known.key == by_account and not self._known.has_held(by_account)):
                return known.key
        if kind is PersonKind.SERVICE_ACCOUNT:
            return by_account
        wanted = self._people.canonical(person.email, person.handle) or person.key
        owner = self._claimed.get(wanted) or self._known.person(wanted)
        if owner is None or owner.user_id in {None, person.user_id}:
            return wanted
        is_provisional = owner.kind is not PersonKind.HUMAN and not self._known.has_held(wanted)
        return wanted if is_person and is_provisional else by_account

    def _seen(self, user_id: UserId, user: User | None) -> User:
        if user is None:
            try:
                return self._users.get(user_id)
            except (errors.NotFound, errors.Forbidden):
                # One that is not shown is an account all the same, of which nothing is known.
                return User(id=user_id)
        known = self._known.people_of([user_id]).get(user_id)
        if user.service_account is not None or (known and known.kind is not PersonKind.UNKNOWN):
            return user
        return self._ask(user_id) or user

    def _is_no_person(self, known: Person) -> bool:
        """Whether what was taken for a person's account is none, which may be learned only now."""
        if known.kind is PersonKind.UNKNOWN and known.user_id:
            user = self._ask(known.user_id)
            return user is not None and self._is_service(user)
        return known.kind is PersonKind.SERVICE_ACCOUNT

    def _is_service(self, user: User) -> bool:
        return bool(user.service_account) or not self.is_person(user.person)

    def _is_listed(self, user: User) -> bool:
        return bool(user.names & self._service_accounts)


def account_id_in(name: str) -> UserId | None:
    """The id of an account, if a person was named by one."""
    account_id = name.strip().lower().removeprefix(BY_ACCOUNT)
    return UserId(account_id) if UUID.fullmatch(account_id) else None


def _no_person(person: Person) -> errors.UsageError:
    """Why an account with nobody behind it gets no role."""
    return errors.UsageError(
        f"{person.label} is a service account and cannot hold a role.",
        hint="Give the e-mail, handle or account id of a person.",
    )


def _describe(person: Person, *, is_invited: bool = False) -> str:
    """What distinguishes an account from others with the same e-mail."""
    state = "active" if person.active else "deactivated"
    if is_invited:
        state = "invited, never signed in"
    handle = f"handle {person.handle}" if person.handle not in {None, person.email} else None
    parts = (person.name, person.email, handle, state, f"account {person.user_id or 'unknown'}")
    return ", ".join(part for part in parts if part)
