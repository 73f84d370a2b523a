"""``catalog lint``, ``explain`` and ``schema`` as somebody, a program and a workflow have them."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from dd_incident_roles.cli.catalog import DOCUMENTS
from dd_incident_roles.policy.rules import RULES
from tests.product import Product, Ran

ROLES = """\
version: 1
roles:
  - key: incident_manager
    title: Incident Manager
    summary: Leads.
    responsibilities: [Lead.]
    holders: one
    datadog: commander
"""
GOOD = "version: 1\nrules: {IR001: {level: warning}}\n"
OVER = """\
version: 1
waivers:
  - {rule: IR001, incident: 1, reason: r, owner: o, created: 2020-01-01, expires: 2020-02-01}
"""
BAD = "version: 1\nrules:\n  IR001: {level: fatal}\n  IR777: {}\n"
SETTINGS = 'roles = "roles.yaml"\npolicy = "policy.yaml"\n'

Lint = Callable[..., Ran]


@pytest.fixture
def lint(offline: Product, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Lint:
    """Type ``catalog lint`` in a folder with settings, roles and a policy."""
    monkeypatch.chdir(tmp_path)

    def run(policy: str, *options: str, settings: str = SETTINGS) -> Ran:
        files = {"settings.toml": settings, "roles.yaml": ROLES, "policy.yaml": policy}
        for name, text in files.items():
            Path(name).write_text(text, "utf-8")
        return offline.run("--config", str(tmp_path / "settings.toml"), "catalog", "lint", *options)

    return run


def test_good_files_pass(lint: Lint, tmp_path: Path) -> None:
    """Without keys, record or network: exit 0, the files, and one sentence."""
    ran = lint(GOOD)
    assert (ran.exit_code, ran.stderr) == (0, "")
    assert ran.stdout.splitlines() == [
        f"checked roles: {tmp_path / 'roles.yaml'}",
        f"checked policy: {tmp_path / 'policy.yaml'}",
        "2 files, 1 role, 0 waivers: no problems.",
    ]
    left = sorted(path.name for path in tmp_path.iterdir())
    assert left == ["policy.yaml", "roles.yaml", "settings.toml"]


def test_warnings_alone_pass(lint: Lint, tmp_path: Path) -> None:
    """A waiver that is over is told, and stops no pipeline."""
    ran = lint(OVER)
    assert ran.exit_code == 0
    assert f"{tmp_path / 'policy.yaml'}:3: warning the waiver of IR001 by o ended" in ran.stdout
    assert "1 waiver: 1 warning." in ran.stdout


def test_every_error_is_told_and_the_exit_code_is_two(lint: Lint, tmp_path: Path) -> None:
    """Both errors of one file are there, each with its line."""
    ran = lint(BAD)
    path = tmp_path / "policy.yaml"
    assert (ran.exit_code, ran.stderr) == (2, "")
    assert f"{path}:3: error rules.IR001.level ('fatal')" in ran.stdout
    assert f"{path}:4: error rules.IR777: no rule is called 'IR777'" in ran.stdout
    assert ran.stdout.rstrip().endswith("2 errors.")


def test_programs_read_json(lint: Lint) -> None:
    """The document is all that stands on stdout, and the exit code is the same."""
    ran = lint(BAD, "--format", "json")
    document = ran.json()
    assert ran.exit_code == 2
    assert document["schema"] == "dd-incident-roles/lint/1"
    assert [problem["line"] for problem in document["problems"]] == [3, 4]


def test_a_workflow_reads_annotations(lint: Lint) -> None:
    """Only annotations, if any, stand on stdout, at paths of the repository; the sum on stderr."""
    ran = lint(BAD, "--format", "github")
    assert ran.exit_code == 2
    assert [line.partition(",title")[0] for line in ran.stdout.splitlines()] == [
        "::error file=policy.yaml,line=3",
        "::error file=policy.yaml,line=4",
    ]
    assert ran.stderr == "2 files, 1 role, 0 waivers: 2 errors.\n"
    ran = lint(GOOD, "--format", "github")
    assert (ran.exit_code, ran.stdout) == (0, "")


def test_wrong_settings_are_told_as_everywhere(lint: Lint) -> None:
    """Without settings nobody knows which files are meant."""
    ran = lint(GOOD, settings='colour = "red"\n')
    assert (ran.exit_code, ran.stdout) == (2, "")
    assert "unknown setting" in ran.stderr


def test_a_file_that_is_not_there_is_a_problem_of_its_own(lint: Lint, tmp_path: Path) -> None:
    """A path of the settings that leads nowhere is told, and the other files are checked."""
    ran = lint(GOOD, settings='roles = "none.yaml"\npeople = "none.yaml"\n')
    assert ran.exit_code == 2
    assert ran.stdout.count(f"{tmp_path / 'none.yaml'}: error cannot be read") == 2


def test_the_help_says_what_the_exit_codes_mean(lint: Lint) -> None:
    """Whoever asks for help learns what the command looks at."""
    ran = lint(GOOD, "--help")
    assert ran.exit_code == 0
    assert "Exits with 2 when one of them has an error" in " ".join(ran.stdout.split())


@pytest.mark.parametrize("word", ["IR010", "ir010", "role-vacant", "Role-Vacant"])
def test_a_rule_is_found_by_id_or_name(offline: Product, word: str) -> None:
    """Either will do, in any case."""
    ran = offline.run("explain", word)
    assert ran.stdout.startswith("IR010 role-vacant\n")
    assert ran.exit_code == 0


def test_every_rule_is_listed(offline: Product) -> None:
    """Every rule that there is has a row, and a place in the document for programs."""
    assert [key for key in RULES if key not in offline.run("explain").stdout] == []
    for arguments, ids in ([], list(RULES)), (["IR001"], ["IR001"]):
        document = offline.run("explain", "--format", "json", *arguments).json()
        assert [rule["id"] for rule in document["rules"]] == ids


def test_the_documents_are_listed(offline: Product) -> None:
    """One name a line, each of which can be given."""
    ran = offline.run("schema")
    assert ran.stdout.splitlines() == list(DOCUMENTS)
    assert {"check", "status", "timeline", "sync", "roles", "lint", "explain"} <= set(DOCUMENTS)
    assert ran.exit_code == 0


@pytest.mark.parametrize("name", DOCUMENTS)
def test_a_name_shows_its_schema(offline: Product, name: str) -> None:
    """What is printed is the schema and nothing else."""
    assert offline.run("schema", name).json()["title"] == name


@pytest.mark.parametrize(
    ("arguments", "message", "known"),
    [
        (("explain", "IR9"), "No rule is called 'IR9'.", RULES),
        (("schema", "chek"), "No document is called 'chek'.", DOCUMENTS),
        (("schema", "../schemas/check"), "No document is called", DOCUMENTS),
    ],
)
def test_an_unknown_name_is_an_error_that_lists_the_known_ones(
    offline: Product, arguments: tuple[str, ...], message: str, known: dict[str, object]
) -> None:
    """Whoever mistypes a rule or a document reads which there are; a path is no name."""
    ran = offline.run(*arguments)
    assert ran.exit_code == 2
    assert ran.stderr.startswith(f"Error: {message}")
    assert [name for name in known if name not in ran.stderr] == []
