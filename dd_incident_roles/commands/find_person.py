"""Finding the person that somebody named, exactly or not at all."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass

from dd_incident_roles.commands.application import Application
from dd_incident_roles.datadog.accounts import account_id_in, is_invited
from dd_incident_roles.errors import (
    Forbidden,
    RateLimited,
    UnexpectedAnswer,
    UnknownPerson,
    Unreachable,
)
from dd_incident_roles.model import Person, PersonKey, PersonKind

ME = "me"


@dataclass(frozen=True, slots=True, kw_only=True)
class FoundPerson:
    """Who was meant; ``doubt`` is a sentence about what is not known of the account, if any."""

    person: Person
    doubt: str | None = None


def find_person(application: Application, text: str, *, asks: bool = True) -> FoundPerson:
    """The person with exactly this e-mail, handle, account id or key of the people file, or ``me``.

    Giving a role mails people and invites them, so nothing here is a guess, and Datadog is asked
    for the account at that moment. What the record remembers serves while Datadog cannot be asked,
    and, where nothing ``asks`` for more, for somebody whom it knows as a person. Raises
    UnknownPerson, AmbiguousPerson, or UsageError for a service account.
    """
    name = text.strip()
    if name.casefold() == ME:
        return _whoever_asks(application, asks=asks)
    entry = application.people.find(name)
    account = (entry.datadog or entry.email) if entry else name
    if not asks:
        known = application.directory.remembered(account)
        if known and known.active and known.kind is PersonKind.HUMAN:
            return FoundPerson(person=known)
    try:
        user = application.directory.find(account)
    except (Unreachable, RateLimited, UnexpectedAnswer, Forbidden) as error:
        return _remembered(application, name, error)
    person = application.directory.person(user)
    doubt = f"{person.label} was invited to Datadog and never signed in."
    return FoundPerson(person=person, doubt=doubt if is_invited(user) else None)


def known_person(application: Application, text: str) -> Person:
    """What is known here of somebody who was noted by e-mail, key or login, if only that."""
    key = application.directory.key_named(text)
    return application.person(key or PersonKey(text.strip().lower()))


def holder_named(application: Application, text: str, keys: Collection[PersonKey]) -> PersonKey:
    """Somebody who holds a role can be named even when the account is gone from Datadog.

    Raises AmbiguousPerson where several of the holders answer to the name.
    """
    wanted = (account_id_in(text) or text.strip()).casefold()
    entry = application.people.find(text)
    names = {wanted, *(entry.accounts if entry else ())}
    holders = [application.person(key) for key in keys]
    found = [
        person for person in holders if names & {name.casefold() for name in _names(person) if name}
    ]
    if len(found) > 1:
        raise application.directory.ambiguous(text, found)
    return found[0].key if found else find_person(application, text).person.key


def _names(person: Person) -> tuple[str | None, ...]:
    return person.key, person.email, person.handle, person.user_id


def _whoever_asks(application: Application, *, asks: bool) -> FoundPerson:
    if application.settings.me and application.settings.me.casefold() != ME:
        return find_person(application, application.settings.me, asks=asks)
    user = application.directory.current
    if user is None or user.id == application.directory.own:
        raise UnknownPerson(
            ME,
            hint="The keys belong to a service account. Say who you are with "
            "DD_INCIDENT_ROLES_ME=you@example.com, or name the person.",
        )
    return FoundPerson(person=application.directory.person(user))


def _remembered(
    application: Application,
    name: str,
    error: Unreachable | RateLimited | UnexpectedAnswer | Forbidden,
) -> FoundPerson:
    """Somebody seen before is taken as seen; somebody new is known by e-mail alone."""
    known = application.directory.remembered(name)
    if known and not known.active:
        raise UnknownPerson(
            name, hint=f"The account of {known.label} was deactivated when it was last seen."
        ) from error
    if known:
        doubt = (
            f"Datadog could not be asked about the account of {known.label}; "
            "it is taken to be as it was last seen."
        )
        return FoundPerson(person=known, doubt=doubt)
    entry = application.people.find(name)
    email = entry.person if entry else PersonKey(name.lower())
    if "@" not in email or isinstance(error, Forbidden):
        raise error
    doubt = f"Datadog could not be asked whether {email} has an account."
    return FoundPerson(person=application.person(email), doubt=doubt)
