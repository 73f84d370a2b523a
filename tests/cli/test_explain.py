"""``explain`` at the command line."""

from __future__ import annotations

import json

import pytest
from click.testing import CliRunner, Result

from dd_incident_roles.cli.catalog import explain
from dd_incident_roles.cli.opening import Invocation
from dd_incident_roles.errors import UsageError
from dd_incident_roles.policy.rules import RULES


def called(*arguments: str) -> Result:
    return CliRunner().invoke(explain, arguments, obj=Invocation(), standalone_mode=False)


@pytest.mark.parametrize("word", ["IR010", "ir010", "role-vacant", "Role-Vacant"])
def test_a_rule_is_found_by_id_or_name(word: str) -> None:
    """Either will do, in any case."""
    done = called(word)
    assert done.stdout.startswith("IR010 role-vacant\n")
    assert done.return_value == 0


def test_without_a_rule_all_are_listed() -> None:
    """Every rule that there is has a row."""
    assert [key for key in RULES if key not in called().stdout] == []


def test_an_unknown_rule_is_an_error_that_lists_the_known_ones() -> None:
    """Whoever mistypes a rule reads which there are."""
    error = called("IR9").exception
    assert isinstance(error, UsageError)
    assert error.message == "No rule is called 'IR9'."
    assert all(key in str(error.hint) for key in RULES)


@pytest.mark.parametrize(("arguments", "ids"), [(["IR001"], ["IR001"]), ([], list(RULES))])
def test_json_is_for_programs(arguments: list[str], ids: list[str]) -> None:
    """The document holds the named rule, or all of them."""
    done = called("--format", "json", *arguments)
    assert [rule["id"] for rule in json.loads(done.stdout)["rules"]] == ids
