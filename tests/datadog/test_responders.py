"""Responders: listed whole, added once, given roles one by one, and compared with the incident."""

from __future__ import annotations

import json

import pytest

from dd_incident_roles.datadog.incidents import IncidentReading, parse_incident
from dd_incident_roles.datadog.responders import (
    RESERVED,
    Responder,
    ResponderListing,
    contradiction_of,
)
from dd_incident_roles.errors import Refused, UnexpectedAnswer
from dd_incident_roles.model import IncidentId, UserId
from tests.datadog.conftest import BASE, Datadog, failure
from tests.datadog.parts import responders
from tests.datadog.payloads import ADA, BEN, INCIDENT_ID, incident, responder, user

URL = f"{BASE}/api/v2/incidents/{INCIDENT_ID}/responders"
ASSIGNMENTS = f"{BASE}/api/v2/incidents/role_assignments"
KEY = IncidentId(INCIDENT_ID)


def test_a_listing_has_outsiders_too(dd: Datadog) -> None:
    """A responder without a user is listed as such, and included users come along."""
    rows = [responder("r1", ADA, "x1", "x2"), responder("r2", None)]
    rows.append({"type": "incident_responders", "id": "r3", "relationships": {"user": None}})
    dd.api.get(URL, json={"data": rows, "included": [user(ADA)]})
    listing = responders(dd.session).list(KEY)
    assert [(each.id, each.user_id, each.assignment_ids) for each in listing.responders] == [
        ("r1", ADA, ("x1", "x2")),
        ("r2", None, ()),
        ("r3", None, ()),
    ]
    assert listing.users[UserId(ADA)].email == "ada@corp.example"


def test_a_responder_is_found_by_user(dd: Datadog) -> None:
    """Of two records of one user the one with a role is meant."""
    rows = [responder("r1", ADA), responder("r2", ADA, "x1"), responder("r3", BEN)]
    dd.api.get(URL, json={"data": rows})
    listing = responders(dd.session).list(KEY)
    found = [listing.of_user(UserId(each)) for each in (ADA, BEN, "nobody")]
    assert [each and each.id for each in found] == ["r2", "r3", None]


def test_a_listing_without_its_list_is_no_listing(dd: Datadog) -> None:
    """An answer that lacks the list does not make everybody absent, as an empty one does."""
    dd.api.get(URL, json={"data": []})
    dd.api.get(URL, json={"meta": {}})
    assert responders(dd.session).list(KEY).responders == ()
    with pytest.raises(UnexpectedAnswer, match="lacks data"):
        responders(dd.session).list(KEY)


def test_a_responder_is_added_by_user(dd: Datadog) -> None:
    """The request names the user and nothing else, which is all that Datadog takes."""
    dd.api.post(URL, status=201, json={"data": responder("r1", ADA)})
    assert responders(dd.session).add(KEY, UserId(ADA)).id == "r1"
    assert dd.bodies[0] == {
        "type": "incident_responders",
        "relationships": {"user": {"data": {"type": "users", "id": ADA}}},
    }


@pytest.mark.parametrize("status", [400, 409])
def test_somebody_who_is_there_already_is_no_error(status: int, dd: Datadog) -> None:
    """A refused duplicate is looked up, and the present record returned; else it is a refusal."""
    dd.api.post(URL, status=status, json={"errors": ["user is disabled"]})
    dd.api.get(URL, json={"data": [responder("r1", BEN), responder("r2", ADA)]})
    dd.api.get(URL, json={"data": [responder("r1", BEN)]})
    assert responders(dd.session).add(KEY, UserId(ADA)).id == "r2"
    assert dd.session.requests == {"POST": 1, "GET": 1}
    error = failure(Refused, lambda: responders(dd.session).add(KEY, UserId(ADA)))
    assert "user is disabled" in str(error)
    assert error.status == status


