"""Incidents and a catalogue to ask rules about; each builder shows only what a test cares for."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import replace
from datetime import UTC, datetime, timedelta

from dd_incident_roles.model import (
    INCIDENT_MANAGER,
    Incident,
    IncidentId,
    Observation,
    Person,
    PersonKey,
    PersonKind,
    RoleKey,
    Source,
    UserId,
)
from dd_incident_roles.policy.facts import Facts, Holding
from dd_incident_roles.policy.finding import Breach, NotEvaluated, Verdict
from dd_incident_roles.policy.judge import Question, judge
from dd_incident_roles.policy.policy import Policy
from dd_incident_roles.policy.rule import Rule, RuleContext
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


LATER = at(60)
"""An hour after the incident was declared."""


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


def person(name: str) -> Person:
    """Somebody of the organisation, called by a first name."""
    return Person(
        key=PersonKey(f"{name.lower()}@corp.example"),
        name=name,
        email=f"{name.lower()}@corp.example",
        user_id=UserId(f"user-{name.lower()}"),
        kind=PersonKind.HUMAN,
    )


ADA, BO, CAI = person("Ada"), person("Bo"), person("Cai")


def crowd(number: int) -> frozenset[PersonKey]:
    """So many responders; the first three are Ada, Bo and Cai."""
    known = [ADA.key, BO.key, CAI.key]
    return frozenset(
        [*known, *(PersonKey(f"r{each}@corp.example") for each in range(3, number))][:number]
    )


def held(
    key: RoleKey,
    *,
    stream: str | None = None,
    by: Person = ADA,
    since: datetime = DECLARED,
    source: Source = Source.CLI,
    pending: bool = False,
    set_by: str | None = None,
) -> Holding:
    """That somebody, Ada unless said otherwise, holds a role since the beginning."""
    return Holding(
        role=key,
        stream=stream,
        person=by,
        since=since,
        source=source,
        pending=pending,
        set_by=set_by,
    )


def asking(
    rule: Rule, *, now: datetime = LATER, grace_minutes: float = 0
) -> Callable[..., list[Breach]]:
    """What a rule finds in an incident, at an instant and with a grace that a test may change."""

    def ask(
        about: Facts, now: datetime = now, grace_minutes: float = grace_minutes
    ) -> list[Breach]:
        return list(rule.evaluate(about, terms(now, grace_minutes)))

    return ask


def terms(now: datetime, grace_minutes: float = 0) -> RuleContext:
    """What a rule is told beside the facts."""
    return RuleContext(now=now, grace=timedelta(minutes=grace_minutes))


POLICY = Policy(file="policy.yaml")
"""A policy that leaves everything to the rules and the catalogue."""


def verdict_of(
    rules: Iterable[Rule],
    incidents: Iterable[Facts],
    now: datetime,
    *,
    policy: Policy = POLICY,
    unread: Iterable[NotEvaluated] = (),
) -> Verdict:
    """What a check of open incidents comes to."""
    question = Question(rules=tuple(rules), now=now, policy=policy)
    return judge(question, incidents, unread=unread)


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
        responders=None if responders is None else crowd(responders),
    )


def without(key: RoleKey) -> Catalogue:
    """The catalogue with a role that nothing requires."""
    return replace(
        CATALOGUE,
        roles=tuple(
            replace(each, required=()) if each.key == key else each for each in CATALOGUE.roles
        ),
    )
