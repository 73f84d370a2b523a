"""Who is said to have written an entry: a name that people know."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from dd_incident_roles.commands.application import Application
from dd_incident_roles.commands.find_person import find_person, known_person
from dd_incident_roles.model import Person

LOGIN = "cli:"
"""What stands before the login of somebody whom the settings do not name."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Author:
    """The name of an author; ``doubt`` says what is not known of the account."""

    name: str
    doubt: str | None = None


def find_author(application: Application, text: str) -> Author:
    """The author that somebody named, exactly; raises UnknownPerson or AmbiguousPerson."""
    found = find_person(application, text)
    return Author(name=found.person.label, doubt=found.doubt)


def own_name(application: Application, people: Iterable[Person] = ()) -> str:
    """What whoever gives the command is called: by the settings, else by their login.

    ``people`` may be newer than what the record knows. Datadog is not asked.
    """
    me = application.settings.me
    if me is None:
        return application.actor.removeprefix(LOGIN)
    found = known_person(application, me)
    found = next((person for person in people if person.key == found.key), found)
    return found.label if found.called or found.email else me
