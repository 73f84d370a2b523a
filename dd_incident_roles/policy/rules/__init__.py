"""Every rule there is, by its id, and which of them a check asks."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from types import MappingProxyType
from typing import Final

from dd_incident_roles.errors import UsageError
from dd_incident_roles.policy.rule import Rule
from dd_incident_roles.policy.rules.ir001_no_incident_manager import NO_INCIDENT_MANAGER
from dd_incident_roles.policy.rules.ir002_incident_manager_not_a_person import (
    INCIDENT_MANAGER_NOT_A_PERSON,
)
from dd_incident_roles.policy.rules.ir003_incident_manager_by_default import (
    INCIDENT_MANAGER_BY_DEFAULT,
)
from dd_incident_roles.policy.rules.ir004_incident_manager_disagrees import (
    INCIDENT_MANAGER_DISAGREES,
)
from dd_incident_roles.policy.rules.ir005_assignment_conflict import ASSIGNMENT_CONFLICT
from dd_incident_roles.policy.rules.ir010_role_vacant import ROLE_VACANT
from dd_incident_roles.policy.rules.ir011_role_overheld import ROLE_OVERHELD
from dd_incident_roles.policy.rules.ir012_roles_exclude import ROLES_EXCLUDE
from dd_incident_roles.policy.rules.ir013_holder_unavailable import HOLDER_UNAVAILABLE
from dd_incident_roles.policy.rules.ir014_role_unknown import ROLE_UNKNOWN
from dd_incident_roles.policy.rules.ir015_handoff_pending import HANDOFF_PENDING
from dd_incident_roles.policy.rules.ir016_write_refused import WRITE_REFUSED
from dd_incident_roles.policy.rules.ir020_topic_stale import TOPIC_STALE
from dd_incident_roles.policy.rules.ir021_assignee_stale import ASSIGNEE_STALE
from dd_incident_roles.policy.rules.ir030_timeline_silent import TIMELINE_SILENT
from dd_incident_roles.policy.rules.ir040_coverage_gap import COVERAGE_GAP
from dd_incident_roles.policy.rules.ir09x_of_the_engine import (
    NOT_EVALUATED,
    WAIVER_EXPIRED,
    WAIVER_UNUSED,
)

RULES: Final[Mapping[str, Rule]] = MappingProxyType(
    {
        rule.id: rule
        for rule in (
            NO_INCIDENT_MANAGER,
            INCIDENT_MANAGER_NOT_A_PERSON,
            INCIDENT_MANAGER_BY_DEFAULT,
            INCIDENT_MANAGER_DISAGREES,
            ASSIGNMENT_CONFLICT,
            ROLE_VACANT,
            ROLE_OVERHELD,
            ROLES_EXCLUDE,
            HOLDER_UNAVAILABLE,
            ROLE_UNKNOWN,
            HANDOFF_PENDING,
            WRITE_REFUSED,
            TOPIC_STALE,
            ASSIGNEE_STALE,
            TIMELINE_SILENT,
            COVERAGE_GAP,
            WAIVER_EXPIRED,
            WAIVER_UNUSED,
            NOT_EVALUATED,
        )
    }
)
"""The rules in the order of their ids; a rule that is not in this table does not exist."""

EVERY_RULE = "IR"
"""The beginning of every id."""


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
    found = [
        key
        for key, rule in rules.items()
        if rule.name == wanted
        or (wanted.startswith(EVERY_RULE.casefold()) and key.casefold().startswith(wanted))
    ]
    if not found:
        raise _unknown(rules, word)
    return found


def _unknown(rules: Mapping[str, Rule], text: str) -> UsageError:
    known = ", ".join(f"{rule.id} ({rule.name})" for rule in rules.values())
    return UsageError(f"No rule is called {text!r}.", hint=f"Known rules: {known}.")
