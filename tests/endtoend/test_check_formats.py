"""One state of Datadog in every format: the same exit code, the same numbers, and text as data."""

from __future__ import annotations

import re
import stat
import unicodedata
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from tests.endtoend.agreement import CAROL, Sides
from tests.endtoend.checks import (
    FORMATS,
    Told,
    annotated,
    check_json,
    findings,
    policy_file,
    today,
    told,
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


class Mixed:
    """Checks that are made as of one moment, by one policy and against one baseline."""

    def __init__(self, sides: Sides, options: tuple[str, ...], settings: dict[str, str]) -> None:
        self.sides = sides
        self.options = options
        self.settings = settings

    def check(self, shape: str, *arguments: str) -> tuple[int, str]:
        """The exit code and the report in one format."""
        ran = self.sides.product.run(
            "check", *arguments, *self.options, "--format", shape, **self.settings
        )
        assert ran.stderr == ""
        return ran.exit_code, ran.stdout


def test_every_format_counts_the_same(mixed: Mixed) -> None:
    """Whichever format is asked for, as many findings stand, are waived and are known."""
    expected = Told(standing=1, waived=1, known=4)
    for shape in FORMATS:
        exit_code, text = mixed.check(shape)
        assert (shape, exit_code, told(shape, text)) == (shape, 1, expected)


def test_every_format_passes_alike(mixed: Mixed) -> None:
    """What is waived or known is shown in every format, and fails in none."""
    for shape in FORMATS:
        exit_code, text = mixed.check(shape, "1001")
        assert (shape, exit_code, told(shape, text)) == (
            shape,
            0,
            Told(standing=0, waived=1, known=4),
        )


@pytest.mark.parametrize("fail_on", ["error", "warning", "never"])
def test_every_format_has_the_exit_code(sides: Sides, fail_on: str) -> None:
    """The exit code hangs on the lowest level that fails, and never on the format."""
    expected = {
        check_json(sides.product, "--fail-on", fail_on).exit_code,
        *(
            sides.product.run("check", "--fail-on", fail_on, "--format", shape).exit_code
            for shape in FORMATS
        ),
    }
    assert expected == {0 if fail_on == "never" else 1}


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
    assert sides.product.run("sync").exit_code == 0
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
    """Title, names and roles are shown in every format, and add nothing to it."""
    now = ("--now", (datetime.now(UTC) + timedelta(minutes=1)).isoformat())
    ran = check_json(hostile.product, "1003", *now)
    rules = {each["rule"] for each in findings(ran)}
    assert {"IR002", "IR013", "IR014"} <= rules
    expected = Told(standing=len(findings(ran)))
    for shape in FORMATS:
        ran = hostile.product.run("check", "1003", *now, "--format", shape)
        assert (shape, ran.exit_code, told(shape, ran.stdout)) == (shape, 1, expected)
        assert_data(ran.said)
        if shape != "github":
            assert not any(line.lstrip().startswith("::") for line in ran.said.splitlines())


def test_one_annotation_for_each_finding(hostile: Sides) -> None:
    """Each annotation is one line with its rule, file and line, whatever its text says."""
    rules = sorted(each["rule"] for each in findings(check_json(hostile.product, "1003")))
    lines = annotated(hostile.product.run("check", "1003", "--format", "github").stdout)
    parsed = [_COMMAND.match(line) for line in lines]
    assert sorted(each["rule"] for each in parsed if each) == rules
    assert max(map(len, lines)) < 6_000


def test_hostile_text_is_valid(hostile: Sides) -> None:
    """The documents keep to their schemas, and Markdown shows no link, picture or HTML."""
    documents = {
        shape: hostile.product.run("check", "--format", shape).stdout
        for shape in ("json", "sarif", "markdown")
    }
    assert complaints("check", documents["json"]) == []
    assert rendered(documents["markdown"]).foreign == ()
    assert sarif_complaints(documents["sarif"]) == []


@pytest.mark.parametrize("shape", FORMATS)
def test_a_file_has_what_stdout_has(mixed: Mixed, tmp_path: Path, shape: str) -> None:
    """The report in a file is that of stdout, for nobody else to read, with the same exit code."""
    file = tmp_path / "report"
    written = mixed.check(shape, "--output", str(file))
    shown = mixed.check(shape)
    assert written == (shown[0], "")
    assert file.read_text("utf-8") == shown[1]
    assert stat.S_IMODE(file.stat().st_mode) == 0o600


@pytest.mark.parametrize("shape", FORMATS)
def test_a_folder_that_is_not_there(sides: Sides, tmp_path: Path, shape: str) -> None:
    """A report that cannot be written is exit 2, which names the file."""
    file = tmp_path / "nowhere" / "report"
    ran = sides.product.run("check", "--format", shape, "--output", str(file))
    assert (ran.exit_code, ran.stdout) == (2, "")
    assert str(file) in ran.stderr
    assert not file.parent.exists()
