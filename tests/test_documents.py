"""The documents agree with the program: nothing is missing in them, and nothing invented."""

from __future__ import annotations

import inspect
import re
import subprocess
from pathlib import Path

import pytest
import yaml

from dd_incident_roles import errors
from dd_incident_roles.cli.output import BUG, INTERRUPTED
from dd_incident_roles.configuration.configuration import load_roles
from dd_incident_roles.configuration.roles_file import load_catalogue
from dd_incident_roles.datadog.examination import PERMISSIONS
from dd_incident_roles.errors import IncidentRolesError
from dd_incident_roles.roles.catalogue import NamedRole
from dd_incident_roles.settings import (
    CONFIG_VARIABLE,
    SECRET_FILES,
    SECRETS,
    TIMEZONE_VARIABLE,
    VARIABLES,
)
from dd_incident_roles.sync.plan import HELD_BACK
from tests.documents import roles
from tests.documents.commands import MARKER, NODES, reference
from tests.documents.pages import (
    COMMANDS,
    DOCS,
    PAGES,
    README,
    ROOT,
    calls,
    fenced,
    fits,
    marked,
    renewed,
    rows,
    sessions,
)
from tests.documents.picture import pictures
from tests.documents.terminal import Terminal, at_terminal
from tests.product import Product

TEXTS = {page: page.read_text("utf-8") for page in PAGES}
MOST_BYTES_OF_THE_README = 15_000
MOST_LINES_AT_NIGHT = 50
GLOBAL_WITH_VALUE = frozenset({"--config", "--store", "--log-format"})
CHECK_CODES = {0, 1}
ACTION = ".github/actions/check"
SESSIONS = [(page, name) for page, text in TEXTS.items() for name in sessions(text)]


def exit_codes() -> set[int]:
    classes = [each for _, each in inspect.getmembers(errors, inspect.isclass)]
    ours = {each.exit_code for each in classes if issubclass(each, IncidentRolesError)}
    return {*ours, *CHECK_CODES, HELD_BACK, BUG, INTERRUPTED}


def slug(heading: str) -> str:
    kept = re.sub(r"[^\w\- ]", "", heading.strip().lower())
    return kept.replace(" ", "-")


def test_the_command_reference_is_up_to_date() -> None:
    """The reference is what the program says of itself: python -m tests.documents write."""
    assert marked(TEXTS[COMMANDS], MARKER) == reference()


def test_the_readme_is_short() -> None:
    """The README is the front door, and the page for the night is one screen."""
    assert len(README.read_bytes()) <= MOST_BYTES_OF_THE_README
    assert len(TEXTS[DOCS / "incident.md"].splitlines()) <= MOST_LINES_AT_NIGHT


def test_what_is_typed_at_night_works() -> None:
    """Every line of the page for the night works as it stands."""
    text = TEXTS[DOCS / "incident.md"]
    with at_terminal(text, "") as terminal:
        terminal.type(
            "export DD_INCIDENT_ROLES_ME=ana@corp.example DD_INCIDENT_ROLES_INCIDENT=1001"
        )
        for line in re.findall(r"`(ddir [^`]+)`", text):
            printed = terminal.type(line)
            assert terminal.exit_code in CHECK_CODES, f"{line} prints:\n{printed}"


def test_the_permissions_are_those_that_the_doctor_names() -> None:
    """The page has each permission with what needs it, as the program tells it."""
    listed = rows(TEXTS[DOCS / "permissions.md"], "Permissions", "Permission")
    assert [(row[0].strip("`"), row[1]) for row in listed] == [
        (each.name, each.purpose) for each in PERMISSIONS
    ]


def test_the_picture_is_current() -> None:
    """The picture of a terminal shows what is printed today: python -m tests.documents write."""
    for path, drawn in pictures().items():
        assert path.read_text("utf-8") == drawn
        assert len(re.findall(f'"docs/{path.name}"', TEXTS[README])) == 1


def test_every_page_is_reached_from_the_readme() -> None:
    """The README links to every page."""
    linked = set(re.findall(r"\]\(docs/([\w.-]+\.md)", TEXTS[README]))
    assert {page.name for page in PAGES if page.parent == DOCS} <= linked


