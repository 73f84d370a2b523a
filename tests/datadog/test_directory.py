"""Which account is which person, and what it is: keys outlive e-mails, and no two share one."""

from __future__ import annotations

import itertools
from collections.abc import Iterable
from functools import partial
from urllib.parse import parse_qs, urlsplit

import pytest
import responses

from dd_incident_roles.datadog.directory import Directory
from dd_incident_roles.datadog.http import Session
from dd_incident_roles.datadog.learned import Cache
from dd_incident_roles.datadog.users import User, Users
from dd_incident_roles.errors import (
    AmbiguousPerson,
    DatadogError,
    Forbidden,
    UnknownPerson,
    UsageError,
)
from dd_incident_roles.model import Person, PersonKey, PersonKind, UserId
from dd_incident_roles.roles.people import People, PersonEntry
from tests.datadog.conftest import BASE, Datadog, failure
from tests.datadog.parts import KeptPeople, KeptTexts
from tests.datadog.payloads import ADA, BEN, Json, user

EMAIL = PersonKey("ada@corp.example")
KIND = PersonKind


def directory(
    session: Session,
    known: KeptPeople | None = None,
    *,
    people: People | None = None,
    listed: Iterable[str] = (),
    texts: KeptTexts | None = None,
) -> Directory:
    """A directory over the Datadog of the ``api`` fixture."""
    texts = texts or KeptTexts()
    cache = Cache(texts, texts.clock)
    return Directory(Users(session), people or People(), known or KeptPeople(), cache, listed)


def account(user_id: str, *, service: bool | None, email: str | None = EMAIL) -> User:
    """An account as an answer shows it; ``service`` None is an answer that does not tell."""
    return User(id=UserId(user_id), email=email, handle=email, service_account=service)


def seen(user_id: str, key: str, kind: PersonKind) -> Person:
    """Somebody whom the record knows."""
    return Person(key=PersonKey(key), email=EMAIL, user_id=UserId(user_id), kind=kind)


def test_an_account_that_is_said_to_be_no_persons_is_none(session: Session) -> None:
    """What the settings list is a service account, whatever Datadog calls it."""
    accounts = directory(session, listed=[EMAIL.upper()])
    person = accounts.person(account(ADA, service=False))
    assert person.kind is KIND.SERVICE_ACCOUNT
    assert not accounts.is_person(person)


@pytest.mark.parametrize("first", [True, False, None])
@pytest.mark.parametrize("second", [True, False, None])
def test_two_accounts_are_never_one_person(
    session: Session, first: bool | None, second: bool | None
) -> None:
    """Whatever is known of them, and in whichever order they come, they have two keys.

    An account of which nothing is known gives way as soon as a person's comes with its e-mail.
    """
    both = directory(session)
    accounts = [account(ADA, service=first), account(BEN, service=second)]
    _, *keys = [both.person(each).key for each in (*accounts, accounts[0])]
    assert len(set(keys)) == 2
    assert f"user:{ADA}" not in keys or first is not False
    if {first, second} == {True, False}:
        people = dict(zip((second, first), keys, strict=True))
        assert people[False] == EMAIL


@pytest.mark.parametrize(
    ("row", "held", "key"),
    [
        (None, False, EMAIL),
        (seen(ADA, EMAIL, KIND.HUMAN), True, EMAIL),
        (seen(ADA, "old@corp.example", KIND.HUMAN), True, "old@corp.example"),
        (seen(ADA, f"user:{ADA}", KIND.UNKNOWN), False, EMAIL),
        (seen(ADA, f"user:{ADA}", KIND.UNKNOWN), True, f"user:{ADA}"),
        (seen(ADA, f"user:{ADA}", KIND.HUMAN), False, f"user:{ADA}"),
        (Person(key=EMAIL, email=EMAIL), True, EMAIL),
        (seen(BEN, EMAIL, KIND.UNKNOWN), False, EMAIL),
        (seen(BEN, EMAIL, KIND.UNKNOWN), True, f"user:{ADA}"),
        (seen(BEN, EMAIL, KIND.SERVICE_ACCOUNT), False, EMAIL),
        (seen(BEN, EMAIL, KIND.SERVICE_ACCOUNT), True, f"user:{ADA}"),
        (seen(BEN, EMAIL, KIND.HUMAN), False, f"user:{ADA}"),
    ],
)
def test_the_key_of_a_person(session: Session, row: Person | None, held: bool, key: str) -> None:
    """It stays what the record has, and takes an e-mail from nobody who ever held a role."""
    known = KeptPeople(*([row] if row else []), held=[row.key] if row and held else [])
    assert directory(session, known).person(account(ADA, service=False)).key == key


