"""IR012: one person in two roles that exclude each other."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from datetime import datetime, timedelta

from dd_incident_roles.model import INCIDENT_MANAGER, PersonKey, RoleKey
from dd_incident_roles.policy.clock import InForce, in_force
from dd_incident_roles.policy.facts import (
    Facts,
    FactsMissing,
    Holding,
    giving_away,
    people,
    since_at,
    subject,
)
from dd_incident_roles.policy.policy import (
    Breach,
    Evidence,
    Rule,
    RuleContext,
    SeenIn,
    SourceLocation,
    evidence_of,
)
from dd_incident_roles.roles.catalogue import ALWAYS, Exclusion, Level, Role, describe
from dd_incident_roles.values import frozen
from dd_incident_roles.words import instant_label

_RoleInStream = tuple[RoleKey, str | None]


@frozen
class _Clash:
    """One person's holdings in both roles of an exclusion, ``excluded`` the one it names."""

    exclusion: Exclusion
    holding: Holding
    excluded: Holding
    condition: InForce

    @property
    def both_since(self) -> datetime:
        return max(self.holding.since, self.excluded.since)

    @property
    def since(self) -> datetime:
        return max(self.both_since, self.condition.since)

    @property
    def pair(self) -> tuple[PersonKey, frozenset[RoleKey]]:
        return (self.holding.person.key, frozenset({self.holding.role, self.excluded.role}))


def _evaluate(facts: Facts, context: RuleContext) -> Iterator[Breach]:
    clashes = _clashes(facts, context.now)
    late = [each for each in clashes if each.since + context.grace <= context.now]
    # The surest first: what holds for certain leaves nothing open about the same pair.
    late.sort(key=lambda each: (not each.condition.sure, each.since, each.holding.person.key))
    first: dict[tuple[PersonKey, frozenset[RoleKey]], _Clash] = {}
    for clash in late:
        first.setdefault(clash.pair, clash)
    named: set[_RoleInStream] = set()
    undecided = []
    for clash in first.values():
        if clash.condition.sure:
            surplus = _surplus(clash, named)
            named.add((surplus.role, surplus.stream))
            yield _breach(facts, clash, surplus, context.now)
        else:
            titles = " and ".join(role.title for role in _roles(facts, clash))
            undecided.append(
                "it is not known how many people respond, and so whether one person may "
                f"be {titles}"
            )
    # Raised last, so that what is known of the other roles is still reported.
    if undecided:
        raise FactsMissing("; ".join(sorted(set(undecided))))


def _clashes(facts: Facts, now: datetime) -> Iterator[_Clash]:
    if len({holding.person.key for holding in facts.holdings}) == len(facts.holdings):
        # Nobody holds two roles, as in most incidents.
        return
    for role in facts.catalogue.roles:
        for exclusion in role.excludes:
            condition = in_force(exclusion.when, facts, now)
            if condition is None:
                continue
            others = _longest(facts, exclusion.role)
            for person, holding in _longest(facts, role.key).items():
                if person in others:
                    yield _Clash(
                        exclusion=exclusion,
                        holding=holding,
                        excluded=others[person],
                        condition=condition,
                    )


def _longest(facts: Facts, role: RoleKey) -> dict[PersonKey, Holding]:
    found: dict[PersonKey, Holding] = {}
    for holding in facts.holdings_of(role):
        found.setdefault(holding.person.key, holding)
    return found


def _surplus(clash: _Clash, named: Collection[_RoleInStream]) -> Holding:
    """Which of the two to give away: never the Incident Manager, else the one that is excluded.

    The other one is named where a finding of an older clash is already about the same role and
    stream, by which findings are told apart.
    """
    choices = [each for each in (clash.excluded, clash.holding) if each.role != INCIDENT_MANAGER]
    unnamed = (each for each in choices if (each.role, each.stream) not in named)
    return next(unnamed, choices[0])


def _roles(facts: Facts, clash: _Clash) -> tuple[Role, ...]:
    keys = {clash.holding.role, clash.excluded.role}
    return tuple(role for role in facts.catalogue.roles if role.key in keys)


def _breach(facts: Facts, clash: _Clash, surplus: Holding, now: datetime) -> Breach:
    exclusion = clash.exclusion
    titles = " and ".join(role.title for role in _roles(facts, clash))
    if exclusion.when == ALWAYS:
        prohibition = "never be both"
    else:
        # The condition would reveal something about a private incident.
        condition = "" if facts.is_redacted else f" {describe(exclusion.when)}"
        prohibition = f"not be both{condition}"
    later = max(clash.holding, clash.excluded, key=lambda each: each.since)
    since = since_at(later, clash.since, instant_label(clash.since, now))
    began = f", not allowed since {since}" if clash.since > clash.both_since else f" since {since}"
    return Breach(
        message=(
            f"{people(facts, [surplus.person])} is {titles} of {subject(facts)}{began}; "
            f"one person must {prohibition}."
        ),
        since=clash.since,
        fix=giving_away(facts, facts.catalogue.role(surplus.role), surplus.stream),
        role=surplus.role,
        stream=surplus.stream,
        evidence=tuple(_evidence(facts, clash)),
        place=SourceLocation(exclusion.file, exclusion.line),
    )


def _evidence(facts: Facts, clash: _Clash) -> Iterator[Evidence]:
    one, other = (facts.catalogue.role(each.role) for each in (clash.holding, clash.excluded))
    excludes = f"{one.title} excludes {other.title} {describe(clash.exclusion.when)}"
    yield Evidence(excludes, SeenIn.POLICY, since=clash.condition.since)
    for role, holding in ((one, clash.holding), (other, clash.excluded)):
        yield evidence_of(holding, f"holds {role.title}")


ROLES_EXCLUDE = Rule(
    id="IR012",
    name="roles-exclude",
    title="One person holds roles that exclude each other",
    why=(
        "Each of these roles needs a person's full attention: an Incident Manager who "
        "also leads the fix does neither well, and nobody keeps the overview."
    ),
    looks_at=(
        "Which roles exclude each other in the catalogue and under which condition, "
        "who holds both, and since when they hold both or the condition has applied, "
        "whichever is later."
    ),
    how_to_fix=(
        "Assign one of the two roles to someone else: dd-incident-roles assign "
        "INCIDENT ROLE PERSON. If one person may hold both, change 'exclusions' in "
        "the policy."
    ),
    default_level=Level.ERROR,
    evaluate=_evaluate,
    grace=timedelta(),
)
"""Fires once for each person and pair of roles, past the grace."""
