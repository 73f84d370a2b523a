"""Incidents and a catalogue to ask rules about; each builder shows only what a test cares for."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import KW_ONLY, dataclass, replace
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
from dd_incident_roles.policy.facts import Facts, FactsMissing, Holding, NothingConnected
from dd_incident_roles.policy.judge import Question, judge
from dd_incident_roles.policy.policy import (
    Breach,
    Evidence,
    NotEvaluated,
    Policy,
    Rule,
    RuleContext,
    SeenIn,
    SourceLocation,
    Verdict,
)
from dd_incident_roles.roles.catalogue import (
    ALWAYS,
    Catalogue,
    CommanderRole,
    Condition,
    CustomerImpacted,
    Holders,
    Level,
    NamedRole,
    OpenFor,
    Requirement,
    RespondersOver,
    Role,
    SeverityIs,
    Streams,
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


@dataclass(frozen=True, slots=True)
class Found:
    """What a rule is to find; ``since`` is in minutes, and what is None may be anything.

    ``part`` is a part of the message.
    """

    role: RoleKey | None = None
    since: float = 0
    level: Level | None = None
    stream: str | None = None
    _: KW_ONLY
    part: str = ""
    message: str | None = None
    fix: str | None = None
    evidence: tuple[Evidence, ...] | None = None
    place: SourceLocation | None = None

    def as_in(self, breach: Breach) -> Found:
        """The same as a breach has it."""
        return Found(
            breach.role,
            (breach.since - DECLARED) / timedelta(minutes=1),
            breach.level,
            breach.stream,
            part=self.part if self.part in breach.message else breach.message,
            message=self.message and breach.message,
            fix=self.fix and breach.fix,
            evidence=None if self.evidence is None else breach.evidence,
            place=self.place and breach.place,
        )


@dataclass(frozen=True, slots=True)
class Case:
    """An incident, and what a rule finds there before it says what it lacks.

    ``now`` and ``grace`` are in minutes; without a grace the rule has its own.
    """

    about: Facts
    found: tuple[Found, ...]
    missing: Exception | None
    now: float
    grace: float | None

    @property
    def expected(self) -> tuple[tuple[Found, ...], str]:
        """What is to come of it."""
        return self.found, repr(self.missing)

    def asked(self, rule: Rule) -> tuple[tuple[Found, ...], str]:
        """What comes of asking a rule."""
        grace = rule.grace or timedelta()
        if self.grace is not None:
            grace = timedelta(minutes=self.grace)
        breaches: list[Breach] = []
        missing: Exception | None = None
        try:
            breaches.extend(rule.evaluate(self.about, RuleContext(now=at(self.now), grace=grace)))
        except (FactsMissing, NothingConnected) as error:
            missing = error
        anything = (Found(),) * (len(breaches) - len(self.found))
        told = zip((*self.found, *anything), breaches, strict=False)
        return tuple(each.as_in(breach) for each, breach in told), repr(missing)


def case(
    about: Facts,
    *found: Found,
    missing: Exception | None = None,
    now: float = 60,
    grace: float | None = None,
) -> Case:
    """An incident as it is looked at an hour after its declaration; nothing found is fine."""
    return Case(about, found, missing, now, grace)


def sign(
    what: str, where: SeenIn, who: Person | None = None, since: float | None = None
) -> Evidence:
    """A piece of evidence, from so many minutes after the declaration on."""
    began = None if since is None else at(since)
    return Evidence(what, where, who=who.key if who else None, since=began)


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
