"""Incidents, people, roles, times and commands in the words of a finding."""

from __future__ import annotations

import shlex
from collections.abc import Sequence
from datetime import timedelta
from shlex import quote

from dd_incident_roles.errors import UnknownRole
from dd_incident_roles.model import Person, RoleKey
from dd_incident_roles.policy.facts import Facts
from dd_incident_roles.roles.catalogue import Catalogue, Holders, Role, Streams
from dd_incident_roles.words import incident_label, join_names, long_duration

_LONGEST_TITLE = 100


def attempted(attempt: str, *, who: str | None, title: str | None, entry: str | None) -> str:
    """A write that was declined, as what comes after ``Datadog refuses``.

    ``attempt`` is assign, unassign, create, update or delete; without a role and an entry it was
    about a responder.
    """
    somebody = who or "somebody"
    match attempt:
        case "assign":
            return f"to make {somebody} {title}"
        case "unassign":
            return f"to take {title} from {somebody}"
        case "create" if entry is None:
            return f"to add {somebody} to the responders"
        case "create":
            return f"to add the entry {entry}"
        case "update":
            return f"to change the entry {entry}"
        case _:
            return f"to delete the entry {entry}"


def subject(facts: Facts) -> str:
    """The incident as a sentence names it; nothing but the public id of one that is redacted."""
    incident = facts.incident
    if facts.is_redacted:
        return f"{incident_label(incident.public_id)} (private)"
    title = incident.title
    if len(title) > _LONGEST_TITLE:
        title = f"{title[:_LONGEST_TITLE]}…"
    return f'{incident_label(incident.public_id)} "{title}" ({incident.severity})'


def people(facts: Facts, persons: Sequence[Person]) -> str:
    """Who it is, at the beginning of a sentence; only how many in a redacted incident."""
    if facts.is_redacted:
        return "Somebody" if len(persons) == 1 else f"{len(persons)} people"
    return join_names(facts.named(person) for person in persons)


_MANAGER = "im"


def short_name(catalogue: Catalogue, role: RoleKey) -> str:
    """``im`` where that is what the catalogue calls the role, else the key of the role."""
    try:
        is_called_so = catalogue.find(_MANAGER).key == role
    except UnknownRole:
        return role
    return _MANAGER if is_called_so else role


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


ANY_STREAM = "STREAM"
"""What a command says where a person has to put the name of a stream."""


def seat(facts: Facts, role: Role, stream: str | None) -> str:
    """The role of an incident as a sentence names it; a redacted incident's stream has no name."""
    where = "" if stream is None else f" ({'a stream' if facts.is_redacted else stream})"
    return f"{role.title}{where} of {subject(facts)}"


def assigning(facts: Facts, role: Role, stream: str | None = None) -> str:
    """The command that gives the role to a person."""
    return _command("assign", facts, role, stream)


def taking(facts: Facts, role: Role, stream: str | None = None) -> str:
    """The command that takes the role from a person."""
    return _command("unassign", facts, role, stream)


def giving_away(facts: Facts, role: Role, stream: str | None) -> str:
    """The command after which somebody no longer holds the role.

    Where assigning it to somebody else would leave the first one in it, it is taken away instead.
    """
    is_loose = role.streams is Streams.REQUIRED and stream is None
    if role.holders is Holders.MANY or is_loose:
        return taking(facts, role, stream)
    return assigning(facts, role, stream)


def _command(verb: str, facts: Facts, role: Role, stream: str | None) -> str:
    command = role_command(facts, verb, role.key)
    if stream is None or role.streams is Streams.NONE:
        return command
    named = ANY_STREAM if facts.is_redacted else shlex.quote(stream)
    return f"{command} --stream {named}"


def due(grace: timedelta) -> str:
    """The end of a sentence that says what was expected, such as ``due within 10 minutes``."""
    return f"due within {long_duration(grace)}" if grace else "due at once"
