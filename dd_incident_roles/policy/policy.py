"""Rules as values, and what an organisation's policy file says of them."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import field, replace
from datetime import datetime, timedelta
from enum import StrEnum

from dd_incident_roles.model import RoleKey
from dd_incident_roles.policy.facts import Facts
from dd_incident_roles.policy.finding import Breach, FailOn, SourceLocation, Waiver
from dd_incident_roles.roles.catalogue import Catalogue, Exclusion, Level, Requirement, Role
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


LONGEST_WAIVER = timedelta(days=90)
"""The longest that a waiver can last, so that no exception becomes the rule."""


@frozen
class RuleSetting:
    """The settings of a rule; None keeps the default of the rule."""

    place: SourceLocation
    level: Level | None = None
    grace: timedelta | None = None
    is_off: bool = False


@frozen
class Policy:
    """Levels, graces, requirements, exclusions and waivers.

    ``requirements`` replace what the catalogue requires of the roles that are named there, and
    ``exclusions``, unless None, every exclusion of the catalogue; each comes with the role that
    excludes another. ``noted`` is the lowest level of a finding that a sync tells in the timeline
    of its incident.
    """

    file: str
    rules: Mapping[str, RuleSetting] = field(default_factory=dict)
    requirements: Mapping[RoleKey, tuple[Requirement, ...]] = field(default_factory=dict)
    exclusions: tuple[tuple[RoleKey, Exclusion], ...] | None = None
    waivers: tuple[Waiver, ...] = ()
    shows_private: bool = False
    noted: FailOn = FailOn.NEVER

    def setting(self, rule: Rule) -> RuleSetting:
        """The settings of a rule; a rule that the file does not name gets the first line of it."""
        return self.rules.get(rule.id) or RuleSetting(place=SourceLocation(self.file, 1))

    def applied_to(self, catalogue: Catalogue) -> Catalogue:
        """The catalogue as the policy has it: with its requirements and its exclusions."""
        return replace(catalogue, roles=tuple(map(self._applied_to_role, catalogue.roles)))

    def _applied_to_role(self, role: Role) -> Role:
        required = self.requirements.get(role.key, role.required)
        excludes = role.excludes
        # An empty list excludes nothing; without a list the catalogue's exclusions stay.
        if self.exclusions is not None:
            excludes = tuple(each for key, each in self.exclusions if key == role.key)
        return replace(role, required=required, excludes=excludes)
