"""Which requirements of a role are in force for an incident, and since when."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime

from dd_incident_roles.policy.condition_clock import held_since
from dd_incident_roles.policy.facts import Facts
from dd_incident_roles.roles.catalogue import Requirement, Role


@dataclass(frozen=True, slots=True, kw_only=True)
class InForce:
    """A requirement that applies now, and the moment from which it has applied.

    ``sure`` is False where it applies only if enough people respond, and nobody could count them.
    """

    requirement: Requirement
    since: datetime
    sure: bool = True


def requirements_in_force(facts: Facts, role: Role, now: datetime) -> tuple[InForce, ...]:
    """Every requirement of a role that applies now, each with its own beginning.

    A change of the incident restarts the clock of those requirements alone that it brought about.
    """
    return tuple(_in_force(facts, role, now))


def is_required(facts: Facts, role: Role, now: datetime) -> bool:
    """Whether somebody is to hold the role now, be it within the grace or past it."""
    return facts.incident.is_open and any(
        found.sure for found in requirements_in_force(facts, role, now)
    )


def _in_force(facts: Facts, role: Role, now: datetime) -> Iterator[InForce]:
    for requirement in role.required:
        if held := held_since(requirement.when, facts, now):
            yield InForce(requirement=requirement, since=held.since, sure=held.sure)
