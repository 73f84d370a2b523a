"""The command that gives a role to somebody, or takes it, as a finding offers it."""

from __future__ import annotations

from shlex import quote

from dd_incident_roles.model import Person, RoleKey
from dd_incident_roles.policy.facts import Facts
from dd_incident_roles.policy.short_name import short_name

_ANYBODY = "PERSON"


def assign_command(facts: Facts, role: RoleKey, person: Person | None = None) -> str:
    """A command to paste; PERSON stands for whoever is not given, or must not be named."""
    return role_command(facts, "assign", role, _who(facts, person))


def role_command(facts: Facts, verb: str, role: RoleKey, who: str = _ANYBODY) -> str:
    """A command about a role and a person of the incident, by the shortest name of the role."""
    called = short_name(facts.catalogue, role)
    return f"dd-incident-roles {verb} {facts.incident.public_id} {called} {who}"


def _who(facts: Facts, person: Person | None) -> str:
    if person is None or facts.is_redacted:
        return _ANYBODY
    # A handle is free text from Datadog, and the command ends in somebody's shell.
    return quote(person.email or person.handle or _ANYBODY)
