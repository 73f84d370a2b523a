"""Every problem of the files at once, each at its place, and none that another brought about."""

from __future__ import annotations

from pathlib import Path

import pytest

from dd_incident_roles.configuration.configuration import CheckedFile, Lint, Problem, lint
from dd_incident_roles.policy.rules import RULES as REGISTERED
from dd_incident_roles.roles.catalogue import Level
from dd_incident_roles.settings import Settings
from tests.configuration.files import PEOPLE, ROLES, TODAY, written

EMPTY = "version: 1\n"
AGREED = {
    *("IR001", "IR002", "IR003", "IR004", "IR005", "IR010", "IR011", "IR012", "IR013", "IR014"),
    *("IR015", "IR016", "IR020", "IR021", "IR030", "IR040", "IR090", "IR091", "IR099"),
}
"""The ids that are agreed; none of them is ever given to another rule."""
WAIVED = """\
version: 1
rules: {IR010: {level: off}}
waivers:
  - {rule: IR001, incident: 1, reason: r, owner: ada, created: 2026-10-01, expires: %s}
"""
BAD_ROLES = """\
version: 2
priorities: {P1: [], P2: [SEV-2]}
colour: red
roles:
  - key: incident_manager
    title: Incident Manager
    aliases: [im]
    summary: Leads.
    responsibilities: []
    holders: one
    datadog: commander
  - key: scribe
    title: Scribe
    aliases: [notes]
    summary: Writes.
    responsibilities: [Write.]
    holders: several
    datadog: {role: Scribe}
  - key: liaison
    title: Liaison
    summary: Talks.
    responsibilities: [Talk.]
    holders: one
    datadog: {role: Liaison}
    excludes: [incident_manager, pilot]
    required:
      - {when: {severity: [P1]}, after: 5m, level: error}
"""
BAD_POLICY = """\
version: 1
colour: red
rules:
  IR777: {level: error}
  IR001: {level: fatal}
  IR003: {grace: soon}
private_incidents: open
requirements:
  pilot: []
  liaison:
    - {when: {severity: [P1]}, after: soon, level: error}
    - {when: {severity: [P9]}, after: 5m, level: error}
  notes: []
exclusions:
  - {roles: [liaison]}
  - {roles: [liaison, liaison]}
waivers:
  - {rule: IR001, incident: 1, reason: r, owner: '', expires: 2026-12-01}
  - {rule: IR001, incident: 1, reason: r, owner: o, expires: never}
  - {rule: IR001, incident: 1, reason: r, owner: o, expires: 2026-12-01}
  - {rule: IR001, reason: r, owner: o, expires: 2026-12-01}
"""
BAD_PEOPLE = """\
version: 1
people:
  Ada: {email: ada@corp.example}
  bo: {email: bo}
  cai: {email: cai@corp.example}
  cy: {email: CAI@corp.example}
"""


def found(
    folder: Path,
    *,
    roles: str = ROLES,
    policy: str = EMPTY,
    people: str | None = None,
) -> Lint:
    """What is wrong with files of these texts."""
    settings = Settings(
        store="record",
        roles=written(folder, "roles.yaml", roles),
        policy=written(folder, "policy.yaml", policy),
        people=None if people is None else written(folder, "people.yaml", people),
    )
    return lint(settings, today=TODAY)


def places(result: Lint) -> list[tuple[str, int | None, str | None]]:
    """Where the problems are."""
    return [(Path(each.file).stem, each.line, each.key) for each in result.problems]


def test_good_files_are_counted(tmp_path: Path) -> None:
    """Nothing is wrong, and what was looked at is told."""
    policy = WAIVED % "2026-12-01"
    result = found(tmp_path, policy=policy, people=PEOPLE)
    assert result == Lint(
        files=tuple(
            CheckedFile(kind=kind, name=str(tmp_path / f"{kind}.yaml"))
            for kind in ("roles", "policy", "people")
        ),
        problems=(),
        roles=2,
        waivers=1,
        people=2,
    )


def test_each_fault_of_the_roles_is_told(tmp_path: Path) -> None:
    """One fault does not hide another, and none is told twice in other words."""
    assert places(found(tmp_path, roles=BAD_ROLES)) == [
        ("roles", 1, "version"),
        ("roles", 2, "priorities.P1"),
        ("roles", 3, "colour"),
        ("roles", 9, "roles[0].responsibilities"),
        ("roles", 17, "roles[1].holders"),
        ("roles", 25, "roles[2].excludes[1]"),
    ]


def test_each_fault_of_the_policy_is_told(tmp_path: Path) -> None:
    """Every setting, requirement, exclusion and waiver is read by itself."""
    roles = BAD_ROLES.replace("[], P2: [SEV-2]", "[SEV-1]").replace("version: 2", "version: 1")
    roles = roles.replace("colour: red\n", "").replace("several", "one").replace(", pilot", "")
    roles = roles.replace("responsibilities: []", "responsibilities: [Lead.]")
    assert places(found(tmp_path, roles=roles, policy=BAD_POLICY)) == [
        ("policy", 2, "colour"),
        ("policy", 4, "rules.IR777"),
        ("policy", 5, "rules.IR001.level"),
        ("policy", 6, "rules.IR003.grace"),
        ("policy", 7, "private_incidents"),
        ("policy", 9, "requirements.pilot"),
        ("policy", 11, "requirements.liaison[0].after"),
        ("policy", 12, "requirements.liaison[1].when.severity[0]"),
        ("policy", 15, "exclusions[0].roles"),
        ("policy", 16, "exclusions[1].roles[1]"),
        ("policy", 18, "waivers[0].owner"),
        ("policy", 19, "waivers[1].expires"),
        ("policy", 21, "waivers[3]"),
    ]


