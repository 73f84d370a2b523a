"""Since when a condition of the catalogue has held for an incident, without a break."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime

from dd_incident_roles.model import Incident
from dd_incident_roles.policy.facts import Facts
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
