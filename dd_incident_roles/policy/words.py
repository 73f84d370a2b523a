"""Incidents, people, roles and what to type, in the words of a finding."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Final

from dd_incident_roles import words
from dd_incident_roles.model import Person, RoleKey
from dd_incident_roles.policy.facts import Facts, Holding
from dd_incident_roles.roles.catalogue import Holders, Role, Streams

ANYBODY: Final = "PERSON"
ANY_STREAM: Final = "STREAM"
"""The placeholder in a command for the name of a stream."""

LONGEST_TITLE = 101


def subject(facts: Facts) -> str:
    """The incident as a sentence names it; a redacted one only by its public id."""
    incident = facts.incident
    label = words.incident_label(incident.public_id)
    if facts.is_redacted:
        return f"{label} (private)"
    return f'{label} "{words.shorten(incident.title, LONGEST_TITLE)}" ({incident.severity})'


def role_of_incident(facts: Facts, role: Role, stream: str | None) -> str:
    """The role of an incident as a sentence names it; without the stream of a redacted one."""
    shown = "a stream" if stream is not None and facts.is_redacted else stream
    return f"{words.role_label(role.title, shown)} of {subject(facts)}"


def people(facts: Facts, persons: Sequence[Person]) -> str:
    """The people, at the beginning of a sentence; only their number in a redacted incident."""
    if facts.is_redacted:
        return "Someone" if len(persons) == 1 else f"{len(persons)} people"
    return words.join_names(facts.named(person) for person in persons)


def since_at(holding: Holding, at: datetime, label: str) -> str:
    """Since when a person holds a role; ``or earlier`` where only Datadog shows it."""
    return f"{label} or earlier" if holding.since == at and not holding.known_since else label


def due(grace: timedelta) -> str:
    """The end of a sentence that says what was expected, such as ``due within 10 minutes``."""
    return f"due within {words.long_duration(grace)}" if grace else "due at once"


def attempted(
    attempt: str,
    *,
    who: str | None,
    title: str | None,
    entry: str | None,
    register: str | None = None,
) -> str:
    """A write that was declined, as what comes after ``Datadog refuses``.

    ``attempt`` is assign, unassign, create, update or delete; ``register`` is an assignee, a roster
    or a topic. Without a role, an entry and a register it was about a responder.
    """
    if register:
        return f"to change the {register}"
    somebody = who or "someone"
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


def role_command(
    facts: Facts,
    verb: str,
    role: RoleKey,
    *,
    person: Person | None = None,
    stream: str | None = None,
) -> str:
    """A command about a role of the incident, with PERSON and STREAM to be filled in.

    A private incident's people and streams have no name in it.
    """
    who = ANYBODY
    if person is not None and not facts.is_redacted:
        who = person.email or person.handle or ANYBODY
    if stream is not None and facts.is_redacted:
        stream = ANY_STREAM
    called = facts.catalogue.short_name(role)
    return words.command(verb, facts.incident.public_id, called, who, stream=stream)


def giving_away(facts: Facts, role: Role, stream: str | None) -> str:
    """The command after which a person no longer holds the role.

    Where assigning it to somebody else would leave the first one in it, it is taken away instead.
    """
    is_loose = role.streams is Streams.REQUIRED and stream is None
    verb = "unassign" if role.holders is Holders.MANY or is_loose else "assign"
    named = None if role.streams is Streams.NONE else stream
    return role_command(facts, verb, role.key, stream=named)