def test_an_account_keeps_its_key_without_an_email(session: Session) -> None:
    """An answer that shows less makes nobody else of it; a service account never has the e-mail."""
    known = KeptPeople(seen(ADA, EMAIL, KIND.HUMAN))
    assert directory(session, known).person(account(ADA, service=None, email=None)).key == EMAIL
    assert directory(session).person(account(ADA, service=True)).key == f"user:{ADA}"


STATES = {
    "person": {"service_account": False, "status": "Active"},
    "invited": {"service_account": False, "status": "Pending"},
    "gone": {"service_account": False, "status": "Disabled", "disabled": True},
    "service": {"service_account": True, "status": "Active"},
}


@pytest.mark.parametrize(("one", "other"), list(itertools.product(STATES, STATES)))
def test_which_account_is_meant(dd: Datadog, one: str, other: str) -> None:
    """The account of a person in use or invited, if it is the only one; else nobody is chosen."""
    dd.api.get(f"{BASE}/api/v2/current_user", status=403, json={"errors": ["no"]})
    accounts = [user(ADA, **STATES[one]), user(BEN, **STATES[other])]
    dd.api.get(
        f"{BASE}/api/v2/users",
        json={"data": accounts, "meta": {"page": {"total_filtered_count": 2}}},
    )
    usable = [each for each, state in ((ADA, one), (BEN, other)) if state in {"person", "invited"}]
    who = directory(dd.session)
    if len(usable) == 1:
        assert who.find(EMAIL).id == usable[0]
        return
    with pytest.raises(UsageError) as refused:
        who.find(EMAIL)
    if usable:
        assert isinstance(refused.value, AmbiguousPerson)
        assert all(each in str(refused.value.hint) for each in (ADA, BEN))
    elif "gone" in {one, other}:
        assert isinstance(refused.value, UnknownPerson)
        assert "deactivated" in str(refused.value.hint)
    else:
        assert "service account" in refused.value.message


def test_an_email_of_long_ago_is_somebody_elses_now(session: Session) -> None:
    """Who has the e-mail is meant, and not whose key it became; each keeps what it has."""
    ada = Person(key=EMAIL, email="lovelace@corp.example", user_id=UserId(ADA), kind=KIND.HUMAN)
    ben = seen(BEN, f"user:{BEN}", KIND.HUMAN)
    who = directory(session, KeptPeople(ada, ben))
    assert (who.key_of(EMAIL), who.key_of("lovelace@corp.example")) == (ben.key, ada.key)
    assert (who.text_of(ada.key), who.text_of(ben.key)) == ("lovelace@corp.example", EMAIL)


def test_a_name_is_shown_only_for_the_person(session: Session) -> None:
    """The name written by hand is not that of a service account with the person's e-mail."""
    people = People(entries=(PersonEntry(key="ada", email=EMAIL, name="Ada Example"),))
    both = directory(session, people=people)
    assert both.person(account(ADA, service=False)).label == "Ada Example"
    assert both.person(account(BEN, service=True)).label == EMAIL


def test_a_field_names_the_account_that_every_record_reads(session: Session) -> None:
    """An e-mail of one person names them; where two people share it, the account id does."""
    ada, ben = seen(ADA, EMAIL, KIND.HUMAN), seen(BEN, f"user:{BEN}", KIND.SERVICE_ACCOUNT)
    one = directory(session, KeptPeople(ada, ben))
    assert (one.text_of(EMAIL), one.key_of(EMAIL)) == (EMAIL, EMAIL)
    assert one.text_of(ben.key) == f"user:{BEN}"
    two = directory(session, KeptPeople(ada, seen(BEN, f"user:{BEN}", KIND.HUMAN)))
    for key, account_id in ((EMAIL, ADA), (PersonKey(f"user:{BEN}"), BEN)):
        assert two.text_of(key) == f"user:{account_id}"
        assert two.key_of(f"user:{account_id}") == key
    assert two.key_of(EMAIL) is None


URL = f"{BASE}/api/v2/users"
PERSON = Person(key=EMAIL, email=EMAIL, name="Ada", user_id=UserId(ADA))
BY_NAME = Person(key=EMAIL, email=EMAIL)


@pytest.fixture
def texts() -> KeptTexts:
    """A place for what was learned."""
    return KeptTexts()


@pytest.fixture
def accounts(dd: Datadog, texts: KeptTexts) -> Directory:
    """A directory to which one account was said to be no person's, and one goes by another name."""
    dd.api.get(f"{BASE}/api/v2/current_user", json={"data": user(BEN, handle="ben", email=None)})
    people = People(entries=(PersonEntry(key="cleo", email="cleo@corp.example", datadog="c.leo"),))
    return directory(dd.session, people=people, listed=["robot@corp.example"], texts=texts)


HUMAN, SERVICE = PersonKind.HUMAN, PersonKind.SERVICE_ACCOUNT

