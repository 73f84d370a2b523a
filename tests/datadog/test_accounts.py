"""What stands behind a person is read as Datadog has it, and believed for a quarter of an hour."""

from __future__ import annotations

from functools import partial
from urllib.parse import parse_qs, urlsplit

import pytest
import responses

from dd_incident_roles.datadog.cache import Cache
from dd_incident_roles.datadog.directory import Directory
from dd_incident_roles.datadog.users import Users
from dd_incident_roles.errors import DatadogError, Forbidden, UnknownPerson
from dd_incident_roles.model import Person, PersonKey, PersonKind, UserId
from dd_incident_roles.roles.people import Entry, People
from tests.datadog.conftest import BASE, Datadog, failure
from tests.datadog.kept_texts import KeptPeople, KeptTexts
from tests.datadog.payloads import ADA, BEN, Json, user

URL = f"{BASE}/api/v2/users"
KEY = PersonKey("ada@corp.example")
PERSON = Person(key=KEY, email=KEY, name="Ada", user_id=UserId(ADA))
BY_NAME = Person(key=KEY, email=KEY)


@pytest.fixture
def texts() -> KeptTexts:
    """A place for what was learned."""
    return KeptTexts()


@pytest.fixture
def accounts(dd: Datadog, texts: KeptTexts) -> Directory:
    """A directory to which one account was said to be no person's, and one goes by another name."""
    dd.api.get(f"{BASE}/api/v2/current_user", json={"data": user(BEN, handle="ben", email=None)})
    people = People(entries=(Entry(key="cleo", email="cleo@corp.example", datadog="c.leo"),))
    cache = Cache(texts, texts.clock)
    return Directory(Users(dd.session), people, KeptPeople(), cache, ["robot@corp.example"])


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
        assert (read.key, read.name, read.user_id) == (KEY, person.name, person.user_id)


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
