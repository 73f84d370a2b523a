"""Users, and the people behind them."""

from __future__ import annotations

import json

import pytest

from dd_incident_roles.datadog.users import (
    User,
    parse_user,
    parse_users,
)
from dd_incident_roles.errors import UnexpectedAnswer
from dd_incident_roles.model import PersonKind, UserId
from tests.datadog.payloads import ADA, user
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
