"""Users, the people behind them, and how they are found: exactly or not at all."""

from __future__ import annotations

import json

import pytest

from dd_incident_roles.datadog.users import User, Users, parse_user, parse_users
from dd_incident_roles.errors import NotFound, UnexpectedAnswer
from dd_incident_roles.model import PersonKind, UserId
from tests.datadog.conftest import BASE, Datadog
from tests.datadog.payloads import ADA, BEN, user
from tests.datadog.recordings import one


@pytest.mark.parametrize(
    ("given", "key"),
    [
        ({"email": "Ada@Corp.Example", "handle": "other"}, "ada@corp.example"),
        ({"handle": "9919EC9B-0000"}, "9919ec9b-0000"),
        ({"email": " ada@corp.example "}, "ada@corp.example"),
        ({}, f"user:{ADA}"),
    ],
)
def test_a_person_has_one_key(given: dict[str, str], key: str) -> None:
    """The key is the e-mail, else the handle, else the id, in lower case."""
    assert User(id=UserId(ADA), **given).person.key == key  # type: ignore[arg-type] # texts


@pytest.mark.parametrize(
    ("told", "kind"),
    [
        (True, PersonKind.SERVICE_ACCOUNT),
        (False, PersonKind.HUMAN),
        (None, PersonKind.UNKNOWN),
    ],
)
def test_a_kind_is_only_what_was_told(told: bool | None, kind: PersonKind) -> None:
    """An answer that does not say whether an account is a service account leaves it open."""
    assert User(id=UserId(ADA), service_account=told).person.kind is kind


@pytest.mark.parametrize(
    ("disabled", "status", "active"),
    [
        (None, None, True),
        (False, "Active", True),
        (False, "Pending", True),
        (None, "pending", True),
        (True, "Active", False),
        (None, "Disabled", False),
        (False, "disabled", False),
    ],
)
def test_who_is_active(disabled: bool | None, status: str | None, active: bool) -> None:
    """Whoever was invited and has not come yet is active; whoever was deactivated is not."""
    account = User(id=UserId(ADA), disabled=disabled, status=status)
    assert account.person.active is active


@pytest.mark.parametrize("name", [None, "", "  "])
def test_an_empty_name_is_none(name: str | None) -> None:
    """A pending user's name is null or empty (recorded), which is no name."""
    found = parse_user(json.dumps({"data": user(name=name)}).encode())
    assert found.person.name is None


def test_a_recorded_user_is_read() -> None:
    """The recorded listing has the pending user, the organisation, and the count."""
    page = parse_users(one("list_all_users*", "GET", "/api/v2/users").body)
    (found,) = page.rows.values()
    assert page.total == 1
    assert (found.status, found.service_account, found.disabled) == ("Pending", False, False)
    assert found.org_id == "4dee724d-00cc-11ea-a77b-570c9d03c6c5"


def test_a_user_without_an_id_is_unexpected() -> None:
    """A user that nothing identifies is not read."""
    with pytest.raises(UnexpectedAnswer, match="of a user"):
        parse_user(b'{"data": {"type": "users"}}')


URL = f"{BASE}/api/v2/users"


def page(*users: dict[str, object], total: int | None = None) -> dict[str, object]:
    """One page of users."""
    return {"data": list(users), "meta": {"page": {"total_filtered_count": total}}}


@pytest.mark.parametrize("name", ["ada@corp.example", "ADA@Corp.Example", " ada@corp.example "])
def test_an_email_is_compared_without_case(name: str, dd: Datadog) -> None:
    """The case and blanks around an e-mail do not matter."""
    dd.api.get(URL, json=page(user(ADA), total=1))
    assert [each.id for each in Users(dd.session).find(name).exact] == [ADA]


def test_a_part_is_not_a_match(dd: Datadog) -> None:
    """Datadog also finds parts; those are only ever near."""
    longer = user(BEN, email="lada@corp.example", handle="lada@corp.example")
    dd.api.get(URL, json=page(longer, user(ADA), total=2))
    found = Users(dd.session).find("ada@corp.example")
    assert ([each.id for each in found.exact], [each.id for each in found.near]) == ([ADA], [BEN])


def test_a_name_is_not_a_match(dd: Datadog) -> None:
    """Nobody is found by a display name, which is not unique."""
    dd.api.get(URL, json=page(user(ADA), total=1))
    found = Users(dd.session).find("Ada")
    assert (found.exact, len(found.near)) == ((), 1)


def test_a_handle_is_a_match(dd: Datadog) -> None:
    """A handle that is no e-mail names its user."""
    dd.api.get(URL, json=page(user(ADA, handle="Ada.L", email=None), total=1))
    assert [each.id for each in Users(dd.session).find("ada.l").exact] == [ADA]


def test_several_exact_matches_are_all_returned(dd: Datadog) -> None:
    """Who of several is meant is not decided here."""
    dd.api.get(URL, json=page(user(ADA), user(BEN, handle="ben"), total=2))
    assert len(Users(dd.session).find("ada@corp.example").exact) == 2


def test_the_kind_of_account_is_kept(dd: Datadog) -> None:
    """Service accounts and deactivated accounts are found, and recognisable as such."""
    dd.api.get(URL, json=page(user(ADA, service_account=True, disabled=True, status="Disabled")))
    dd.api.get(URL, json=page())
    (found,) = Users(dd.session).find("ada@corp.example").exact
    assert (found.service_account, found.active) == (True, False)


def test_nothing_asked_is_nothing_found(dd: Datadog) -> None:
    """An empty name would list the whole organisation, and is not sent."""
    found = Users(dd.session).find("  ")
    assert (found.exact, found.near, dd.session.requests) == ((), (), {})


def test_our_own_user(dd: Datadog) -> None:
    """The owner of the keys is read, so that it is never taken for a holder."""
    dd.api.get(f"{BASE}/api/v2/current_user", json={"data": user(BEN, service_account=True)})
    assert Users(dd.session).current().id == BEN


def test_a_user_by_id(dd: Datadog) -> None:
    """A user is read by id, and one that does not exist is not found."""
    dd.api.get(f"{URL}/{ADA}", json={"data": user(ADA)})
    dd.api.get(f"{URL}/{BEN}", status=404)
    assert Users(dd.session).get(ADA).id == ADA
    with pytest.raises(NotFound):
        Users(dd.session).get(BEN)
