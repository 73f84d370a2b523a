"""What a command loads before it does anything: only what it uses."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

from tests.cli.program import HEAVY, run
from tests.facts.any_facts import snapshot, written

SHOW_IMPORTS = """
import sys
from dd_incident_roles.cli.main import main
try:
    main(sys.argv[1:])
except SystemExit as end:
    assert not end.code, end.code
print(*sorted(sys.modules), file=sys.stderr)
"""

FILE = "FILE"
"""Where the path of a snapshot goes."""


@pytest.mark.parametrize(
    ("typed", "needed"),
    [
        (f"check --snapshot {FILE} --format json", {"pydantic", "yaml"}),
        (f"check --snapshot {FILE}", {"pydantic", "rich", "yaml"}),
        ("explain IR001", {"rich"}),
        ("roles list --format json", {"pydantic", "yaml"}),
        ("roles list", {"pydantic", "rich", "yaml"}),
    ],
)
def test_a_command_without_datadog_loads_only_what_it_uses(
    typed: str, needed: set[str], tmp_path: Path
) -> None:
    """Neither the record nor Datadog is loaded for what a file or the catalogue can tell."""
    file = tmp_path / "snapshot.json"
    file.write_text(written(snapshot()), encoding="utf-8")
    arguments = [str(file) if word == FILE else word for word in typed.split()]
    loaded = set(
        run(*arguments, settings={}, program=(sys.executable, "-c", SHOW_IMPORTS)).stderr.split()
    )
    assert loaded & HEAVY == needed
    ours = {name.split(".")[1] for name in loaded if name.startswith("dd_incident_roles.")}
    assert ours & {"app", "application", "datadog", "store", "sync", "transport"} == set()