@pytest.mark.parametrize("document", PAGES, ids=lambda path: path.name)
def test_no_call_is_invented(document: Path) -> None:
    """Every call of the program in a document names a command and options that exist."""
    for words in calls(TEXTS[document]):
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
            # The options of every command can be typed behind it too.
            options = (*node.options, *by_words[()].options)
            known = {name for option in options for name in option.opts} | {"--help", "-h"}
            unknown += [] if word in known or re.fullmatch(r"-v+", word) else [word]
            if not path and word in GLOBAL_WITH_VALUE:
                left = left[1:]
        elif node.is_group and (*path, word) not in by_words:
            return [*unknown, word]
        elif node.is_group:
            path = (*path, word)
    return unknown


def test_there_are_calls_to_look_at() -> None:
    """The README shows calls in its text, in its sessions and in its examples."""
    assert len({tuple(words) for words in calls(TEXTS[README])}) > 10


@pytest.mark.parametrize(
    ("document", "session"), SESSIONS, ids=lambda part: getattr(part, "name", part)
)
def test_the_sessions_are_real(document: Path, session: str) -> None:
    """What a page shows is what is printed today: python -m tests.documents write."""
    with at_terminal(TEXTS[document], session) as terminal:
        for typed in sessions(TEXTS[document])[session]:
            printed = terminal.type(typed.line, typed.shown)
            assert fits(typed.shown, printed), f"{typed.line} prints:\n{printed}"


@pytest.mark.parametrize(
    ("shown", "printed", "expected"),
    [
        ("", "", ""),
        ("Bo is gone.\n", "", ""),
        ("at 07:42 UTC, 9 GET\n", "at 09:10 UTC, 12 GET\n", "at 07:42 UTC, 9 GET\n"),
        ("Bo leads.\n", "Bo leads now.\n\n", "Bo leads now.\n"),
        ("Bo leads.\n…\nsum: 3\n", "Bo leads.\nx\ny\nsum: 4\n", "Bo leads.\n…\nsum: 4\n"),
        ("Bo leads.\n…\n", "Bo leads now.\nx\n", "Bo leads now.\n…\n"),
        ("…\nBo leads.\n…\n", "x\nBo leads now.\nz\n", "…\nBo leads now.\n…\n"),
        ("Bo leads.\nnobody\n…\n", "Bo leads now.\nx\nz\n", "Bo leads now.\n…\n"),
        (" A   B\n ─────\n 1   2\n", " A    B\n ──────\n 1    2\n", " A    B\n ──────\n 1    2\n"),
    ],
)
def test_what_is_shown_is_brought_up_to_date(shown: str, printed: str, expected: str) -> None:
    """Lines stay where only times, names or counts differ; what was left out is left out."""
    assert renewed(shown, printed) == expected
    assert renewed(expected, printed) == expected


def test_an_entry_keeps_the_name_of_the_page(offline: Product) -> None:
    """What a page calls an entry is typed as the entry is called, and printed as in the page."""
    terminal = Terminal(offline, named={"k3f9x2abcd": "aaaaaaaaaa"}, exit_code=3)
    assert terminal.type("export KEY=aaaaaaaaaa") == ""
    assert terminal.exported == {"KEY": "k3f9x2abcd"}


@pytest.mark.parametrize("line", ["rm -r record.sqlite3", "curl -s https://example.com/ -d {}"])
def test_only_known_lines_are_typed(offline: Product, line: str) -> None:
    """A line that nobody knows how to carry out fails the test, and is not passed over."""
    with pytest.raises(ValueError, match="nobody knows"):
        Terminal(offline).type(line)


@pytest.mark.parametrize("setting", VARIABLES)
def test_every_setting_is_explained(setting: str) -> None:
    """Each setting has a row with its variable and its key in the file."""
    [row] = [
        row
        for row in rows(TEXTS[DOCS / "settings.md"], "Settings", "Variable")
        if row[0] == f"`{VARIABLES[setting]}`"
    ]
    assert row[1] == ("(environment only)" if setting in SECRETS else f"`{setting}`")


def test_no_setting_is_invented() -> None:
    """Each row of the settings is of a variable that is read."""
    named = {row[0].strip("`") for row in rows(TEXTS[DOCS / "settings.md"], "Settings", "Variable")}
    assert named == {*VARIABLES.values(), CONFIG_VARIABLE, TIMEZONE_VARIABLE}


