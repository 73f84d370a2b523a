"""What the record says of an incident, without Datadog."""

from __future__ import annotations

from dd_incident_roles.model import Incident, Observation
from dd_incident_roles.operations.application import Application
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
                since=row.since,
                source=row.source,
                stream=row.stream,
                set_by=row.set_by,
            )
            for row in application.record.assignments(incident.id)
            if row.is_open
        ),
        observations=observations(application, incident),
    )


def observations(application: Application, incident: Incident) -> tuple[Observation, ...]:
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
