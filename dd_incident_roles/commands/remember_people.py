"""Keeping who was looked up, so that the next command need not ask for them again."""

from __future__ import annotations

from collections.abc import Mapping

from dd_incident_roles.commands.application import Application
from dd_incident_roles.model import IncidentId, Person, PersonKey


def remember_people(
    application: Application, incident_id: IncidentId, people: Mapping[PersonKey, Person]
) -> None:
    """Keep people beside an incident that the record knows."""
    incident = application.record.incident(incident_id)
    if incident is not None:
        application.record.remember(incident, people, application.clock())
