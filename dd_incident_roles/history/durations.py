"""How long things took: until there was an Incident Manager, and how long who held roles."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from dd_incident_roles.history.gaps import (
    RoleCoverage,
    coverages_of,
    total_length,
    with_history,
)
from dd_incident_roles.history.held import Basis, Held
from dd_incident_roles.history.overlaps import places
from dd_incident_roles.model import INCIDENT_MANAGER, PersonKey, RoleKey
from dd_incident_roles.policy.coverage import Stretch, measure
from dd_incident_roles.policy.facts import Facts
from dd_incident_roles.roles.catalogue import Role


@dataclass(frozen=True, slots=True, kw_only=True)
class Wait:
    """How long an incident waited for its first Incident Manager.

    ``length`` is None where there was none, and where it is not known because the record first
    looked too late and no entry or correction tells.
    """

    length: timedelta | None
    is_known: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Handoffs:
    """How often a role went from one person to another without a gap."""

    role: RoleKey
    number: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Total:
    """How long a person held at least one role within the incident."""

    person: PersonKey
    length: timedelta


@dataclass(frozen=True, slots=True, kw_only=True)
class Durations:
    """The figures of one history; ``coverage`` has a row for each role that was required.

    ``wait`` is None in the history of another role than that of the Incident Manager.
    """

    wait: Wait | None
    coverage: tuple[RoleCoverage, ...]
    handoffs: tuple[Handoffs, ...]
    totals: tuple[Total, ...]


def durations_of(facts: Facts, rows: Sequence[Held], life: Stretch, now: datetime) -> Durations:
    """The figures of a history; a person who holds a role still does so to the end of the life."""
    lived = with_history(facts, rows)
    return Durations(
        wait=_wait(facts, rows) if facts.catalogue.has(INCIDENT_MANAGER) else None,
        coverage=coverages_of(lived, now),
        handoffs=tuple(
            Handoffs(role=role.key, number=number)
            for role in facts.catalogue.roles
            if (number := _handoffs(role, rows))
        ),
        totals=_totals(rows, life),
    )


def _wait(facts: Facts, rows: Sequence[Held]) -> Wait:
    declared = facts.incident.declared
    managers = [row for row in rows if row.role == INCIDENT_MANAGER and not row.is_empty]
    first = min(managers, key=lambda row: row.since or declared, default=None)
    if first and first.basis is not Basis.RECORDED:
        # An entry or a person tells how it began, however late the record looked.
        return Wait(length=max((first.since or declared) - declared, timedelta()), is_known=True)
    measures = measure([with_history(facts, managers)])
    return Wait(length=measures.median, is_known=not measures.unknown)


def _handoffs(role: Role, rows: Iterable[Held]) -> int:
    return sum(_takes_over(row, own) for own in places(role, rows).values() for row in own)


def _takes_over(row: Held, own: Sequence[Held]) -> bool:
    """Whether somebody else gave way at the instant at which a row begins.

    Somebody who had the role in another row just before takes nothing over.
    """
    if row.since is None:
        return False
    until_then = {each.person for each in own if each.until == row.since}
    from_then = {each.person for each in own if each.holds_at(row.since)}
    gave_way = until_then - from_then
    had_it = any(
        each.person == row.person
        and (each.since is None or each.since < row.since)
        and (each.until is None or row.since <= each.until)
        for each in own
    )
    return bool(gave_way) and not had_it


def _totals(rows: Iterable[Held], life: Stretch) -> tuple[Total, ...]:
    stretches: dict[PersonKey, list[Stretch]] = {}
    for row in rows:
        whole = Stretch(began=row.since or life.began, ended=row.until or life.ended)
        stretches.setdefault(row.person, []).append(whole.within(life))
    totals = [Total(person=person, length=total_length(own)) for person, own in stretches.items()]
    return tuple(sorted(totals, key=lambda each: (-each.length, each.person)))
