"""Users are found exactly or not at all."""

from __future__ import annotations

from urllib.parse import parse_qs, urlsplit

import pytest
import responses

from dd_incident_roles.datadog.http import Session
from dd_incident_roles.datadog.users import Users
from dd_incident_roles.errors import NotFound
from tests.datadog.conftest import BASE
from tests.datadog.payloads import ADA, BEN, user

URL = f"{BASE}/api/v2/users"


def page(*users: dict[str, object], total: int | None = None) -> dict[str, object]:
    """One page of users."""
    return {"data": list(users), "meta": {"page": {"total_filtered_count": total}}}


@pytest.mark.parametrize("name", ["ada@corp.example", "ADA@Corp.Example", " ada@corp.example "])
def test_an_email_is_compared_without_case(
    name: str, session: Session, api: responses.RequestsMock
) -> None:
    """The case and blanks around an e-mail do not matter."""
    api.get(URL, json=page(user(ADA), total=1))
    assert [each.id for each in Users(session).find(name).exact] == [ADA]


def test_a_part_is_not_a_match(session: Session, api: responses.RequestsMock) -> None:
    """Datadog also finds parts; those are only ever near."""
    longer = user(BEN, email="lada@corp.example", handle="lada@corp.example")
    api.get(URL, json=page(longer, user(ADA), total=2))
    found = Users(session).find("ada@corp.example")
    assert ([each.id for each in found.exact], [each.id for each in found.near]) == ([ADA], [BEN])


def test_a_name_is_not_a_match(session: Session, api: responses.RequestsMock) -> None:
    """Nobody is found by a display name, which is not unique."""
    api.get(URL, json=page(user(ADA), total=1))
    found = Users(session).find("Ada")
    assert (found.exact, len(found.near)) == ((), 1)


def test_a_handle_is_a_match(session: Session, api: responses.RequestsMock) -> None:
    """A handle that is no e-mail names its user."""
    api.get(URL, json=page(user(ADA, handle="Ada.L", email=None), total=1))
    assert [each.id for each in Users(session).find("ada.l").exact] == [ADA]


def test_several_exact_matches_are_all_returned(
    session: Session, api: responses.RequestsMock
) -> None:
    """Who of several is meant is not decided here."""
    api.get(URL, json=page(user(ADA), user(BEN, handle="ben"), total=2))
    assert len(Users(session).find("ada@corp.example").exact) == 2


def test_nobody_is_nobody(session: Session, api: responses.RequestsMock) -> None:
    """No match is not the first of whatever came."""
    api.get(URL, json=page(total=0))
    found = Users(session).find("who@corp.example")
    assert (found.exact, found.near) == ((), ())


def test_the_kind_of_account_is_kept(session: Session, api: responses.RequestsMock) -> None:
    """Service accounts and deactivated accounts are found, and recognisable as such."""
    api.get(URL, json=page(user(ADA, service_account=True, disabled=True, status="Disabled")))
    api.get(URL, json=page())
    (found,) = Users(session).find("ada@corp.example").exact
    assert (found.service_account, found.active) == (True, False)


def test_every_page_is_read(session: Session, api: responses.RequestsMock) -> None:
    """The exact match may be on a later page, and a short page does not end the search."""
    api.get(URL, json=page(user(BEN, email="xada@corp.example", handle="x"), total=2))
    api.get(URL, json=page(user(ADA), total=2))
    assert len(Users(session).find("ada@corp.example").exact) == 1
    asked = [parse_qs(urlsplit(call.request.url or "").query) for call in api.calls]
    assert [each["page[number]"] for each in asked] == [["0"], ["1"]]
    assert asked[0]["filter"] == ["ada@corp.example"]


def test_pages_that_repeat_end(session: Session, api: responses.RequestsMock) -> None:
    """A server that ignores the page number is noticed."""
    api.get(URL, json=page(user(ADA), total=500))
    Users(session).find("ada@corp.example")
    assert session.requests == {"GET": 2}


def test_nothing_asked_is_nothing_found(session: Session, api: responses.RequestsMock) -> None:
    """An empty name would list the whole organisation, and is not sent."""
    found = Users(session).find("  ")
    assert (found.exact, found.near, session.requests) == ((), (), {})


def test_our_own_user(session: Session, api: responses.RequestsMock) -> None:
    """The owner of the keys is read, so that it is never taken for a holder."""
    api.get(f"{BASE}/api/v2/current_user", json={"data": user(BEN, service_account=True)})
    assert Users(session).current().id == BEN


def test_a_user_by_id(session: Session, api: responses.RequestsMock) -> None:
    """A user is read by id, and one that does not exist is not found."""
    api.get(f"{URL}/{ADA}", json={"data": user(ADA)})
    api.get(f"{URL}/{BEN}", status=404)
    assert Users(session).get(ADA).id == ADA
    with pytest.raises(NotFound):
        Users(session).get(BEN)
