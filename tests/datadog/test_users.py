"""Users are found exactly or not at all."""

from __future__ import annotations

import json

import pytest

from dd_incident_roles.datadog.users import User, Users, parse_user, parse_users
from dd_incident_roles.errors import UnexpectedAnswer
from dd_incident_roles.model import PersonKind, UserId
from tests.datadog.conftest import BASE, Datadog
from tests.datadog.payloads import ADA, BEN, one, user


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


def test_a_kind_is_only_what_was_told() -> None:
    """An answer that does not say whether an account is a service account leaves it open."""
    kinds = [
        User(id=UserId(ADA), service_account=is_one).person.kind for is_one in (True, False, None)
    ]
    assert kinds == [PersonKind.SERVICE_ACCOUNT, PersonKind.HUMAN, PersonKind.UNKNOWN]


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
    assert parse_user(json.dumps({"data": user(name=name)}).encode()).person.name is None


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


MATCHES: dict[str, tuple[list[dict[str, object]], list[str], list[str]]] = {
    # The case and blanks around an e-mail do not matter.
    "ada@corp.example": ([user(ADA)], [ADA], []),
    " ADA@Corp.Example ": ([user(ADA)], [ADA], []),
    # Nobody is found by a display name, which is not unique.
    "Ada": ([user(ADA)], [], [ADA]),
    # A handle that is no e-mail names its user.
    "ada.l": ([user(ADA, handle="Ada.L", email=None)], [ADA], []),
    # Datadog also finds parts; those are only ever near.
    "da@corp.example": ([user(ADA)], [], [ADA]),
    # Who of several is meant is not decided here.
    "ada@corp.example ": ([user(ADA), user(BEN, handle="ben")], [ADA, BEN], []),
}


@pytest.mark.parametrize("name", MATCHES)
def test_only_an_exact_match_is_one(name: str, dd: Datadog) -> None:
    """E-mail and handle are compared whole, without case; whatever else is found is near."""
    listed, exact, near = MATCHES[name]
    dd.api.get(URL, json=page(*listed, total=len(listed)))
    found = Users(dd.session).find(name)
    assert [[each.id for each in row] for row in (found.exact, found.near)] == [exact, near]


def test_the_kind_of_account_is_kept(dd: Datadog) -> None:
    """Service accounts and deactivated accounts are found, and recognisable as such."""
    gone = user(ADA, service_account=True, disabled=True, status="Disabled")
    dd.api.get(URL, json=page(gone, total=1))
    (found,) = Users(dd.session).find("ada@corp.example").exact
    assert (found.service_account, found.active) == (True, False)


def test_nothing_asked_is_nothing_found(dd: Datadog) -> None:
    """An empty name would list the whole organisation, and is not sent."""
    found = Users(dd.session).find("  ")
    assert (found.exact, found.near, dd.session.requests) == ((), (), {})


def test_a_user_by_id(dd: Datadog) -> None:
    """A user is read by id, and the owner of the keys, so as never to be taken for a holder."""
    dd.api.get(f"{URL}/{ADA}", json={"data": user(ADA)})
    dd.api.get(f"{BASE}/api/v2/current_user", json={"data": user(BEN, service_account=True)})
    assert (Users(dd.session).get(ADA).id, Users(dd.session).current().id) == (ADA, BEN)
