"""What was learned of Datadog and is believed for a while, such as what of its API works for us."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import asdict
from datetime import datetime, timedelta
from enum import StrEnum
from functools import partial
from threading import RLock
from typing import Any, Protocol, TypeVar, cast

from dd_incident_roles.datadog.failures import if_offered
from dd_incident_roles.datadog.roles import Fields, RoleDefinition, Roles
from dd_incident_roles.model import Incident, IncidentId
from dd_incident_roles.patience import begin
from dd_incident_roles.roles.catalogue import FIELD_PREFIX, CommanderRole, NamedRole, Role
from dd_incident_roles.values import frozen

T = TypeVar("T")


class KeptTexts(Protocol):
    """A place for short texts with an expiry; losing them costs requests and nothing else."""

    def cached(self, kind: str, key: str) -> str | None:
        """The text, unless it was never kept or has expired."""

    def put_cached(
        self, kind: str, key: str, value: str, *, expires_at: datetime | None = None
    ) -> None:
        """Keep a text until it expires."""


class Cache:
    """Keeps texts as they are, and other values as JSON, for a length of time."""

    def __init__(self, texts: KeptTexts, clock: Callable[[], datetime]) -> None:
        self._texts = texts
        self._clock = clock
        self._loaded: dict[str, tuple[str, Any]] = {}
        self._turns: dict[tuple[str, str], RLock] = {}

    def cached(self, kind: str, key: str) -> str | None:
        """The text, unless it was never kept or has expired."""
        return self._texts.cached(kind, key)

    def keep(self, kind: str, key: str, value: str, *, lifetime: timedelta) -> None:
        """Keep a text for a while."""
        self._texts.put_cached(kind, key, value, expires_at=self._clock() + lifetime)

    def value(
        self,
        kind: str,
        key: str,
        ask: Callable[[], T],
        *,
        load: Callable[[Any], T],
        lifetime: timedelta,
    ) -> T:
        """The value that is kept, else the one that ``ask`` returns, which is kept for a while.

        ``load`` makes a value of its JSON, and nobody may change that value. Threads that want the
        same ask once; what ``ask`` raises is raised, and not kept.
        """
        # One lock for each value: others are asked for meanwhile.
        with self._turns.setdefault((kind, key), RLock()):
            kept = self._texts.cached(kind, key)
            if kept is not None:
                before, value = self._loaded.get(kind, (None, None))
                if before == kept:
                    return cast("T", value)
                # What another version of this program kept in another form is asked for again.
                with suppress(TypeError, ValueError):
                    loaded = load(json.loads(kept))
                    # The last of each kind: one incident after the other asks for the same.
                    self._loaded[kind] = kept, loaded
                    return loaded
            asked = ask()
            self.keep(kind, key, json.dumps(asked, default=asdict), lifetime=lifetime)
            return asked


DEFINITIONS_LIFETIME = timedelta(minutes=5)
"""How long definitions are believed, so that a new one shows up while it still matters."""

WORKING_LIFETIME = timedelta(days=1)
REFUSED_LIFETIME = timedelta(minutes=10)
"""How long a refusal is cached; the permission may be granted in the meantime."""


EVERY_TYPE = "every type"
DEFINITIONS = "role_definitions"
"""What is kept of the roles that Datadog defines."""

FIELDS = "fields"
"""What is kept of the property fields that Datadog defines."""

_Definitions = tuple[RoleDefinition, ...] | None


class RoleBackend(StrEnum):
    """One way to show who holds a role; the value is kept in the record's links."""

    COMMANDER = "commander"
    ASSIGNMENT = "assignment"
    FIELD = "field"
    RESPONDER = "responder"
    NOTHING = "nothing"

    @property
    def is_readable(self) -> bool:
        """Whether Datadog can show who holds the role, not only who is a responder."""
        return self in {RoleBackend.COMMANDER, RoleBackend.ASSIGNMENT, RoleBackend.FIELD}


@frozen(kw_only=False)
class ShownRole:
    """How Datadog shows a role, and its definition of the role.

    ``is_lacking`` says that Datadog shows its role definitions and this role is not among them.
    """

    backend: RoleBackend
    definition: RoleDefinition | None
    is_lacking: bool

    @property
    def why_not(self) -> str:
        """Say in one sentence why Datadog cannot show who holds the role."""
        if self.backend is RoleBackend.NOTHING:
            return "recorded here; Datadog gives no access to responders"
        if self.is_lacking:
            return "recorded here; Datadog has no such role and shows only a responder"
        return "recorded here; Datadog shows only a responder, without the role"


