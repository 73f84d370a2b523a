"""What a plan does to the record, as values a report can show."""

from __future__ import annotations

from dataclasses import dataclass

from dd_incident_roles.model import PersonKey, RoleKey


@dataclass(frozen=True, slots=True, kw_only=True)
class Pulled:
    """The record takes over what the target shows: who held the role, and who holds it now."""

    role: RoleKey
    before: PersonKey | None
    after: PersonKey | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Linked:
    """Both sides already had the same holder, and the base learned it."""

    role: RoleKey
    holder: PersonKey


@dataclass(frozen=True, slots=True, kw_only=True)
class Clashed:
    """Both sides chose somebody else; the target's choice stands and ours is kept."""

    role: RoleKey
    wanted: PersonKey
    standing: PersonKey


LocalEffect = Pulled | Linked | Clashed
"""One change to the record that somebody would want to read about."""
