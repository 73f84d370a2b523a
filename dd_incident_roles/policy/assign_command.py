"""The command that gives a role to somebody, as a finding offers it."""

from __future__ import annotations

from shlex import quote

from dd_incident_roles.model import Person, RoleKey
from dd_incident_roles.policy.facts import Facts
from dd_incident_roles.policy.short_name import short_name

_ANYBODY = "PERSON"


def assign_command(facts: Facts, role: RoleKey, person: Person | None = None) -> str:
    """A command to paste; PERSON stands for whoever is not given, or must not be named."""
    called = short_name(facts.catalogue, role)
    return f"dd-incident-roles assign {facts.incident.public_id} {called} {_who(facts, person)}"


def _who(facts: Facts, person: Person | None) -> str:
    if person is None or facts.is_redacted:
        return _ANYBODY
    # A handle is free text from Datadog, and the command ends in somebody's shell.
    return quote(person.email or person.handle or _ANYBODY)
