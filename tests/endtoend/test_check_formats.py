"""One state of Datadog in every format: the same exit code, the same numbers, and text as data."""

from __future__ import annotations

import re
import stat
import unicodedata
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from tests.endtoend.agreement import CAROL, Sides
from tests.endtoend.checks import (
    FORMATS,
    FindingCounts,
    annotated,
    check_json,
    count_findings,
    findings,
    policy_file,
    today,
    waiver,
)
from tests.report.readers import complaints, rendered, sarif_complaints

MALLORY = "mallory@corp.example"
EVIL = (
    "::error file=x::gone\n::error::Down\x1b[31m\x1b]0;owned\x07\r\n::stop-commands::x\n"
    "\u202ereversed\x9b2J\x00 ##[error] [bold]end | \U0001f4a5 "
    "<testcase/> ]]> <img src=x> [a](http://x)"
)
_COMMAND = re.compile(
    r"::(error|warning|notice) title=(?P<rule>IR\d{3}) [a-z-]+,file=[^,:]+,line=\d+::"
)
"""What GitHub takes for the command, up to the text that it shows."""

LONG = f"{EVIL}{'x' * 10_000}"


@pytest.fixture
def mixed(sides: Sides, tmp_path: Path) -> Mixed:
    """Findings of which one is waived, some are known, and the others stand."""
    now = (datetime.now(UTC) + timedelta(minutes=1)).isoformat()
    baseline = tmp_path / "baseline.json"
    before = check_json(sides.product, "1001", "--now", now, "--output", str(baseline))
    assert before.exit_code == 1
    settings = policy_file(
        tmp_path,
        waivers=[
            waiver(rule="IR010", incident=1001, role="scribe", expires=today() + timedelta(days=3))
        ],
    )
    return Mixed(sides, ("--now", now, "--baseline", str(baseline)), settings)


@dataclass(frozen=True, slots=True)
class Mixed:
    """Checks that are made as of one moment, by one policy and against one baseline."""

    sides: Sides
    options: tuple[str, ...]
    settings: dict[str, str]

    def check(self, shape: str, *arguments: str) -> tuple[int, str]:
        """The exit code and the report in one format."""
        ran = self.sides.product.run(
            "check", *arguments, *self.options, "--format", shape, **self.settings
        )
        assert ran.stderr == ""
        return ran.exit_code, ran.stdout


@pytest.mark.parametrize(
    ("named", "exit_code", "expected"),
    [
        ((), 1, FindingCounts(standing=1, waived=1, known=4)),
        (("1001",), 0, FindingCounts(standing=0, waived=1, known=4)),
    ],
)
def test_every_format_counts_the_same(
    mixed: Mixed, tmp_path: Path, named: tuple[str, ...], exit_code: int, expected: FindingCounts
) -> None:
    """Whichever format is asked for, as many findings stand, are waived and are known.

    What is waived or known fails in none. A file has what stdout has, for nobody else to read.
    """
    for shape in FORMATS:
        code, text = mixed.check(shape, *named)
        assert (shape, code, count_findings(shape, text)) == (shape, exit_code, expected)
        file = tmp_path / f"report.{shape}"
        assert mixed.check(shape, *named, "--output", str(file)) == (exit_code, "")
        assert file.read_text("utf-8") == text
        assert stat.S_IMODE(file.stat().st_mode) == 0o600


def test_every_format_has_the_exit_code(shared: Sides, tmp_path: Path) -> None:
    """The exit code hangs on the lowest level that fails, and never on the format.

    A report that cannot be written is exit 2, which names the file.
    """
    file = tmp_path / "nowhere" / "report"
    for shape in FORMATS:
        for fail_on in ("error", "warning", "never"):
            ran = shared.product.run("check", "--fail-on", fail_on, "--format", shape)
            assert (shape, fail_on, ran.exit_code) == (shape, fail_on, int(fail_on != "never"))
        ran = shared.product.run("check", "--format", shape, "--output", str(file))
        assert (shape, ran.exit_code, ran.stdout) == (shape, 2, "")
        assert str(file) in ran.stderr
    assert not file.parent.exists()


@pytest.fixture(params=[EVIL, LONG], ids=["short", "of more than 10,000 characters"])
def hostile(sides: Sides, request: pytest.FixtureRequest) -> Sides:
    """A text that would command something, as title, name, severity and the name of a role."""
    evil = str(request.param)
    sides.sandbox.add_person(MALLORY, evil, status="Disabled")
    sides.sandbox.define_role(evil)
    sides.sandbox.declare(
        evil,
        severity="SEV-1",
        by=CAROL,
        commander=MALLORY,
        public_id=1003,
        at=datetime.now(UTC) - timedelta(hours=1),
    )
    sides.sandbox.give_role(1003, evil, MALLORY)
    sides.sandbox.give_role(1003, "Scribe", MALLORY)
    sides.run("sync")
    return sides


def assert_data(text: str) -> None:
    """No control character but the end of a line, and nothing that begins a command."""
    odd = {
        each
        for each in text
        if unicodedata.category(each) in {"Cc", "Cf"} and each not in {"\n", "\u200c", "\u200d"}
    }
    assert odd == set()
    assert "##[" not in text


def test_hostile_text_stays_data(hostile: Sides) -> None:
    """Title, names and roles are shown in every format, and add nothing to it.

    Each annotation is one line with its rule, file and line, whatever its text says. The documents
    keep to their schemas, and Markdown shows no link, picture or HTML.
    """
    now = ("--now", (datetime.now(UTC) + timedelta(minutes=1)).isoformat())
    rules = sorted(each["rule"] for each in findings(check_json(hostile.product, "1003", *now)))
    assert {"IR002", "IR013", "IR014"} <= {*rules}
    shown = {}
    for shape in FORMATS:
        ran = hostile.end_with(1, "check", "1003", *now, "--format", shape)
        shown[shape] = ran.stdout
        assert (shape, count_findings(shape, ran.stdout)) == (
            shape,
            FindingCounts(standing=len(rules)),
        )
        assert_data(ran.said)
        if shape != "github":
            assert not any(line.lstrip().startswith("::") for line in ran.said.splitlines())
    lines = annotated(shown["github"])
    assert sorted(each["rule"] for each in map(_COMMAND.match, lines) if each) == rules
    assert max(map(len, lines)) < 6_000
    assert complaints("check", shown["json"]) == []
    assert rendered(shown["markdown"]).foreign == ()
    assert sarif_complaints(shown["sarif"]) == []
