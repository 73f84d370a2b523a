"""Commands beside a record that cannot be written, on a disk that takes not one byte."""

from __future__ import annotations

import os
import shlex
import subprocess
import sys
from pathlib import Path

import pytest

from dd_incident_roles.sandbox.sandbox import Sandbox
from tests.endtoend.agreement import Sides
from tests.product import Product, Ran

NOTHING_NOTED = "Nothing of what was seen could be noted there."


def on_full_disk(product: Product, *arguments: str) -> Ran:
    """Run a command that may not write a byte to any file."""
    command = shlex.join([sys.executable, "-m", "dd_incident_roles.cli.main", *arguments])
    done = subprocess.run(
        ["/bin/sh", "-c", f"ulimit -f 0; exec {command}"],
        env={**os.environ, **product.settings},
        cwd=Path(__file__).parents[2],
        capture_output=True,
        text=True,
        check=False,
    )
    assert "Traceback" not in done.stderr
    return Ran(exit_code=done.returncode, stdout=done.stdout, stderr=done.stderr)


@pytest.mark.parametrize(
    "arguments",
    [
        ("status", "1001"),
        ("check", "1001", "--fail-on", "never"),
        ("history", "1001"),
        ("timeline", "list", "1001"),
        ("snapshot", "1001"),
        ("suggest", "1001", "scribe"),
    ],
    ids=lambda arguments: arguments[0],
)
def test_what_only_reads_goes_on(sides: Sides, arguments: tuple[str, ...]) -> None:
    """It exits with 0, shows what is recorded, and says that nothing could be noted."""
    before = sides.product.run("assign", "1001", "scribe", "carol@corp.example")
    assert before.exit_code == 0
    ran = on_full_disk(sides.product, *arguments)
    assert ran.exit_code == 0, ran.stderr
    assert NOTHING_NOTED in ran.stderr
    assert "Datadog could not be read" not in ran.said
    if arguments[0] in {"status", "history"}:
        assert "Scribe" in ran.stdout


def test_what_writes_does_nothing_at_all(sides: Sides, sandbox: Sandbox) -> None:
    """Without a record of what is about to be done, nothing is done in Datadog."""
    ran = on_full_disk(sides.product, "assign", "1001", "scribe", "carol@corp.example")
    assert ran.exit_code == 3
    assert "record" in ran.stderr
    assert "could not be written" in ran.stderr
    assert not sandbox.requests.writes()


def test_no_record_at_all(product: Product) -> None:
    """Where none can be begun, `status` shows what Datadog shows."""
    ran = on_full_disk(product, "status", "1001")
    assert ran.exit_code == 0, ran.stderr
    assert "Incident Manager" in ran.stdout
    assert NOTHING_NOTED in ran.stderr
    assert not product.store.exists()