CASES: dict[str, tuple[Json, PersonKind, bool]] = {
    "a person's": ({"service_account": False, "status": "Active"}, HUMAN, True),
    "nothing is said": ({}, HUMAN, True),
    "invited": ({"status": "Pending"}, HUMAN, True),
    "deactivated": ({"disabled": True, "status": "Disabled"}, HUMAN, False),
    "disabled by its status alone": ({"status": "disabled"}, HUMAN, False),
    "a service account": ({"service_account": True}, SERVICE, True),
    "a deactivated service account": (
        {"service_account": True, "disabled": True},
        SERVICE,
        False,
    ),
}


@pytest.mark.parametrize("case", CASES.values(), ids=CASES)
@pytest.mark.parametrize("person", [PERSON, BY_NAME], ids=["by id", "by e-mail"])
def test_an_account(
    accounts: Directory,
    api: responses.RequestsMock,
    case: tuple[Json, PersonKind, bool],
    person: Person,
) -> None:
    """Kind and state come from the account, and everything else of the person stays."""
    attributes, kind, active = case
    api.get(f"{URL}/{ADA}", json={"data": user(ADA, **attributes)})
    api.get(URL, json={"data": [user(ADA, **attributes)]})
    for _ in range(2):  # the second time as it was kept
        read = accounts.verify(person)
        assert (read.kind, read.active) == (kind, active)
        assert (read.key, read.name, read.user_id) == (EMAIL, person.name, person.user_id)


def test_a_listed_service_account(accounts: Directory, api: responses.RequestsMock) -> None:
    """An account that was said to be no person's is none, whatever Datadog calls it."""
    api.get(f"{URL}/{ADA}", json={"data": user(ADA, service_account=False)})
    robot = Person(key=PersonKey("robot@corp.example"), user_id=UserId(ADA))
    read = accounts.verify(robot)
    assert (read.kind, read.active) == (PersonKind.SERVICE_ACCOUNT, True)


def test_an_account_that_is_not_there(accounts: Directory, api: responses.RequestsMock) -> None:
    """By id or by e-mail, it is unknown, and that is not kept."""
    api.get(f"{URL}/{ADA}", status=404, json={"errors": ["not found"]})
    near = user(BEN, email="lada@corp.example", handle="lada@corp.example")
    api.get(URL, json={"data": [near], "meta": {"page": {"total_filtered_count": 1}}})
    for person in (PERSON, BY_NAME, PERSON, BY_NAME):
        failure(UnknownPerson, partial(accounts.verify, person))
    assert api.assert_call_count(f"{URL}/{ADA}", 2)


def test_the_account_in_use_counts(accounts: Directory, api: responses.RequestsMock) -> None:
    """Of several accounts with one e-mail a deactivated one does not stand for the person."""
    gone = user(BEN, disabled=True, status="Disabled")
    page = {"meta": {"page": {"total_filtered_count": 2}}}
    api.get(URL, json={"data": [gone, user(ADA, status="Active")], **page})
    assert accounts.verify(BY_NAME).active


def test_the_people_file_says_what_the_account_is_called(
    accounts: Directory, api: responses.RequestsMock
) -> None:
    """Somebody whose account has another name is looked for by that name."""
    api.get(URL, json={"data": [user(ADA, handle="c.leo", email="x@corp.example")]})
    assert accounts.verify(Person(key=PersonKey("cleo@corp.example"))).active
    asked = parse_qs(urlsplit(api.calls[0].request.url or "").query)
    assert asked["filter"] == ["c.leo"]


def test_it_is_believed_for_a_quarter_of_an_hour(
    accounts: Directory, api: responses.RequestsMock, texts: KeptTexts
) -> None:
    """Until then nothing is asked, and afterwards what has changed is seen."""
    api.get(f"{URL}/{ADA}", json={"data": user(ADA)})
    assert accounts.verify(PERSON).active
    api.replace(responses.GET, f"{URL}/{ADA}", json={"data": user(ADA, disabled=True)})
    texts.advance(minutes=14, seconds=59)
    assert accounts.verify(PERSON).active
    texts.advance(seconds=1)
    assert not accounts.verify(PERSON).active
    assert api.assert_call_count(f"{URL}/{ADA}", 2)


@pytest.mark.parametrize("status", [403, 500])
@pytest.mark.parametrize("person", [PERSON, BY_NAME], ids=["by id", "by e-mail"])
def test_datadog_does_not_say(
    accounts: Directory, api: responses.RequestsMock, status: int, person: Person
) -> None:
    """Whoever may not ask, or is not answered, learns nothing of the account, and keeps nothing."""
    for address in (URL, f"{URL}/{ADA}"):
        api.get(address, status=status, json={"errors": ["no"]})
    failure(Forbidden if status == 403 else DatadogError, lambda: accounts.verify(person))
    api.replace(responses.GET, f"{URL}/{ADA}", json={"data": user(ADA, disabled=True)})
    api.replace(responses.GET, URL, json={"data": [user(ADA, disabled=True)]})
    assert not accounts.verify(person).active
