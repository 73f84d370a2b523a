"""Values of the domain with only what matters written out."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from dd_incident_roles.model import (
    Assignment,
    Incident,
    IncidentId,
    PersonKey,
    RoleKey,
    Source,
)
from dd_incident_roles.roles.ledger import Close, Open
from dd_incident_roles.sync.state import Intent, Item, Link, Put, Seat

START = datetime(2026, 1, 1, 12, 0, 0, 123456, tzinfo=UTC)
ONE = IncidentId("11111111-1111-4111-8111-111111111111")
TWO = IncidentId("22222222-2222-4222-8222-222222222222")
ANA, BO, CAROL = PersonKey("ana@corp.example"), PersonKey("bo@corp.example"), PersonKey("carol")
SCRIBE, TECH_LEAD = RoleKey("scribe"), RoleKey("tech_lead")


def minutes(count: float) -> datetime:
    return START + timedelta(minutes=count)


def clock() -> datetime:
    return minutes(60)


def incident(incident_id: IncidentId = ONE, *, state: str = "active", **others: object) -> Incident:
    parts: dict[str, object] = {
        "public_id": 1001,
        "title": "Checkout fails",
        "severity": "SEV-2",
        "declared": START,
        "modified": START,
    }
    return Incident(id=incident_id, state=state, **{**parts, **others})  # type: ignore[arg-type]  # a builder: only the differing parts are given


def opening(
    identity: str = "a1",
    *,
    role: RoleKey = SCRIBE,
    person: PersonKey = ANA,
    stream: str | None = None,
    since: datetime = START,
) -> Open:
    return Open(
        assignment=Assignment(
            id=identity,
            role=role,
            stream=stream,
            person=person,
            since=since,
            until=None,
            set_by="ana@corp.example",
            source=Source.CLI,
        )
    )


def closing(identity: str = "a1", *, until: datetime = START + timedelta(minutes=5)) -> Close:
    return Close(
        assignment_id=identity, until=until, ended_by="datadog", ended_source=Source.DATADOG
    )


def link(item: Item = Seat(SCRIBE), holder: PersonKey | None = ANA, **others: object) -> Put:  # noqa: B008 - an immutable value
    return Put(Link(item=item, holder=holder, via="list", **others))  # type: ignore[arg-type]  # a builder: only the differing parts are given


def intent(
    item: Item = Seat(SCRIBE),  # noqa: B008 - an immutable value
    holder: PersonKey | None = ANA,
    since: datetime = START,
) -> Put:
    return Put(Intent(item=item, holder=holder, since=since))
