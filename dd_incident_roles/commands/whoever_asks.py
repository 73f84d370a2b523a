"""Who gives the command, where that is known."""

from __future__ import annotations

from dd_incident_roles.commands.application import Application
from dd_incident_roles.commands.find_person import ME, find_person
from dd_incident_roles.errors import RateLimited, UnexpectedAnswer, UnknownPerson, Unreachable
from dd_incident_roles.model import Person


def whoever_asks(application: Application) -> Person | None:
    """The person of the settings, else the owner of the keys.

    None where that is no person, or Datadog cannot be asked.
    """
    try:
        return find_person(application, ME, asks=False).person
    except UnknownPerson:
        if application.settings.me is not None:
            raise
        return None
    except (Unreachable, RateLimited, UnexpectedAnswer):
        return None
