"""What the record says of an incident, without Datadog."""

from __future__ import annotations

from dataclasses import replace

from dd_incident_roles.commands.application import Application
from dd_incident_roles.model import Incident, Observation
from dd_incident_roles.policy.facts import Facts, Holding


def recorded_facts(application: Application, incident: Incident) -> Facts:
    """The facts that need no reading."""
    return Facts(
        incident=incident,
        catalogue=application.catalogue_of(incident.id),
        holdings=tuple(
            Holding(
                role=row.role,
                person=application.person(row.person),
                since=application.moment(row.since) or application.now(),
                source=row.source,
                stream=row.stream,
                set_by=row.set_by,
            )
            for row in application.record.assignments(incident.id)
            if row.is_open
        ),
        observations=observations(application, incident),
    )


def _told(application: Application, incident: Incident) -> tuple[Observation, ...]:
    """What was observed; what a clock that was ahead noted, as early as it can have been."""
    known: list[Observation] = []
    for each in application.record.observations(incident.id):
        earliest = known[-1].at if known else incident.declared
        at = application.moment(each.at) or earliest
        known.append(replace(each, at=max(at, earliest) if known else each.at))
    return tuple(known)


def observations(application: Application, incident: Incident) -> tuple[Observation, ...]:
    """What the incident was seen to be, what it is seen to be now included."""
    known = _told(application, incident)
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
