"""Help answers at once: it imports nothing that talks to a network, a database or a terminal."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from tests.product import Product

HEAVY = ("requests", "sqlalchemy", "datadog_api_client", "rich", "pydantic", "yaml", "starlette")
ASK = """
import sys
from dd_incident_roles.cli.main import main
codes = set()
for arguments in {calls!r}:
    try:
        main(arguments)
    except SystemExit as end:
        codes.add(end.code)
print(sorted(codes), sorted(set(sys.modules) & set({heavy!r})), file=sys.stderr)
"""
COMMANDS = ["status", "assign", "unassign", "roles", "sync", "check", "sandbox", "demo"]
CALLS = [
    ["--help"],
    ["-h"],
    ["--version"],
    *([name, "--help"] for name in COMMANDS),
    ["roles", "list", "--help"],
    ["roles", "show", "--help"],
]


def test_help_of_every_command_imports_nothing_heavy() -> None:
    """One interpreter asks for every help there is, and still has none of those modules."""
    done = subprocess.run(
        [sys.executable, "-c", ASK.format(calls=CALLS, heavy=HEAVY)],
        cwd=Path(__file__).parents[2],
        capture_output=True,
        text=True,
        check=True,
        timeout=60,
    )
    assert done.stderr.strip() == "[0] []"


@pytest.mark.parametrize("name", COMMANDS)
def test_help_says_how_it_is_called(product: Product, name: str) -> None:
    """Each help has the usage and its own options, and is listed by the program's own help."""
    ran = product.run(name, "--help")
    assert ran.exit_code == 0
    assert ran.stdout.startswith(f"Usage: dd-incident-roles {name}")
    assert f"  {name} " in product.run("--help").stdout


def test_help_needs_no_keys(product: Product) -> None:
    """Help and the catalogue are there before anything is configured."""
    nothing = {"DD_API_KEY": "", "DD_APP_KEY": ""}
    assert product.run("assign", "--help", **nothing).exit_code == 0
    assert product.run("roles", "list", **nothing).exit_code == 0
    assert product.run("roles", "show", "scribe", **nothing).exit_code == 0


@pytest.mark.parametrize(
    "arguments",
    [
        ["assign", "1001", "im"],
        ["assign", "1001", "no such role", "bo@corp.example"],
        ["assign", "1001", "im", "nobody@corp.example"],
        ["assign", "1001", "im", "bo@corp"],
        ["assign", "9999", "im", "bo@corp.example"],
        ["status", "no incident"],
        ["sync", "--watch", "0"],
        ["check", "--select", "IR777"],
        ["nonsense"],
        ["--store", "postgresql://elsewhere/record", "status"],
    ],
    ids=" ".join,
)
def test_what_cannot_be_meant_is_a_usage_error(product: Product, arguments: list[str]) -> None:
    """Exit 2, an explanation on stderr, and nothing on stdout."""
    ran = product.run(*arguments)
    assert (ran.exit_code, ran.stdout) == (2, ""), ran.said
    assert ran.stderr