def test_a_fault_of_the_roles_makes_no_role_of_the_policy_unknown(tmp_path: Path) -> None:
    """A role that is written wrongly is not reported as missing wherever it is named."""
    told = places(found(tmp_path, roles=BAD_ROLES, policy=BAD_POLICY))
    keys = [key for file, _, key in told if file == "policy"]
    assert "requirements.notes" not in keys
    assert "requirements.pilot" not in keys
    assert "waivers[3]" in keys


def test_each_fault_of_the_people_is_told(tmp_path: Path) -> None:
    """Every person is read alone, and then compared with those before."""
    result = found(tmp_path, people=BAD_PEOPLE)
    assert places(result) == [
        ("people", 3, "people.Ada"),
        ("people", 4, "people.bo.email"),
        ("people", 6, "people.cy.email"),
    ]
    assert (result.errors, result.warnings) == (3, 0)


def test_the_problems_stand_in_the_order_of_the_files(tmp_path: Path) -> None:
    """All three files are read, whatever is wrong with the one before."""
    told = places(found(tmp_path, roles=BAD_ROLES, policy=BAD_POLICY, people=BAD_PEOPLE))
    assert list(dict.fromkeys(file for file, _, _ in told)) == ["roles", "policy", "people"]


def test_a_problem_tells_key_value_and_what_to_write(tmp_path: Path) -> None:
    """The message says everything but the place, which stands beside it."""
    (problem,) = found(tmp_path, policy="version: 1\nrules: {IR001: {level: fatal}}\n").problems
    assert problem == Problem(
        level=Level.ERROR,
        file=str(tmp_path / "policy.yaml"),
        line=2,
        key="rules.IR001.level",
        message="rules.IR001.level ('fatal'): must be one of: error, warning, note, off",
        hint=None,
    )
    assert problem.place == f"{tmp_path / 'policy.yaml'}:2"


NOT_YAML = ["", "a: [", "\x00", "a: &x 1", "- 1", "just words"]


@pytest.mark.parametrize("text", NOT_YAML)
@pytest.mark.parametrize("kind", ["policy", "people"])
def test_a_file_of_another_shape_is_told(tmp_path: Path, kind: str, text: str) -> None:
    """What is no file of this kind has one problem, and the others are checked all the same."""
    texts = {"policy": EMPTY, "people": PEOPLE} | {kind: text}
    result = found(tmp_path, policy=texts["policy"], people=texts["people"])
    assert [Path(problem.file).stem for problem in result.problems] == [kind]


@pytest.mark.parametrize("text", [*NOT_YAML, "version: 1\npriorities: 1\nroles: []\n"])
def test_without_roles_the_policy_cannot_be_checked(tmp_path: Path, text: str) -> None:
    """That the policy was not looked at is told, lest it pass for good."""
    result = found(tmp_path, roles=text, policy=BAD_POLICY)
    warnings = [problem for problem in result.problems if problem.level is Level.WARNING]
    assert result.errors
    assert [Path(warning.file).stem for warning in warnings] == ["policy"]
    assert "was not checked" in warnings[0].message


def test_a_missing_file_is_a_problem_without_a_line(tmp_path: Path) -> None:
    """A path that leads nowhere is told like any other fault, and stops nothing."""
    nowhere = tmp_path / "none.yaml"
    result = lint(Settings(store="record", policy=nowhere, people=nowhere), today=TODAY)
    assert [(each.file, each.line) for each in result.problems] == [(str(nowhere), None)] * 2
    assert result.problems[0].place == str(nowhere)
    assert result.people == 0


def test_the_shipped_files_have_no_problem() -> None:
    """They are meant where none is set; nothing is to be said of them, for any rule that exists."""
    problems = lint(Settings(store="record"), today=TODAY).problems
    keys = {str(problem.key).removeprefix("rules.") for problem in problems}
    assert keys <= AGREED - set(REGISTERED)
    result = lint(Settings(store="record"), today=TODAY)
    assert result.files == (
        CheckedFile(kind="roles", name="config/roles.yaml", is_shipped=True),
        CheckedFile(kind="policy", name="config/policy.yaml", is_shipped=True),
    )
    assert (result.roles, result.people) == (7, None)


@pytest.mark.parametrize(
    ("expires", "message"),
    [
        ("2026-11-25", None),
        ("2026-11-24", "ends on 2026-11-24, in 14 days"),
        ("2026-11-11", "ends on 2026-11-11, in 1 day"),
        ("2026-11-10", "ends on 2026-11-10, today"),
        ("2026-11-09", "ended on 2026-11-09, 1 day ago"),
        ("2026-10-01", "ended on 2026-10-01, 40 days ago"),
    ],
)
def test_a_waiver_warns_before_and_after_its_end(
    tmp_path: Path, expires: str, message: str | None
) -> None:
    """From two weeks before its last day a waiver is told, and it is no error when it is over."""
    result = found(tmp_path, policy=WAIVED % expires)
    told = [problem.message for problem in result.problems]
    assert told == ([] if message is None else [f"the waiver of IR001 by ada {message}"])
    assert (result.errors, result.waivers) == (0, 1)


def test_a_waiver_of_a_rule_that_is_off_is_told(tmp_path: Path) -> None:
    """Such a waiver covers nothing for as long as the rule is off."""
    policy = (WAIVED % "2026-12-01").replace("rule: IR001", "rule: IR010")
    (problem,) = found(tmp_path, policy=policy).problems
    assert (problem.level, problem.line) == (Level.WARNING, 4)
    assert "is for a rule that is off" in problem.message
