"""The mutants fit the code: a rule that moved is noticed here, and not in a nightly run."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest

from tests.mutants import Mutant
from tests.mutants.__main__ import MUTANTS

ROOT = Path(__file__).resolve().parents[1]


@pytest.mark.parametrize("mutant", MUTANTS, ids=lambda mutant: mutant.rule)
def test_a_mutant_names_what_is_there(mutant: Mutant) -> None:
    """Its text stands in its file once, and each test that it names is one."""
    assert (ROOT / mutant.file).read_text("utf-8").count(mutant.before) == 1
    for test in mutant.tests:
        file, _, name = test.partition("::")
        assert (ROOT / file).exists(), test
        if name:
            tree = ast.parse((ROOT / file).read_text("utf-8"))
            names = {each.name for each in ast.walk(tree) if isinstance(each, ast.FunctionDef)}
            names |= {each.name for each in ast.walk(tree) if isinstance(each, ast.ClassDef)}
            assert name.split("[")[0].split("::")[-1] in names, test


def test_every_rule_has_one_name() -> None:
    """A rule can be chosen by its words."""
    rules = [mutant.rule for mutant in MUTANTS]
    assert sorted(set(rules)) == sorted(rules)
