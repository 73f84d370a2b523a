"""Incidents and a catalogue to ask rules about; each builder shows only what a test cares for."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, datetime, timedelta

from dd_incident_roles.model import (
    INCIDENT_MANAGER,
    Incident,
    IncidentId,
    Observation,
    Person,
    PersonKey,
    RoleKey,
    Source,
)
from dd_incident_roles.policy.facts import Facts, Holding
from dd_incident_roles.roles.catalogue import (
    Catalogue,
    CommanderRole,
    Holders,
    Level,
    NamedRole,
    Requirement,
    Role,
    Streams,
)
from dd_incident_roles.roles.conditions import (
    ALWAYS,
    Condition,
    CustomerImpacted,
    OpenFor,
    RespondersOver,
    SeverityIs,
)

DECLARED = datetime(2026, 1, 1, 14, 0, tzinfo=UTC)
SCRIBE = RoleKey("scribe")
BACKUP = RoleKey("backup_incident_manager")
SUPPORT = RoleKey("customer_support_lead")
LIAISON = RoleKey("liaison")
TECH_LEAD = RoleKey("tech_lead")

GRAVE = Condition(tests=(SeverityIs(values=("SEV-1", "SEV-2")),))
GRAVEST = Condition(tests=(SeverityIs(values=("SEV-1",)),))
LONG_AND_GRAVE = Condition(
    tests=(SeverityIs(values=("SEV-1",)), OpenFor(length=timedelta(hours=2)))
)
IMPACT = Condition(tests=(CustomerImpacted(value=True),))
CROWD = Condition(tests=(SeverityIs(values=("SEV-1",)), RespondersOver(number=10)))


def at(minutes: float) -> datetime:
    """The instant so many minutes after the incident was declared."""
    return DECLARED + timedelta(minutes=minutes)


def requirement(when: Condition, minutes: float, level: Level = Level.ERROR) -> Requirement:
    """A requirement with a grace in minutes."""
    return Requirement(
        when=when, after=timedelta(minutes=minutes), level=level, line=1, file="roles.yaml"
    )


def role(key: RoleKey, title: str, *required: Requirement, streams: Streams = Streams.NONE) -> Role:
    """A role that one person holds."""
    return Role(
        key=key,
        title=title,
        summary="",
        responsibilities=(),
        holders=Holders.ONE,
        datadog=CommanderRole() if key == INCIDENT_MANAGER else NamedRole(title),
        aliases=("im",) if key == INCIDENT_MANAGER else (),
        streams=streams,
        required=required,
    )


CATALOGUE = Catalogue(
    file="roles.yaml",
    roles=(
        role(INCIDENT_MANAGER, "Incident Manager", requirement(ALWAYS, 5)),
        role(
            SCRIBE,
            "Scribe",
            requirement(GRAVE, 5, Level.WARNING),
            requirement(GRAVEST, 10),
        ),
        role(SUPPORT, "Customer Support Lead", requirement(IMPACT, 15)),
        role(BACKUP, "Backup Incident Manager", requirement(LONG_AND_GRAVE, 0, Level.WARNING)),
        role(
            TECH_LEAD, "Tech Lead", requirement(GRAVEST, 600, Level.NOTE), streams=Streams.REQUIRED
        ),
        role(LIAISON, "Liaison", requirement(CROWD, 10)),
    ),
)


def incident(
    severity: str = "SEV-1",
    *,
    state: str = "active",
    title: str = "Checkout down",
    public_id: int = 1001,
    customer_impacted: bool = False,
    private: bool = False,
    is_test: bool = False,
    modified: datetime = DECLARED,
) -> Incident:
    """An incident declared at 14:00 UTC."""
    return Incident(
        id=IncidentId(f"00000000-0000-0000-0000-{public_id:012}"),
        public_id=public_id,
        title=title,
        severity=severity,
        state=state,
        declared=DECLARED,
        modified=modified,
        customer_impacted=customer_impacted,
        private=private,
        is_test=is_test,
    )


def seen(
    minutes: float, severity: str, *, state: str = "active", impacted: bool = False
) -> Observation:
    """What the incident was seen to be from so many minutes on."""
    return Observation(at=at(minutes), severity=severity, state=state, customer_impacted=impacted)


def held(key: RoleKey, *, stream: str | None = None) -> Holding:
    """That Ada holds a role since the beginning."""
    return Holding(
        role=key,
        stream=stream,
        person=Person(key=PersonKey("ada@corp.example"), name="Ada"),
        since=DECLARED,
        source=Source.CLI,
    )


def facts(
    about: Incident | None = None,
    *,
    holders: tuple[RoleKey, ...] = (),
    empty_since: Mapping[RoleKey, datetime] | None = None,
    observations: tuple[Observation, ...] = (),
    responders: int | None = 3,
    catalogue: Catalogue = CATALOGUE,
) -> Facts:
    """What is known of an incident; SEV-1 and nobody in any role unless said otherwise."""
    return Facts(
        incident=about or incident(),
        catalogue=catalogue,
        holdings=tuple(held(key) for key in holders),
        vacancies=empty_since or {},
        observations=observations,
        responders=responders,
    )


def without(key: RoleKey) -> Catalogue:
    """The catalogue with a role that nothing requires."""
    return replace(
        CATALOGUE,
        roles=tuple(
            replace(each, required=()) if each.key == key else each for each in CATALOGUE.roles
        ),
    )