@frozen
class Capabilities:
    """What Datadog offers for one incident, as far as it is known.

    ``assignments`` is True once an assignment was read or made, False once the endpoint was seen to
    be missing or forbidden, and None while nobody knows. ``definitions`` are by case-folded name,
    and None where Datadog does not tell them.
    """

    responders: bool
    assignments: bool | None
    definitions: Mapping[str, RoleDefinition] | None
    fields: frozenset[str]

    def definition(self, role: Role) -> RoleDefinition | None:
        """Datadog's definition of a role of the catalogue, by its name in any case."""
        match role.datadog:
            case NamedRole(name=name):
                return (self.definitions or {}).get(name.casefold())
            case CommanderRole():
                return None

    def backend(self, role: Role) -> RoleBackend:
        """Choose how a role is shown in Datadog, best first; the commander is always within reach.

        A property field that an administrator made for the role wins over assignments that nobody
        has seen working: it says that the organisation keeps its roles there.
        """
        return self._backend(role, self.definition(role))

    def _backend(self, role: Role, definition: RoleDefinition | None) -> RoleBackend:
        if isinstance(role.datadog, CommanderRole):
            return RoleBackend.COMMANDER
        assignable = self.responders and definition is not None
        # A definition alone proves nothing: the endpoint of assignments is unreleased.
        if assignable and self.assignments:
            return RoleBackend.ASSIGNMENT
        if self.fields and role.field_name in self.fields:
            return RoleBackend.FIELD
        if assignable and self.assignments is None:
            return RoleBackend.ASSIGNMENT
        return RoleBackend.RESPONDER if self.responders else RoleBackend.NOTHING

    def shown(self, role: Role) -> ShownRole:
        """How Datadog shows a role, and what it says of the role itself."""
        definition = self.definition(role)
        backend = self._backend(role, definition)
        is_told = self.definitions is not None and self.assignments is not False
        is_lacking = is_told and definition is None and backend is RoleBackend.RESPONDER
        return ShownRole(backend, definition, is_lacking)


class ApiPart(StrEnum):
    """A part of the API that an organisation, or our keys, may lack."""

    ROLE_ASSIGNMENTS = "role_assignments"
    TIMELINE_READING = "timeline_reading"
    TIMELINE_WRITING = "timeline_writing"
    INTEGRATIONS = "integrations"


class CapabilityCache:
    """What was found out about Datadog once: kept for a while, never assumed."""

    def __init__(self, roles: Roles, fields: Fields, cache: Cache) -> None:
        self._roles = roles
        self._fields = fields
        self._cache = cache
        self._probing: frozenset[ApiPart] = frozenset()
        self._coming: dict[str | None, Callable[[], _Definitions]] = {}

    def ask_ahead(self, incident_type: str | None) -> None:
        """Ask for the roles of an incident type that are not known any more, before they matter."""
        if self._cache.cached(DEFINITIONS, incident_type or EVERY_TYPE) is None:
            self._coming[incident_type] = begin(partial(self._definitions, incident_type))

    def probe_again(self) -> None:
        """Ask once more for what was refused: a person waits, who may have been granted it."""
        self._probing = frozenset(ApiPart)

    def seen(self, part: ApiPart, incident_id: IncidentId | None = None) -> bool | None:
        """Whether a part was seen to work, seen to be refused, or never tried.

        A refusal can be about one incident alone; it is then no answer for the others.
        """
        key = f"{part}:{incident_id}" if incident_id else part
        match self._cache.cached("capability", key):
            case "working":
                return True
            # It stays kept while a person has it asked again: another refusal renews it.
            case "missing" if part not in self._probing:
                return False
            case _:
                return None

    def note_working(self, part: ApiPart) -> None:
        """Note that a part answered as it should."""
        if not self.seen(part):
            self._cache.keep("capability", part, "working", lifetime=WORKING_LIFETIME)

    def note_refused(self, part: ApiPart, incident_id: IncidentId | None = None) -> None:
        """Note that a part is not there, or not for these keys."""
        self._probing -= {part}
        key = f"{part}:{incident_id}" if incident_id else part
        self._cache.keep("capability", key, "missing", lifetime=REFUSED_LIFETIME)

    def of(self, incident: Incident, *, responders: bool) -> Capabilities:
        """What one incident can be offered, given whether its responders could be read."""
        assignments = self.seen(ApiPart.ROLE_ASSIGNMENTS)
        kind = incident.incident_type
        coming = self._coming.pop(kind, None)
        definitions = (coming() if coming else self._definitions(kind)) if responders else None
        # Fields matter only where assignments are not known to work: one request less.
        defined = () if assignments else self._field_names(incident.incident_type)
        by_name = None
        if definitions is not None:
            by_name = {each.name.casefold(): each for each in definitions}
        return Capabilities(
            responders=responders,
            assignments=assignments,
            definitions=by_name,
            # A field that an incident shows is there, even where nobody may read the definitions.
            fields=frozenset(
                name for name in (*incident.fields, *defined) if name.startswith(FIELD_PREFIX)
            ),
        )

    def _definitions(self, incident_type: str | None) -> _Definitions:
        return self._cache.value(
            DEFINITIONS,
            incident_type or EVERY_TYPE,
            # None is cached too: that Datadog does not say is an answer which costs a request.
            lambda: if_offered(lambda: self._roles.definitions(incident_type)),
            load=lambda rows: (
                None if rows is None else tuple(RoleDefinition(**row) for row in rows)
            ),
            lifetime=DEFINITIONS_LIFETIME,
        )

    def _field_names(self, incident_type: str | None) -> tuple[str, ...]:
        return self._cache.value(
            FIELDS,
            incident_type or EVERY_TYPE,
            lambda: tuple(
                each.name
                for each in if_offered(lambda: self._fields.definitions(incident_type)) or ()
            ),
            load=tuple,
            lifetime=DEFINITIONS_LIFETIME,
        )
