"""The script of the action: one look, every form of the report, and the exit code of the check."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.workflows.runner import ACTION, CHECK, Plan, Ran, Runner, definition

FORMS = ("github", "markdown", "sarif", "json")
FINDINGS = (
    {"waived": None, "baseline": None},
    {"waived": None, "baseline": "new"},
    {"waived": None, "baseline": "existing"},
    {"waived": {"reason": "agreed"}, "baseline": None},
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
STEPS = {step.get("name", ""): step for step in definition(ACTION)["runs"]["steps"]}
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


def plan(code: int, *, looked: int = 0, snapshot: str | None = "{}", failing: str = "") -> Plan:
    """What the program answers: one code for every form but one that fails, and a full report."""
    texts = {
        **dict.fromkeys(FORMS, "shown"),
        "markdown": "# Roles",
        "sarif": "{}",
        "json": json.dumps({"findings": FINDINGS}),
    }
    forms = {form: (70 if form == failing else code, texts[form]) for form in FORMS}
    return {"snapshot": (looked, snapshot), **forms}


def checked(runner: Runner, answers: Plan, **variables: str) -> Ran:
    """What the script comes to, with keys in its environment."""
    runner.prepare(answers)
    return runner.run(CHECK, **KEYS, **variables)


@pytest.mark.parametrize(
    ("answers", "expected"),
    [
        pytest.param(plan(0), 0, id="clean"),
        pytest.param(plan(1), 1, id="findings"),
        pytest.param(plan(3), 3, id="unfinished"),
        pytest.param(plan(0, looked=3), 3, id="a look that lacks something is never clean"),
        pytest.param(plan(1, failing="sarif"), 1, id="findings stand before a report that fails"),
        *(pytest.param(plan(0, failing=form), 70, id=f"no {form}") for form in FORMS[1:]),
    ],
)
def test_the_code_of_the_check_is_kept_and_every_report_written(
    runner: Runner, answers: Plan, expected: int
) -> None:
    """Whatever the check ends with, its summary, SARIF and count are there, and so is its code.

    A form that ends otherwise than the check is told, and ends the step where that would be green.
    """
    ran = checked(runner, answers)
    assert (ran.exit_code, ran.outputs["exit-code"]) == (expected, str(expected))
    assert (ran.summary, ran.outputs["findings"]) == ("# Roles", "2")
    assert Path(ran.outputs["sarif-file"]).read_text("utf-8") == "{}"
    failing = [form for form in FORMS[1:] if answers[form][0] == 70]
    assert [
        form for form in FORMS if f"The {form} report ended with exit code 70" in ran.log
    ] == failing


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
    """The keys are in the environment of the one call that asks Datadog, and on no command line.

    A key of several lines cannot end the command that masks it and begin another.
    """
    ran = checked(runner, plan(0))
    assert [len(call["keys"]) for call in runner.calls()] == [2, 0, 0, 0, 0]
    words = json.dumps([call["argv"] for call in runner.calls()])
    assert not any(key in words for key in KEYS.values())
    shown = [line for line in ran.log.splitlines() if any(key in line for key in KEYS.values())]
    assert shown == [f"::add-mask::{key}" for key in KEYS.values()]
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
    names = [each.partition("=")[0] for each in judged]
    assert names == ["check", "--snapshot", "--fail-on", "--format"]


def test_every_input_is_used_and_described() -> None:
    """Each input has a description and reaches a step; only the keys have to be given."""
    inputs, given = definition(ACTION)["inputs"], json.dumps(list(STEPS.values()))
    for name, each in inputs.items():
        assert each["description"]
        assert f"inputs.{name}" in given
    assert {name for name, each in inputs.items() if each.get("required")} == {"api-key", "app-key"}


def test_the_files_of_an_organisation_are_inputs() -> None:
    """An input names each file, before the variable of the job that does the same."""
    for name in ("policy", "roles", "people"):
        variable = f"DD_INCIDENT_ROLES_{name.upper()}"
        expected = f"${{{{ inputs.{name} || env.{variable} }}}}"
        assert STEPS["Check"]["env"][variable] == expected


def test_only_the_step_that_checks_is_given_the_keys() -> None:
    """What installs and what uploads never sees a key."""
    given = {name: {**step.get("env", {}), **step.get("with", {})} for name, step in STEPS.items()}
    assert [name for name, each in given.items() if "-key" in json.dumps(each)] == ["Check"]


def test_the_upload_does_not_depend_on_the_verdict() -> None:
    """SARIF is uploaded after a failed check too, but not where there is none."""
    [upload] = [each for each in STEPS.values() if "upload-sarif" in each.get("uses", "")]
    assert "!cancelled()" in upload["if"]
    assert "steps.check.outputs.sarif-file != ''" in upload["if"]
