"""The roles of one incident from the record alone, without Datadog and its keys."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime

from dd_incident_roles.commands.reference import ByPublicId, ByUuid, parse_reference
from dd_incident_roles.errors import UsageError
from dd_incident_roles.model import IncidentId
from dd_incident_roles.roles.catalogue import Catalogue
from dd_incident_roles.roles.devising import with_devised
from dd_incident_roles.settings import Settings
from dd_incident_roles.store.opening import open_record
from dd_incident_roles.store.record import SqlRecord


def recorded_roles(
    settings: Settings, catalogue: Catalogue, incident: str, *, clock: Callable[[], datetime]
) -> Catalogue:
    """The roles of the catalogue, and those that were devised for an incident.

    Raises UsageError for an incident that the record does not know, and RecordError where there is
    no record.
    """
    with open_record(settings.store, clock=clock, create=False, reads_only=True) as record:
        return with_devised(catalogue, record.devised(_incident_id(record, incident, settings)))


def _incident_id(record: SqlRecord, text: str, settings: Settings) -> IncidentId:
    match parse_reference(text, settings):
        case ByUuid(id=incident_id):
            return incident_id
        case ByPublicId(number=number):
            found = record.incidents_numbered(number)
            if not found:
                raise UsageError(
                    f"The record knows no incident {text!r}.",
                    hint="It knows those that were synced: dd-incident-roles sync",
                )
            return found[0].id
