"""Finding the person that somebody named, exactly or not at all."""

from __future__ import annotations

from dataclasses import dataclass

from dd_incident_roles.errors import (
    RateLimited,
    UnexpectedAnswer,
    UnknownPerson,
    Unreachable,
    UsageError,
)
from dd_incident_roles.model import Person, PersonKey
from dd_incident_roles.operations.application import Application

ME = "me"


@dataclass(frozen=True, slots=True, kw_only=True)
class FoundPerson:
    """Who was meant; ``verified`` is False where Datadog could not be asked."""

    person: Person
    verified: bool = True


def find_person(application: Application, text: str) -> FoundPerson:
    """The person with exactly this e-mail, handle or key of the people file, or whoever asks.

    Giving a role mails people and invites them, so nothing here is a guess. Raises UnknownPerson,
    AmbiguousPerson, or UsageError for the account that this program acts as.
    """
    name = text.strip()
    if name.casefold() == ME:
        return FoundPerson(person=_whoever_asks(application))
    entry = application.people.find(name)
    key = entry.person if entry else PersonKey(name.lower())
    known = application.record.person(key)
    if known and known.user_id and known.active:
        return FoundPerson(person=_remembered(application, known))
    account = (entry.datadog or entry.email) if entry else name
    try:
        user = application.directory.find(account)
    except (Unreachable, RateLimited, UnexpectedAnswer):
        if "@" not in key:
            raise
        return FoundPerson(person=application.person(key), verified=False)
    return FoundPerson(person=_somebody(application, application.directory.person(user)))


def _whoever_asks(application: Application) -> Person:
    if application.settings.me and application.settings.me.casefold() != ME:
        return find_person(application, application.settings.me).person
    user = application.directory.current
    if user is None or user.id == application.directory.own:
        raise UnknownPerson(
            ME,
            hint="The keys belong to a service account. Say who you are with "
            "DD_INCIDENT_ROLES_ME=you@example.com, or name the person.",
        )
    return application.directory.person(user)


def _remembered(application: Application, known: Person) -> Person:
    """Somebody seen before is taken as seen while nobody can ask whose keys these are."""
    try:
        return _somebody(application, known)
    except (Unreachable, RateLimited, UnexpectedAnswer):
        return known


def _somebody(application: Application, person: Person) -> Person:
    if application.directory.is_somebody(person):
        return person
    raise UsageError(
        f"{person.label} is a service account and cannot hold a role.",
        hint="Give the e-mail or handle of a person.",
    )
