"""Which rules a check asks: those that were selected, without those that were ignored."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from dd_incident_roles.errors import UsageError
from dd_incident_roles.policy.rule import Rule
from dd_incident_roles.policy.rules.ir099_not_evaluated import NOT_EVALUATED

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
