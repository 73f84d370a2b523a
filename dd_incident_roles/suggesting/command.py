"""The command that gives a role to somebody who is proposed, ready to be pasted."""

from __future__ import annotations

from shlex import quote

from dd_incident_roles.model import Person
from dd_incident_roles.policy.facts import Facts
from dd_incident_roles.policy.words import ANY_STREAM, short_name
from dd_incident_roles.roles.catalogue import Holders, Role, Streams


def name_to_type(person: Person) -> str | None:
    """What a command calls a person, None where nothing names them exactly."""
    return person.email or person.handle


def offered_command(facts: Facts, role: Role, name: str) -> str:
    """Assigning an empty role; handing over one that a single person holds.

    A role for many is assigned, since nobody has to give way. A person of whoever asks is named in
    a private incident too, as ``status`` names them.
    """
    called = f"{facts.incident.public_id} {short_name(facts.catalogue, role.key)}"
    stream = _stream(facts, role)
    if facts.is_held(role.key) and role.holders is Holders.ONE:
        return f"dd-incident-roles handoff {called} --to {quote(name)}{stream}"
    return f"dd-incident-roles assign {called} {quote(name)}{stream}"


def _stream(facts: Facts, role: Role) -> str:
    held = {holding.stream for holding in facts.holdings_of(role.key)}
    if role.streams is Streams.NONE or role.holders is Holders.MANY:
        held = set()
    match sorted(held, key=lambda stream: stream or ""):
        case [str(stream)]:
            return f" --stream {quote(stream)}"
        case [_, _, *_]:
            return f" --stream {ANY_STREAM}"
        case _:
            return f" --stream {ANY_STREAM}" if role.streams is Streams.REQUIRED else ""
