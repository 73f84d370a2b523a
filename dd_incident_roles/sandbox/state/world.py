"""All that the sandbox remembers, in one place."""

from __future__ import annotations

import uuid
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import datetime
from itertools import count
from typing import Generic, Protocol, TypeVar

from dd_incident_roles.sandbox.state.belongings import (
    Integration,
    Team,
    Todo,
)
from dd_incident_roles.sandbox.state.cell import Cell
from dd_incident_roles.sandbox.state.incident import Incident
from dd_incident_roles.sandbox.state.on_call import OnCallTeam, Schedule
from dd_incident_roles.sandbox.state.people import ACTIVE, User
from dd_incident_roles.sandbox.state.response_team import Assignment, Responder
from dd_incident_roles.sandbox.state.settings import (
    BUILT_IN_FIELDS,
    COMMANDER_ROLE,
    RESPONDER_ROLE,
    FieldDefinition,
    IncidentType,
    RoleDefinition,
)
from dd_incident_roles.sandbox.switches import Behaviour, Capabilities
from dd_incident_roles.sandbox.timeline_quirks import TimelineQuirks


class Identified(Protocol):
    """Anything that has an id."""

    @property
    def id(self) -> str:
        """The id that the row is kept by."""
        ...


Row = TypeVar("Row", bound=Identified)


class Table(Generic[Row]):
    """Immutable rows by id; a change replaces the row and keeps its place."""

    def __init__(self) -> None:
        self._rows: dict[str, Row] = {}

    def __iter__(self) -> Iterator[Row]:
        return iter(tuple(self._rows.values()))

    def __len__(self) -> int:
        return len(self._rows)

    def get(self, row_id: str) -> Row | None:
        """Finds the row with this id, whatever the case of its letters."""
        return self._rows.get(row_id) or self._rows.get(row_id.lower())

    def put(self, row: Row) -> Row:
        """Adds the row, or replaces the one that has its id."""
        self._rows[row.id] = row
        return row

    def remove(self, row_id: str) -> None:
        """Forgets the row with this id, if there is one."""
        self._rows.pop(row_id, None)

    def where(self, condition: Callable[[Row], bool]) -> list[Row]:
        """Lists the rows that meet the condition, oldest first."""
        return [row for row in self._rows.values() if condition(row)]


_NAMESPACE = uuid.UUID("6f1d2c0e-5f5b-5d0e-9b0a-0d1f3a7c9e11")
ORG_ID = str(uuid.uuid5(_NAMESPACE, "organisation"))
CALLER_ID = str(uuid.uuid5(_NAMESPACE, "caller"))
DEFAULT_TYPE_ID = str(uuid.uuid5(_NAMESPACE, "default incident type"))
FIRST_PUBLIC_ID = 1001


def counted_ids() -> Callable[[], str]:
    """Makes a source of UUIDs that is the same in every sandbox."""
    numbers = count(1)
    return lambda: str(uuid.uuid5(_NAMESPACE, f"row {next(numbers)}"))


