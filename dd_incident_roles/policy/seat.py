"""A role, in a stream or without one: how a finding names it, and what to type about it."""

from __future__ import annotations

import shlex

from dd_incident_roles.policy.assign_command import role_command
from dd_incident_roles.policy.facts import Facts
from dd_incident_roles.policy.wording import subject
from dd_incident_roles.roles.catalogue import Holders, Role, Streams

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
