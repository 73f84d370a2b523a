"""People are found exactly or not at all."""

from __future__ import annotations

from pathlib import Path

import pytest

from dd_incident_roles.configuration.config_file import shipped_file
from dd_incident_roles.configuration.people_file import load_people
from dd_incident_roles.errors import AmbiguousPerson, ConfigurationError
from dd_incident_roles.roles.people import Entry, People

ADA = Entry(
    key="ada",
    email="Ada@Corp.example",
    name="Ada Example",
    datadog="ada.handle",
    github="ada-hub",
    gitlab="ada.lab",
    slack="U01ADA",
)
GRACE = Entry(key="grace", email="grace@corp.example", github="amazing", gitlab="ada-hub")
PEOPLE = People(entries=(ADA, GRACE))

FILE = """\
version: 1
people:
  ada:
    email: ada@corp.example
    name: Ada Example
    datadog: ada.handle
    github: ada-hub
    gitlab: ada.lab
    slack: U01ADA
  grace:
    email: grace@corp.example
"""

# what is replaced, by what, the key that is named, the line, and a part of the message
Fault = tuple[str, str, str | None, int, str]
FAULTS: list[Fault] = [
    ("version: 1", "version: 3", "version", 1, "only version 1"),
    ("version: 1", "version: one", "version", 1, "('one')"),
    ("version: 1\n", "", None, 1, "'version' is missing"),
    ("version: 1", "version: 1\nteams: {}", "teams", 2, "unknown key"),
    ("  grace:\n", "  ada:\n", "people.ada", 10, "twice"),
    ("  grace:\n", "  Grace:\n", "people.Grace", 10, "lower-case"),
    ("  grace:\n", "  gr@ce:\n", "people.'gr@ce'", 10, "lower-case"),
    ("  grace:\n", "  me:\n", "people.me", 10, "whoever types"),
    ("    email: grace@corp.example\n", "    name: Grace\n", "people.grace", 10, "'email'"),
    ("grace@corp.example", "grace", "people.grace.email", 11, "('grace')"),
    ("grace@corp.example", "ADA@corp.example", "people.grace.email", 11, "belongs to ada"),
    ("grace@corp.example", "", "people.grace.email", 11, "must be a text"),
    ("grace@corp.example", "[a@b]", "people.grace.email", 11, "must be a text"),
    ("name: Ada Example", "nick: Ada", "people.ada.nick", 5, "unknown key"),
    ("datadog: ada.handle", "datadog: ada handle", "people.ada.datadog", 6, "spaces"),
    ("datadog: ada.handle", "datadog: 12", "people.ada.datadog", 6, "must be a text"),
    ("github: ada-hub", 'github: "@ada"', "people.ada.github", 7, "without the @"),
    ("gitlab: ada.lab", 'gitlab: "ada lab"', "people.ada.gitlab", 8, "without the @"),
    ("slack: U01ADA", 'slack: "@ada"', "people.ada.slack", 9, "member ID"),
    ("slack: U01ADA", "slack: u01ada", "people.ada.slack", 9, "member ID"),
    (
        "email: grace@corp.example",
        "email: g@corp.example\n    datadog: ADA.handle",
        "people.grace.datadog",
        12,
        "already belongs to ada",
    ),
    (
        "email: grace@corp.example",
        "email: g@corp.example\n    datadog: ada@corp.example",
        "people.grace.datadog",
        12,
        "already belongs to ada",
    ),
    (
        "email: grace@corp.example",
        "email: g@corp.example\n    github: Ada-Hub",
        "people.grace.github",
        12,
        "already belongs to ada",
    ),
]


@pytest.mark.parametrize(
    "text", ["ada", "ADA", "ada@corp.example", " ada.Handle ", "ada.lab", "u01ada"]
)
def test_a_person_is_found_by_each_exact_name(text: str) -> None:
    """Keys, e-mails, handles and logins are compared whole and in any case."""
    assert PEOPLE.find(text) == ADA


@pytest.mark.parametrize("text", ["", "a", "ad", "ada@corp", "Ada Example", "corp.example", "adaa"])
def test_anything_less_finds_nobody(text: str) -> None:
    """Adding somebody to an incident mails them, so that nobody is ever guessed."""
    assert PEOPLE.find(text) is None


