"""Every rule there is, by its id, and which of them a check asks."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from types import MappingProxyType
from typing import Final

from dd_incident_roles.errors import UsageError
from dd_incident_roles.policy.policy import Rule
from dd_incident_roles.policy.rules import (
    ir001_no_incident_manager,
    ir002_incident_manager_not_a_person,
    ir003_incident_manager_by_default,
    ir004_incident_manager_disagrees,
    ir005_assignment_conflict,
    ir010_role_vacant,
    ir011_role_overheld,
    ir012_roles_exclude,
    ir013_holder_unavailable,
    ir014_role_unknown,
    ir015_handoff_pending,
    ir016_write_refused,
    ir020_topic_stale,
    ir021_assignee_stale,
    ir030_timeline_silent,
    ir040_coverage_gap,
    ir09x_of_the_engine,
)
from dd_incident_roles.policy.rules.ir09x_of_the_engine import NOT_EVALUATED
from dd_incident_roles.words import did_you_mean

RULES: Final[Mapping[str, Rule]] = MappingProxyType(
    {
        rule.id: rule
        for rule in (
            ir001_no_incident_manager.NO_INCIDENT_MANAGER,
            ir002_incident_manager_not_a_person.INCIDENT_MANAGER_NOT_A_PERSON,
            ir003_incident_manager_by_default.INCIDENT_MANAGER_BY_DEFAULT,
            ir004_incident_manager_disagrees.INCIDENT_MANAGER_DISAGREES,
            ir005_assignment_conflict.ASSIGNMENT_CONFLICT,
            ir010_role_vacant.ROLE_VACANT,
            ir011_role_overheld.ROLE_OVERHELD,
            ir012_roles_exclude.ROLES_EXCLUDE,
            ir013_holder_unavailable.HOLDER_UNAVAILABLE,
            ir014_role_unknown.ROLE_UNKNOWN,
            ir015_handoff_pending.HANDOFF_PENDING,
            ir016_write_refused.WRITE_REFUSED,
            ir020_topic_stale.TOPIC_STALE,
            ir021_assignee_stale.ASSIGNEE_STALE,
            ir030_timeline_silent.TIMELINE_SILENT,
            ir040_coverage_gap.COVERAGE_GAP,
            ir09x_of_the_engine.WAIVER_EXPIRED,
            ir09x_of_the_engine.WAIVER_UNUSED,
            NOT_EVALUATED,
        )
    }
)
"""The rules in the order of their ids; a rule that is not in this table does not exist."""


def choose(
    rules: Mapping[str, Rule], *, select: Iterable[str] = (), ignore: Iterable[str] = ()
) -> tuple[Rule, ...]:
    """The rules to ask, in the order of their ids.

    Each text is an id, the beginning of one, a name, or several of these between commas. Nothing
    selected selects every rule. IR099 always comes along. Raises UsageError for a text that fits no
    rule, for an attempt to ignore IR099, and when no other rule is left: a check that asks nothing
    would always pass.
    """
    selected = _fitting(rules, select) or frozenset(rules)
    ignored = _fitting(rules, ignore)
    if NOT_EVALUATED.id in ignored:
        raise UsageError(
            f"{NOT_EVALUATED.id} cannot be ignored.",
            hint="A check that could not look must not pass for one that found nothing.",
        )
    asked = sorted(selected - ignored - {NOT_EVALUATED.id})
    if not asked:
        raise UsageError(
            "No rule is left to check.",
            hint="Ignore fewer rules, or select one that is not ignored.",
        )
    return (*(rules[key] for key in asked), NOT_EVALUATED)


def find_rule(rules: Mapping[str, Rule], text: str) -> Rule:
    """The one rule of an id or name; raises UsageError."""
    wanted = text.strip().casefold()
    for rule in rules.values():
        if wanted in (rule.id.casefold(), rule.name):
            return rule
    raise _unknown(rules, text)


def _fitting(rules: Mapping[str, Rule], texts: Iterable[str]) -> frozenset[str]:
    words = [word.strip() for text in texts for word in text.split(",")]
    return frozenset(key for word in words if word for key in _matches(rules, word))


def _matches(rules: Mapping[str, Rule], word: str) -> list[str]:
    wanted = word.casefold()
    # With less than that a typing error such as "i" would choose every rule.
    found = [
        key
        for key, rule in rules.items()
        if rule.name == wanted or (wanted.startswith("ir") and key.casefold().startswith(wanted))
    ]
    if not found:
        raise _unknown(rules, word)
    return found


def _unknown(rules: Mapping[str, Rule], text: str) -> UsageError:
    known = ", ".join(f"{rule.id} ({rule.name})" for rule in rules.values())
    near = did_you_mean(
        text, {name: rule.id for rule in rules.values() for name in (rule.id, rule.name)}
    )
    hint = f"{near} Known rules: {known}.".strip()
    return UsageError(f"No rule is called {text!r}.", hint=hint)
