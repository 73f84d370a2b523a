"""The documents agree with the program: nothing is missing in them, and nothing invented."""

from __future__ import annotations

import inspect
import re
import subprocess
from dataclasses import replace
from pathlib import Path

import pytest
import yaml

from dd_incident_roles import errors
from dd_incident_roles.cli.check import SHAPES
from dd_incident_roles.cli.failures import BUG, INTERRUPTED
from dd_incident_roles.configuration.config_file import shipped_file
from dd_incident_roles.configuration.roles_file import load_catalogue
from dd_incident_roles.errors import IncidentRolesError
from dd_incident_roles.policy.rules import RULES
from dd_incident_roles.roles.catalogue import NamedRole
from dd_incident_roles.sandbox.sandbox import Sandbox
from dd_incident_roles.settings import CONFIG_VARIABLE, SECRETS, VARIABLES
from dd_incident_roles.sync.result import HELD_BACK
from tests.cli.tree import NODES
from tests.documents.commands import MARKER, reference
from tests.documents.organisation import staff
from tests.documents.readme import README, ROOT, calls, fenced, fits, marked, rows, sessions
from tests.documents.terminal import Terminal
from tests.product import Product

TEXT = README.read_text("utf-8")
DOCUMENTS = [README, *sorted((ROOT / "docs").glob("*.md")), ROOT / "CHANGELOG.md"]
GLOBAL_WITH_VALUE = frozenset({"--config", "--store", "--log-format"})
CHECK_CODES = {0, 1}
ACTION = ".github/actions/check"
SESSIONS = [(path, name) for path in DOCUMENTS for name in sessions(path.read_text("utf-8"))]
SUGGESTING = "suggest"
COMMANDER = "    datadog: commander\n"


def exit_codes() -> set[int]:
    classes = [each for _, each in inspect.getmembers(errors, inspect.isclass)]
    ours = {each.exit_code for each in classes if issubclass(each, IncidentRolesError)}
    return {*ours, *CHECK_CODES, HELD_BACK, BUG, INTERRUPTED}


def slug(heading: str) -> str:
    kept = re.sub(r"[^\w\- ]", "", heading.strip().lower())
    return kept.replace(" ", "-")


def test_the_command_reference_is_up_to_date() -> None:
    """The reference in the README is what the program says of itself: python -m tests.documents."""
    assert marked(TEXT, MARKER) == reference()


@pytest.mark.parametrize("node", NODES, ids=lambda node: " ".join(node.words) or "the program")
def test_every_command_and_option_is_in_the_readme(node: object) -> None:
    """No command and no option is left out."""
    found = next(each for each in NODES if each is node)
    assert " ".join(["dd-incident-roles", *found.words]) in TEXT
    for option in found.options:
        assert any(f"`{name}" in TEXT for name in option.opts)


@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda path: path.name)
def test_no_call_is_invented(document: Path) -> None:
    """Every call of the program in a document names a command and options that exist."""
    for words in calls(document.read_text("utf-8")):
        assert unknown_in(words) == []


@pytest.mark.parametrize(
    ("words", "wrong"),
    [
        (["rota", "list", "1001"], ["rota"]),
        (["roles", "reinvent"], ["reinvent"]),
        (["sync", "--force"], ["--force"]),
        (["--wide", "status"], ["--wide"]),
    ],
)
def test_an_invented_call_is_noticed(words: list[str], wrong: list[str]) -> None:
    """A command or option that does not exist would be found."""
    assert unknown_in(words) == wrong


def unknown_in(words: list[str]) -> list[str]:
    """The first command and the options of a call that the program does not know."""
    by_words = {node.words: node for node in NODES}
    path: tuple[str, ...] = ()
    unknown = []
    left = list(words)
    while left:
        word = left.pop(0)
        word = word.partition("=")[0] if word.startswith("--") else word
        node = by_words[path]
        if word.startswith("-"):
            known = {name for option in node.options for name in option.opts} | {"--help", "-h"}
            unknown += [] if word in known or re.fullmatch(r"-v+", word) else [word]
            if not path and word in GLOBAL_WITH_VALUE:
                left = left[1:]
        elif node.is_group and (*path, word) not in by_words:
            return [*unknown, word]
        elif node.is_group:
            path = (*path, word)
    return unknown


