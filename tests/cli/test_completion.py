"""Completion: what a shell is offered, from the record and the configuration alone."""

from __future__ import annotations

import shutil
import sys
from pathlib import Path

import pytest

from dd_incident_roles.sandbox.seed import outage
from dd_incident_roles.sandbox.server import RunningSandbox
from tests.cli.program import HEAVY, run
from tests.product import Product, closed_port, reaching

BASH = shutil.which("bash") or "bash"
ANSWERS = ["accept", "decline", "1002", "1001"]
ASK = """
import os, sys
from dd_incident_roles.cli.main import main
for typed in sys.argv[1:]:
    word = typed.rpartition(" ")[2]
    os.environ |= {"_DDIR_COMPLETE": "fish_complete", "COMP_WORDS": typed, "COMP_CWORD": word}
    try:
        main()
    except SystemExit:
        sys.stdout.flush()
        print(end="\\0", flush=True)
print(*{name.partition(".")[0] for name in sys.modules})
"""

OFFERED = {
    "hand": ["handoff"],
    "timeline ex": ["export"],
    "assign ": ["1002", "1001"],
    "status 1001 ir": ["IR-1002", "IR-1001"],
    "assign 1001 ": ["im", "fr", "tl", "cm", "csl", "scribe", "backup", "customs_runner"],
    "assign 1002 c": ["commander", "cm", "csl"],
    "assign 1001 tech": ["tech_lead"],
    "history 1001 --role sc": ["scribe"],
    "assign 1001 im ": ["me", "zoe", "ana@corp.example"],
    "handoff ": ANSWERS,
    "handoff 1001 im a": ["ana@corp.example"],
    "handoff 1001 im --to z": ["zoe"],
    "handoff accept 1001 sc": ["scribe"],
    "handoff accept 1001 im ": [],
    "explain role-v": ["role-vacant"],
    "check --select IR001,ir03": ["IR001,IR030"],
    "check --format s": ["sarif"],
    "schema st": ["status"],
    "help timeline im": ["import"],
    "completion ": ["bash", "zsh", "fish"],
    "assign 9999 im nobody@": [],
}
"""What is typed behind the name of the program, and how it can go on."""


