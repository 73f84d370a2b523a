"""IR014: roles that differ between Datadog and the catalogue, reported once."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from dd_incident_roles.model import RoleKey
from dd_incident_roles.policy.facts import DatadogRoles, Facts, known
from dd_incident_roles.policy.policy import Breach, Evidence, Rule, RuleContext, SeenIn
from dd_incident_roles.roles.catalogue import Level, NamedRole
from dd_incident_roles.words import command, incident_label, join_names

_NAMED_INCIDENTS = 5


def _evaluate(facts: Facts, context: RuleContext) -> Iterator[Breach]:
    roles = known(facts.datadog_roles)
    if roles.unknown or roles.undefined or roles.one_person:
        yield from _organisation([facts], context)


def _organisation(incidents: Sequence[Facts], context: RuleContext) -> Iterator[Breach]:
    """Roles and definitions are the organisation's, whichever incidents show them."""
    sides = [
        (facts, facts.datadog_roles)
        for facts in incidents
        if isinstance(facts.datadog_roles, DatadogRoles)
    ]
    # In a private incident the names are placeholders, which nobody could find.
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
            f"it does not define {join_names(undefined)}, so it cannot show who holds them"
        )
        steps.append(f"create {join_names(undefined)}")
        evidence += [f"no role is called {title}" for title in undefined]
    if narrow:
        problems.append(
            f"it allows only one person as {join_names(narrow)}, but the catalogue allows several"
        )
        steps.append(f"allow more than one person as {join_names(narrow)}")
        evidence += [f"{title} allows only one person" for title in narrow]
    return Breach(
        level=None if narrow else Level.NOTE,
        message=(
            "Datadog's role definitions differ from the catalogue: "
            f"{'; '.join(problems)} ({_where(seen)})."
        ),
        since=context.now,
        fix=f"{'; '.join(steps)}: {command('catalog', 'apply')}",
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
    title="Datadog and the role catalogue do not have the same roles",
    why=(
        "No other rule sees who holds a role that the catalogue does not know. "
        "Datadog cannot show or assign a role that it does not define, and refuses a "
        "second holder where it allows only one."
    ),
    looks_at=(
        "The roles that Datadog shows in incidents, and its definitions of the "
        "catalogue's roles: whether one is missing, or allows only one person where "
        "the catalogue allows several. Each is reported once, at the first incident "
        "that shows it; a missing definition is only a note."
    ),
    how_to_fix=(
        "Compare with the catalogue: dd-incident-roles roles list. Add an unknown "
        "role to the role catalogue, or rename it in Datadog under Incident Settings "
        "> Responder Types. dd-incident-roles catalog apply creates a missing role there, "
        "and allows more than one person."
    ),
    default_level=Level.WARNING,
    evaluate=_evaluate,
    organisation=_organisation,
)
"""Fires once for roles that the catalogue lacks, and once for definitions that differ."""
