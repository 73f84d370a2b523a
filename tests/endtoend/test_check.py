"""The exit code of a check is a promise, in every format: 0 clean, 1 found, 3 could not look."""

from __future__ import annotations

import json
import re
import stat
import unicodedata
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from xml.etree import ElementTree as ET

import pytest

from dd_incident_roles.sandbox.api import Permission
from dd_incident_roles.sandbox.faults import FaultKind
from dd_incident_roles.sandbox.sandbox import Sandbox
from tests.endtoend.agreement import ANA, BO, CAROL, Sides
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
from tests.product import closed_port
from tests.report.readers import complaints, rendered, sarif_complaints

NOWHERE = "state:archived"
IMPATIENT = {"DD_INCIDENT_ROLES_TIMEOUT": "2"}
SEARCH = {"path": "incidents/search", "count": None}
OBSTACLES: dict[str, Callable[[Sandbox], None]] = {
    "the server fails": lambda box: box.fault(FaultKind.STATUS_BEFORE, status=500, **SEARCH),
    "it fails each time": lambda box: box.fault(FaultKind.STATUS_BEFORE, status=503, **SEARCH),
    "it is no JSON": lambda box: box.fault(FaultKind.HTML, **SEARCH),
    "reading is not permitted": lambda box: box.withdraw(Permission.INCIDENT_READ),
    "the keys are wrong": lambda box: box.accept_only(
        api_keys=["another"], application_keys=["another"]
    ),
    "nobody listens": lambda _box: None,
}
SCOPES = ((), ("--query", "state:active"), ("--since", "30"))


@pytest.mark.parametrize("how", OBSTACLES)
def test_a_search_that_fails_is_never_clean(sides: Sides, how: str) -> None:
    """Nothing was looked at: exit 3 in a sentence, whatever may fail, and no report.

    No format has a report of nothing, which a reader would take for a clean one.
    """
    OBSTACLES[how](sides.sandbox)
    settings = dict(IMPATIENT)
    if how == "nobody listens":
        settings["DD_INCIDENT_ROLES_API_URL"] = closed_port()
    for scope in SCOPES:
        ran = check_json(sides.product, *scope, "--fail-on", "never", **settings)
        assert (scope, ran.exit_code, ran.stdout) == (scope, 3, "")
        assert ran.stderr.startswith("Error: ")
        assert len(ran.stderr.splitlines()) <= 2
    if how == "reading is not permitted":
        for shape in FORMATS:
            ran = sides.product.run("check", "--format", shape)
            assert (shape, ran.exit_code, ran.stdout) == (shape, 3, "")


def nothing_matched(sides: Sides, shape: str) -> str:
    """The report of a check for which the search finds nothing."""
    ran = sides.product.run("check", "--query", NOWHERE, "--format", shape)
    assert (ran.exit_code, ran.stderr) == (0, "")
    return ran.stdout


def test_nothing_matched(sides: Sides) -> None:
    """Exit 0, and people read that nothing was looked at, and what was searched for.

    Documents count it, and remain valid; no test of JUnit passes for having nothing to ask.
    """
    shown = {shape: nothing_matched(sides, shape) for shape in FORMATS}
    for shape in ("text", "github", "markdown"):
        text = rendered(shown[shape]).text if shape == "markdown" else shown[shape]
        [line] = [each for each in text.splitlines() if each.startswith("0 incidents matched")]
        assert NOWHERE in line
        assert not [line for line in shown[shape].splitlines() if line.startswith("::")]
    document = json.loads(shown["json"])
    assert (document["scope"]["matched"], document["evaluated"]) == (0, 0)
    [run] = json.loads(shown["sarif"])["runs"]
    assert (run["properties"]["matched"], run["results"]) == (0, [])
    junit = ET.fromstring(shown["junit"])  # noqa: S314 # our own
    of_incidents = [case for case in junit.iter("testcase") if "IR09" not in case.get("name", "")]
    assert of_incidents
    assert all(case.find("skipped") is not None for case in of_incidents)
    assert sarif_complaints(shown["sarif"]) == []


def test_an_empty_datadog(sides: Sides) -> None:
    """Without any open incident a check is clean, and says that there was none."""
    for public_id in (1001, 1002):
        sides.sandbox.set_state(public_id, "resolved")
    sides.run("sync")
    ran = sides.run("check")
    assert "0 incidents matched" in ran.stdout


