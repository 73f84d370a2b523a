"""People are found exactly or not at all."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from dd_incident_roles.configuration.people_file import load_people
from dd_incident_roles.errors import AmbiguousPerson
from dd_incident_roles.files import shipped_file
from dd_incident_roles.model import Person, PersonKey, PersonKind
from dd_incident_roles.roles.people import People, PersonEntry
from tests.configuration.files import PEOPLE as FILE

ADA = PersonEntry(
    key="ada",
    email="Ada@Corp.example",
    name="Ada Example",
    datadog="ada.handle",
    github="ada-hub",
    gitlab="ada.lab",
    slack="U01ADA",
)
GRACE = PersonEntry(key="grace", email="grace@corp.example", github="amazing", gitlab="ada-hub")
PEOPLE = People(entries=(ADA, GRACE))


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


JIRA = replace(GRACE, key="jira", email="jira@corp.example", jira="557058:f58131cb-b67d")


@pytest.mark.parametrize(
    ("person", "login"),
    [
        (Person(key=PersonKey("ada@corp.example")), "ada-hub"),
        (Person(key=PersonKey("x"), handle="ADA.handle"), "ada-hub"),
        (Person(key=PersonKey("x"), email="ada@corp.example"), "ada-hub"),
        (Person(key=PersonKey("user:1"), email="ada@corp.example"), None),
        (
            Person(key=PersonKey("ada@corp.example"), kind=PersonKind.SERVICE_ACCOUNT),
            None,
        ),
        (Person(key=PersonKey("ada-hub")), None),
    ],
)
def test_a_person_has_a_login_where_the_file_says_so(person: Person, login: str | None) -> None:
    """An issue is never assigned to an account that only looks like the person's."""
    assert PEOPLE.login(person, "github") == login
    assert PEOPLE.login(person, "jira") is None


def test_a_login_belongs_to_one_person_of_its_system() -> None:
    """The same login elsewhere is somebody else's, and two owners are nobody."""
    people = People(entries=(*PEOPLE.entries, JIRA))
    assert people.of_login("github", " ADA-hub ") == ADA
    assert people.of_login("gitlab", "ada.lab") == ADA
    assert people.of_login("jira", "557058:F58131CB-b67d") == JIRA
    assert people.of_login("slack", "ada-hub") is None
    assert people.of_login("github", "") is None
    assert people.of_login("elsewhere", "ada-hub") is None
    with pytest.raises(AmbiguousPerson):
        people.of_login("gitlab", "ada-hub")
    with pytest.raises(AmbiguousPerson):
        people.login(Person(key=GRACE.person, handle="ada.handle"), "github")


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
    for service in ("name", "datadog", "github", "gitlab", "jira", "slack"):
        assert any(getattr(entry, service) for entry in people.entries)


def test_a_file_is_read_to_the_last_key(tmp_path: Path) -> None:
    """Each key of an entry ends where it belongs."""
    path = tmp_path / "people.yaml"
    path.write_text(FILE, encoding="utf-8")
    ada, grace = load_people(path).entries
    assert ada == PersonEntry(
        key="ada",
        email="ada@corp.example",
        name="Ada Example",
        datadog="ada.handle",
        github="ada-hub",
        gitlab="ada.lab",
        slack="U01ADA",
    )
    assert grace.person == "grace@corp.example"
