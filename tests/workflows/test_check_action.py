"""The script of the action: one look, every form of the report, and the exit code of the check."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from types import MappingProxyType

import pytest

from tests.workflows.definitions import ACTION, CHECK, definition
from tests.workflows.runner import Plan, Ran, Runner

FORMS = ("github", "markdown", "sarif", "json")
FOUND = json.dumps(
    {
        "findings": [
            {"waived": None, "baseline": None},
            {"waived": None, "baseline": "new"},
            {"waived": None, "baseline": "existing"},
            {"waived": {"reason": "agreed"}, "baseline": None},
        ]
    }
)
KEYS = {"DD_API_KEY": "the-api-key", "DD_APP_KEY": "the-application-key"}
LOOKING = {"CONFIG": "--config", "QUERY": "--query", "SINCE": "--since"}
JUDGING = {
    "BASELINE": "--baseline",
    "CONFIG": "--config",
    "FAIL_ON": "--fail-on",
    "IGNORE": "--ignore",
    "SELECT": "--select",
    "SINCE": "--since",
}
HOSTILE = {
    "spaces": "state:active  AND x",
    "quotes": """a "b" 'c'""",
    "substitution": "$(touch substituted) `touch quoted` ${HOME}",
    "lines": "one\n::error::two",
    "an option": "--allow-deletes=9",
    "a command": "; touch chained && touch further #",
    "a pattern": "*",
}


@pytest.fixture
def runner(tmp_path: Path) -> Runner:
    return Runner(folder=tmp_path)


def plan(
    code: int,
    *,
    looked: int = 0,
    snapshot: str | None = "{}",
    others: Mapping[str, int] = MappingProxyType({}),
) -> Plan:
    """What the program answers: one code for every form, but for the others, and a full report."""
    texts = {**dict.fromkeys(FORMS, "shown"), "markdown": "# Roles", "sarif": "{}", "json": FOUND}
    forms = {form: (others.get(form, code), texts[form]) for form in FORMS}
    return {"snapshot": (looked, snapshot), **forms}


def checked(runner: Runner, answers: Plan, **variables: str) -> Ran:
    """What the script comes to, with keys in its environment."""
    runner.prepare(answers)
    return runner.run(CHECK, **KEYS, **variables)


@pytest.mark.parametrize("code", [0, 1, 3])
def test_the_code_of_the_check_is_kept_and_every_report_written(runner: Runner, code: int) -> None:
    """Whatever the check ends with, its summary, SARIF and count are there, and so is its code."""
    ran = checked(runner, plan(code))
    assert ran.exit_code == code
    assert ran.summary == "# Roles"
    assert ran.outputs["exit-code"] == str(code)
    assert ran.outputs["findings"] == "2"
    assert Path(ran.outputs["sarif-file"]).read_text("utf-8") == "{}"


@pytest.mark.parametrize("code", [2, 70])
def test_a_check_that_was_none_says_so(runner: Runner, code: int) -> None:
    """Wrong settings and a bug leave no report: no SARIF to upload, and a summary that tells."""
    ran = checked(runner, {"snapshot": (0, "{}"), **dict.fromkeys(FORMS, (code, None))})
    assert ran.exit_code == code
    assert f"exit code {code}" in ran.summary
    assert ran.outputs == {"exit-code": str(code), "findings": ""}


@pytest.mark.parametrize(
    ("looked", "snapshot", "expected"),
    [(3, None, 3), (2, None, 2), (70, None, 70), (70, "{}", 70), (1, "{}", 3), (0, None, 3)],
)
def test_without_a_look_nothing_is_checked(
    runner: Runner, looked: int, snapshot: str | None, expected: int
) -> None:
    """Where Datadog could not be read nothing is judged, and neither 0 nor 1 is said."""
    ran = checked(runner, plan(0, looked=looked, snapshot=snapshot))
    assert ran.exit_code == expected
    assert [call["argv"][0] for call in runner.calls()] == ["snapshot"]
    assert "could not be checked" in ran.summary
    assert "sarif-file" not in ran.outputs


def test_an_incomplete_look_is_judged_and_never_clean(runner: Runner) -> None:
    """A snapshot that lacks something is reported on, and does not end green."""
    ran = checked(runner, plan(0, looked=3))
    assert (ran.exit_code, ran.summary) == (3, "# Roles")


@pytest.mark.parametrize("form", ["markdown", "sarif", "json"])
def test_a_report_that_fails_is_not_green(runner: Runner, form: str) -> None:
    """A form that ends otherwise than a clean check is told and ends the step with its code."""
    ran = checked(runner, plan(0, others={form: 70}))
    assert ran.exit_code == 70
    assert f"The report as {form} ended with 70" in ran.log


def test_findings_stand_before_a_report_that_fails(runner: Runner) -> None:
    """Findings keep their code where a later form breaks."""
    assert checked(runner, plan(1, others={"sarif": 70})).exit_code == 1


def test_datadog_is_read_once(runner: Runner) -> None:
    """One snapshot is taken, and every form judges that same file; afterwards it is gone."""
    checked(runner, plan(0))
    look, *judged = [call["argv"] for call in runner.calls()]
    [snapshot] = [each.partition("=")[2] for each in look if each.startswith("--output=")]
    assert look[0] == "snapshot"
    assert all(f"--snapshot={snapshot}" in argv for argv in judged)
    formats = [each for argv in judged for each in argv if each.startswith("--format=")]
    assert formats == [f"--format={form}" for form in FORMS]
    assert not Path(snapshot).exists()


def test_only_the_look_has_the_keys(runner: Runner) -> None:
    """The keys are in the environment of the one call that asks Datadog, and on no command line."""
    ran = checked(runner, plan(0))
    assert [len(call["keys"]) for call in runner.calls()] == [2, 0, 0, 0, 0]
    words = json.dumps([call["argv"] for call in runner.calls()])
    assert not any(key in words for key in KEYS.values())
    shown = [line for line in ran.log.splitlines() if any(key in line for key in KEYS.values())]
    assert shown == [f"::add-mask::{key}" for key in KEYS.values()]


def test_a_key_of_several_lines_is_masked_whole(runner: Runner) -> None:
    """A key cannot end the command that masks it and begin another."""
    runner.prepare(plan(0))
    ran = runner.run(CHECK, DD_API_KEY="100%\r\n::error::x")
    assert "::add-mask::100%25%0D%0A::error::x" in ran.log.splitlines()


@pytest.mark.parametrize("text", HOSTILE.values(), ids=HOSTILE)
def test_an_input_stays_text(runner: Runner, text: str) -> None:
    """What somebody types into an input is one argument of the program, to the letter."""
    checked(runner, plan(0), **dict.fromkeys((*LOOKING, *JUDGING), text))
    look, *judged = [call["argv"] for call in runner.calls()]
    assert {f"{option}={text}" for option in LOOKING.values()} <= set(look)
    for argv in judged:
        assert {f"{option}={text}" for option in JUDGING.values()} <= set(argv)
    assert list(runner.workspace.iterdir()) == []


def test_an_input_that_is_left_out_is_not_passed(runner: Runner) -> None:
    """Without inputs the program has only what every run needs."""
    checked(runner, plan(0), **dict.fromkeys((*LOOKING, *JUDGING), ""))
    look, judged = [call["argv"] for call in runner.calls()][:2]
    assert [each.partition("=")[0] for each in look] == ["snapshot", "--output"]
    assert [each.partition("=")[0] for each in judged] == [
        "check",
        "--snapshot",
        "--fail-on",
        "--format",
    ]


def test_every_input_is_used_and_described() -> None:
    """Each input has a description and reaches a step; only the keys have to be given."""
    action = definition(ACTION)
    steps = json.dumps(action["runs"]["steps"])
    for name, each in action["inputs"].items():
        assert each["description"]
        assert f"inputs.{name}" in steps
    needed = {name for name, each in action["inputs"].items() if each.get("required")}
    assert needed == {"api-key", "app-key"}


@pytest.mark.parametrize("name", ["policy", "roles", "people"])
def test_the_files_of_an_organisation_are_inputs(name: str) -> None:
    """An input names each file, before the variable of the job that does the same."""
    [step] = [s for s in definition(ACTION)["runs"]["steps"] if s.get("id") == "check"]
    variable = f"DD_INCIDENT_ROLES_{name.upper()}"
    assert step["env"][variable] == f"${{{{ inputs.{name} || env.{variable} }}}}"


def test_only_the_step_that_checks_is_given_the_keys() -> None:
    """What installs and what uploads never sees a key."""
    given = [
        step["name"]
        for step in definition(ACTION)["runs"]["steps"]
        if "-key" in json.dumps({**step.get("env", {}), **step.get("with", {})})
    ]
    assert given == ["Check"]


def test_the_upload_does_not_depend_on_the_verdict() -> None:
    """SARIF is uploaded after a failed check too, but not where there is none."""
    [upload] = [
        s for s in definition(ACTION)["runs"]["steps"] if "upload-sarif" in s.get("uses", "")
    ]
    assert "!cancelled()" in upload["if"]
    assert "steps.check.outputs.sarif-file != ''" in upload["if"]
