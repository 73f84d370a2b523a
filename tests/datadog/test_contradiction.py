"""A listing of responders that lacks whom the incident itself names is no complete listing."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from dd_incident_roles.datadog.incidents import IncidentReading
from dd_incident_roles.datadog.responders import Responder, ResponderListing, contradiction_of
from dd_incident_roles.model import Incident, IncidentId, UserId

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
