"""What stands behind a person in Datadog: looked up once, and believed for a while."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import timedelta

from dd_incident_roles.datadog.cache import Cache
from dd_incident_roles.datadog.directory import Directory
from dd_incident_roles.datadog.users import Users
from dd_incident_roles.datadog.wire.users import User, person_from
from dd_incident_roles.errors import NotFound, UnknownPerson
from dd_incident_roles.model import Person, PersonKind

LIFETIME = timedelta(minutes=15)
"""How long an account is taken to be as it was, so that a check every minute asks for few."""

_KIND = "account"


class Accounts:
    """Whether the accounts of people are in use, and whether they are people's."""

    def __init__(self, users: Users, directory: Directory, cache: Cache) -> None:
        self._users = users
        self._directory = directory
        self._cache = cache

    def read(self, person: Person) -> Person:
        """A person with the kind and the state of the account as Datadog has them.

        An answer that does not call an account a service account is taken for a person's. Raises
        UnknownPerson where Datadog shows no such account, and DatadogError where it could not be
        asked.
        """
        kept = self._cache.cached(_KIND, person.key)
        if kept is None:
            read = person_from(self._user(person))
            kept = json.dumps([read.kind is PersonKind.SERVICE_ACCOUNT, read.active])
            self._cache.keep(_KIND, person.key, kept, lifetime=LIFETIME)
        is_service, is_active = json.loads(kept)
        listed = not self._directory.is_somebody(person)
        kind = PersonKind.SERVICE_ACCOUNT if is_service or listed else PersonKind.HUMAN
        return replace(person, kind=kind, active=is_active)

    def _user(self, person: Person) -> User:
        if person.user_id is None:
            return self._by_name(person)
        try:
            return self._users.get(person.user_id)
        except NotFound as error:
            raise UnknownPerson(person.label, hint="Datadog shows no such account.") from error

    def _by_name(self, person: Person) -> User:
        """The account of an e-mail; an active one before those that were deactivated."""
        matches = self._users.find(self._directory.account_name(person.key)).exact
        found = sorted(matches, key=lambda user: not user.active)
        if not found:
            raise UnknownPerson(person.label, hint="Datadog shows no such account.")
        return found[0]
