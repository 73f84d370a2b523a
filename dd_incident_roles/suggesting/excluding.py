"""Which role that somebody holds keeps them from another one."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime

from dd_incident_roles.model import PersonKey
from dd_incident_roles.policy.clock import held_since
from dd_incident_roles.policy.facts import Facts
from dd_incident_roles.roles.catalogue import Exclusion, Role
from dd_incident_roles.roles.describe import describe


def excluded_by(role: Role, person: PersonKey, facts: Facts, now: datetime) -> str | None:
    """Why somebody must not hold a role, which may be said by either of two roles, else None.

    A condition that hangs on how many people respond, whom nobody could count, is taken to hold.
    """
    held = {holding.role for holding in facts.holdings if holding.person.key == person}
    for holding, exclusion in _between(role, facts):
        if holding.key in held and held_since(exclusion.when, facts, now):
            return f"holds {holding.title}, which excludes {role.title} {describe(exclusion.when)}"
    return None


def _between(role: Role, facts: Facts) -> Iterator[tuple[Role, Exclusion]]:
    """Each exclusion that the role is part of, with the other role of it."""
    for other in facts.catalogue.roles:
        yield from ((other, each) for each in role.excludes if each.role == other.key)
        yield from ((other, each) for each in other.excludes if each.role == role.key)
