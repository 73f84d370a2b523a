"""IR014: roles on which Datadog and the catalogue disagree, said once for the organisation."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from dd_incident_roles.model import RoleKey
from dd_incident_roles.policy.facts import DatadogRoles, Facts, known
from dd_incident_roles.policy.finding import Breach, Evidence, SeenIn
from dd_incident_roles.policy.rule import Rule, RuleContext
from dd_incident_roles.roles.catalogue import Level, NamedRole
from dd_incident_roles.words import incident_label, join_names

_NAMED_INCIDENTS = 5


def _evaluate(facts: Facts, context: RuleContext) -> Iterator[Breach]:
    known(facts.datadog_roles)
    yield from _organisation([facts], context)


def _organisation(incidents: Sequence[Facts], context: RuleContext) -> Iterator[Breach]:
    """Roles and definitions are the organisation's, whichever incidents show them."""
    sides = [
        (facts, facts.datadog_roles)
        for facts in incidents
        if isinstance(facts.datadog_roles, DatadogRoles)
    ]
    # In a private incident the names are stand-ins, which nobody could look for.
    open_ones = [(facts, roles) for facts, roles in sides if not facts.is_redacted] or sides
    unknown = sorted({name for _, roles in open_ones for name in roles.unknown})
    if unknown:
        yield _unknown(unknown, [facts for facts, roles in sides if roles.unknown], context)
    undefined = _titles(sides, {role for _, roles in sides for role in roles.undefined})
    narrow = _titles(sides, {role for _, roles in sides for role in roles.one_person})
    if undefined or narrow:
        seen = [facts for facts, roles in sides if roles.undefined or roles.one_person]
        yield _definitions(undefined, narrow, seen, context)


def _unknown(names: Sequence[str], seen: Sequence[Facts], context: RuleContext) -> Breach:
    return Breach(
        message=(
            f"Datadog shows roles that the catalogue does not know: {join_names(names)} "
            f"({_where(seen)})."
        ),
        since=context.now,
        fix=(
            f"add {join_names(names)} to the role catalogue, or rename it in Datadog under "
            "Incident Settings > Responder Types"
        ),
        subject="roles that the catalogue does not know",
        evidence=tuple(Evidence(f"a role is called {name}", SeenIn.DATADOG) for name in names),
    )


def _definitions(
    undefined: Sequence[str], narrow: Sequence[str], seen: Sequence[Facts], context: RuleContext
) -> Breach:
    problems, steps, evidence = [], [], []
    if undefined:
        problems.append(
            f"it does not define {join_names(undefined)}, and cannot show who holds them"
        )
        steps.append(f"create {join_names(undefined)}")
        evidence += [f"no role is called {title}" for title in undefined]
    if narrow:
        problems.append(
            f"it has {join_names(narrow)} for one person, and the catalogue for several"
        )
        steps.append(f"let more than one person be {join_names(narrow)}")
        evidence += [f"{title} is for one person" for title in narrow]
    return Breach(
        level=None if narrow else Level.NOTE,
        message=(
            f"Datadog's definitions of roles disagree with the catalogue: {'; '.join(problems)} "
            f"({_where(seen)})."
        ),
        since=context.now,
        fix=f"in Datadog, under Incident Settings > Responder Types: {'; '.join(steps)}",
        subject="definitions of roles",
        evidence=tuple(Evidence(what, SeenIn.DATADOG) for what in evidence),
    )


def _titles(sides: Sequence[tuple[Facts, DatadogRoles]], roles: set[RoleKey]) -> list[str]:
    """What Datadog should call the roles, in the order of the catalogue."""
    return list(
        dict.fromkeys(
            role.datadog.name if isinstance(role.datadog, NamedRole) else role.title
            for facts, _ in sides
            for role in facts.catalogue.roles
            if role.key in roles
        )
    )


def _where(seen: Sequence[Facts]) -> str:
    names = [incident_label(facts.incident.public_id) for facts in seen]
    more = len(names) - _NAMED_INCIDENTS
    if more > 0:
        names = [*names[:_NAMED_INCIDENTS], f"{more} more"]
    return f"seen in {join_names(names)}"


ROLE_UNKNOWN = Rule(
    id="IR014",
    name="role-unknown",
    title="Datadog and the role catalogue do not know the same roles",
    why=(
        "Whoever holds a role that the catalogue does not know is seen by no other rule; a role "
        "that Datadog does not define cannot be shown or given there, and one that it has for one "
        "person refuses the second."
    ),
    looks_at=(
        "The roles that Datadog shows in incidents, and its definitions of the roles of the "
        "catalogue: whether there is one, and whether it is for one person where the catalogue has "
        "several. It is said once, at the first incident that shows it; what is only missing is "
        "a note."
    ),
    how_to_fix=(
        "Compare with what the catalogue knows: dd-incident-roles roles list. Add an unknown role "
        "to the role catalogue, or rename it in Datadog under Incident Settings > Responder Types, "
        "where a missing one is created, and one for one person is opened to several."
    ),
    default_level=Level.WARNING,
    evaluate=_evaluate,
    organisation=_organisation,
)
"""Fires once for roles that the catalogue lacks, and once for definitions that disagree with it."""
