"""Accounts as Datadog has them: asked for, believed for a while, and told apart in messages."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta

from dd_incident_roles.datadog.cache import Cache
from dd_incident_roles.datadog.users import User, UserMatches, Users
from dd_incident_roles.datadog.wire import UUID
from dd_incident_roles.errors import (
    AmbiguousPerson,
    DatadogError,
    Forbidden,
    NotFound,
    UnknownPerson,
    UsageError,
)
from dd_incident_roles.model import Person, UserId

LIFETIME = timedelta(minutes=15)
"""How long an account is taken to be as it was, so that a check every minute asks for few."""

_NO_ACCOUNT = "Datadog shows no such account."


class Accounts:
    """Reads accounts, by id or by name."""

    def __init__(self, users: Users, cache: Cache) -> None:
        self.users = users
        self._cache = cache
        self._may_ask = True

    def find(self, name: str) -> UserMatches:
        """Everybody with this e-mail or handle, or the account with this id, as it is now."""
        account_id = account_id_in(name)
        if account_id is None:
            return self.users.find(name)
        try:
            return UserMatches(exact=(self.users.get(account_id),), near=())
        except NotFound as error:
            raise UnknownPerson(name, hint=_NO_ACCOUNT) from error

    def of(self, person: Person, *, name: str) -> User:
        """The account of a person; by name a person's in use before all others.

        Raises UnknownPerson where Datadog shows none.
        """
        try:
            if person.user_id is not None:
                return self._read(person.user_id)
            return self._keep(name, lambda: self._best(name))
        except UnknownPerson as error:
            raise UnknownPerson(person.label, hint=error.hint) from error

    def ask(self, user_id: UserId) -> User | None:
        """An account as Datadog has it now, or had it a moment ago; None where it does not say.

        Whoever Datadog does not call a service account is a person.
        """
        if not self._may_ask:
            return None
        try:
            user = self._read(user_id)
        except Forbidden:
            # What the keys may not read of one account they may not read of any.
            self._may_ask = False
            return None
        except UnknownPerson:
            return None
        except DatadogError as error:
            if error.stops_the_run:
                raise
            return None
        return replace(user, service_account=bool(user.service_account))

    def get(self, user_id: UserId) -> User:
        """An account that is not shown is an account all the same, of which nothing is known."""
        try:
            return self.users.get(user_id)
        except (NotFound, Forbidden):
            return User(id=user_id)

    def _read(self, user_id: UserId) -> User:
        try:
            return self._keep(user_id, lambda: self.users.get(user_id))
        except NotFound as error:
            raise UnknownPerson(user_id, hint=_NO_ACCOUNT) from error

    def _best(self, name: str) -> User:
        found = sorted(
            self.users.find(name).exact,
            key=lambda user: (bool(user.service_account), not user.active),
        )
        if not found:
            raise UnknownPerson(name, hint=_NO_ACCOUNT)
        return found[0]

    def _keep(self, name: str, ask: Callable[[], User]) -> User:
        return self._cache.value("user", name, ask, load=lambda row: User(**row), lifetime=LIFETIME)


def one_of(name: str, matches: UserMatches, is_service: Callable[[User], bool]) -> User:
    """The one account of a person, in use or invited, of those that answer to a name.

    Raises UnknownPerson, AmbiguousPerson, and UsageError where there are only service accounts.
    """
    people = [user for user in matches.exact if not is_service(user)]
    usable = [user for user in people if user.active]
    if len(usable) > 1:
        listed = sorted(describe(user.person, is_invited=user.is_invited) for user in usable)
        raise AmbiguousPerson(name, listed, by_id=True)
    if usable:
        return usable[0]
    if people:
        raise UnknownPerson(name, hint=f"The account of {name} in Datadog is deactivated.")
    if matches.exact:
        raise no_person(matches.exact[0].person)
    offered = (user for user in matches.near if user.active and not user.service_account)
    raise UnknownPerson(name, sorted(user.email or user.handle or user.id for user in offered)[:5])


def account_id_in(name: str) -> UserId | None:
    """The id of an account, where that is what somebody was named by."""
    account_id = name.strip().lower().removeprefix("user:")
    return UserId(account_id) if UUID.fullmatch(account_id) else None


def no_person(person: Person) -> UsageError:
    """Why an account with nobody behind it gets no role."""
    return UsageError(
        f"{person.label} is a service account and cannot hold a role.",
        hint="Give the e-mail, handle or account id of a person.",
    )


def describe(person: Person, *, is_invited: bool = False) -> str:
    """What tells an account from others with the same e-mail."""
    state = "active" if person.active else "deactivated"
    if is_invited:
        state = "invited, never signed in"
    handle = f"handle {person.handle}" if person.handle not in {None, person.email} else None
    parts = (person.name, person.email, handle, state, f"account {person.user_id or 'unknown'}")
    return ", ".join(part for part in parts if part)
