"""Text from outside is shown and commands nothing, wherever it comes from."""

from __future__ import annotations

import unicodedata

import pytest

from dd_incident_roles.sandbox.faults import FaultKind
from tests.endtoend.agreement import Sides

EVIL = "Down\x1b[31m\x1b]0;owned\x07\n::error::gone\r\n\u202ereversed\x9b2J\x00 [bold]end"
MALLORY = "mallory@corp.example"


def assert_harmless(text: str) -> None:
    """No control character but the end of a line, and no workflow command at a line's start."""
    odd = {each for each in text if unicodedata.category(each) in {"Cc", "Cf"} and each != "\n"}
    assert odd == set()
    assert not any(line.lstrip().startswith("::") for line in text.splitlines())


@pytest.fixture
def hostile(sides: Sides) -> Sides:
    """Both sides with such a text as title and name, and with a role that nobody knows."""
    sandbox = sides.sandbox
    sandbox.add_person(MALLORY, EVIL)
    sandbox.define_role(EVIL)
    sandbox.declare(EVIL, severity=f"SEV-1{EVIL}", commander=MALLORY, public_id=1003)
    sandbox.declare(EVIL, severity="SEV-1", public_id=1004)
    sandbox.give_role(1003, EVIL, MALLORY)
    return sides


COMMANDS = (
    ["sync", "--dry-run"],
    ["sync"],
    ["status"],
    ["status", "1003"],
    ["check"],
    ["assign", "1003", "scribe", MALLORY],
    ["assign", "1003", "im", EVIL],
    ["assign", "1003", EVIL, MALLORY],
    ["assign", EVIL, "im", MALLORY],
    ["sync", "--query", EVIL],
)


def test_nothing_raw_reaches_the_terminal(hostile: Sides) -> None:
    """Escape sequences, control characters and line breaks of a title are gone from every line."""
    for command in COMMANDS:
        ran = hostile.product.run(*command)
        assert ran.said
        assert_harmless(ran.stdout)
        assert_harmless(ran.stderr)
    assert "reversed" in hostile.product.run("status", "1003").stdout


def test_documents_escape_it(hostile: Sides) -> None:
    """A document keeps the text as data, escaped, so that no line of it is raw either."""
    for command in (["status"], ["sync"], ["check", "--fail-on", "never"]):
        ran = hostile.product.run(*command, "--format", "json")
        assert_harmless(ran.stdout)
        assert ran.json()


def test_a_redirect_cannot_write_to_the_terminal(sides: Sides) -> None:
    """The address of a redirect is text from outside, too."""
    sides.sandbox.fault(
        FaultKind.REDIRECT, count=None, location="https://evil.invalid\x1b[2J/::error::"
    )
    ran = sides.product.run("status")
    assert ran.exit_code == 3
    assert_harmless(ran.said)
