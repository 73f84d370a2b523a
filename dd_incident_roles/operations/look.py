"""Looking at incidents without changing anything: what would hold once the record had caught up."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime

from dd_incident_roles.model import (
    Assignment,
    Incident,
    IncidentId,
    Observation,
    Person,
    PersonKey,
    RoleKey,
    Source,
)
from dd_incident_roles.operations.application import Application
from dd_incident_roles.policy.facts import Facts, Holding
from dd_incident_roles.sync.plan import Plan, replay
from dd_incident_roles.sync.result import IncidentResult
from dd_incident_roles.sync.run import look_at
from dd_incident_roles.sync.standing import RoleStanding
from dd_incident_roles.sync.state import Membership, Seat


@dataclass(frozen=True, slots=True, kw_only=True)
class Sight:
    """One incident as it was seen: what the record would hold, and how each role stands."""

    plan: Plan
    assignments: tuple[Assignment, ...]
    facts: Facts

    @property
    def incident(self) -> Incident:
        """The incident as Datadog shows it."""
        return self.plan.reading.incident

    def standing(self, role: RoleKey) -> RoleStanding | None:
        """How a role stands between the record and Datadog."""
        return next((each for each in self.plan.standings if each.role == role), None)


def look(
    application: Application, incident_ids: Sequence[IncidentId]
) -> tuple[Sight | IncidentResult, ...]:
    """Read incidents; those that could not be read are results with failures."""
    seen = look_at(
        incident_ids,
        target=application.target,
        record=application.record,
        terms=application.run_terms(dry_run=True),
    )
    return tuple(sight_of(application, each) if isinstance(each, Plan) else each for each in seen)


def sight_of(application: Application, plan: Plan) -> Sight:
    """Join what was read with what the record knows besides."""
    assignments = replay(plan.state.assignments, plan.edits)
    incident = plan.reading.incident
    facts = Facts(
        incident=incident,
        catalogue=application.catalogue,
        holdings=tuple(_holdings(application, plan, assignments)),
        vacancies=_vacancies(plan, assignments, application.clock()),
        observations=_observations(application, incident),
        responders=plan.reading.roles.responders,
    )
    return Sight(plan=plan, assignments=assignments, facts=facts)


def recorded_facts(application: Application, incident: Incident) -> Facts:
    """What the record says of an incident, without Datadog."""
    return Facts(
        incident=incident,
        catalogue=application.catalogue,
        holdings=tuple(
            Holding(
                role=row.role,
                person=application.person(row.person),
                since=row.since,
                source=row.source,
                stream=row.stream,
            )
            for row in application.record.assignments(incident.id)
            if row.is_open
        ),
        observations=_observations(application, incident),
    )


def _holdings(
    application: Application, plan: Plan, assignments: Sequence[Assignment]
) -> Iterator[Holding]:
    doubted = {(each.role, person) for each in plan.standings for person in each.doubted}
    for row in assignments:
        if row.is_open and (row.role, row.person) not in doubted:
            yield Holding(
                role=row.role,
                person=_person(application, plan, row.person),
                since=row.since,
                source=row.source,
                stream=row.stream,
            )
    held = {(row.role, row.person) for row in assignments if row.is_open}
    for each in plan.standings:
        for person in sorted(each.overheld):
            if (each.role, person) not in held:
                yield Holding(
                    role=each.role,
                    person=_person(application, plan, person),
                    since=application.clock(),
                    source=Source.DATADOG,
                )


def _person(application: Application, plan: Plan, key: PersonKey) -> Person:
    return plan.reading.people.get(key) or application.person(key)


def _vacancies(
    plan: Plan, assignments: Sequence[Assignment], now: datetime
) -> dict[RoleKey, datetime]:
    """Since when a role that somebody held has stood empty, here or in Datadog."""
    ended: dict[RoleKey, datetime] = {}
    for row in assignments:
        if row.until is not None:
            ended[row.role] = max(row.until, ended.get(row.role, row.until))
    for standing in plan.standings:
        if standing.doubted:
            ended[standing.role] = _missing_since(plan, standing.role) or now
    return ended


def _missing_since(plan: Plan, role: RoleKey) -> datetime | None:
    """When Datadog was first seen without the holder of a role."""
    for link in plan.state.links:
        match link.item:
            case Seat(role=seen) | Membership(role=seen) if seen == role and link.missing_since:
                return link.missing_since
            case _:
                pass
    return None


def _observations(application: Application, incident: Incident) -> tuple[Observation, ...]:
    """What the incident was seen to be, what it is seen to be now included."""
    known = application.record.observations(incident.id)
    now = Observation(
        at=max(incident.declared, incident.modified) if known else incident.declared,
        severity=incident.severity,
        state=incident.state,
        customer_impacted=incident.customer_impacted,
    )
    if known and (known[-1].severity, known[-1].state, known[-1].customer_impacted) == (
        now.severity,
        now.state,
        now.customer_impacted,
    ):
        return known
    return (*known, now)
