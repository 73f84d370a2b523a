"""Property fields: their definitions, and writing what an incident holds in them."""

from __future__ import annotations

from itertools import count

from dd_incident_roles.datadog.http import Session
from dd_incident_roles.datadog.paths import INCIDENTS, path
from dd_incident_roles.datadog.wire.fields import (
    TEXT_ARRAY,
    FieldDefinition,
    parse_field_definition,
    parse_field_definitions,
)
from dd_incident_roles.datadog.wire.incidents import parse_incident, parse_written_fields
from dd_incident_roles.model import FieldValue, IncidentId

_DEFINITIONS = f"{INCIDENTS}/config/user-defined-fields"
_PAGE_SIZE = 1000


class Fields:
    """Property fields of incidents, a preview of Datadog's that no recording shows."""

    def __init__(self, session: Session) -> None:
        self._session = session

    def definitions(self, incident_type: str | None = None) -> tuple[FieldDefinition, ...]:
        """Read every field of one incident type, or of all of them, deleted ones left out."""
        own = (("filter[incident-type]", incident_type),) if incident_type else ()
        found: dict[str, FieldDefinition] = {}
        for number in count():
            page = self._session.get(
                _DEFINITIONS,
                parse_field_definitions,
                (*own, ("page[size]", str(_PAGE_SIZE)), ("page[number]", str(number))),
            )
            if all(definition.id in found for definition in page):
                break
            found.update((definition.id, definition) for definition in page)
        return tuple(
            definition
            for definition in found.values()
            if not definition.deleted
            and (not incident_type or definition.incident_type in {None, incident_type.lower()})
        )

    def create_text_array(
        self, *, name: str, display_name: str, incident_type: str
    ) -> FieldDefinition:
        """Define a field that holds a list of texts, shown among the attributes of an incident."""
        body = {
            "data": {
                "type": "user_defined_field",
                "attributes": {"name": name, "display_name": display_name, "type": TEXT_ARRAY},
                "relationships": {
                    "incident_type": {"data": {"type": "incident_types", "id": incident_type}}
                },
            }
        }
        return self._session.post(_DEFINITIONS, body, parse_field_definition)

    def write(
        self, incident_id: IncidentId, name: str, value: FieldValue, *, type_name: str
    ) -> FieldValue:
        """Write a field of an incident, and return what Datadog then shows in it.

        ``type_name`` is the one that the incident itself shows, such as ``textarray`` or
        ``dropdown``. An answer without the field is followed by a fresh reading.
        """
        where = path(INCIDENTS, incident_id)
        sent = list(value) if isinstance(value, tuple) else value
        body = {
            "data": {
                "id": incident_id,
                "type": "incidents",
                "attributes": {"fields": {name: {"type": type_name, "value": sent}}},
            }
        }
        shown = self._session.patch(where, body, parse_written_fields)
        if name not in shown:
            shown = self._session.get(where, parse_incident).incident.fields
        return shown.get(name)
