"""What an organisation configures for its incidents: types, property fields and roles."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

COMMANDER_ROLE = "Incident Commander"
RESPONDER_ROLE = "Responder"
RESERVED_NAMES = frozenset({COMMANDER_ROLE.lower(), RESPONDER_ROLE.lower()})

FIELD_TYPES = {
    1: "dropdown",
    2: "multiselect",
    3: "textbox",
    4: "textarray",
    5: "metrictag",
    6: "autocomplete",
    7: "number",
    8: "datetime",
}
LIST_TYPES = frozenset({"multiselect", "textarray", "metrictag", "autocomplete"})

BUILT_IN_FIELDS: tuple[tuple[str, int, object], ...] = (
    ("teams", 6, None),
    ("severity", 1, "UNKNOWN"),
    ("state", 1, "active"),
    ("detection_method", 1, "unknown"),
    ("root_cause", 3, None),
    ("summary", 3, None),
    ("services", 6, None),
    ("slug", 3, None),
)
"""Name, type and first value of the fields that every incident has (recording)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class IncidentType:
    """A type of incident; fields and user-defined roles belong to one."""

    id: str
    name: str
    created: datetime
    modified: datetime
    created_by: str
    last_modified_by: str
    description: str = ""
    is_default: bool = False
    prefix: str = "IR"


@dataclass(frozen=True, slots=True, kw_only=True)
class FieldDefinition:
    """A property field that incidents of one type have."""

    id: str
    name: str
    type: int
    incident_type_id: str
    created: datetime
    modified: datetime
    created_by: str
    last_modified_by: str
    display_name: str = ""
    category: str | None = None
    collected: str | None = None
    required: bool = False
    reserved: bool = False
    valid_values: tuple[str, ...] | None = None
    ordinal: str | None = None

    @property
    def type_name(self) -> str:
        """The name of the type, as it stands in an incident's fields."""
        return FIELD_TYPES[self.type]


@dataclass(frozen=True, slots=True, kw_only=True)
class RoleDefinition:
    """A role that responders can be given: user-defined in one incident type, or reserved."""

    id: str
    name: str
    is_single: bool
    created: datetime
    modified: datetime
    created_by: str
    last_modified_by: str
    description: str | None = None
    incident_type_id: str | None = None

    @property
    def reserved(self) -> bool:
        """Whether Datadog brings the role with it."""
        return self.incident_type_id is None

    @property
    def is_commander(self) -> bool:
        """Whether it is the reserved role of the Incident Commander."""
        return self.reserved and self.name == COMMANDER_ROLE
