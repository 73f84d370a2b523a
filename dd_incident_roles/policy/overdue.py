"""Whether a role that is required has stood empty for longer than it may."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from enum import Enum, auto

from dd_incident_roles.policy.facts import Facts
from dd_incident_roles.policy.level import rank
from dd_incident_roles.policy.requirement import InForce, requirements_in_force
from dd_incident_roles.roles.catalogue import Requirement, Role


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
