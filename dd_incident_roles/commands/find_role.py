"""Finding the role that somebody named: one of the catalogue, or one devised for the incident."""

from __future__ import annotations

from dataclasses import dataclass

from dd_incident_roles.commands.application import Application
from dd_incident_roles.commands.find_incident import find_incident
from dd_incident_roles.errors import UnknownRole
from dd_incident_roles.model import IncidentId
from dd_incident_roles.roles.catalogue import Role


@dataclass(frozen=True, slots=True, kw_only=True)
class RoleOfIncident:
    """A role and the incident in which it is meant."""

    incident_id: IncidentId
    role: Role


def find_role(application: Application, incident: str, role: str) -> RoleOfIncident:
    """What two words name; a slip in the role is told before Datadog is asked, if it can be.

    Raises UnknownRole and UnknownIncident.
    """
    try:
        known = application.catalogue.find(role)
    except UnknownRole:
        if not application.record.any_devised():
            raise
        incident_id = find_incident(application, incident)
        devised = application.catalogue_of(incident_id).find(role)
        return RoleOfIncident(incident_id=incident_id, role=devised)
    return RoleOfIncident(incident_id=find_incident(application, incident), role=known)
