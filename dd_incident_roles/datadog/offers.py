"""What Datadog offers for roles: found out once, kept for a while, never assumed."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import asdict
from datetime import timedelta

from dd_incident_roles.datadog.cache import Cache
from dd_incident_roles.datadog.fields import Fields
from dd_incident_roles.datadog.ladder import Offer
from dd_incident_roles.datadog.roles import Roles
from dd_incident_roles.datadog.wire.roles import RoleDefinition
from dd_incident_roles.errors import Forbidden, NotFound, Refused
from dd_incident_roles.model import Incident
from dd_incident_roles.roles.catalogue import FIELD_PREFIX

DEFINITIONS_LIFETIME = timedelta(minutes=5)
"""How long definitions are believed, so that a new one shows up while it still matters."""

WORKING_LIFETIME = timedelta(days=1)
MISSING_LIFETIME = timedelta(minutes=10)
"""How long a refusal is believed: somebody may grant the permission meanwhile."""

_CAPABILITY = "capability"
_ASSIGNMENTS = "role_assignments"


class Offers:
    """Role definitions, fields and the state of the role-assignment endpoint."""

    def __init__(self, roles: Roles, fields: Fields, cache: Cache) -> None:
        self._roles = roles
        self._fields = fields
        self._cache = cache
        self._probing = False

    def probe_again(self) -> None:
        """Ask once more for what was refused: a person waits, who may have been granted it."""
        self._probing = True

    def of(self, incident: Incident, *, responders: bool) -> Offer:
        """What one incident can be offered, given whether its responders could be read."""
        assignments = self.assignments
        definitions = self._definitions(incident.incident_type) if responders else None
        shown = {name for name in incident.fields if name.startswith(FIELD_PREFIX)}
        defined = () if assignments else self._field_names(incident.incident_type)
        return Offer(
            responders=responders,
            assignments=assignments,
            definitions={each.name.casefold(): each for each in definitions or ()},
            definitions_known=definitions is not None,
            fields=frozenset({*shown, *defined}),
        )

    @property
    def assignments(self) -> bool | None:
        """Whether role assignments were seen to work, seen to be missing, or never tried."""
        match self._cache.cached(_CAPABILITY, _ASSIGNMENTS):
            case "working":
                return True
            case "missing" if not self._probing:
                return False
            case _:
                return None

    def assignments_work(self) -> None:
        """Note that the endpoint answered as it should."""
        if self.assignments is not True:
            self._note("working", WORKING_LIFETIME)

    def assignments_missing(self) -> None:
        """Note that the endpoint is not there, or not for these keys."""
        self._probing = False
        self._note("missing", MISSING_LIFETIME)

    def _note(self, value: str, lifetime: timedelta) -> None:
        self._cache.keep(_CAPABILITY, _ASSIGNMENTS, value, lifetime=lifetime)

    def _definitions(self, incident_type: str | None) -> tuple[RoleDefinition, ...] | None:
        """What Datadog defines, None where it does not tell."""
        rows = json.loads(self._kept("role_definitions", incident_type, self._read_definitions))
        return None if rows is None else tuple(RoleDefinition(**row) for row in rows)

    def _read_definitions(self, incident_type: str | None) -> str:
        try:
            found = self._roles.user_defined(incident_type)
        except (NotFound, Forbidden, Refused):
            return json.dumps(None)
        return json.dumps([asdict(definition) for definition in found])

    def _field_names(self, incident_type: str | None) -> tuple[str, ...]:
        return tuple(json.loads(self._kept("fields", incident_type, self._read_fields)))

    def _read_fields(self, incident_type: str | None) -> str:
        try:
            found = self._fields.definitions(incident_type)
        except (NotFound, Forbidden, Refused):
            found = ()
        return json.dumps([field.name for field in found if field.name.startswith(FIELD_PREFIX)])

    def _kept(self, kind: str, incident_type: str | None, read: Callable[[str | None], str]) -> str:
        """Read once and keep; two threads may both read the first time, which does no harm."""
        key = incident_type or "every type"
        kept = self._cache.cached(kind, key)
        if kept is None:
            kept = read(incident_type)
            self._cache.keep(kind, key, kept, lifetime=DEFINITIONS_LIFETIME)
        return kept
