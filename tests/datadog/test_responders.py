"""Responders: listed whole, added once, removed if Datadog lets us."""

from __future__ import annotations

import json

import pytest
import responses

from dd_incident_roles.datadog.http import Session
from dd_incident_roles.datadog.responders import Responders
from dd_incident_roles.errors import Refused, UnexpectedAnswer
from dd_incident_roles.model import IncidentId, UserId
from tests.datadog.conftest import BASE
from tests.datadog.payloads import ADA, BEN, INCIDENT_ID, responder, user

URL = f"{BASE}/api/v2/incidents/{INCIDENT_ID}/responders"
KEY = IncidentId(INCIDENT_ID)


def test_a_listing_has_outsiders_too(session: Session, api: responses.RequestsMock) -> None:
    """A responder without a user is listed as such, and included users come along."""
    rows = [responder("r1", ADA, "x1", "x2"), responder("r2", None)]
    rows.append({"type": "incident_responders", "id": "r3", "relationships": {"user": None}})
    api.get(URL, json={"data": rows, "included": [user(ADA)]})
    listing = Responders(session).list(KEY)
    assert [(each.id, each.user_id, each.assignment_ids) for each in listing.responders] == [
        ("r1", ADA, ("x1", "x2")),
        ("r2", None, ()),
        ("r3", None, ()),
    ]
    assert listing.users[UserId(ADA)].email == "ada@corp.example"


def test_a_responder_is_found_by_user(session: Session, api: responses.RequestsMock) -> None:
    """Of two records of one user the one with a role is meant."""
    rows = [responder("r1", ADA), responder("r2", ADA, "x1"), responder("r3", BEN)]
    api.get(URL, json={"data": rows})
    listing = Responders(session).list(KEY)
    found = [listing.of_user(UserId(each)) for each in (ADA, BEN, "nobody")]
    assert [each and each.id for each in found] == ["r2", "r3", None]


def test_an_empty_listing_is_empty(session: Session, api: responses.RequestsMock) -> None:
    """An incident without responders is read as such."""
    api.get(URL, json={"data": []})
    assert Responders(session).list(KEY).responders == ()


def test_a_listing_without_its_list_is_no_listing(
    session: Session, api: responses.RequestsMock
) -> None:
    """An answer that lacks the list does not make everybody absent."""
    api.get(URL, json={"meta": {}})
    with pytest.raises(UnexpectedAnswer, match="lacks data"):
        Responders(session).list(KEY)


def test_a_responder_is_added_by_user(session: Session, api: responses.RequestsMock) -> None:
    """The request names the user and nothing else, which is all that Datadog takes."""
    api.post(URL, status=201, json={"data": responder("r1", ADA)})
    assert Responders(session).add(KEY, UserId(ADA)).id == "r1"
    assert json.loads(api.calls[0].request.body or "") == {
        "data": {
            "type": "incident_responders",
            "relationships": {"user": {"data": {"type": "users", "id": ADA}}},
        }
    }


@pytest.mark.parametrize("status", [400, 409])
def test_somebody_who_is_there_already_is_no_error(
    status: int, session: Session, api: responses.RequestsMock
) -> None:
    """A refused duplicate is looked up, and the present record returned."""
    api.post(URL, status=status)
    api.get(URL, json={"data": [responder("r1", BEN), responder("r2", ADA)]})
    assert Responders(session).add(KEY, UserId(ADA)).id == "r2"
    assert session.requests == {"POST": 1, "GET": 1}


@pytest.mark.parametrize("status", [400, 409])
def test_a_refusal_stays_one_when_nobody_is_there(
    status: int, session: Session, api: responses.RequestsMock
) -> None:
    """A refusal that no present record explains is reported with its own status."""
    api.post(URL, status=status, json={"errors": ["user is disabled"]})
    api.get(URL, json={"data": [responder("r1", BEN)]})
    with pytest.raises(Refused, match="user is disabled") as caught:
        Responders(session).add(KEY, UserId(ADA))
    assert caught.value.status == status


@pytest.mark.parametrize("status", [405, 422])
def test_another_refusal_is_not_looked_into(
    status: int, session: Session, api: responses.RequestsMock
) -> None:
    """A refusal that cannot mean a duplicate is reported at once."""
    api.post(URL, status=status)
    with pytest.raises(Refused):
        Responders(session).add(KEY, UserId(ADA))
    assert session.requests == {"POST": 1}


def test_an_added_responder_is_not_added_again(
    session: Session, api: responses.RequestsMock
) -> None:
    """A gateway that failed after the request leaves doubt, not a second request."""
    api.post(URL, status=502)
    with pytest.raises(UnexpectedAnswer) as caught:
        Responders(session).add(KEY, UserId(ADA))
    assert caught.value.ambiguous
    assert session.requests == {"POST": 1}
