"""Which rules are asked."""

from __future__ import annotations

import pytest

from dd_incident_roles.errors import UsageError
from dd_incident_roles.policy.policy import Rule
from dd_incident_roles.policy.rules import choose, find_rule
from dd_incident_roles.policy.rules.ir001_no_incident_manager import NO_INCIDENT_MANAGER
from dd_incident_roles.policy.rules.ir010_role_vacant import ROLE_VACANT
from dd_incident_roles.policy.rules.ir09x_of_the_engine import NOT_EVALUATED

RULES: dict[str, Rule] = {
    rule.id: rule for rule in (NO_INCIDENT_MANAGER, ROLE_VACANT, NOT_EVALUATED)
}


def chosen(*select: str, ignore: tuple[str, ...] = ()) -> list[str]:
    return [rule.id for rule in choose(RULES, select=select, ignore=ignore)]


@pytest.mark.parametrize(
    ("select", "ignore", "expected"),
    [
        ((), (), ["IR001", "IR010", "IR099"]),
        (("IR001",), (), ["IR001", "IR099"]),
        (("ir001",), (), ["IR001", "IR099"]),
        (("role-vacant",), (), ["IR010", "IR099"]),
        (("IR01",), (), ["IR010", "IR099"]),
        (("IR001,IR010",), (), ["IR001", "IR010", "IR099"]),
        (("IR010", "IR001"), (), ["IR001", "IR010", "IR099"]),
        (("IR",), ("IR010",), ["IR001", "IR099"]),
        ((), ("IR00",), ["IR010", "IR099"]),
    ],
)
def test_rules_are_selected_and_ignored(
    select: tuple[str, ...], ignore: tuple[str, ...], expected: list[str]
) -> None:
    """Ids, their beginnings and names select and ignore; the order is that of the ids."""
    assert chosen(*select, ignore=ignore) == expected


@pytest.mark.parametrize("word", ["IR777", "I", "no-such-rule", "ALL*", "R001"])
def test_an_unknown_rule_is_a_usage_error(word: str) -> None:
    """A slip of the finger never selects or ignores nothing in silence."""
    with pytest.raises(UsageError, match="No rule is called") as selecting:
        chosen(word)
    with pytest.raises(UsageError):
        chosen(ignore=(word,))
    assert "IR001 (no-incident-manager)" in str(selecting.value.hint)


@pytest.mark.parametrize(
    ("select", "ignore"), [(("IR001",), ("IR001",)), (("IR099",), ()), ((), ("IR001", "IR010"))]
)
def test_a_check_that_asks_nothing_is_refused(
    select: tuple[str, ...], ignore: tuple[str, ...]
) -> None:
    """A check without rules would always pass."""
    with pytest.raises(UsageError, match="No rule is left"):
        chosen(*select, ignore=ignore)


@pytest.mark.parametrize("word", ["IR099", "IR", "not-evaluated"])
def test_not_having_looked_cannot_be_ignored(word: str) -> None:
    """IR099 stays, whatever is ignored."""
    with pytest.raises(UsageError, match="cannot be ignored"):
        chosen(ignore=(word,))


@pytest.mark.parametrize("word", ["IR001", "ir001", "No-Incident-Manager"])
def test_a_rule_is_found_by_id_or_name(word: str) -> None:
    """A rule can be explained by either of its names, in any case."""
    assert find_rule(RULES, word).id == "IR001"


@pytest.mark.parametrize("key", RULES)
def test_every_rule_explains_itself(key: str) -> None:
    """Each rule stands under its own id, and says why, what it looks at and how to fix it."""
    rule = RULES[key]
    assert rule.id == key
    assert all((rule.title, rule.why, rule.looks_at, rule.how_to_fix))
