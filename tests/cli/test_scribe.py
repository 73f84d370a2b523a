"""A note per line: from a program, and at the scribe's prompt."""

from __future__ import annotations

import io
import sys
from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import pytest

from dd_incident_roles.sandbox.faults import FaultKind
from dd_incident_roles.sandbox.sandbox import Sandbox
from tests.product import Product, closed_port

Pipe = Callable[[str], None]


@pytest.fixture
def pipe(monkeypatch: pytest.MonkeyPatch) -> Pipe:
    """Put a text on stdin."""
    return lambda typed: monkeypatch.setattr(sys, "stdin", io.StringIO(typed))


def texts(product: Product) -> list[str]:
    """What the entries say, in their order."""
    listed = product.run("timeline", "list", "1001", "--format", "json").json()
    return [entry["text"] for entry in listed["entries"]]


def notes(sandbox: Sandbox) -> list[str]:
    """The texts of the notes in Datadog, without our tags."""
    return sorted(note.partition("\n\n\u2014")[0] for note in sandbox.notes(1001))


def test_a_note_per_line(product: Product, sandbox: Sandbox, pipe: Pipe) -> None:
    """All lines or none become notes, in their order, with the options of one."""
    pipe("Paged\n\n  \nRestarted\nRecovered\n")
    ran = product.run("note", "1001", "-", "--at", "10m", "--important")
    assert (ran.exit_code, ran.stderr) == (0, "")
    assert ran.stdout == "3 entries were added to the timeline of IR-1001. Datadog shows them.\n"
    assert texts(product) == ["Paged", "Restarted", "Recovered"]
    assert notes(sandbox) == ["Paged", "Recovered", "Restarted"]
    pipe(f"fine\n{'x' * 10_001}\n")
    assert product.run("timeline", "add", "1001", "-").exit_code == 2
    pipe("\n")
    assert "is empty" in product.run("timeline", "add", "1001", "-").stderr
    assert len(texts(product)) == 3


def test_the_scribe_takes_notes(product: Product, sandbox: Sandbox, pipe: Pipe) -> None:
    """Each has the time at which its line was finished; the last can be taken back."""
    pipe(f"/undo\nPaged\nRestarded\n/undo\nRestarted\n{'x' * 10_001}\nRecovered")
    ran = product.run("timeline", "write", "1001")
    assert ran.exit_code == 0
    assert ran.stdout == "3 entries were added to the timeline of IR-1001. Datadog shows them.\n"
    assert 'Took back "Restarded".' in ran.stderr
    assert "There is nothing to take back." in ran.stderr
    assert "10001 characters" in ran.stderr
    assert texts(product) == ["Paged", "Restarted", "Recovered"]
    assert notes(sandbox) == ["Paged", "Recovered", "Restarted"]


def test_the_scribe_goes_on_without_datadog(product: Product, sandbox: Sandbox, pipe: Pipe) -> None:
    """The notes are kept, that is said once, and the next sync carries them."""
    assert product.run("sync").exit_code == 0
    pipe("Paged\nRestarted\n/undo\nRecovered\n")
    ran = product.run("timeline", "write", "1001", DD_INCIDENT_ROLES_API_URL=closed_port())
    assert ran.exit_code == 3
    assert "Recorded here, not yet in Datadog." in ran.stdout
    assert texts(product) == ["Paged", "Recovered"]
    pipe("")
    nothing = product.run("timeline", "write", "1001")
    assert nothing.stdout == "Nothing was added.\n"
    pipe("Here\n")
    assert product.run("timeline", "write", "1001", "--no-sync").exit_code == 0
    assert notes(sandbox) == []
    assert product.run("sync").exit_code == 0
    assert notes(sandbox) == ["Here", "Paged", "Recovered"]


def test_a_slow_datadog_holds_nobody_up(product: Product, sandbox: Sandbox, pipe: Pipe) -> None:
    """Notes have the times at which they were typed, not those at which Datadog was done."""
    assert product.run("sync").exit_code == 0
    sandbox.fault(FaultKind.LATENCY, method="GET", path="timeline", seconds=3.0)
    pipe("Paged\nRestarted\nRecovered\n")
    began = datetime.now(UTC)
    assert product.run("timeline", "write", "1001").exit_code == 0
    listed = product.run("timeline", "list", "1001", "--format", "json").json()["entries"]
    assert all(datetime.fromisoformat(each["at"]) < began + timedelta(seconds=2) for each in listed)
    assert len(listed) == 3
