"""Help, there for every command and narrow enough for a terminal; and what a command loads."""

from __future__ import annotations

import re
import sys
from pathlib import Path

import pytest

from dd_incident_roles.cli.main import COMMANDS
from tests.cli.program import HEAVY, run
from tests.documents.commands import NODES, WIDEST_HELP, Node
from tests.facts.any_facts import snapshot, written

SHOW_IMPORTS = """
import sys
from dd_incident_roles.cli.main import main
for words in sys.argv[1:]:
    try:
        main(words.split())
    except SystemExit as end:
        assert not end.code, end.code
print(*sorted(sys.modules), file=sys.stderr)
"""

each_node = pytest.mark.parametrize(
    "node", NODES, ids=[" ".join(node.words) or "the program" for node in NODES]
)


def test_help_imports_nothing_heavy() -> None:
    """No HTTP, no SQL, no client, no web server: a help text is there at once.

    One process shows the help of every command; what it imported in the end, it imported for one.
    """
    shown = run(
        *(" ".join([*node.words, "--help"]) for node in NODES),
        settings={},
        program=(sys.executable, "-c", SHOW_IMPORTS),
    )
    assert shown.stdout.count("Usage: dd-incident-roles") == len(NODES)
    imported = set(shown.stderr.split())
    assert "click" in imported
    assert imported & HEAVY == set()


@each_node
def test_every_command_and_option_says_what_it_does(node: Node) -> None:
    """The help of a command begins with a sentence, and every option has one of its own."""
    first = node.text.partition("\n")[0]
    assert first.endswith(".")
    assert first[0].isupper()
    assert [option.name for option in node.options if not option.help] == []


@each_node
def test_help_fits_a_terminal(node: Node) -> None:
    """No line of help is wider than 100 columns, and none is cut."""
    help_text = node.command.get_help(node.context)
    assert [line for line in help_text.splitlines() if len(line) > WIDEST_HELP] == []
    assert not re.search(r"(?<!\])\.\.\.", help_text)


def test_the_list_of_commands_is_the_tree() -> None:
    """Each command of the overview exists under the name that it is listed with."""
    found = {node.words[0]: node.command.name for node in NODES if len(node.words) == 1}
    assert found == {name: name for name in COMMANDS}


FILE = "FILE"
"""Where the path of a snapshot goes."""


@pytest.mark.parametrize(
    ("typed", "needed"),
    [
        (f"check --snapshot {FILE} --format json", {"pydantic", "yaml"}),
        (f"check --snapshot {FILE}", {"pydantic", "rich", "yaml"}),
        ("explain IR001", {"rich"}),
        ("roles list --format json", {"pydantic"}),
        ("roles list", {"pydantic", "rich"}),
    ],
)
def test_a_command_without_datadog_loads_only_what_it_uses(
    typed: str, needed: set[str], tmp_path: Path
) -> None:
    """Neither the record nor Datadog is loaded for what a file or the catalogue can tell."""
    file = tmp_path / "snapshot.json"
    file.write_text(written(snapshot()), encoding="utf-8")
    program = (sys.executable, "-c", SHOW_IMPORTS)
    ran = run(typed.replace(FILE, str(file)), settings={}, program=program)
    loaded = set(ran.stderr.split())
    assert loaded & HEAVY == needed
    ours = {name.split(".")[1] for name in loaded if name.startswith("dd_incident_roles.")}
    assert ours & {"app", "application", "datadog", "store", "sync", "transport"} == set()
