"""Where a role stood empty although it was required, and how much of that time it was held."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from dd_incident_roles.history.held import Held, SeenIn
from dd_incident_roles.model import Assignment, RoleKey, Source
from dd_incident_roles.policy.coverage import SOON_ENOUGH, Coverage, Stretch, coverage
from dd_incident_roles.policy.facts import Facts
from dd_incident_roles.roles.catalogue import Requirement, Role
from dd_incident_roles.roles.conditions import needs_responders

_AT_ONCE = timedelta()


@dataclass(frozen=True, slots=True, kw_only=True)
class Gap:
    """A stretch in which a role was required and nobody is known to have held it.

    ``is_sure`` is False where the requirement hangs on how many people responded, which nobody
    remembers.
    """

    role: RoleKey
    stretch: Stretch
    requirement: Requirement
    is_sure: bool = True

    @property
    def is_too_long(self) -> bool:
        """Whether it lasted longer than the requirement lets the role stand empty."""
        return self.stretch.length > self.requirement.after


@dataclass(frozen=True, slots=True, kw_only=True)
class Gaps:
    """The gaps of one incident; ``unwatched`` are those before the record first looked.

    Somebody may have held the role in an unwatched one, and nothing tells of it.
    """

    seen: tuple[Gap, ...]
    unwatched: tuple[Gap, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class RoleCoverage:
    """How long a role was required and how long somebody then held it, where that is known.

    Only requirements count that do not hang on how many people responded. ``unknown`` is how long
    it was required before the first look, and nothing tells of a holder. Where the first look came
    soon after the declaration, that time is left out; else nothing can be said of the whole.
    """

    role: RoleKey
    required: timedelta
    held: timedelta
    unknown: timedelta
    is_known: bool

    @property
    def fraction(self) -> float | None:
        """The share that was covered, from 0 to 1; None where none was required, or not known."""
        return self.held / self.required if self.is_known and self.required else None


def gaps_of(facts: Facts, now: datetime) -> Gaps:
    """Every gap of every required role, however short, the roles in their order."""
    seen: list[Gap] = []
    unwatched: list[Gap] = []
    for role, requirement, found in _replayed(facts, now):
        seen += _gaps(role, requirement, found.gaps)
        unwatched += _gaps(role, requirement, found.unwatched)
    return Gaps(seen=tuple(seen), unwatched=tuple(unwatched))


def coverages_of(facts: Facts, now: datetime) -> tuple[RoleCoverage, ...]:
    """How far each role was covered that was required at any time."""
    emptied = replace(facts, intervals=())
    required, empty = _by_role(emptied, now), _by_role(facts, now)
    first_look = facts.watched_since
    came_soon = first_look is not None and first_look - facts.incident.declared <= SOON_ENOUGH
    rows = []
    for role, whole in required.items():
        unknown = total_length(empty[role].unwatched)
        known = total_length((*whole.gaps, *whole.unwatched)) - unknown
        rows.append(
            RoleCoverage(
                role=role,
                required=known,
                held=known - total_length(empty[role].gaps),
                unknown=unknown,
                is_known=came_soon or not unknown,
            )
        )
    return tuple(row for row in rows if row.required or row.unknown)


def with_history(facts: Facts, rows: Iterable[Held]) -> Facts:
    """The facts with a history in place of the intervals of the record.

    Who held a role since the declaration or earlier did so from the declaration on.
    """
    declared = facts.incident.declared
    intervals = tuple(
        Assignment(
            id=f"{number}",
            role=row.role,
            stream=row.stream,
            person=row.person,
            since=row.since or declared,
            until=row.until,
            set_by=row.set_by or "",
            source=Source.CLI if row.seen_in is SeenIn.CLI else Source.DATADOG,
        )
        for number, row in enumerate(rows)
    )
    return replace(facts, intervals=intervals)


def total_length(stretches: Iterable[Stretch]) -> timedelta:
    """How much time stretches take up together; what several share counts once."""
    total, reached = timedelta(), None
    for stretch in sorted(stretches):
        began = stretch.began if reached is None else max(reached, stretch.began)
        if began < stretch.ended:
            total += stretch.ended - began
            reached = stretch.ended
    return total


def _replayed(facts: Facts, now: datetime) -> Iterator[tuple[Role, Requirement, Coverage]]:
    for role in facts.catalogue.roles:
        for requirement in role.required:
            strict = replace(requirement, after=_AT_ONCE)
            yield role, requirement, coverage(facts, role, strict, now)


def _gaps(role: Role, requirement: Requirement, stretches: Iterable[Stretch]) -> Iterator[Gap]:
    is_sure = not needs_responders(requirement.when)
    for stretch in stretches:
        yield Gap(role=role.key, stretch=stretch, requirement=requirement, is_sure=is_sure)


def _by_role(facts: Facts, now: datetime) -> dict[RoleKey, Coverage]:
    """The gaps of all sure requirements of each role together."""
    found: dict[RoleKey, Coverage] = {}
    for role, requirement, each in _replayed(facts, now):
        if not needs_responders(requirement.when):
            before = found.get(role.key, Coverage(gaps=(), unwatched=()))
            found[role.key] = Coverage(
                gaps=(*before.gaps, *each.gaps), unwatched=(*before.unwatched, *each.unwatched)
            )
    return found
