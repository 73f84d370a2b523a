"""Responders: listed whole, added once, given roles one by one, and compared with the incident."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from dd_incident_roles.datadog.incidents import IncidentReading
from dd_incident_roles.datadog.responders import (
    RESERVED,
    Responder,
    ResponderListing,
    contradiction_of,
)
from dd_incident_roles.errors import NotFound, Refused, UnexpectedAnswer
from dd_incident_roles.model import Incident, IncidentId, UserId
from tests.datadog.conftest import BASE, Datadog
from tests.datadog.parts import responders
from tests.datadog.payloads import ADA, BEN, INCIDENT_ID, responder, user

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


def test_an_empty_listing_is_empty(dd: Datadog) -> None:
    """An incident without responders is read as such."""
    dd.api.get(URL, json={"data": []})
    assert responders(dd.session).list(KEY).responders == ()


def test_a_listing_without_its_list_is_no_listing(dd: Datadog) -> None:
    """An answer that lacks the list does not make everybody absent."""
    dd.api.get(URL, json={"meta": {}})
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
    """A refused duplicate is looked up, and the present record returned."""
    dd.api.post(URL, status=status)
    dd.api.get(URL, json={"data": [responder("r1", BEN), responder("r2", ADA)]})
    assert responders(dd.session).add(KEY, UserId(ADA)).id == "r2"
    assert dd.session.requests == {"POST": 1, "GET": 1}


@pytest.mark.parametrize("status", [400, 409])
def test_a_refusal_stays_one_when_nobody_is_there(status: int, dd: Datadog) -> None:
    """A refusal that no present record explains is reported with its own status."""
    dd.api.post(URL, status=status, json={"errors": ["user is disabled"]})
    dd.api.get(URL, json={"data": [responder("r1", BEN)]})
    with pytest.raises(Refused, match="user is disabled") as caught:
        responders(dd.session).add(KEY, UserId(ADA))
    assert caught.value.status == status


@pytest.mark.parametrize("status", [405, 422])
def test_another_refusal_is_not_looked_into(status: int, dd: Datadog) -> None:
    """A refusal that cannot mean a duplicate is reported at once."""
    dd.api.post(URL, status=status)
    with pytest.raises(Refused):
        responders(dd.session).add(KEY, UserId(ADA))
    assert dd.session.requests == {"POST": 1}


def test_an_added_responder_is_not_added_again(dd: Datadog) -> None:
    """A gateway that failed after the request leaves doubt, not a second request."""
    dd.api.post(URL, status=502)
    with pytest.raises(UnexpectedAnswer) as caught:
        responders(dd.session).add(KEY, UserId(ADA))
    assert caught.value.ambiguous
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
    """The request names the responder's record and the role."""
    made = assignment(responder="r1", user_defined_role="role1")
    dd.api.post(ASSIGNMENTS, status=201, json={"data": made})
    assert responders(dd.session).assign("r1", "role1") == "a1"
    sent = dd.bodies[0]
    assert sent["relationships"] == {
        "responder": {"data": {"type": "incident_responders", "id": "r1"}},
        "user_defined_role": {"data": {"type": "incident_user_defined_roles", "id": "role1"}},
    }


def test_a_conflict_keeps_its_status(dd: Datadog) -> None:
    """A 409 is told apart, because it calls for reading again."""
    dd.api.post(ASSIGNMENTS, status=409)
    with pytest.raises(Refused) as caught:
        responders(dd.session).assign("r1", "role1")
    assert (caught.value.status, caught.value.ambiguous) == (409, False)
    assert dd.session.requests == {"POST": 1}


def test_a_lost_assignment_is_not_made_again(dd: Datadog) -> None:
    """A server error leaves the assignment in doubt."""
    dd.api.post(ASSIGNMENTS, status=500)
    with pytest.raises(UnexpectedAnswer) as caught:
        responders(dd.session).assign("r1", "role1")
    assert caught.value.ambiguous
    assert dd.session.requests == {"POST": 1}


def test_a_reserved_role_is_read_as_one(dd: Datadog) -> None:
    """The commander's assignment points to a role of Datadog's own."""
    dd.api.get(f"{ASSIGNMENTS}/a1", json={"data": assignment(responder="r1", reserved_role="own")})
    assert responders(dd.session).role_of("a1") == RESERVED


def test_an_endpoint_that_is_missing_is_not_found(dd: Datadog) -> None:
    """An organisation without the endpoint answers 404, which reading does not hide."""
    dd.api.get(f"{ASSIGNMENTS}/a1", status=404)
    with pytest.raises(NotFound):
        responders(dd.session).role_of("a1")


def test_deleting_what_is_gone_is_done(dd: Datadog) -> None:
    """An assignment that somebody else took away meanwhile counts as deleted."""
    dd.api.delete(f"{ASSIGNMENTS}/a1", status=404)
    responders(dd.session).unassign("a1")
    assert dd.session.requests == {"DELETE": 1}


ANA, BO = UserId("ana"), UserId("bo")
AT = datetime(2026, 1, 1, tzinfo=UTC)


def reading(*responder_ids: str, commander: UserId | None = ANA) -> IncidentReading:
    incident = Incident(
        id=IncidentId("11111111-1111-4111-8111-111111111111"),
        public_id=1001,
        title="Checkout fails",
        severity="SEV-1",
        state="active",
        declared=AT,
        modified=AT,
        commander=commander,
    )
    return IncidentReading(incident=incident, users={}, responder_ids=responder_ids)


def listing(**rows: UserId | None) -> ResponderListing:
    return ResponderListing(
        responders=tuple(Responder(id=name, user_id=user) for name, user in rows.items()), users={}
    )


COMPLETE = [
    ("the commander alone", reading("r1"), listing(r1=ANA)),
    ("nobody, and no commander", reading(commander=None), listing()),
    ("more than the incident names", reading("r1"), listing(r1=ANA, r2=BO)),
    ("the incident names nobody (recorded in 2021)", reading(), listing(r1=ANA)),
    ("somebody without an account", reading("r1", "r2"), listing(r1=ANA, r2=None)),
    ("ids of another kind", reading("x1", "x2"), listing(r1=ANA, r2=BO)),
]

CONTRADICTING = [
    ("empty beside a commander", reading(), listing()),
    ("without the commander", reading("r2"), listing(r2=BO)),
    ("empty although the incident names some", reading("r1", commander=None), listing()),
    ("cut short", reading("r1", "r2", "r3"), listing(r1=ANA, r2=BO)),
]


@pytest.mark.parametrize(("case", "shown", "given"), COMPLETE, ids=[row[0] for row in COMPLETE])
def test_a_listing_that_may_be_complete(
    case: str, shown: IncidentReading, given: ResponderListing
) -> None:
    """What agrees with the incident is believed, absences too."""
    assert contradiction_of(shown, given) is None


@pytest.mark.parametrize(
    ("case", "shown", "given"), CONTRADICTING, ids=[row[0] for row in CONTRADICTING]
)
def test_a_listing_that_cannot_be_complete(
    case: str, shown: IncidentReading, given: ResponderListing
) -> None:
    """What lacks somebody whom the incident names says nothing about who is absent."""
    assert contradiction_of(shown, given) is not None