@pytest.mark.parametrize("status", [405, 422])
def test_another_refusal_is_not_looked_into(status: int, dd: Datadog) -> None:
    """A refusal that cannot mean a duplicate is reported at once."""
    dd.api.post(URL, status=status)
    failure(Refused, lambda: responders(dd.session).add(KEY, UserId(ADA)))
    assert dd.session.requests == {"POST": 1}


def assignment(**relationships: str) -> dict[str, object]:
    """A role assignment as a resource."""
    return {
        "type": "incident_role_assignments",
        "id": "a1",
        "attributes": {"role": None, "created": "2026-02-23T14:06:27Z"},
        "relationships": {
            name: {"data": {"type": "any", "id": each}} for name, each in relationships.items()
        },
    }


def test_a_role_is_given_to_a_responder(dd: Datadog) -> None:
    """The request names record and role; a 409 is told apart, as it calls for reading again."""
    made = assignment(responder="r1", user_defined_role="role1")
    dd.api.post(ASSIGNMENTS, status=201, json={"data": made})
    dd.api.post(ASSIGNMENTS, status=409)
    assert responders(dd.session).assign("r1", "role1") == "a1"
    assert dd.bodies[0]["relationships"] == {
        "responder": {"data": {"type": "incident_responders", "id": "r1"}},
        "user_defined_role": {"data": {"type": "incident_user_defined_roles", "id": "role1"}},
    }
    error = failure(Refused, lambda: responders(dd.session).assign("r1", "role1"))
    assert (error.status, error.ambiguous) == (409, False)
    assert dd.session.requests == {"POST": 2}


def test_a_reserved_role_is_read_as_one(dd: Datadog) -> None:
    """The commander's assignment points to a role of Datadog's own."""
    dd.api.get(f"{ASSIGNMENTS}/a1", json={"data": assignment(responder="r1", reserved_role="own")})
    assert responders(dd.session).role_of("a1") == RESERVED


def test_deleting_what_is_gone_is_done(dd: Datadog) -> None:
    """An assignment that somebody else took away meanwhile counts as deleted."""
    dd.api.delete(f"{ASSIGNMENTS}/a1", status=404)
    responders(dd.session).unassign("a1")
    assert dd.session.requests == {"DELETE": 1}


def reading(*responder_ids: str, commander: str | None = ADA) -> IncidentReading:
    """An incident that names responders and a commander."""
    shown = None if commander is None else {"data": user(commander)}
    rows = {"responders": {"data": [{"id": each} for each in responder_ids]}}
    resource = incident(commander=shown, relationships=rows)
    return parse_incident(json.dumps({"data": resource}).encode())


def listing(**rows: str | None) -> ResponderListing:
    """A listing of responders by their ids."""
    found = [Responder(id=key, user_id=UserId(who) if who else None) for key, who in rows.items()]
    return ResponderListing(responders=tuple(found), users={})


COMPLETE = {
    "the commander alone": (reading("r1"), listing(r1=ADA)),
    "nobody, and no commander": (reading(commander=None), listing()),
    "more than the incident names": (reading("r1"), listing(r1=ADA, r2=BEN)),
    "the incident names nobody (recorded in 2021)": (reading(), listing(r1=ADA)),
    "somebody without an account": (reading("r1", "r2"), listing(r1=ADA, r2=None)),
    "ids of another kind": (reading("x1", "x2"), listing(r1=ADA, r2=BEN)),
}

CONTRADICTING = {
    "empty beside a commander": (reading(), listing()),
    "without the commander": (reading("r2"), listing(r2=BEN)),
    "empty although the incident names some": (reading("r1", commander=None), listing()),
    "cut short": (reading("r1", "r2", "r3"), listing(r1=ADA, r2=BEN)),
}


@pytest.mark.parametrize("case", COMPLETE | CONTRADICTING)
def test_a_listing_is_believed_unless_it_contradicts_the_incident(case: str) -> None:
    """What lacks somebody whom the incident names says nothing about who is absent."""
    shown, given = (COMPLETE | CONTRADICTING)[case]
    assert (contradiction_of(shown, given) is None) is (case in COMPLETE)