@pytest.mark.parametrize("document", PAGES, ids=lambda path: path.name)
def test_no_variable_is_invented(document: Path) -> None:
    """Each variable of ours in a document is one that is read."""
    named = set(re.findall(r"\bDD_[A-Z_]+\b", TEXTS[document]))
    known = {*VARIABLES.values(), *SECRET_FILES.values(), CONFIG_VARIABLE, TIMEZONE_VARIABLE}
    assert named <= known


def test_the_exit_codes() -> None:
    """The table of exit codes has those that the program ends with, and no other."""
    assert {int(row[0]) for row in rows(TEXTS[README], "Exit codes", "Code")} == exit_codes()


def test_the_action() -> None:
    """The example of the action gives inputs that it has, and all that it needs."""
    [job] = [
        job
        for body in fenced(TEXTS[DOCS / "ci.md"], "yaml")
        if ACTION in body
        for job in yaml.safe_load(body)["jobs"].values()
    ]
    [step] = [step for step in job["steps"] if ACTION in step["uses"]]
    inputs = yaml.safe_load((ROOT / ACTION / "action.yml").read_text("utf-8"))["inputs"]
    assert set(step["with"]) <= set(inputs)
    assert {name for name, each in inputs.items() if each.get("required")} <= set(step["with"])


def test_the_variables_of_the_scheduled_workflow() -> None:
    """The page names the variables and secrets of its own that the workflow reads."""
    workflow = (ROOT / ".github" / "workflows" / "sync.yml").read_text("utf-8")
    read = set(re.findall(r"\b(?:vars|secrets)\.(INCIDENT_ROLES_[A-Z]+)", workflow))
    assert set(re.findall(r"\bINCIDENT_ROLES_[A-Z]+", TEXTS[DOCS / "schedule.md"])) == read


def test_one_environment_file_serves_cron_and_systemd(tmp_path: Path) -> None:
    """The line for cron hands the file's variables to the program; systemd reads the same lines."""
    text = TEXTS[DOCS / "schedule.md"]
    [lines] = [body for body in fenced(text, "sh") if body.startswith("DD_SITE=")]
    assert all(re.fullmatch(r"DD_[A-Z_]+=[\w.]+", line) for line in lines.splitlines())
    assert "EnvironmentFile=/etc/dd-incident-roles.env" in text
    file = tmp_path / "x.env"
    file.write_text(lines, "utf-8")
    [line] = fenced(text, "crontab")
    assert [line] == [*fenced(TEXTS[README], "crontab")]
    command = line.split(maxsplit=5)[5].replace("/etc/dd-incident-roles.env", str(file))
    command = re.sub(r"\S+/bin/dd-incident-roles -q sync", "/usr/bin/env", command)
    done = subprocess.run(
        ["/bin/sh", "-c", command], env={}, capture_output=True, text=True, check=True
    )
    assert set(lines.splitlines()) <= set(done.stdout.splitlines())


def test_the_roles() -> None:
    """The table of roles has those of the shipped catalogue, as Datadog names them."""
    named = {
        row[0].strip("`"): row[3] for row in rows(TEXTS[DOCS / "roles.md"], "The catalogue", "Key")
    }
    catalogue = load_catalogue(None)
    assert list(named) == [role.key for role in catalogue.roles]
    for role in catalogue.roles:
        expected = f'role "{role.datadog.name}"' if isinstance(role.datadog, NamedRole) else None
        assert named[role.key] == (expected or "the commander")
    for row in rows(TEXTS[DOCS / "roles.md"], "The catalogue", "Key"):
        if row[1]:
            assert catalogue.find(row[1].strip("`")).key == row[0].strip("`")


def test_the_shipped_roles() -> None:
    """The values that commands load say what config/roles.yaml says; else run ``make docs``."""
    assert roles.FILE.read_text("utf-8") == roles.shipped_roles()
    assert load_roles(None) == load_catalogue(None)


@pytest.mark.parametrize("document", PAGES, ids=lambda path: path.name)
def test_links_lead_somewhere(document: Path) -> None:
    """Every link to a file or a heading of the project finds it."""
    text = TEXTS[document]
    for link in re.findall(r"\]\(([^)\s]+)\)", text):
        if link.startswith("https://"):
            continue
        file, _, anchor = link.partition("#")
        target = document.parent / file if file else document
        assert target.exists(), link
        if anchor:
            headings = re.findall(r"^#+ (.+)$", target.read_text("utf-8"), re.MULTILINE)
            assert anchor in [slug(heading) for heading in headings], link
