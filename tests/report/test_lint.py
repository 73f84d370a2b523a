"""What ``catalog lint`` says to people, to programs and to GitHub."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import PurePosixPath

import pytest

from dd_incident_roles.configuration.lint import CheckedFile, Lint, Problem
from dd_incident_roles.report.catalogue_text import lint_github, lint_summary, lint_text
from dd_incident_roles.report.documents.catalogue import lint_json
from dd_incident_roles.roles.catalogue import Level

ERROR = Problem(
    level=Level.ERROR,
    file="/repo/policy.yaml",
    line=12,
    key="rules.IR001.level",
    message="rules.IR001.level ('fatal'): must be one of: error, off",
    hint="Known levels: error, off.",
)
WARNING = Problem(
    level=Level.WARNING,
    file="/repo/policy.yaml",
    line=3,
    key=None,
    message="the waiver of IR001 by ada ends today",
)
FILES = (
    CheckedFile(kind="roles", name="config/roles.yaml", is_shipped=True),
    CheckedFile(kind="policy", name="/repo/policy.yaml"),
    CheckedFile(kind="people", name="/repo/people.yaml"),
)
LINT = Lint(files=FILES, problems=(WARNING, ERROR), roles=7, waivers=2, people=1)
CLEAN = replace(LINT, problems=())
REPO = PurePosixPath("/repo")


def test_people_read_each_problem_at_its_place() -> None:
    """A place that an editor can open, what is wrong, what to do, and what was checked."""
    assert lint_text(LINT).plain.splitlines() == [
        "/repo/policy.yaml:3: warning the waiver of IR001 by ada ends today",
        "/repo/policy.yaml:12: error rules.IR001.level ('fatal'): must be one of: error, off",
        "  Known levels: error, off.",
        "checked roles: the shipped file, since none is set",
        "checked policy: /repo/policy.yaml",
        "checked people: /repo/people.yaml",
        "3 files, 7 roles, 2 waivers, 1 person: 1 error, 1 warning.",
    ]


@pytest.mark.parametrize(
    ("lint", "summary"),
    [
        (CLEAN, "3 files, 7 roles, 2 waivers, 1 person: nothing to complain about."),
        (
            replace(CLEAN, files=FILES[:2], people=None, roles=1, waivers=0),
            "2 files, 1 role, 0 waivers: nothing to complain about.",
        ),
        (
            replace(LINT, problems=(WARNING, WARNING), people=0),
            "3 files, 7 roles, 2 waivers, 0 people: 2 warnings.",
        ),
    ],
)
def test_one_sentence_sums_it_up(lint: Lint, summary: str) -> None:
    """What was looked at is counted, and people only where there is a file of them."""
    assert lint_summary(lint) == summary


def test_programs_read_every_field() -> None:
    """The document names its schema, the files and each problem."""
    assert json.loads(lint_json(LINT)) == {
        "schema": "dd-incident-roles/lint/1",
        "files": [
            {"kind": "roles", "file": "config/roles.yaml", "shipped": True},
            {"kind": "policy", "file": "/repo/policy.yaml", "shipped": False},
            {"kind": "people", "file": "/repo/people.yaml", "shipped": False},
        ],
        "problems": [
            {
                "level": "warning",
                "file": "/repo/policy.yaml",
                "line": 3,
                "key": None,
                "message": "the waiver of IR001 by ada ends today",
                "hint": None,
            },
            {
                "level": "error",
                "file": "/repo/policy.yaml",
                "line": 12,
                "key": "rules.IR001.level",
                "message": "rules.IR001.level ('fatal'): must be one of: error, off",
                "hint": "Known levels: error, off.",
            },
        ],
    }


def test_github_gets_one_line_for_each_problem_the_errors_first() -> None:
    """Each line is an annotation at a file of the repository, with the hint below the message."""
    assert lint_github(LINT, root=REPO).splitlines() == [
        "::error file=policy.yaml,line=12,title=catalog lint%3A rules.IR001.level::"
        "rules.IR001.level ('fatal'): must be one of: error, off%0AKnown levels: error, off.",
        "::warning file=policy.yaml,line=3,title=catalog lint::"
        "the waiver of IR001 by ada ends today",
    ]


def test_github_gets_nothing_where_nothing_is_wrong() -> None:
    """A log without annotations stays without them."""
    assert lint_github(CLEAN, root=REPO) == ""


def test_a_problem_without_a_line_is_annotated_without_one() -> None:
    """A file that cannot be read is named alone."""
    unread = replace(ERROR, line=None, key=None, hint=None, message="cannot be read")
    (line,) = lint_github(replace(LINT, problems=(unread,)), root=REPO).splitlines()
    assert line == "::error file=policy.yaml,title=catalog lint::cannot be read"


HOSTILE = replace(
    ERROR,
    file="/repo/a,b:c%d\n::error ::e.yaml",
    key="rules.'x,y:z'",
    message="100% wrong\r\n::warning ::owned\x1b[31m",
    hint="line\n##[error]two",
)


def test_no_text_of_a_file_steers_a_log() -> None:
    """Names and values can begin no command, end no line and colour no terminal."""
    hostile = replace(LINT, files=(), problems=(HOSTILE,))
    (line,) = lint_github(hostile, root=REPO).splitlines()
    head, _, message = line.removeprefix("::error ").partition("::")
    assert head == (
        "file=a%2Cb%3Ac%25d %3A %3Aerror : :e.yaml".replace(" : :e", " %3A %3Ae")
        + ",line=12,title=catalog lint%3A rules.'x%2Cy%3Az'"
    )
    assert message.startswith("100%25 wrong")
    assert "\x1b" not in line
    for text in (lint_text(hostile).plain, line):
        assert "\n::" not in text
        assert "##[" not in text
