"""``catalog lint``, ``explain`` and ``schema`` as somebody, a program and a workflow have them."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from dd_incident_roles.cli.catalog import DOCUMENTS, catalog, explain, schema
from dd_incident_roles.cli.failures import end_with
from dd_incident_roles.cli.opening import Invocation
from dd_incident_roles.errors import UsageError
from dd_incident_roles.policy.rules import RULES

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


@dataclass(frozen=True, slots=True, kw_only=True)
class Terminal:
    """A folder with settings and files, and the command in it."""

    folder: Path
    captured: pytest.CaptureFixture[str]

    def lint(self, policy: str = GOOD, *options: str, settings: str = "") -> tuple[int, str, str]:
        """The exit code, and what came on stdout and stderr."""
        config = self.folder / "settings.toml"
        if not settings:
            (self.folder / "roles.yaml").write_text(ROLES, encoding="utf-8")
            (self.folder / "policy.yaml").write_text(policy, encoding="utf-8")
            settings = 'roles = "roles.yaml"\npolicy = "policy.yaml"\n'
        config.write_text(settings, encoding="utf-8")
        code = end_with(
            lambda: int(
                catalog.main(
                    args=["lint", *options],
                    prog_name="catalog",
                    standalone_mode=False,
                    obj=Invocation(config=str(config)),
                )
            )
        )
        said = self.captured.readouterr()
        return code, said.out, said.err


@pytest.fixture
def terminal(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> Terminal:
    monkeypatch.chdir(tmp_path)
    return Terminal(folder=tmp_path, captured=capsys)


def test_good_files_pass(terminal: Terminal) -> None:
    """Without keys, record or network: exit 0, the files, and one sentence."""
    code, said, talk = terminal.lint()
    assert (code, talk) == (0, "")
    assert said.splitlines() == [
        f"checked roles: {terminal.folder / 'roles.yaml'}",
        f"checked policy: {terminal.folder / 'policy.yaml'}",
        "2 files, 1 role, 0 waivers: nothing to complain about.",
    ]
    assert sorted(path.name for path in terminal.folder.iterdir()) == [
        "policy.yaml",
        "roles.yaml",
        "settings.toml",
    ]


def test_warnings_alone_pass(terminal: Terminal) -> None:
    """A waiver that is over is told, and stops no pipeline."""
    code, said, _ = terminal.lint(OVER)
    assert code == 0
    assert f"{terminal.folder / 'policy.yaml'}:3: warning the waiver of IR001 by o ended" in said
    assert "1 waiver: 1 warning." in said


def test_every_error_is_told_and_the_exit_code_is_two(terminal: Terminal) -> None:
    """Both errors of one file are there, each with its line."""
    code, said, talk = terminal.lint(BAD)
    path = terminal.folder / "policy.yaml"
    assert (code, talk) == (2, "")
    assert f"{path}:3: error rules.IR001.level ('fatal')" in said
    assert f"{path}:4: error rules.IR777: no rule is called 'IR777'" in said
    assert said.rstrip().endswith("2 errors.")


def test_programs_read_json(terminal: Terminal) -> None:
    """The document is all that stands on stdout, and the exit code is the same."""
    code, said, _ = terminal.lint(BAD, "--format", "json")
    document = json.loads(said)
    assert code == 2
    assert document["schema"] == "dd-incident-roles/lint/1"
    assert [problem["line"] for problem in document["problems"]] == [3, 4]


def test_a_workflow_reads_annotations(terminal: Terminal) -> None:
    """Only annotations stand on stdout, at paths of the repository; the sum is talk."""
    code, said, talk = terminal.lint(BAD, "--format", "github")
    assert code == 2
    assert [line.partition(",title")[0] for line in said.splitlines()] == [
        "::error file=policy.yaml,line=3",
        "::error file=policy.yaml,line=4",
    ]
    assert talk == "2 files, 1 role, 0 waivers: 2 errors.\n"


def test_a_workflow_reads_nothing_where_nothing_is_wrong(terminal: Terminal) -> None:
    """An empty stdout is no annotation at all."""
    assert terminal.lint(GOOD, "--format", "github")[:2] == (0, "")


def test_wrong_settings_are_told_as_everywhere(terminal: Terminal) -> None:
    """Without settings nobody knows which files are meant."""
    code, said, talk = terminal.lint(settings='colour = "red"\n')
    assert (code, said) == (2, "")
    assert "unknown setting" in talk


def test_a_file_that_is_not_there_is_a_problem_of_its_own(terminal: Terminal) -> None:
    """A path of the settings that leads nowhere is told, and the other files are checked."""
    code, said, _ = terminal.lint(settings='roles = "none.yaml"\npeople = "none.yaml"\n')
    assert code == 2
    assert said.count(f"{terminal.folder / 'none.yaml'}: error cannot be read") == 2


def test_the_help_says_what_the_exit_codes_mean(terminal: Terminal) -> None:
    """Whoever asks for help learns what the command looks at."""
    code, said, _ = terminal.lint(GOOD, "--help")
    assert code == 0
    assert "Exits with 2 when one of them has an error" in " ".join(said.split())


def explained(*arguments: str) -> Result:
    return CliRunner().invoke(explain, arguments, obj=Invocation(), standalone_mode=False)


@pytest.mark.parametrize("word", ["IR010", "ir010", "role-vacant", "Role-Vacant"])
def test_a_rule_is_found_by_id_or_name(word: str) -> None:
    """Either will do, in any case."""
    done = explained(word)
    assert done.stdout.startswith("IR010 role-vacant\n")
    assert done.return_value == 0


def test_without_a_rule_all_are_listed() -> None:
    """Every rule that there is has a row."""
    assert [key for key in RULES if key not in explained().stdout] == []


def test_an_unknown_rule_is_an_error_that_lists_the_known_ones() -> None:
    """Whoever mistypes a rule reads which there are."""
    error = explained("IR9").exception
    assert isinstance(error, UsageError)
    assert error.message == "No rule is called 'IR9'."
    assert all(key in str(error.hint) for key in RULES)


@pytest.mark.parametrize(("arguments", "ids"), [(["IR001"], ["IR001"]), ([], list(RULES))])
def test_json_is_for_programs(arguments: list[str], ids: list[str]) -> None:
    """The document holds the named rule, or all of them."""
    done = explained("--format", "json", *arguments)
    assert [rule["id"] for rule in json.loads(done.stdout)["rules"]] == ids


def schema_of(*arguments: str) -> Result:
    return CliRunner().invoke(schema, arguments, obj=Invocation(), standalone_mode=False)


def test_without_a_name_the_documents_are_listed() -> None:
    """One name a line, each of which can be given."""
    done = schema_of()
    assert done.stdout.splitlines() == list(DOCUMENTS)
    assert {"check", "status", "timeline", "sync", "roles", "lint", "explain"} <= set(DOCUMENTS)
    assert done.return_value == 0


@pytest.mark.parametrize("name", DOCUMENTS)
def test_a_name_shows_its_schema(name: str) -> None:
    """What is printed is the schema and nothing else."""
    assert json.loads(schema_of(name).stdout)["title"] == name


def test_an_unknown_name_is_an_error_that_lists_the_known_ones() -> None:
    """Whoever mistypes a name reads which there are; a path is no name."""
    for name in ("chek", "../schemas/check"):
        error = schema_of(name).exception
        assert isinstance(error, UsageError)
        assert "check" in str(error.hint)
