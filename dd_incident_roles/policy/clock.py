"""Which conditions apply to an incident, and since when without a break."""

from __future__ import annotations

from datetime import datetime
from typing import Final

from dd_incident_roles.policy.facts import Facts
from dd_incident_roles.roles.catalogue import Requirement, Role
from dd_incident_roles.roles.conditions import Condition, applies, began, needs_responders
from dd_incident_roles.values import frozen

MANY: Final = 10**9
"""More responders than any condition asks for; used if their number is not known."""


@frozen
class InForce:
    """That a condition holds now, and since when.

    ``sure`` is False where it holds only if enough people respond, and nobody could count them.
    """

    since: datetime
    sure: bool


def in_force(condition: Condition, facts: Facts, now: datetime) -> InForce | None:
    """Since when a condition has applied, or None if it certainly does not apply now."""
    incident = facts.incident
    responders = MANY if facts.responders is None else len(facts.responders)
    if not applies(condition, incident, incident, now, responders=responders):
        return None
    # A change that no observation shows yet gets the latest possible time.
    since = max(incident.declared, min(incident.modified, now))
    for seen in reversed(facts.observations):
        if not (seen.is_open and applies(condition, incident, seen, now, responders=responders)):
            break
        since = seen.at
    else:
        # Before the first observation nothing is known: it counts as the same.
        since = incident.declared
    return InForce(
        since=max(since, began(condition, incident.declared)),
        sure=facts.responders is not None or not needs_responders(condition),
    )


@frozen
class Demand(InForce):
    """A requirement that applies now, and since when."""

    requirement: Requirement


def demands_on(facts: Facts, role: Role, now: datetime) -> tuple[Demand, ...]:
    """Every requirement of a role that applies now, each with the time it began.

    A change of the incident restarts the clock only of the requirements that it caused.
    """
    return tuple(
        Demand(requirement=requirement, since=found.since, sure=found.sure)
        for requirement in role.required
        if (found := in_force(requirement.when, facts, now))
    )


def is_required(facts: Facts, role: Role, now: datetime) -> bool:
    """Whether someone has to hold the role now, within the grace or past it."""
    return facts.incident.is_open and any(each.sure for each in demands_on(facts, role, now))