@dataclass(slots=True, kw_only=True)
class World:
    """The tables of one Datadog organisation, with its clock; not safe between threads.

    ``earlier_cells`` is each timeline before its last change, which the next ``stale_listings``
    listings show.
    """

    clock: Callable[[], datetime]
    ids: Callable[[], str] = field(default_factory=counted_ids)
    org_id: str = ORG_ID
    org_name: str = "Corp"
    caller: str = CALLER_ID
    capabilities: Capabilities = field(default_factory=Capabilities)
    behaviour: Behaviour = field(default_factory=Behaviour)
    timeline_quirks: TimelineQuirks = field(default_factory=TimelineQuirks)
    users: Table[User] = field(default_factory=Table)
    incident_types: Table[IncidentType] = field(default_factory=Table)
    field_definitions: Table[FieldDefinition] = field(default_factory=Table)
    role_definitions: Table[RoleDefinition] = field(default_factory=Table)
    incidents: Table[Incident] = field(default_factory=Table)
    responders: Table[Responder] = field(default_factory=Table)
    assignments: Table[Assignment] = field(default_factory=Table)
    todos: Table[Todo] = field(default_factory=Table)
    integrations: Table[Integration] = field(default_factory=Table)
    teams: Table[Team] = field(default_factory=Table)
    on_call_teams: Table[OnCallTeam] = field(default_factory=Table)
    schedules: Table[Schedule] = field(default_factory=Table)
    cells: Table[Cell] = field(default_factory=Table)
    earlier_cells: dict[str, tuple[Cell, ...]] = field(default_factory=dict)
    stale_listings: int = 0

    def __post_init__(self) -> None:
        now = self.clock()
        # a service account's handle is a UUID and not an address (recording)
        self.users.put(
            User(
                id=self.caller,
                email="dd-incident-roles@service-account.example",
                handle=str(uuid.uuid5(_NAMESPACE, "caller's handle")),
                name="dd-incident-roles",
                status=ACTIVE,
                service_account=True,
                verified=True,
                created=now,
                modified=now,
            )
        )
        for name, is_single in ((COMMANDER_ROLE, True), (RESPONDER_ROLE, False)):
            self.role_definitions.put(
                RoleDefinition(
                    id=str(uuid.uuid5(_NAMESPACE, f"reserved role {name}")),
                    name=name,
                    is_single=is_single,
                    created=now,
                    modified=now,
                    created_by=self.caller,
                    last_modified_by=self.caller,
                )
            )
        self.add_incident_type(DEFAULT_TYPE_ID, "Default", is_default=True, by=self.caller)

    @property
    def default_type(self) -> IncidentType:
        """The incident type that is used where none is named."""
        return next(row for row in self.incident_types if row.is_default)

    @property
    def commander_role(self) -> RoleDefinition:
        """The reserved role of the Incident Commander."""
        return next(row for row in self.role_definitions if row.is_commander)

    def add_incident_type(
        self,
        type_id: str,
        name: str,
        *,
        by: str,
        description: str = "",
        is_default: bool = False,
    ) -> IncidentType:
        """Adds an incident type together with the fields that every type has."""
        now = self.clock()
        for field_name, type_number, _ in BUILT_IN_FIELDS:
            self.field_definitions.put(
                FieldDefinition(
                    id=str(uuid.uuid5(uuid.UUID(type_id), field_name)),
                    name=field_name,
                    display_name=field_name.replace("_", " ").title(),
                    type=type_number,
                    incident_type_id=type_id,
                    reserved=True,
                    created=now,
                    modified=now,
                    created_by=by,
                    last_modified_by=by,
                )
            )
        return self.incident_types.put(
            IncidentType(
                id=type_id,
                name=name,
                description=description,
                is_default=is_default,
                created=now,
                modified=now,
                created_by=by,
                last_modified_by=by,
            )
        )

    def next_public_id(self) -> int:
        """The number that the next incident gets."""
        return max((row.public_id for row in self.incidents), default=FIRST_PUBLIC_ID - 1) + 1

    def fields_of(self, incident_type_id: str) -> list[FieldDefinition]:
        """Lists the property fields of one incident type."""
        return self.field_definitions.where(lambda row: row.incident_type_id == incident_type_id)

    def responders_of(self, incident_id: str) -> list[Responder]:
        """Lists the responders of one incident, in the order in which they came."""
        return self.responders.where(lambda row: row.incident_id == incident_id)

    def responder_of(self, incident_id: str, user_id: str) -> Responder | None:
        """Finds the part that a user has in an incident."""
        found = self.responders.where(
            lambda row: row.incident_id == incident_id and row.user_id == user_id
        )
        return found[0] if found else None

    def assignments_of(self, incident_id: str) -> list[Assignment]:
        """Lists the role assignments of one incident."""
        return self.assignments.where(lambda row: row.incident_id == incident_id)