def test_there_are_calls_to_look_at() -> None:
    """The README shows calls in its text, in its transcripts and in its examples."""
    assert len({tuple(words) for words in calls(TEXT)}) > 20


@pytest.mark.parametrize(
    ("document", "session"), SESSIONS, ids=lambda part: getattr(part, "name", part)
)
def test_the_transcripts_are_real(
    product: Product, sandbox: Sandbox, document: Path, session: str
) -> None:
    """What a document shows of a session with a new sandbox is what is printed, in order."""
    if session == SUGGESTING:
        product = with_places_to_look(product, sandbox)
    terminal = Terminal(product)
    for line, output in sessions(document.read_text("utf-8"))[session]:
        printed = terminal.type(line)
        assert fits(output, printed), f"{line} prints:\n{printed}"


def with_places_to_look(product: Product, sandbox: Sandbox) -> Product:
    """The product with the places of the README in its catalogue, and people in them."""
    staff(sandbox)
    [places] = [body for body in fenced(TEXT, "yaml") if body.lstrip().startswith("qualified:")]
    file = product.store.with_name("roles.yaml")
    catalogue = shipped_file("roles.yaml").read_text("utf-8")
    file.write_text(catalogue.replace(COMMANDER, f"{COMMANDER}{places}", 1), "utf-8")
    return replace(product, settings={**product.settings, "DD_INCIDENT_ROLES_ROLES": str(file)})


def test_the_session_of_two_streams() -> None:
    """The README has the session of a SEV-1 with two streams, from first assignment to history."""
    lines = [line for line, _ in sessions(TEXT)["streams"]]
    for words in ("--stream database", "--stream network", "--stream internal", "devise", "sync"):
        assert any(words in line for line in lines), words
    assert lines[-1].startswith("dd-incident-roles history")


@pytest.mark.parametrize("line", ["rm -r record.sqlite3", "curl -s https://example.com/ -d {}"])
def test_only_known_lines_are_typed(offline: Product, line: str) -> None:
    """A line that nobody knows how to carry out fails the test, and is not passed over."""
    with pytest.raises(ValueError, match="nobody knows"):
        Terminal(offline).type(line)


@pytest.mark.parametrize("setting", VARIABLES)
def test_every_setting_is_in_the_readme(setting: str) -> None:
    """Each setting has a row with its variable and its key in the file."""
    [row] = [
        row for row in rows(TEXT, "Settings", "Variable") if row[0] == f"`{VARIABLES[setting]}`"
    ]
    assert row[1] == ("(environment only)" if setting in SECRETS else f"`{setting}`")


def test_no_setting_is_invented() -> None:
    """Each row of the settings is of a variable that is read."""
    named = {row[0].strip("`") for row in rows(TEXT, "Settings", "Variable")}
    assert named == {*VARIABLES.values(), CONFIG_VARIABLE}


@pytest.mark.parametrize("variable", [*VARIABLES.values(), CONFIG_VARIABLE])
def test_every_variable_is_in_the_example(variable: str) -> None:
    """The example of a settings file names every variable."""
    assert variable in (ROOT / "config" / "settings.example.toml").read_text("utf-8")


@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda path: path.name)
def test_no_variable_is_invented(document: Path) -> None:
    """Each variable of ours in a document is one that is read."""
    named = set(re.findall(r"\bDD_[A-Z_]+\b", document.read_text("utf-8")))
    assert named <= {*VARIABLES.values(), CONFIG_VARIABLE}


def test_the_exit_codes() -> None:
    """The table of exit codes has those that the program ends with, and no other."""
    assert {int(row[0]) for row in rows(TEXT, "Exit codes", "Code")} == exit_codes()


