"""Role definitions, and responders: listed whole, added once, given roles one by one."""

from __future__ import annotations

import json

import pytest
import requests

from dd_incident_roles.datadog.http import Session
from dd_incident_roles.datadog.incidents import IncidentReading, parse_incident
from dd_incident_roles.datadog.responders import (
    RESERVED,
    Responder,
    ResponderListing,
    contradiction_of,
)
from dd_incident_roles.datadog.roles import Defined, Roles
from dd_incident_roles.errors import DatadogError, Forbidden, Refused, UnexpectedAnswer
from dd_incident_roles.model import IncidentId, UserId
from tests.datadog.conftest import BASE, Datadog, failure
from tests.datadog.parts import responders
from tests.datadog.payloads import (
    ADA,
    BEN,
    INCIDENT_ID,
    TYPE,
    incident,
    resource,
    responder,
    to_one,
    user,
)

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
    attributes = {"role": None, "created": "2026-02-23T14:06:27Z"}
    to_each = {name: to_one("any", key) for name, key in relationships.items()}
    return resource("incident_role_assignments", "a1", attributes, **to_each)


def test_a_role_is_given_to_a_responder(dd: Datadog) -> None:
    """The request names record and role; a 409 is told apart, as it calls for reading again."""
    made = assignment(responder="r1", user_defined_role="role1")
    dd.api.post(ASSIGNMENTS, status=201, json={"data": made})
    dd.api.post(ASSIGNMENTS, status=409)
    assert responders(dd.session).assign("r1", "role1") == "a1"
    assert dd.bodies[0]["relationships"] == {
        "responder": to_one("incident_responders", "r1"),
        "user_defined_role": to_one("incident_user_defined_roles", "role1"),
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
    shown_to_us = incident(commander=shown, relationships=rows)
    return parse_incident(json.dumps({"data": shown_to_us}).encode())


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


USER_DEFINED = f"{BASE}/api/v2/incidents/config/user-defined-roles"


def role(role_id: str, name: str, incident_type: str | None = TYPE, **more: object) -> object:
    """A role definition as a resource."""
    attributes, of_type = {"name": name, **more}, to_one("incident_types", incident_type)
    return resource("incident_user_defined_roles", role_id, attributes, incident_type=of_type)


def test_roles_belong_to_a_type(dd: Datadog) -> None:
    """The type is asked for, and a role of another type is not taken for one of it."""
    rows = [role("1", "Scribe", policy={"is_single": True}), role("2", "Scribe", "other")]
    rows.append(role("3", "Tech Lead", None, description="leads"))
    dd.api.get(USER_DEFINED, json={"data": rows})
    found = Roles(dd.session).definitions(TYPE)
    assert [(each.id, each.name, each.is_single) for each in found] == [
        ("1", "Scribe", True),
        ("3", "Tech Lead", False),
    ]
    assert f"filter%5Bincident-type%5D={TYPE}" in (dd.api.calls[0].request.url or "")


def test_roles_of_all_types(dd: Datadog) -> None:
    """Without a type every role is read, and nothing is filtered."""
    dd.api.get(USER_DEFINED, json={"data": [role("1", "Scribe"), role("2", "Scribe", "other")]})
    assert [each.incident_type for each in Roles(dd.session).definitions()] == [TYPE, "other"]
    assert dd.api.calls[0].request.url == USER_DEFINED


def test_a_role_is_defined(dd: Datadog) -> None:
    """The request has the name, whether it is for one, and the type it belongs to for good."""
    dd.api.get(USER_DEFINED, json={"data": [role("2", "Liaison", "other")]})
    dd.api.post(USER_DEFINED, status=201, json={"data": role("3", "Liaison")})
    defined = define(dd.session)
    assert (defined.definition.id, defined.made) == ("3", True)
    attributes = {"name": "Liaison", "description": None, "policy": {"is_single": True}}
    assert dd.bodies[1]["attributes"] == attributes
    assert dd.bodies[1]["relationships"]["incident_type"]["data"]["id"] == TYPE


def test_a_nameless_role_is_unexpected(dd: Datadog) -> None:
    """A role that nothing names is not passed over in silence."""
    dd.api.get(USER_DEFINED, json={"data": [{"id": "1", "attributes": {}}]})
    with pytest.raises(UnexpectedAnswer, match="name of a role"):
        Roles(dd.session).definitions()


def define(session: Session) -> Defined:
    """Have Datadog define the liaison."""
    return Roles(session).define(
        name="Liaison", incident_type=TYPE, description=None, is_single=True
    )


def test_a_role_that_is_there_is_used(dd: Datadog) -> None:
    """A role of the same name, in any case, is not defined again."""
    dd.api.get(USER_DEFINED, json={"data": [role("1", "Scribe"), role("2", "LIAISON")]})
    defined = define(dd.session)
    assert (defined.definition.id, defined.made) == ("2", False)
    assert dd.methods == ["GET"]


@pytest.mark.parametrize("arrived", [True, False])
def test_a_lost_answer_is_looked_up(dd: Datadog, arrived: bool) -> None:
    """Nobody answers: the role is found if it was made, and never sent a second time."""
    listed = [[], [role("3", "liaison")] if arrived else []]
    for rows in listed:
        dd.api.get(USER_DEFINED, json={"data": rows})
    dd.api.post(USER_DEFINED, body=requests.ConnectionError("gone"))
    if arrived:
        assert define(dd.session).definition.id == "3"
    else:
        assert failure(DatadogError, lambda: define(dd.session)).ambiguous
    assert dd.methods == ["GET", "POST", "GET"]


def test_a_lookup_that_fails_hides_nothing(dd: Datadog) -> None:
    """Where the role cannot be looked up, what is raised is about the write that is in doubt."""
    dd.api.get(USER_DEFINED, json={"data": []})
    dd.api.get(USER_DEFINED, status=403)
    dd.api.post(USER_DEFINED, status=502)
    error = failure(DatadogError, lambda: define(dd.session))
    assert (error.status, error.ambiguous) == (502, True)


@pytest.mark.parametrize(
    ("status", "kind", "hint"),
    [(400, Refused, "Nothing was changed"), (403, Forbidden, "incident_settings_write")],
)
def test_a_refusal_is_not_looked_up(
    status: int, kind: type[DatadogError], hint: str, dd: Datadog
) -> None:
    """A clear refusal is no lost answer; a missing permission is named."""
    dd.api.get(USER_DEFINED, json={"data": []})
    dd.api.post(USER_DEFINED, status=status)
    assert hint in (failure(kind, lambda: define(dd.session)).hint or "")
    assert dd.methods == ["GET", "POST"]
