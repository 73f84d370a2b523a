"""What ``roles``, ``explain`` and ``catalog lint`` say to people, to programs and to GitHub."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from pathlib import PurePosixPath

import pytest

from dd_incident_roles.configuration import configuration
from dd_incident_roles.configuration.configuration import CheckedFile, Problem
from dd_incident_roles.configuration.roles_file import load_catalogue
from dd_incident_roles.policy.rules import RULES
from dd_incident_roles.policy.rules.ir010_role_vacant import ROLE_VACANT
from dd_incident_roles.report.catalogue_text import (
    hand_on_command,
    lint_summary,
    lint_text,
    role_card,
    roles_table,
    rule_card,
    rules_table,
    taken_card,
)
from dd_incident_roles.report.check_ci import lint_github
from dd_incident_roles.report.documents.catalogue import Explain, Lint, Roles
from dd_incident_roles.roles.catalogue import Level, Role, Streams
from tests.policy.cases import BACKUP, CATALOGUE, SCRIBE, TECH_LEAD
from tests.report.cases import HOSTILE, document, parsed, printed, steers_nothing


def test_the_document_has_all_of_a_role() -> None:
    """Every field of a role is there, under its name."""
    assert parsed(Roles.of(roles=[CATALOGUE.role(SCRIBE)])) == document(
        "roles",
        """
        "roles": [{
            "key": "scribe", "title": "Scribe", "aliases": [], "summary": "",
            "responsibilities": [], "holders": "one", "streams": "none",
            "suggested_streams": [], "datadog": {"role": "Scribe"}, "excludes": [],
            "required": [{"when": "in SEV-1 or SEV-2", "after": "5m", "level": "warning"},
                         {"when": "in SEV-1", "after": "10m", "level": "error"}]}]
        """,
    )


def test_the_tables_list_every_role_and_every_rule() -> None:
    """A role shows its names and when it is required; a rule its id, name, level and title."""
    text = printed(roles_table(CATALOGUE))
    assert all(role.title in text and role.key in text for role in CATALOGUE.roles)
    assert "always, after 5m (error)" in text
    rows = [" ".join(line.split()) for line in printed(rules_table(RULES.values())).splitlines()]
    assert [row for row in rows if row.startswith("IR")] == [
        f"{rule.id} {rule.name} {rule.default_level} {rule.title}" for rule in RULES.values()
    ]


SHIPPED = load_catalogue(None)
NOTES = replace(
    CATALOGUE.role(SCRIBE),
    summary="Keeps the notes.",
    responsibilities=("Keep the timeline.", "Note who took part."),
)


def card_lines(role: Role, *, stream: str | None = None) -> list[str]:
    return printed(taken_card(role, 1001, stream=stream)).splitlines()


def test_the_card_says_what_the_role_is_in_datadog() -> None:
    """Whoever looks a role up reads what Datadog calls it and when it is required."""
    manager = printed(role_card(CATALOGUE.commander, CATALOGUE))
    assert "In Datadog: the commander" in manager
    assert "Called:     incident_manager, im" in manager
    backup = printed(role_card(CATALOGUE.role(BACKUP), CATALOGUE))
    assert 'In Datadog: the role "Backup Incident Manager"' in backup
    assert "Required:   in SEV-1 and once open for 2h, at once (warning)" in backup


@pytest.mark.parametrize("role", SHIPPED.roles, ids=lambda role: role.key)
def test_each_card_has_every_responsibility(role: Role) -> None:
    """Nothing that a role is responsible for is left out of either card."""
    for card in (role_card(role, SHIPPED), taken_card(role, 1001)):
        text = printed(card)
        shown = [line.removeprefix("- ") for line in text.splitlines() if line.startswith("- ")]
        assert shown == list(role.responsibilities)
        assert role.title in text
        assert role.summary in text


def test_the_card_of_a_taken_role_is_short() -> None:
    """Title, summary, responsibilities and how to hand it on, a line each, and nothing else."""
    assert card_lines(NOTES) == [
        "Scribe",
        "Keeps the notes.",
        "- Keep the timeline.",
        "- Note who took part.",
        "Hand it on: dd-incident-roles handoff 1001 scribe PERSON",
    ]


def test_a_devised_role_has_its_summary_alone() -> None:
    """A role without responsibilities shows what it is for, and no empty list."""
    devised = replace(NOTES, responsibilities=())
    assert card_lines(devised)[:2] == ["Scribe", "Keeps the notes."]
    assert len(card_lines(devised)) == 3
    assert "\n\n\n" not in printed(role_card(devised, CATALOGUE))


def test_a_stream_is_part_of_what_was_taken() -> None:
    """The title and the command name the stream, quoted for a shell where that is needed."""
    shown = card_lines(CATALOGUE.role(TECH_LEAD), stream="data base")
    assert shown[0] == "Tech Lead (data base)"
    assert shown[-1].endswith("handoff 1001 tech_lead PERSON --stream 'data base'")


@pytest.mark.parametrize(
    ("streams", "suggested", "line"),
    [
        (Streams.NONE, (), None),
        (Streams.OPTIONAL, (), "Streams:    optional"),
        (Streams.REQUIRED, ("inside", "outside"), "Streams:    required, such as inside, outside"),
    ],
)
def test_the_streams_are_said(
    streams: Streams, suggested: tuple[str, ...], line: str | None
) -> None:
    """Both cards say whether a role has streams, and which ones the catalogue suggests."""
    role = replace(NOTES, streams=streams, suggested_streams=suggested)
    for card in (taken_card(role, 1001), role_card(role, CATALOGUE)):
        shown = [each for each in printed(card).splitlines() if each.startswith("Streams:")]
        assert shown == ([] if line is None else [line])


def test_the_command_uses_the_short_name() -> None:
    """The Incident Manager is handed on as ``im``, as everywhere else; other roles by their key."""
    handoff = "dd-incident-roles handoff 1001"
    assert hand_on_command(CATALOGUE.commander, 1001).startswith(f"{handoff} im ")
    assert hand_on_command(NOTES, 1001).startswith(f"{handoff} scribe ")


PATIENT = replace(ROLE_VACANT, grace=timedelta(minutes=10))


def test_the_document_has_all_of_a_rule() -> None:
    """Every field of a rule is there, under its name; a grace is in seconds."""
    assert parsed(Explain.of(rules=[ROLE_VACANT, PATIENT])) == {
        "schema": "dd-incident-roles/explain/1",
        "rules": [
            {
                **{"id": "IR010", "name": "role-vacant", "title": ROLE_VACANT.title},
                **{"why": ROLE_VACANT.why, "looks_at": ROLE_VACANT.looks_at},
                **{"how_to_fix": ROLE_VACANT.how_to_fix, "default_level": "error"},
                **{"grace_seconds": grace, "scope": "open incidents"},
            }
            for grace in (None, 600.0)
        ],
    }


def test_the_card_says_all_of_a_rule() -> None:
    """A person reads what it finds, why, what it looks at, how to fix it, and how it is asked."""
    lines = printed(rule_card(ROLE_VACANT)).splitlines()
    assert lines == [
        "IR010 role-vacant",
        ROLE_VACANT.title,
        "",
        f"Why:      {ROLE_VACANT.why}",
        f"Looks at: {ROLE_VACANT.looks_at}",
        f"To fix:   {ROLE_VACANT.how_to_fix}",
        "",
        "Level:    error, unless the policy says otherwise",
        "Grace:    'after' of each requirement",
        "Asked of: open incidents",
    ]
    assert "Grace:    10m, unless the policy says otherwise" in printed(rule_card(PATIENT))


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
LINT = configuration.Lint(files=FILES, problems=(WARNING, ERROR), roles=7, waivers=2, people=1)
CLEAN = replace(LINT, problems=())
REPO = PurePosixPath("/repo")


def test_people_read_each_problem_at_its_place() -> None:
    """A place that an editor can open, what is wrong, what to do, and what was checked."""
    assert lint_text(LINT).plain.splitlines() == [
        "/repo/policy.yaml:3: warning the waiver of IR001 by ada ends today",
        "/repo/policy.yaml:12: error rules.IR001.level ('fatal'): must be one of: error, off",
        "  Known levels: error, off.",
        "checked roles: the shipped file, as none is set",
        "checked policy: /repo/policy.yaml",
        "checked people: /repo/people.yaml",
        "3 files, 7 roles, 2 waivers, 1 person: 1 error, 1 warning.",
    ]


def test_one_sentence_sums_it_up() -> None:
    """What was looked at is counted, and people only where there is a file of them."""
    without_people = replace(CLEAN, files=FILES[:2], people=None, roles=1, waivers=0)
    warned = replace(LINT, problems=(WARNING, WARNING), people=0)
    assert [lint_summary(each) for each in (CLEAN, without_people, warned)] == [
        "3 files, 7 roles, 2 waivers, 1 person: no problems.",
        "2 files, 1 role, 0 waivers: no problems.",
        "3 files, 7 roles, 2 waivers, 0 people: 2 warnings.",
    ]


def test_programs_read_every_field() -> None:
    """The document names its schema, the files and each problem."""
    assert parsed(Lint.of(LINT)) == document(
        "lint",
        """
        "files": [{"kind": "roles", "file": "config/roles.yaml", "shipped": true},
                  {"kind": "policy", "file": "/repo/policy.yaml", "shipped": false},
                  {"kind": "people", "file": "/repo/people.yaml", "shipped": false}],
        "problems": [
            {"level": "warning", "file": "/repo/policy.yaml", "line": 3, "key": null,
             "message": "the waiver of IR001 by ada ends today", "hint": null},
            {"level": "error", "file": "/repo/policy.yaml", "line": 12,
             "key": "rules.IR001.level",
             "message": "rules.IR001.level ('fatal'): must be one of: error, off",
             "hint": "Known levels: error, off."}]
        """,
    )


def annotated_lines(*problems: Problem) -> list[str]:
    return lint_github(replace(LINT, problems=problems), root=REPO).splitlines()


def test_github_gets_one_line_for_each_problem_the_errors_first() -> None:
    """Each line is an annotation at a file of the repository, with the hint below the message."""
    unread = replace(ERROR, line=None, key=None, hint=None, message="cannot be read")
    assert annotated_lines() == []
    assert annotated_lines(WARNING, ERROR, unread) == [
        "::error file=policy.yaml,line=12,title=catalog lint%3A rules.IR001.level::"
        "rules.IR001.level ('fatal'): must be one of: error, off%0AKnown levels: error, off.",
        "::error file=policy.yaml,title=catalog lint::cannot be read",
        "::warning file=policy.yaml,line=3,title=catalog lint::"
        "the waiver of IR001 by ada ends today",
    ]


HOSTILE_PROBLEM = replace(
    ERROR,
    file="/repo/a,b:c%d\n::error ::e.yaml",
    key="rules.'x,y:z'",
    message=f"100% wrong\r\n::warning ::owned\x1b[31m {HOSTILE}",
    hint="line\n##[error]two",
)
HOSTILE_LINT = replace(LINT, files=(), problems=(HOSTILE_PROBLEM,))


def test_no_text_of_a_file_steers_the_log_of_github() -> None:
    """Names and values can begin no command, end no line and colour no terminal."""
    (line,) = annotated_lines(HOSTILE_PROBLEM)
    head, _, message = line.removeprefix("::error ").partition("::")
    assert head == (
        "file=a%2Cb%3Ac%25d %3A %3Aerror %3A %3Ae.yaml,line=12,"
        "title=catalog lint%3A rules.'x%2Cy%3Az'"
    )
    assert message.startswith("100%25 wrong")
    assert steers_nothing(line.removeprefix("::"))