@pytest.fixture(scope="module")
def settings(tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    """Settings with a record of two incidents, one entry and one devised role; Datadog is gone."""
    folder = tmp_path_factory.mktemp("completion")
    people = folder / "people.yaml"
    people.write_text("version: 1\npeople:\n  zoe: {email: zoe@corp.example}\n", "utf-8")
    store = folder / "record.sqlite3"
    settings = {**reaching(closed_port(), store), "DD_INCIDENT_ROLES_PEOPLE": str(people)}
    with RunningSandbox() as running:
        outage(running.sandbox)
        online = {**settings, "DD_INCIDENT_ROLES_API_URL": running.url}
        product = Product(store=store, settings=online)
        for words in (
            ("sync",),
            ("roles", "devise", "1001", "Customs Runner"),
            ("timeline", "add", "1001", "Paged\tthe \x1b[2JDBA"),
        ):
            assert product.run(*words).exit_code == 0
    return settings


def offered(settings: dict[str, str], *lines: str) -> list[str]:
    """What the program answers a shell for each line, and then the modules that it took."""
    asked = run(*lines, settings=settings, program=(sys.executable, "-c", ASK))
    assert (asked.exit_code, asked.stderr) == (0, "")
    return asked.stdout.split("\0")


def values(answer: str) -> list[str]:
    """What could stand at the end, without what it is."""
    lines = filter(None, answer.splitlines())
    return [line.removeprefix("plain,").partition("\t")[0] for line in lines]


def test_what_is_offered(settings: dict[str, str]) -> None:
    """Each argument is completed by what it is; nothing is said where nothing is known.

    A person waits for it: SQL, HTTP and the client are not even loaded.
    """
    *answers, modules = offered(settings, *(f"ddir {typed}" for typed in OFFERED))
    assert dict(zip(OFFERED, map(values, answers), strict=True)) == OFFERED
    assert set(modules.split()) & HEAVY <= {"pydantic", "sqlite3", "yaml"}


def test_an_entry_is_offered_with_its_text(settings: dict[str, str]) -> None:
    """Its text is on one line and steers no terminal; @ is the incident of the settings."""
    here = {**settings, "DD_INCIDENT_ROLES_INCIDENT": "IR-1001"}
    assert "\tPaged the [2JDBA\n" in offered(here, "ddir timeline edit @ ")[0]
    assert values(offered(settings, "ddir timeline edit @ ")[0]) == []


def test_nothing_is_written_or_said(settings: dict[str, str], tmp_path: Path) -> None:
    """Without a record there is none afterwards, and a broken configuration is no error here."""
    store = tmp_path / "none.sqlite3"
    none = {**settings, "DD_INCIDENT_ROLES_STORE": str(store)}
    assert values(offered(none, "ddir assign ")[0]) == []
    assert not store.exists()
    store.write_bytes(b"no database")
    broken = {**none, "DD_INCIDENT_ROLES_CONCURRENCY": "0"}
    for each in (none, broken):
        assert values(offered(each, "ddir assign ")[0]) == []


def test_the_record_is_found_however_it_is_named(settings: dict[str, str]) -> None:
    """As a command finds it: below the home folder, or by a URL with its driver."""
    store = Path(settings["DD_INCIDENT_ROLES_STORE"])
    for name in (f"~/{store.name}", f"sqlite+pysqlite:///{store}"):
        here = {**settings, "DD_INCIDENT_ROLES_STORE": name, "HOME": str(store.parent)}
        assert values(offered(here, "ddir assign ")[0]) == ["1002", "1001"]


@pytest.mark.parametrize(
    ("line", "reply"),
    [
        ("ddir handoff acc", "accept"),
        ("ddir assign 1001 im ana@co", "@corp.example"),
        ("ddir history 1001 --role=scr", "scribe"),
        ("ddir assign 1001 'tech", "tech_lead"),
        ("dd-incident-roles assign ", "1002 1001"),
    ],
)
def test_bash(settings: dict[str, str], tmp_path: Path, line: str, reply: str) -> None:
    """Bash takes words apart at @ and =, and gets only the part that it replaces."""
    program = tmp_path / "ddir"
    program.write_text(f'#!/bin/sh\nexec "{sys.executable}" -m dd_incident_roles "$@"\n', "utf-8")
    program.chmod(0o700)
    script = (
        f'eval "$("{program}" completion bash)"\nCOMP_LINE=$1 COMP_POINT=${{#1}}\n'
        f'_ddir_completion "{program}"\necho "${{COMPREPLY[*]}}"'
    )
    typed = run(line, settings=settings, program=(BASH, "--norc", "-ic", script, "bash"))
    assert (typed.exit_code, typed.stdout.split()) == (0, reply.split())


@pytest.mark.parametrize("shell", ["zsh", "fish"])
def test_other_shells(offline: Product, shell: str) -> None:
    """Their scripts are click's, for both names of the program, and keep stderr to themselves."""
    script = offline.run("completion", shell).stdout
    for program in ("ddir", "dd-incident-roles"):
        assert f"_DDIR_COMPLETE={shell}_complete" in script
        assert f" {program} 2>/dev/null)" in script


@pytest.mark.parametrize(
    ("shell", "folder", "names"),
    [
        ("bash", "data/bash-completion/completions", ("ddir", "dd-incident-roles")),
        ("fish", "config/fish/completions", ("ddir.fish", "dd-incident-roles.fish")),
        ("zsh", "data/zsh/site-functions", ("_ddir", "_dd-incident-roles")),
    ],
)
def test_it_is_installed_where_the_shell_looks(
    offline: Product, tmp_path: Path, shell: str, folder: str, names: tuple[str, ...]
) -> None:
    """Both names are completed, as by the script that is printed; a second time changes nothing."""
    folders = {f"XDG_{kind}_HOME": str(tmp_path / kind.lower()) for kind in ("DATA", "CONFIG")}
    first, again = (offline.run("completion", shell, "--install", **folders) for _ in range(2))
    assert (first.exit_code, first.stdout) == (0, again.stdout)
    written = [tmp_path / folder / name for name in names]
    assert first.stdout.splitlines()[:2] == [f"Written: {file}" for file in written]
    printed = offline.run("completion", shell).stdout
    assert all(file.read_text("utf-8") in printed for file in written)
    written[0].unlink()
    written[0].mkdir()
    refused = offline.run("completion", shell, "--install", **folders)
    assert refused.exit_code == 2
    assert f"ddir completion {shell}" in refused.stderr
