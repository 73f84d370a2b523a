"""Who is said to have written an entry: a name that people know."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from dd_incident_roles.model import Person, PersonKey
from dd_incident_roles.operations.application import Application
from dd_incident_roles.operations.find_person import find_person

LOGIN = "cli:"
"""What stands before the login of somebody whom the settings do not name."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Author:
    """The name of an author; ``verified`` is False where Datadog could not be asked."""

    name: str
    verified: bool = True


def find_author(application: Application, text: str) -> Author:
    """The author that somebody named, exactly; raises UnknownPerson or AmbiguousPerson."""
    found = find_person(application, text)
    return Author(name=found.person.label, verified=found.verified)


def own_name(application: Application, people: Iterable[Person] = ()) -> str:
    """What whoever gives the command is called: by the settings, else by their login.

    ``people`` may be newer than what the record knows. Datadog is not asked.
    """
    me = application.settings.me
    if me is None:
        return application.actor.removeprefix(LOGIN)
    entry = application.people.find(me)
    key = entry.person if entry else PersonKey(me.strip().lower())
    known = next((person for person in people if person.key == key), None)
    found = known or application.person(key)
    return found.label if found.name or found.email else me
