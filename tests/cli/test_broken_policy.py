"""A slip in the policy file keeps nobody from a role, and passes for no check."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.endtoend.product import Product


@pytest.fixture
def broken(product: Product, tmp_path: Path) -> Product:
    """The product with a policy whose third line is wrong."""
    policy = tmp_path / "policy.yaml"
    policy.write_text("version: 1\nrules:\n  IR030: loud\n", encoding="utf-8")
    settings = {**product.settings, "DD_INCIDENT_ROLES_POLICY": str(policy)}
    return Product(store=product.store, settings=settings)


@pytest.mark.parametrize(
    "arguments",
    [("status",), ("assign", "1001", "scribe", "bo@corp.example"), ("sync",)],
    ids=lambda words: words[0],
)
def test_what_does_not_judge_goes_on(broken: Product, arguments: tuple[str, ...]) -> None:
    """The command does its work, and warns of the line that is wrong."""
    ran = broken.run(*arguments)
    assert ran.exit_code == 0
    assert "Warning: " in ran.stderr
    assert "policy.yaml:3: rules.IR030 ('loud')" in ran.stderr


@pytest.mark.parametrize("arguments", [("check",), ("snapshot",)], ids=lambda words: words[0])
def test_what_judges_does_not(broken: Product, arguments: tuple[str, ...]) -> None:
    """A check without its policy is refused, and told how to see every problem."""
    ran = broken.run(*arguments)
    assert (ran.exit_code, ran.stdout) == (2, "")
    assert "policy.yaml:3: rules.IR030 ('loud')" in ran.stderr
