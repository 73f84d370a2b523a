"""Help: there for every command, narrow enough for a terminal, and cheap."""

from __future__ import annotations

import subprocess
import sys

import pytest

from dd_incident_roles.cli.main import COMMANDS
from tests.cli.program import ROOT, environment
from tests.cli.tree import NODES, WIDEST_HELP, Node

HEAVY = frozenset(
    {
        *("alembic", "datadog_api_client", "pydantic", "requests", "rich"),
        *("sqlalchemy", "sqlite3", "starlette", "urllib3", "uvicorn", "yaml"),
    }
)
"""What a help text can do without."""

SHOW_IMPORTS = """
import sys
from dd_incident_roles.cli.main import main
try:
    main(sys.argv[1:])
except SystemExit as end:
    assert not end.code, end.code
print(*sorted({name.partition(".")[0] for name in sys.modules}), file=sys.stderr)
"""

each_node = pytest.mark.parametrize(
    "node", NODES, ids=[" ".join(node.words) or "the program" for node in NODES]
)


def imported_by(*arguments: str) -> set[str]:
    done = subprocess.run(
        [sys.executable, "-c", SHOW_IMPORTS, *arguments],
        env=environment({}),
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=True,
    )
    assert "Usage: dd-incident-roles" in done.stdout
    return set(done.stderr.split())


@each_node
def test_help_imports_nothing_heavy(node: Node) -> None:
    """No HTTP, no SQL, no client, no web server: a help text is there at once."""
    assert imported_by(*node.words, "--help") & HEAVY == set()


def test_the_look_at_imports_sees_something() -> None:
    """What a help text does import is found."""
    assert "click" in imported_by("--help")


@each_node
def test_every_command_says_what_it_does(node: Node) -> None:
    """Every command has a help text that begins with a sentence."""
    first = node.text.partition("\n")[0]
    assert first.endswith(".")
    assert first[0].isupper()


@each_node
def test_every_option_says_what_it_does(node: Node) -> None:
    """Every option has a help text."""
    assert [option.name for option in node.options if not option.help] == []


@each_node
def test_help_fits_a_terminal(node: Node) -> None:
    """No line of help is wider than 100 columns, and none is cut."""
    help_text = node.command.get_help(node.context)
    assert [line for line in help_text.splitlines() if len(line) > WIDEST_HELP] == []
    assert "..." not in help_text.replace("[ARGS]...", "").replace("[INCIDENT]...", "")


def test_the_list_of_commands_is_the_tree() -> None:
    """Each command of the overview exists under the name that it is listed with."""
    found = {node.words[0]: node.command.name for node in NODES if len(node.words) == 1}
    assert found == {name: name for name in COMMANDS}
