"""An incident as the sandbox keeps it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from types import MappingProxyType

ORGANIZATION = "organization"
PRIVATE = "private"
RESOLVED = "resolved"


@dataclass(frozen=True, slots=True, kw_only=True)
class Property:
    """The value of one property field, with the name of its type."""

    type: str
    value: object = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Recorded:
    """What a recording showed of an incident that the sandbox does not keep itself.

    ``verbatim`` are attributes passed on as they were; ``absent`` names attributes that the
    recorded answer, being older, did not have; ``property_ids`` are the ids in the relationship
    ``user_defined_fields``.
    """

    verbatim: Mapping[str, object] = field(default_factory=lambda: MappingProxyType({}))
    absent: frozenset[str] = frozenset()
    property_ids: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Incident:
    """One incident; users are named by their ids."""

    id: str
    public_id: int
    title: str
    incident_type_id: str
    created: datetime
    modified: datetime
    detected: datetime
    declared: datetime
    state_since: datetime
    created_by: str
    last_modified_by: str
    declared_by: str
    properties: Mapping[str, Property]
    commander: str | None = None
    customer_impacted: bool = False
    customer_impact_scope: str | None = None
    customer_impact_start: datetime | None = None
    customer_impact_end: datetime | None = None
    resolved: datetime | None = None
    visibility: str | None = ORGANIZATION
    is_test: bool = False
    notification_handles: tuple[str, ...] | None = None
    recorded: Recorded | None = None

    @property
    def severity(self) -> str:
        """The severity, which lives in the property field of that name."""
        return self._text("severity", "UNKNOWN")

    @property
    def state(self) -> str:
        """The state, which lives in the property field of that name."""
        return self._text("state", "active")

    def with_property(self, name: str, value: object, *, type_name: str, now: datetime) -> Incident:
        """Sets one property field; resolving also fills ``resolved`` (recording).

        That reopening clears it again is unverified.
        """
        before = self.state
        properties = {**self.properties, name: Property(type=type_name, value=value)}
        changed = replace(self, properties=MappingProxyType(properties))
        if changed.state == before:
            return changed
        return replace(
            changed, state_since=now, resolved=now if changed.state == RESOLVED else None
        )

    def _text(self, name: str, fallback: str) -> str:
        held = self.properties.get(name)
        return held.value if held and isinstance(held.value, str) else fallback
