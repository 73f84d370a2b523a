"""``board`` against a local Datadog: what stands on the page, and where it is written."""

from __future__ import annotations

import stat
import sys
from html.parser import HTMLParser
from pathlib import Path

import pytest

from dd_incident_roles.sandbox.faults import FaultKind
from tests.endtoend.agreement import ANA, BO, CAROL, Sides
from tests.product import closed_port

NOWHERE = "DD_INCIDENT_ROLES_API_URL"


class Words(HTMLParser):
    """The text of a page, in order, without its style."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.all: list[str] = []
        self._is_style = False
        self.feed(html)

    def handle_starttag(self, tag: str, attrs: object) -> None:
        self._is_style = tag == "style"

    def handle_data(self, data: str) -> None:
        if data.strip() and not self._is_style:
            self.all.append(" ".join(data.split()))

    @property
    def text(self) -> str:
        """All of it."""
        return " ".join(self.all)


def page_of(sides: Sides, *options: str, exit_code: int = 0, **settings: str) -> str:
    """What is to be read on the page."""
    return Words(sides.end_with(exit_code, "board", *options, **settings).stdout).text


def test_the_open_incidents(sides: Sides) -> None:
    """The gravest first, with holders, empty roles, findings and what to type; nothing changes."""
    sides.run("assign", "1001", "scribe", CAROL)
    sides.run("handoff", "1001", "im", "--to", BO)
    before = sides.state()
    sides.sandbox.forget_requests()
    text = page_of(sides)
    assert text.index("IR-1001 Checkout fails") < text.index("IR-1002 Nightly report")
    assert "required roles are empty in 2 incidents" in text
    assert "dd-incident-roles assign 1002 im PERSON" in text
    scribe, manager = text.index("Scribe Carol since"), text.index("Incident Manager Bo since")
    assert manager < scribe, "in the order of the catalogue"
    assert "Ana from" in text, "who held it before is in the chart"
    assert "Carol" not in page_of(sides, "1002")
    assert "There is none to show" in page_of(sides, "--query", "state:completed")
    assert sides.sandbox.requests.writes() == []
    assert sides.state() == before


def test_a_file_is_private_and_replaced_in_one_step(sides: Sides, tmp_path: Path) -> None:
    """It holds names; what cannot be written is said, and the old page stays."""
    file = tmp_path / "board.html"
    file.write_text("old", "utf-8")
    file.chmod(0o644)
    ran = sides.run("board", "--output", str(file))
    assert (ran.stdout, ran.stderr) == ("", f"2 incidents written to {file}.\n")
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert file.read_text("utf-8").startswith("<!doctype html>")
    assert [each.name for each in tmp_path.glob("*board*")] == ["board.html"]
    sides.end_with(2, "board", "--output", str(tmp_path))
    sides.end_with(2, "board", "--output", str(tmp_path / "none" / "board.html"))


def test_without_datadog_it_shows_what_is_recorded(sides: Sides) -> None:
    """And says so, on the page and by its exit code; nothing looks clean."""
    sides.run("assign", "1001", "scribe", CAROL)
    nowhere = {NOWHERE: closed_port()}
    text = page_of(sides, exit_code=3, **nowhere)
    assert "Not read, so there may be more The list of incidents" in text
    assert text.count("Datadog could not be read; this is what is recorded here.") == 2
    assert "Scribe Carol since" in text
    assert "Nobody is" not in text, "what was not read was not judged"
    never = sides.product.beside("new.sqlite3")
    ran = never.run("board", **nowhere)
    assert ran.exit_code == 3
    assert "Not everything could be read" in ran.stdout
    assert "No incident is open" not in ran.stdout


def test_one_that_cannot_be_read(sides: Sides) -> None:
    """The others are shown as they are, and what is missing is named."""
    path = f"/incidents/{sides.incident_id(1002)}"
    sides.sandbox.fault(FaultKind.STATUS_BEFORE, method="GET", path=path, count=None, status=500)
    text = page_of(sides, exit_code=3)
    assert "IR-1002 :" in text
    assert text.count("this is what is recorded here.") == 1
    assert "Incident Manager Ana" in text


def test_a_private_incident(sides: Sides, tmp_path: Path) -> None:
    """Neither its title nor its people are on the page, unless the policy shows private ones."""
    sides.sandbox.declare(
        "A secret merger", severity="SEV-2", commander=ANA, private=True, public_id=1003
    )
    sides.run("sync")
    sides.run("unassign", "1001", "im")
    text = page_of(sides)
    assert "IR-1003 Private incident" in text
    assert "Incident Manager someone" in text
    assert "merger" not in text
    policy = tmp_path / "policy.yaml"
    policy.write_text("version: 1\nprivate_incidents: shown\n", "utf-8")
    text = page_of(sides, DD_INCIDENT_ROLES_POLICY=str(policy))
    assert "IR-1003 A secret merger" in text
    assert "Incident Manager Ana" in text


def test_the_library_is_asked_for_first(sides: Sides, monkeypatch: pytest.MonkeyPatch) -> None:
    """Without it, what to install is said before anybody waits for Datadog."""
    monkeypatch.setitem(sys.modules, "jinja2", None)
    ran = sides.end_with(2, "board")
    assert "pip install 'dd-incident-roles[board]'" in ran.stderr
    assert sides.sandbox.requests.count() == 0
