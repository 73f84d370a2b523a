"""Which account is which person: keys outlive e-mails, and no two accounts share one."""

from __future__ import annotations

import itertools
from collections.abc import Iterable

import pytest

from dd_incident_roles.datadog.cache import Cache
from dd_incident_roles.datadog.directory import Directory
from dd_incident_roles.datadog.http import Session
from dd_incident_roles.datadog.users import User, Users
from dd_incident_roles.errors import AmbiguousPerson, UnknownPerson, UsageError
from dd_incident_roles.model import Person, PersonKey, PersonKind, UserId
from dd_incident_roles.roles.people import Entry, People
from tests.datadog.conftest import BASE, Datadog
from tests.datadog.kept_texts import KeptPeople, KeptTexts
from tests.datadog.payloads import ADA, BEN, user

EMAIL = PersonKey("ada@corp.example")
KIND = PersonKind


def directory(
    session: Session,
    known: KeptPeople | None = None,
    *,
    people: People | None = None,
    listed: Iterable[str] = (),
) -> Directory:
    """A directory over the Datadog of the ``api`` fixture."""
    texts = KeptTexts()
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


def test_a_service_account_takes_no_email(session: Session) -> None:
    """It is known by its id, even where nobody else with the e-mail was ever seen."""
    assert directory(session).person(account(ADA, service=True)).key == f"user:{ADA}"


def test_an_account_keeps_its_key_without_an_email(session: Session) -> None:
    """An answer that shows less of an account does not make somebody else of it."""
    known = KeptPeople(seen(ADA, EMAIL, KIND.HUMAN))
    assert directory(session, known).person(account(ADA, service=None, email=None)).key == EMAIL


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
    people = People(entries=(Entry(key="ada", email=EMAIL, name="Ada Example"),))
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
