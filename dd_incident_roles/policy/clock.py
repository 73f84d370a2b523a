"""Since when a requirement applies, and whether a role has stood empty for longer than it may."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import datetime
from enum import Enum, auto

from dd_incident_roles.model import Incident
from dd_incident_roles.policy.facts import Facts
from dd_incident_roles.policy.level import rank
from dd_incident_roles.roles.catalogue import Requirement, Role
from dd_incident_roles.roles.conditions import Condition, ConditionFacts, began, matches

_MORE_THAN_ANY_NUMBER = 10**9


@dataclass(frozen=True, slots=True, kw_only=True)
class HeldSince:
    """The moment from which a condition has held.

    ``sure`` is False where it holds only if enough people respond, and nobody could count them.
    """

    since: datetime
    sure: bool = True


def held_since(condition: Condition, facts: Facts, now: datetime) -> HeldSince | None:
    """Since when a condition has held, or None where it surely does not hold now."""
    sure = _applies(condition, facts, facts.incident, now, responders=_number(facts))
    possible = facts.responders is None and _applies(
        condition, facts, facts.incident, now, responders=_MORE_THAN_ANY_NUMBER
    )
    if not (sure or possible):
        return None
    since = max(_since(condition, facts, now), began(condition, facts.incident.declared))
    return HeldSince(since=since, sure=sure)


def _since(condition: Condition, facts: Facts, now: datetime) -> datetime:
    """Walk back through what the incident was seen to be, for as long as the condition held.

    Before the first observation nothing is known, and the incident is taken to have been the same
    since it was declared. A change that no observation shows yet is dated as late as it can be.
    """
    incident = facts.incident
    number = _number(facts)
    responders = _MORE_THAN_ANY_NUMBER if number is None else number
    began_at = max(incident.declared, min(incident.modified, now))
    for observation in reversed(facts.observations):
        seen = replace(
            incident,
            severity=observation.severity,
            state=observation.state,
            customer_impacted=observation.customer_impacted,
        )
        if not (seen.is_open and _applies(condition, facts, seen, now, responders=responders)):
            return began_at
        began_at = observation.at
    return incident.declared


def _number(facts: Facts) -> int | None:
    return None if facts.responders is None else len(facts.responders)


def _applies(
    condition: Condition, facts: Facts, incident: Incident, now: datetime, *, responders: int | None
) -> bool:
    seen = ConditionFacts(
        severity=incident.severity,
        state=incident.state,
        customer_impacted=incident.customer_impacted,
        declared=incident.declared,
        fields=facts.incident.fields,
        responders=responders,
        incident_type=incident.incident_type,
    )
    return matches(condition, seen, now)


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


class Cause(Enum):
    """What started the clock of a vacancy."""

    DECLARED = auto()
    REQUIRED = auto()
    VACATED = auto()


@dataclass(frozen=True, slots=True, kw_only=True)
class Overdue:
    """A vacancy that has outlasted its grace, since when, and what it breaks.

    ``began`` is since when the requirement has applied.
    """

    requirement: Requirement
    began: datetime
    since: datetime
    cause: Cause
    sure: bool = True


def overdue_vacancy(facts: Facts, role: Role, now: datetime) -> Overdue | None:
    """The vacancy of a role that surely breaks a requirement now, or None.

    The clock starts when the requirement began or when the role was vacated, whichever came later,
    so that a handover has a grace of its own. Of several requirements that are overdue the one of
    the highest level counts, then the one that has been overdue longest.
    """
    late = [vacancy for vacancy in _late(facts, role, now) if vacancy.sure]
    return min(late, key=_strictest_first, default=None)


def missing_fact(facts: Facts, role: Role, now: datetime) -> str | None:
    """What is not known and could make the vacancy of a role worse than it surely is, or None."""
    late = sorted(_late(facts, role, now), key=_strictest_first)
    if not late or late[0].sure:
        return None
    return f"whether a {role.title} is required hangs on how many people respond"


def _late(facts: Facts, role: Role, now: datetime) -> Iterator[Overdue]:
    if facts.is_held(role.key):
        return
    for found in requirements_in_force(facts, role, now):
        since = max(found.since, facts.vacancies.get(role.key, found.since))
        if since + found.requirement.after <= now:
            yield Overdue(
                requirement=found.requirement,
                began=found.since,
                since=since,
                cause=_cause(facts, found, since),
                sure=found.sure,
            )


def _strictest_first(vacancy: Overdue) -> tuple[int, bool, datetime]:
    requirement = vacancy.requirement
    return (rank(requirement.level), not vacancy.sure, vacancy.since + requirement.after)


def _cause(facts: Facts, found: InForce, since: datetime) -> Cause:
    if since > found.since:
        return Cause.VACATED
    return Cause.REQUIRED if since > facts.incident.declared else Cause.DECLARED
