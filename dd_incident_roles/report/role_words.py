"""How many hold a role and when it is required, in the words of a table."""

from __future__ import annotations

from dd_incident_roles.roles.catalogue import Holders, Requirement, Role, Streams
from dd_incident_roles.roles.conditions import describe
from dd_incident_roles.words import format_duration


def held_by(role: Role) -> str:
    """How many people hold a role, or each of its streams, at one time."""
    number = "one person" if role.holders is Holders.ONE else "several people"
    match role.streams:
        case Streams.NONE:
            return number
        case Streams.OPTIONAL:
            return f"{number}, or {number} per stream"
        case Streams.REQUIRED:
            return f"{number} per stream"


def required(requirement: Requirement) -> str:
    """When a role has to be held, how soon, and how much that matters."""
    grace = f"after {format_duration(requirement.after)}" if requirement.after else "at once"
    return f"{describe(requirement.when)}, {grace} ({requirement.level.value})"