def test_an_incident_that_cannot_be_read(sides: Sides) -> None:
    """It is exit 3, which outranks 1, and what was found in the other is shown all the same."""
    path = f"/incidents/{sides.incident_id(1002)}"
    sides.sandbox.fault(FaultKind.STATUS_BEFORE, method="GET", path=path, count=None, status=500)
    for fail_on in ("error", "warning", "never"):
        ran = check_json(sides.product, "--fail-on", fail_on, **IMPATIENT)
        assert (fail_on, ran.exit_code) == (fail_on, 3)
        assert [each["incident"] for each in ran.json()["not_evaluated"]] == [1002]
        assert {each["incident"]["public_id"] for each in findings(ran)} == {1001}
        for shape in FORMATS:
            ran = sides.product.run("check", "--fail-on", fail_on, "--format", shape, **IMPATIENT)
            assert (fail_on, shape, ran.exit_code) == (fail_on, shape, 3)
            assert "1002" in ran.stdout


LEVELS = {(): 1, ("--fail-on", "warning"): 1, ("--fail-on", "never"): 0}


def test_what_fails(sides: Sides) -> None:
    """Findings at or above the level make it 1, those below are shown and make it 0.

    An incident that has everybody is exit 0, and counts as looked at.
    """

    def levels(*options: str, exit_code: int) -> set[str]:
        ran = check_json(sides.product, "1001", *options)
        assert (options, ran.exit_code) == (options, exit_code)
        return {each["level"] for each in findings(ran)}

    for options, exit_code in LEVELS.items():
        assert levels(*options, exit_code=exit_code) == {"error", "warning"}
    # Everybody but a First Responder, which is a warning.
    for role in ("Tech Lead", "Communications Manager", "Customer Support Lead", "Scribe"):
        sides.sandbox.give_role(1001, role, CAROL)
    sides.run("sync")
    for options in LEVELS:
        assert levels(*options, exit_code=int("warning" in options)) == {"warning"}
    sides.run("assign", "1002", "im", BO)
    ran = check_json(sides.product, "1002", "--fail-on", "warning")
    assert (ran.exit_code, findings(ran), ran.json()["evaluated"]) == (0, [], 1)


def test_rules_with_nothing_to_look_at(sides: Sides) -> None:
    """Where no rule that was asked is connected to anything, the check says nothing: exit 3."""
    asked = ("check", "1001", "--select", "IR020,IR021", "--fail-on", "never")
    for shape in FORMATS:
        ran = sides.product.run(*asked, "--format", shape)
        assert (shape, ran.exit_code) == (shape, 3)
    assert "says nothing" in sides.product.run(*asked).stdout


REFUSED = {
    "a rule of closed incidents": ("--select", "IR040"),
    "a rule of open incidents": ("--since", "30", "--select", "IR010"),
    "no rule is left": ("--select", "IR010", "--ignore", "IR010"),
    "a name that is no incident": ("no incident",),
    "no days": ("--since", "0"),
    "an incident that is unknown": ("1099",),
}


@pytest.mark.parametrize("options", REFUSED.values(), ids=REFUSED)
def test_what_cannot_be_asked(unchanged: Sides, options: tuple[str, ...]) -> None:
    """A question without sense is exit 2 with a sentence, and no report."""
    ran = check_json(unchanged.product, *options)
    assert (ran.exit_code, ran.stdout) == (2, "")
    assert ran.stderr
    assert "1099" in ran.stderr or "1099" not in options


def test_only_the_clock_decides(sides: Sides) -> None:
    """The same incident passes within its graces and fails after them."""
    sides.sandbox.declare("Login is slow", severity="SEV-2", by=BO, commander=ANA, public_id=1003)
    for minutes, exit_code in ((1, 0), (9, 0), (11, 1)):
        now = (datetime.now(UTC) + timedelta(minutes=minutes)).isoformat()
        assert check_json(sides.product, "1003", "--now", now).exit_code == exit_code


def test_days_are_counted_from_the_moment_of_the_check(sides: Sides) -> None:
    """With --now the last days are those before it, live as over a snapshot."""
    long_ago = datetime.now(UTC) - timedelta(days=40)
    sides.sandbox.declare("Old", state="resolved", severity="SEV-3", public_id=1003, at=long_ago)
    assert check_json(sides.product, "--since", "30").json()["scope"]["matched"] == 0
    now = (datetime.now(UTC) - timedelta(days=20)).isoformat()
    ran = check_json(sides.product, "--since", "30", "--now", now)
    assert ran.json()["scope"]["matched"] == 1


def test_a_moment_before_every_incident(sides: Sides) -> None:
    """Closed incidents that had not been declared then are exit 2, and not "nothing found"."""
    sides.sandbox.set_state(1001, "resolved")
    sides.run("sync")
    ran = check_json(sides.product, "--since", "30", "--now", "2020-01-01")
    assert (ran.exit_code, ran.stdout) == (2, "")
    assert "before the first of these incidents was declared" in ran.stderr


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
