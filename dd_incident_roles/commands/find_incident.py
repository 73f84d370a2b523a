"""Finding the incident that somebody named."""

from __future__ import annotations

from collections.abc import Iterable

from dd_incident_roles.commands.application import Application
from dd_incident_roles.commands.reference import ByPublicId, ByUuid, parse_reference
from dd_incident_roles.datadog.wire.incidents import IncidentReading
from dd_incident_roles.errors import Forbidden, NotFound, Refused, UnknownIncident
from dd_incident_roles.model import IncidentId

EVERY_STATE = "state:(active OR stable OR resolved)"
"""A query that finds every incident that the search shows (recorded)."""


def find_incident(application: Application, text: str) -> IncidentId:
    """The id of the incident that is named so.

    A public id is looked up in the record first, then asked for by itself, which Datadog may or may
    not answer (unverified), then searched, then looked for in the listing, which has test incidents
    too. One that is gone, and each of several with one number, counts only where Datadog shows no
    other. Raises UnknownIncident, and DatadogError where Datadog could not be asked.
    """
    match parse_reference(text, application.settings):
        case ByUuid(id=incident_id):
            return incident_id
        case ByPublicId(number=number):
            known = application.record.incidents_numbered(number)
            absences = application.record.absences()
            gone = {each for each, absence in absences.items() if absence.gone}
            if len(known) == 1 and known[0].id not in gone:
                return known[0].id
            found = _ask(application, number)
            if found is None and known:
                return min(known, key=lambda each: each.id in gone).id
            if found is None:
                raise UnknownIncident(text)
            if found in gone:
                application.record.find_again(found)
            return found


def _ask(application: Application, number: int) -> IncidentId | None:
    return (
        _asked_directly(application, number)
        or _searched(application, number)
        or _among(number, application.incidents.all())
    )


def _asked_directly(application: Application, number: int) -> IncidentId | None:
    try:
        incident = application.incidents.get(IncidentId(str(number))).incident
    except (NotFound, Refused, Forbidden):
        return None
    return incident.id if incident.public_id == number else None


def _searched(application: Application, number: int) -> IncidentId | None:
    """Search, where searching is offered; the listing is asked next in any case."""
    try:
        return _among(number, application.incidents.search(EVERY_STATE))
    except (NotFound, Refused):
        return None


def _among(number: int, readings: Iterable[IncidentReading]) -> IncidentId | None:
    found = (each.incident for each in readings)
    return next((incident.id for incident in found if incident.public_id == number), None)
