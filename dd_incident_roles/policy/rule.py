"""A rule as a value: its name, why it matters, and the function that evaluates it."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from datetime import datetime, timedelta
from enum import StrEnum

from dd_incident_roles.policy.facts import Facts
from dd_incident_roles.policy.finding import Breach
from dd_incident_roles.roles.catalogue import Level
from dd_incident_roles.values import frozen


class Scope(StrEnum):
    """What a rule is asked about."""

    OPEN = "open incidents"
    CLOSED = "closed incidents"
    POLICY = "the policy itself"


@frozen
class RuleContext:
    """The time of the check, and the grace of the rule.

    A rule that has no grace gets none.
    """

    now: datetime
    grace: timedelta = timedelta()


Evaluation = Callable[[Facts, RuleContext], Iterator[Breach]]
"""Pure: the breaches in an incident; raises FactsMissing or NothingConnected."""


def _says_nothing(_facts: Facts, _context: RuleContext) -> Iterator[Breach]:
    return iter(())


@frozen
class Rule:
    """One thing that a check requires of every incident; an id never changes its meaning.

    ``grace`` is how long the rule lets something pass, unless the policy says otherwise; None where
    it has no such clock, or where each requirement brings its own; ``clock`` then says where the
    time is set that it goes by. One that is ``optional`` looks at what many organisations never
    connect, and is passed over in silence there. ``organisation`` makes, of all incidents in which
    such a rule found something, what is said once about the whole organisation. Without
    ``evaluate`` the engine itself makes its findings.
    """

    id: str
    name: str
    title: str
    why: str
    looks_at: str
    how_to_fix: str
    default_level: Level
    evaluate: Evaluation = _says_nothing
    scope: Scope = Scope.OPEN
    grace: timedelta | None = None
    clock: str | None = None
    optional: bool = False
    organisation: Callable[[Sequence[Facts], RuleContext], Iterator[Breach]] | None = None
