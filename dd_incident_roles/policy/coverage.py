"""When a closed incident required a role, and when nobody held it, replayed from the record."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from dd_incident_roles.model import Incident, Observation
from dd_incident_roles.policy.facts import Facts
from dd_incident_roles.roles.catalogue import Requirement, Role
from dd_incident_roles.roles.conditions import Condition, ConditionFacts, began, matches

_MORE_THAN_ANY_NUMBER = 10**9


@dataclass(frozen=True, slots=True, kw_only=True, order=True)
class Stretch:
    """A stretch of time; the instant of its end is no longer part of it."""

    began: datetime
    ended: datetime

    @property
    def length(self) -> timedelta:
        """How long it lasted."""
        return self.ended - self.began

    def within(self, other: Stretch) -> Stretch:
        """The part of it that lies in another stretch; not longer than nothing if none does."""
        return Stretch(began=max(self.began, other.began), ended=min(self.ended, other.ended))


@dataclass(frozen=True, slots=True, kw_only=True)
class Coverage:
    """The stretches, oldest first, in which a role stood empty for longer than a requirement lets.

    ``unwatched`` are those before the record first looked: nobody is known to have held the role
    then, and nobody is known not to have.
    """

    gaps: tuple[Stretch, ...]
    unwatched: tuple[Stretch, ...]


def closing(facts: Facts) -> datetime:
    """When an incident was closed; where Datadog does not say, when it was seen to be."""
    if facts.incident.resolved is not None:
        return facts.incident.resolved
    closed = facts.incident.modified
    for observation in reversed(facts.observations):
        if _as_seen(facts.incident, observation).is_open:
            break
        closed = observation.at
    return closed


def lifetime(facts: Facts, now: datetime) -> Stretch:
    """From the declaration of an incident to its end, and never past now."""
    declared = facts.incident.declared
    return Stretch(began=declared, ended=max(declared, min(closing(facts), now)))


def was_watched(facts: Facts) -> bool:
    """Whether the record looked at an incident while it was open."""
    watched = facts.watched_since
    return (
        watched is not None
        and watched < closing(facts)
        and any(_as_seen(facts.incident, seen).is_open for seen in facts.observations)
    )


def coverage(facts: Facts, role: Role, requirement: Requirement, now: datetime) -> Coverage:
    """Where a requirement was broken in an incident that was watched, and where it may have been.

    The number of responders is not remembered; a condition that asks for more than some is taken
    to have applied as far as that goes.
    """
    life = lifetime(facts, now)
    first_look = max(life.began, facts.watched_since or life.ended)
    watched = Stretch(began=first_look, ended=life.ended)
    before = Stretch(began=life.began, ended=first_look)
    required = _required(facts, requirement.when, life)
    # Whoever looks first at an incident that is closed for now does not see that it was open.
    assumed = _required(facts, requirement.when, life, closed_too=True)
    held = [
        Stretch(began=row.since, ended=life.ended if row.until is None else row.until)
        for row in facts.intervals
        if row.role == role.key
    ]
    return Coverage(
        gaps=_too_long(required, watched, held, requirement.after),
        unwatched=_too_long(assumed, before, held, requirement.after),
    )


def _too_long(
    required: Iterable[Stretch], part: Stretch, held: Iterable[Stretch], after: timedelta
) -> tuple[Stretch, ...]:
    empty = _without(_joined(each.within(part) for each in required), _joined(held))
    return tuple(each for each in empty if each.length > after)


def _required(
    facts: Facts, condition: Condition, life: Stretch, *, closed_too: bool = False
) -> Iterator[Stretch]:
    by_clock = Stretch(began=began(condition, life.began), ended=life.ended)
    for stretch, seen in _seen(facts, life):
        if (seen.is_open or closed_too) and _applies(condition, seen, stretch.ended):
            yield stretch.within(by_clock)


def _seen(facts: Facts, life: Stretch) -> Iterator[tuple[Stretch, Incident]]:
    later = [observation.at for observation in facts.observations[1:]]
    starts, ends = (life.began, *later), (*later, life.ended)
    for observation, start, end in zip(facts.observations, starts, ends, strict=False):
        stretch = Stretch(began=start, ended=end).within(life)
        yield stretch, _as_seen(facts.incident, observation)


def _as_seen(incident: Incident, observation: Observation) -> Incident:
    return replace(
        incident,
        severity=observation.severity,
        state=observation.state,
        customer_impacted=observation.customer_impacted,
    )


def _applies(condition: Condition, incident: Incident, at: datetime) -> bool:
    seen = ConditionFacts(
        severity=incident.severity,
        state=incident.state,
        customer_impacted=incident.customer_impacted,
        declared=incident.declared,
        fields=incident.fields,
        responders=_MORE_THAN_ANY_NUMBER,
        incident_type=incident.incident_type,
    )
    return matches(condition, seen, at)


def _joined(stretches: Iterable[Stretch]) -> tuple[Stretch, ...]:
    """The same time in as few stretches as can be, oldest first, none of them empty."""
    joined: list[Stretch] = []
    for stretch in sorted(each for each in stretches if each.began < each.ended):
        last = joined[-1] if joined else None
        if last and stretch.began <= last.ended:
            joined[-1] = replace(last, ended=max(last.ended, stretch.ended))
        else:
            joined.append(stretch)
    return tuple(joined)


def _without(whole: Iterable[Stretch], taken: Iterable[Stretch]) -> Iterator[Stretch]:
    """What is left of joined stretches where joined others are taken out."""
    others = tuple(taken)
    for stretch in whole:
        start = stretch.began
        for other in others:
            if start < other.began < stretch.ended:
                yield Stretch(began=start, ended=other.began)
            if other.began < stretch.ended:
                start = max(start, other.ended)
        if start < stretch.ended:
            yield Stretch(began=start, ended=stretch.ended)