def test_a_name_of_two_people_is_ambiguous() -> None:
    """A login that somebody else has at another service names neither; e-mails are offered."""
    with pytest.raises(AmbiguousPerson) as caught:
        PEOPLE.find("ada-hub")
    assert caught.value.candidates == ("Ada@Corp.example", "grace@corp.example")


@pytest.mark.parametrize(
    ("accounts", "person"),
    [
        (("ada@corp.EXAMPLE",), "ada@corp.example"),
        (("ADA.handle", None), "ada@corp.example"),
        ((None, "Ada@corp.example", "ada.handle"), "ada@corp.example"),
        (("other@corp.example", "ada.handle"), "ada@corp.example"),
        (("ada-hub",), None),
        (("ada",), None),
        ((), None),
        ((None, ""), None),
    ],
)
def test_a_datadog_user_is_known_by_e_mail_or_handle(
    accounts: tuple[str | None, ...], person: str | None
) -> None:
    """Logins of other services say nothing about a Datadog user."""
    assert PEOPLE.canonical(*accounts) == person


def test_a_datadog_user_with_the_names_of_two_people_is_ambiguous() -> None:
    """One user cannot be two people."""
    with pytest.raises(AmbiguousPerson):
        PEOPLE.canonical("grace@corp.example", "ada.handle")


@pytest.mark.parametrize(
    ("text", "near"),
    [
        ("adaa", ("Ada@Corp.example",)),
        ("ada exampel", ("Ada@Corp.example",)),
        ("grcae@corp.example", ("Ada@Corp.example", "grace@corp.example")),
        ("zzz", ()),
    ],
)
def test_similar_names_are_only_offered(text: str, near: tuple[str, ...]) -> None:
    """Whoever mistyped a name is shown e-mails to choose from."""
    assert set(PEOPLE.near(text)) <= set(near)
    assert bool(PEOPLE.near(text)) is bool(near)


def test_without_a_file_there_is_nobody_in_it() -> None:
    """The people file is optional."""
    assert load_people(None) == People()
    assert People().find("ada") is None


def test_an_empty_list_of_people_is_allowed(tmp_path: Path) -> None:
    """A file that waits for its first entry is no fault."""
    path = tmp_path / "people.yaml"
    path.write_text("version: 1\npeople: {}\n", encoding="utf-8")
    assert load_people(path) == People()


def test_the_example_loads() -> None:
    """What people copy works, and shows every key."""
    people = load_people(shipped_file("people.example.yaml"))
    assert [entry.key for entry in people.entries] == ["ada", "grace", "linus"]
    for service in ("name", "datadog", "github", "gitlab", "slack"):
        assert any(getattr(entry, service) for entry in people.entries)


def test_the_text_that_the_faults_are_put_into_is_good(tmp_path: Path) -> None:
    """Without a fault the file loads."""
    path = tmp_path / "people.yaml"
    path.write_text(FILE, encoding="utf-8")
    ada, grace = load_people(path).entries
    assert ada == Entry(
        key="ada",
        email="ada@corp.example",
        name="Ada Example",
        datadog="ada.handle",
        github="ada-hub",
        gitlab="ada.lab",
        slack="U01ADA",
    )
    assert grace.person == "grace@corp.example"


@pytest.mark.parametrize("fault", FAULTS)
def test_a_fault_is_refused_at_its_place(tmp_path: Path, fault: Fault) -> None:
    """The error names the file, the dotted key, the line, and the value or what is wrong."""
    good, bad, key, line, message = fault
    path = tmp_path / "people.yaml"
    assert FILE.count(good) == 1
    path.write_text(FILE.replace(good, bad), encoding="utf-8")
    with pytest.raises(ConfigurationError) as caught:
        load_people(path)
    error = caught.value
    assert (error.file, error.key, error.line) == (str(path), key, line)
    assert message in str(error)


def test_a_missing_file_is_refused(tmp_path: Path) -> None:
    """A file that was named must be there."""
    with pytest.raises(ConfigurationError, match="No such file"):
        load_people(tmp_path / "none.yaml")