def test_the_rules() -> None:
    """The table of rules has those that check asks, in their order, with names and levels."""
    shown = [(row[0], row[1], row[3]) for row in rows(TEXT, "Check the roles", "Rule")]
    assert shown == [(rule.id, rule.name, rule.default_level) for rule in RULES.values()]


def test_the_formats() -> None:
    """The table of formats has those that check can write."""
    shown = [row[0].strip("`") for row in rows(TEXT, "Check the roles", "`--format`")]
    assert shown == list(SHAPES)


def test_the_action() -> None:
    """The example of the action gives inputs that it has, and all that it needs."""
    [job] = [
        job
        for body in fenced(TEXT, "yaml")
        if ACTION in body
        for job in yaml.safe_load(body)["jobs"].values()
    ]
    [step] = [step for step in job["steps"] if ACTION in step["uses"]]
    inputs = yaml.safe_load((ROOT / ACTION / "action.yml").read_text("utf-8"))["inputs"]
    assert set(step["with"]) <= set(inputs)
    assert {name for name, each in inputs.items() if each.get("required")} <= set(step["with"])


def test_the_variables_of_the_scheduled_workflow() -> None:
    """The README names the variables and secrets of its own that the workflow reads."""
    workflow = (ROOT / ".github" / "workflows" / "sync.yml").read_text("utf-8")
    read = set(re.findall(r"\b(?:vars|secrets)\.(INCIDENT_ROLES_[A-Z]+)", workflow))
    assert set(re.findall(r"\bINCIDENT_ROLES_[A-Z]+", TEXT)) == read


def test_one_environment_file_serves_cron_and_systemd(tmp_path: Path) -> None:
    """The line for cron hands the file's variables to the program; systemd reads the same lines."""
    [lines] = [body for body in fenced(TEXT, "sh") if body.startswith("DD_SITE=")]
    assert all(re.fullmatch(r"DD_[A-Z_]+=[\w.]+", line) for line in lines.splitlines())
    assert "EnvironmentFile=/etc/dd-incident-roles.env" in TEXT
    file = tmp_path / "x.env"
    file.write_text(lines, "utf-8")
    [line] = fenced(TEXT, "crontab")
    command = line.split(maxsplit=5)[5].replace("/etc/dd-incident-roles.env", str(file))
    command = re.sub(r"\S+/bin/dd-incident-roles -q sync", "/usr/bin/env", command)
    done = subprocess.run(
        ["/bin/sh", "-c", command], env={}, capture_output=True, text=True, check=True
    )
    assert set(lines.splitlines()) <= set(done.stdout.splitlines())


def test_the_roles() -> None:
    """The table of roles has those of the shipped catalogue, as Datadog names them."""
    named = {row[0].strip("`"): row[3] for row in rows(TEXT, "Roles", "Key")}
    catalogue = load_catalogue(None)
    assert list(named) == [role.key for role in catalogue.roles]
    for role in catalogue.roles:
        expected = f'role "{role.datadog.name}"' if isinstance(role.datadog, NamedRole) else None
        assert named[role.key] == (expected or "the commander")
    for row in rows(TEXT, "Roles", "Key"):
        if row[1]:
            assert catalogue.find(row[1].strip("`")).key == row[0].strip("`")


@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda path: path.name)
def test_links_lead_somewhere(document: Path) -> None:
    """Every link to a file or a heading of the project finds it."""
    text = document.read_text("utf-8")
    for link in re.findall(r"\]\(([^)\s]+)\)", text):
        if link.startswith("https://"):
            continue
        file, _, anchor = link.partition("#")
        target = document.parent / file if file else document
        assert target.exists(), link
        if anchor:
            headings = re.findall(r"^#+ (.+)$", target.read_text("utf-8"), re.MULTILINE)
            assert anchor in [slug(heading) for heading in headings], link
