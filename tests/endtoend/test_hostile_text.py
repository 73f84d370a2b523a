"""Text from outside is shown and commands nothing, wherever it comes from."""

from __future__ import annotations

import json
import unicodedata
from collections.abc import Iterator

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
    ["board"],
    ["assign", "1003", "scribe", MALLORY],
    ["assign", "1003", "im", EVIL],
    ["assign", "1003", EVIL, MALLORY],
    ["assign", EVIL, "im", MALLORY],
    ["sync", "--query", EVIL],
)


def test_nothing_raw_reaches_the_terminal(hostile: Sides) -> None:
    """Escape sequences, control characters and line breaks of a title are gone from every line.

    A document keeps the text as data, escaped, so that no line of it is raw either.
    """
    for command in COMMANDS:
        ran = hostile.product.run(*command)
        assert ran.said
        assert_harmless(ran.stdout)
        assert_harmless(ran.stderr)
    assert "reversed" in hostile.product.run("status", "1003").stdout
    for command in (["status"], ["sync"], ["check", "--fail-on", "never"]):
        ran = hostile.product.run(*command, "--format", "json")
        assert_harmless(ran.stdout)
        assert ran.json()


def test_a_redirect_cannot_write_to_the_terminal(sides: Sides) -> None:
    """The address of a redirect is text from outside, too."""
    sides.sandbox.fault(
        FaultKind.REDIRECT, count=None, location="https://evil.invalid\x1b[2J/::error::"
    )
    ran = sides.end_with(3, "status")
    assert_harmless(ran.said)


CAROL, DAN = "carol@corp.example", "dan@corp.example"
TYPED = (
    ["timeline", "add", "1001", EVIL],
    ["handoff", "1001", "im", "--to", CAROL, "--force", "--reason", EVIL],
    ["handoff", "1001", "im", "--to", DAN, "--propose", "--note", EVIL],
    ["handoff", "decline", "1001", "im", "--note", EVIL],
    ["roles", "devise", "1001", EVIL, "--summary", EVIL, "--define"],
    ["roles", "devise", "1001", "Runner", "--summary", EVIL, "--define"],
    ["assign", "1001", "tl", DAN, "--stream", EVIL],
    ["correct", "1001", "scribe", CAROL, "--from=-30m", "--until=-20m", "--reason", EVIL],
    ["sync"],
)


def test_nothing_raw_that_was_typed_reaches_datadog(sides: Sides) -> None:
    """Notes, reasons, titles and summaries go out without what nobody sees, or not at all."""
    for command in TYPED:
        ran = sides.product.run(
            *command, DD_INCIDENT_ROLES_ME=DAN, DD_INCIDENT_ROLES_TIMELINE="auto"
        )
        assert_harmless(ran.said)
    written = [json.loads(each.body) for each in sides.sandbox.requests.writes() if each.body]
    texts = [text for body in written for text in texts_in(body)]
    assert any("Correction: Carol was Scribe" in text for text in texts)
    assert any("Runner" in text for text in texts)
    odd = {each for text in texts for each in text if unicodedata.category(each) == "Cc"}
    assert odd <= {"\n", "\t"}


def texts_in(value: object) -> Iterator[str]:
    """Every text of a document."""
    match value:
        case str():
            yield value
        case list():
            for each in value:
                yield from texts_in(each)
        case dict():
            for each in value.values():
                yield from texts_in(each)
        case _:
            pass


@pytest.mark.parametrize(
    "command",
    [
        ["correct", "1001", "scribe", CAROL, "--from=-30m", "--until=-20m", "--reason"],
        ["handoff", "1001", "im", "--to", CAROL, "--propose", "--note"],
        ["roles", "devise", "1001", "Runner", "--summary"],
        ["roles", "devise", "1001"],
        ["timeline", "add", "1001"],
        ["assign", "1001", "tl", DAN, "--stream"],
    ],
    ids=" ".join,
)
def test_what_is_typed_has_a_limit(unchanged: Sides, command: list[str]) -> None:
    """More than anybody reads is refused with the limit, and nothing is recorded or sent."""
    ran = unchanged.end_with(2, *command, "x" * 10_001)
    assert "characters" in ran.stderr
