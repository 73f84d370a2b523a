"""What is set up here: settings, files, trackers and chat, the record and its job."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from dd_incident_roles.configuration.configuration import CheckedFile, Lint, Problem
from dd_incident_roles.datadog.examination import AutomationRule
from dd_incident_roles.diagnosis import (
    PlaceSeen,
    RecordSeen,
    check_files,
    check_last_run,
    check_me,
    check_open_ends,
    check_place,
    check_record,
    check_settings,
    check_trust,
    check_variables,
    check_writers,
)
from dd_incident_roles.errors import (
    ConfigurationError,
    Forbidden,
    NoRecord,
    NotFound,
    PlaceError,
    RecordError,
)
from dd_incident_roles.model import IncidentId
from dd_incident_roles.roles.catalogue import Level
from dd_incident_roles.settings import Settings, load_settings
from dd_incident_roles.sync.plan import OpenEnds, PastRun
from tests.diagnosis.test_with_datadog import ANA, ROBOT, state_of

NOW = datetime(2026, 11, 24, 7, 42, tzinfo=UTC)
NAMES = {
    "token": "DD_INCIDENT_ROLES_GITHUB_TOKEN",
    "slack": "DD_INCIDENT_ROLES_SLACK_TOKEN",
    "jira": "DD_INCIDENT_ROLES_JIRA_TOKEN",
    "project": "DD_INCIDENT_ROLES_ISSUE_PROJECT",
    "comments": "DD_INCIDENT_ROLES_ISSUE_COMMENTS",
    "template": "DD_INCIDENT_ROLES_ISSUE_TEMPLATE",
    "me": "DD_INCIDENT_ROLES_ME",
    "user": "DD_INCIDENT_ROLES_JIRA_USER",
}


def settings(**given: str) -> Settings:
    """Settings with these variables, by a short name."""
    environ = {NAMES[name]: value for name, value in given.items()}
    return load_settings(None, {"store": "r.sqlite3"}, environ)


def test_settings_that_cannot_be_read() -> None:
    """The error is the finding."""
    wrong = ConfigurationError("must be one of a, b", key="timeline", hint="Correct it.")
    assert state_of(check_settings(wrong), "timeline") == "fails"
    assert state_of(check_settings(settings(token="t")), "2 settings") == "ok"


@pytest.mark.parametrize(
    ("given", "named"),
    [
        ({}, []),
        ({"token": "t", "comments": "on"}, []),
        ({"comments": "on"}, ["ISSUE_COMMENTS"]),
        ({"user": "a@b"}, ["JIRA_USER"]),
        ({"project": "github:a/b"}, ["ISSUE_PROJECT"]),
        ({"token": "t", "project": "github:a/b", "template": "x"}, []),
        ({"token": "t", "template": "x"}, ["ISSUE_TEMPLATE"]),
        ({"token": "t", "project": "jira:OPS"}, ["ISSUE_PROJECT"]),
    ],
)
def test_settings_that_nobody_reads(given: dict[str, str], named: list[str]) -> None:
    """One that lacks another has no effect, and both are named."""
    checks = list(check_variables((), settings(**given)))
    assert [each.text.split()[0] for each in checks] == [
        f"DD_INCIDENT_ROLES_{name}" for name in named
    ]
    assert {state_of(each, "without") for each in checks} <= {"limit"}


def test_a_variable_that_does_not_exist() -> None:
    """The nearest that exists is named."""
    problem = ConfigurationError("is not a setting. Did you mean DD_X?", key="DD_Y")
    [check] = check_variables([problem], None)
    assert state_of(check, "DD_Y is not a setting Did you mean DD_X?") == "limit"


def test_who_me_is() -> None:
    """Who the settings say, else the owner of the keys, who must be a person."""
    assert state_of(check_me(settings(me="bo@corp.example"), ANA), "bo@corp.example") == "ok"
    assert state_of(check_me(settings(), ANA), "Ana, who owns the keys") == "ok"
    assert state_of(check_me(settings(), ROBOT), "DD_INCIDENT_ROLES_ME") == "unused"
    assert state_of(check_me(settings(), None), "nobody") == "unused"


@pytest.mark.parametrize(
    ("levels", "state", "said"),
    [
        ([], "ok", "no problems"),
        ([Level.WARNING], "limit", "1 warning"),
        ([Level.WARNING, Level.ERROR], "fails", "1 error, 1 warning"),
    ],
)
def test_files(levels: Sequence[Level], state: str, said: str) -> None:
    """An error keeps a file from being used."""
    problems = tuple(
        Problem(level=each, file="f", line=1, key=None, message="m") for each in levels
    )
    files = (CheckedFile(kind="roles", name="f"),)
    check = check_files(Lint(files=files, problems=problems, roles=1, waivers=0))
    assert state_of(check, said) == state
    assert check.details == ["f:1: m"] * len(levels)


SCOPE = PlaceError("It does not allow it.", target="github", hint="It needs issues.", status=403)


@pytest.mark.parametrize(
    ("seen", "state", "said"),
    [
        (None, "unused", "not set up"),
        (PlaceSeen(target="github", who="bot"), "ok", "token of bot; it does not tell"),
        (PlaceSeen(target="github", who="bot", lacking=()), "ok", "token of bot"),
        (PlaceSeen(target="github", who="bot", lacking=("repo",)), "limit", "lacks repo"),
        (PlaceSeen(target="github", who=SCOPE), "fails", "It needs issues."),
        (
            PlaceSeen(target="github", who="bot", tried=(("the project a/b", SCOPE),)),
            "limit",
            "the project a/b cannot be read",
        ),
    ],
)
def test_a_tracker(seen: Any, state: str, said: str) -> None:
    """A token that is refused does not work; one that lacks something works with limits."""
    assert state_of(check_place(settings(token="t"), "github", seen), said) == state


def rule(task: str, *, is_enabled: bool = True) -> AutomationRule:
    """A rule of Datadog."""
    return AutomationRule(task=task, is_enabled=is_enabled)


SLACK, JIRA = rule("slack-create-channel-job"), rule("jira-create-issue-job")
OFF = rule("slack-create-channel-job", is_enabled=False)


@pytest.mark.parametrize(
    ("rules", "given", "states", "said"),
    [
        ((SLACK, JIRA), {"token": "t"}, ["unused"], "neither"),
        ((), {"slack": "t"}, ["ok"], "write nothing there"),
        ((OFF,), {"slack": "t"}, ["ok"], "write nothing there"),
        ((SLACK,), {"slack": "t"}, ["limit"], "may write its topic"),
        ((JIRA,), {"slack": "t"}, ["ok"], "write nothing there"),
        ((JIRA,), {"jira": "t"}, ["ok"], "write nothing there"),
        ((JIRA,), {"jira": "t", "comments": "on"}, ["limit"], "ISSUE_COMMENTS=off"),
        ((JIRA,), {"jira": "t", "project": "jira:OPS"}, ["limit"], "another one"),
        (NotFound("none"), {"slack": "t"}, ["limit"], "does not tell"),
        (Forbidden("no"), {"slack": "t"}, ["unseen"], "not allowed"),
    ],
)
def test_competing_writers(rules: Any, given: dict[str, str], states: list[str], said: str) -> None:
    """What Datadog itself writes matters only where this program writes too."""
    found = list(check_writers(rules, settings(**given)))
    assert [state_of(each, said) for each in found] == states


def record(mode: int | None = 0o600, size: int | None = 5_000_000) -> RecordSeen:
    """A record that was looked at."""
    return RecordSeen(place="/r", schema="0012", size=size, mode=mode)


@pytest.mark.parametrize(
    ("seen", "state", "said"),
    [
        (record(), "ok", "/r, schema 0012, 4.8 MB"),
        (record(size=10), "ok", "1 kB"),
        (record(mode=None, size=None), "ok", "/r, schema 0012"),
        (record(mode=0o640), "limit", "chmod 600 /r"),
        (NoRecord("none yet at /r", hint="Sync."), "unused", "none yet"),
        (RecordError("It is damaged.", hint="Restore it."), "fails", "damaged"),
    ],
)
def test_record(seen: Any, state: str, said: str) -> None:
    """One that others can read, or nobody, is told."""
    assert state_of(check_record(seen), said) == state


A, B = IncidentId("a"), IncidentId("b")


@pytest.mark.parametrize(
    ("ends", "expected"),
    [
        (OpenEnds(), {"waiting": "nothing waits"}),
        (OpenEnds(waiting=(A, B)), {"waiting": "2 incidents with changes"}),
        (OpenEnds(waiting=(A,)), {"waiting": "(IR-1001)"}),
        (OpenEnds(in_doubt=1), {"waiting": "", "in_doubt": "1 write of which nobody knows"}),
        (
            OpenEnds(refused=(("github", A), ("datadog", B))),
            {"waiting": "", "refused": "2 writes refused by datadog and github (IR-1001)"},
        ),
        (OpenEnds(conflicts=1), {"waiting": "", "conflicts": "1 conflict"}),
    ],
)
def test_open_ends(ends: OpenEnds, expected: dict[str, str]) -> None:
    """Each kind of thing that is not settled has a line, and the incidents are named."""
    found = {each.id: each for each in check_open_ends(ends, {A: 1001})}
    assert found.keys() == expected.keys()
    for word, said in expected.items():
        is_well = word == "waiting" and not ends.waiting
        assert state_of(found[word], said) == ("ok" if is_well else "limit")


def run(minutes_ago: float, exit_code: int = 0) -> PastRun:
    """A run over everything that ended so long ago."""
    finished = NOW - timedelta(minutes=minutes_ago)
    return PastRun(
        began=finished - timedelta(seconds=2), finished=finished, exit_code=exit_code, incidents=2
    )


@pytest.mark.parametrize(
    ("runs", "state", "said"),
    [
        ([], "unused", "no sync over everything yet"),
        ([run(0.5)], "ok", "just now"),
        ([run(3000)], "ok", "2 d 2 h ago"),
        ([run(0.5, 4), run(1.5)], "ok", "just now"),
        ([run(0.5, 3), run(1.5)], "limit", "incomplete (exit code 3)"),
        ([run(10), run(11), run(12)], "ok", "10 min ago"),
        ([run(20), run(21), run(22)], "limit", "usually come every 1 min"),
        ([run(3000), run(6000)], "ok", "ago"),
    ],
    ids=["none", "once", "by hand", "held back", "failed", "in time", "late", "seldom"],
)
def test_last_run(runs: list[PastRun], state: str, said: str) -> None:
    """Only what comes regularly can be late."""
    assert state_of(check_last_run(runs, NOW), said) == state


def test_trust() -> None:
    """It says whether anything is left unread, and the details say what was learned."""
    assert state_of(check_trust(None), "keys that work") == "unused"
    assert state_of(check_trust(["read in every run"]), "still learning") == "ok"
    assert check_trust(["when the search shows it"]).text == "what changed shows in the search"
