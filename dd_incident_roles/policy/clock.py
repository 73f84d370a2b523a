"""When conditions apply and roles have to be held: now, and replayed over a closed incident."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Final

from dd_incident_roles.model import INCIDENT_MANAGER, Observation
from dd_incident_roles.policy.facts import Facts
from dd_incident_roles.roles.catalogue import (
    Condition,
    Requirement,
    Role,
    applies,
    began,
    needs_responders,
)
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


SOON_ENOUGH = timedelta(minutes=5)
"""How long after the declaration the first sync may come and still show how it began."""


@frozen(order=True)
class Stretch:
    """A stretch of time; its end is not part of it."""

    began: datetime
    ended: datetime

    @property
    def length(self) -> timedelta:
        """How long it lasted."""
        return self.ended - self.began

    def within(self, other: Stretch) -> Stretch:
        """The part of it that lies in another stretch; its length is at most zero if none does."""
        return Stretch(began=max(self.began, other.began), ended=min(self.ended, other.ended))


def joined(stretches: Iterable[Stretch]) -> tuple[Stretch, ...]:
    """The same time in as few stretches as possible, oldest first, none of them empty."""
    found: list[Stretch] = []
    for stretch in sorted(each for each in stretches if each.began < each.ended):
        last = found[-1] if found else None
        if last and stretch.began <= last.ended:
            found[-1] = replace(last, ended=max(last.ended, stretch.ended))
        else:
            found.append(stretch)
    return tuple(found)


def _without(whole: Iterable[Stretch], taken: Iterable[Stretch]) -> Iterator[Stretch]:
    """What is left of joined stretches when other joined stretches are removed."""
    # They are gone through once for each stretch.
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


def closing(facts: Facts) -> datetime:
    """When an incident was closed, or, if Datadog does not say, when it was first seen closed."""
    if facts.incident.resolved is not None:
        return facts.incident.resolved
    closed = facts.incident.modified
    for observation in reversed(facts.observations):
        if observation.is_open:
            break
        closed = observation.at
    return closed


def lifetime(facts: Facts, now: datetime) -> Stretch:
    """From the declaration of an incident to its end, and never past now."""
    declared = facts.incident.declared
    return Stretch(began=declared, ended=max(declared, min(closing(facts), now)))


def was_watched(facts: Facts) -> bool:
    """Whether the record synced an incident while it was open."""
    watched = facts.watched_since
    return (
        watched is not None
        and watched < closing(facts)
        and any(seen.is_open for seen in facts.observations)
    )


@frozen
class Coverage:
    """The stretches, oldest first, in which a role was empty for longer than allowed.

    ``unwatched`` are those before the record first looked: nobody is known to have held the role
    then, and nobody is known not to have.
    """

    gaps: tuple[Stretch, ...]
    unwatched: tuple[Stretch, ...]


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
    # A first sync of an incident that is closed for now does not see that it was open.
    assumed = _required(facts, requirement.when, life, closed_too=True)
    held = joined(
        Stretch(began=row.since, ended=life.ended if row.until is None else row.until)
        for row in facts.intervals
        if row.role == role.key
    )
    return Coverage(
        gaps=_too_long(required, watched, held, requirement.after),
        unwatched=_too_long(assumed, before, held, requirement.after),
    )


def _too_long(
    required: Iterable[Stretch], part: Stretch, held: Iterable[Stretch], after: timedelta
) -> tuple[Stretch, ...]:
    empty = _without(joined(each.within(part) for each in required), held)
    return tuple(each for each in empty if each.length > after)


def _required(
    facts: Facts, condition: Condition, life: Stretch, *, closed_too: bool = False
) -> Iterator[Stretch]:
    by_clock = Stretch(began=began(condition, life.began), ended=life.ended)
    for stretch, seen in _seen(facts, life):
        is_asked = seen.is_open or closed_too
        if is_asked and applies(condition, facts.incident, seen, stretch.ended, responders=MANY):
            yield stretch.within(by_clock)


def _seen(facts: Facts, life: Stretch) -> Iterator[tuple[Stretch, Observation]]:
    later = [observation.at for observation in facts.observations[1:]]
    starts, ends = (life.began, *later), (*later, life.ended)
    for observation, start, end in zip(facts.observations, starts, ends, strict=False):
        yield Stretch(began=start, ended=end).within(life), observation


@frozen
class Measures:
    """How long incidents waited for an Incident Manager.

    ``measured`` incidents were looked at soon enough to tell when they first had one; ``without``
    had none before they were closed; ``unknown`` were first looked at too late to tell.
    ``slowest`` is the public id of the incident that waited longest.
    """

    measured: int
    without: int
    unknown: int
    median: timedelta | None = None
    longest: timedelta | None = None
    slowest: int | None = None


def measure(incidents: Iterable[Facts]) -> Measures:
    """The time from the declaration to the first Incident Manager, over closed incidents."""
    # Imported here: only a check of closed incidents waits for it.
    from statistics import median

    waits: list[tuple[timedelta, int]] = []
    without = unknown = 0
    for facts in incidents:
        declared, closed = facts.incident.declared, closing(facts)
        began_at = [
            row.since
            for row in facts.intervals
            if row.role == INCIDENT_MANAGER and row.since < closed
        ]
        watched = facts.watched_since
        if watched is None or watched >= closed or watched - declared > SOON_ENOUGH:
            # Someone may have held the role before the first sync, whatever that sync found.
            unknown += 1
        elif began_at:
            waits.append((max(min(began_at) - declared, timedelta()), facts.incident.public_id))
        else:
            without += 1
    if not waits:
        return Measures(measured=0, without=without, unknown=unknown)
    longest, slowest = max(waits)
    return Measures(
        measured=len(waits),
        without=without,
        unknown=unknown,
        median=timedelta(seconds=median(wait.total_seconds() for wait, _ in waits)),
        longest=longest,
        slowest=slowest,
    )
