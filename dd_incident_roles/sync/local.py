"""What the record says about one role, read from its intervals."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from dd_incident_roles.model import Assignment, PersonKey, RoleKey, Source
from dd_incident_roles.sync.decide_membership import Local


@dataclass(frozen=True, slots=True, kw_only=True)
class RoleRows:
    """The intervals of one role."""

    role: RoleKey
    rows: tuple[Assignment, ...]

    @property
    def open(self) -> tuple[Assignment, ...]:
        """The intervals that last."""
        return tuple(row for row in self.rows if row.is_open)

    @property
    def holders(self) -> frozenset[PersonKey]:
        """Everybody who holds the role, in whatever stream."""
        return frozenset(row.person for row in self.open)

    def share_of(self, person: PersonKey) -> Local:
        """Whether one person holds the role, gave it up, or was never heard of."""
        rows = [row for row in self.rows if row.person == person]
        if any(row.is_open for row in rows):
            return Local.HELD
        return Local.RELEASED if rows else Local.UNKNOWN

    @property
    def deliberate(self) -> bool:
        """Whether somebody gave the command that made the role what it is in the record."""
        if self.open:
            return any(row.source is Source.CLI for row in self.open)
        ended = [row for row in self.rows if row.until is not None]
        return bool(ended) and max(ended, key=lambda row: (row.until, row.id)).ended_source is (
            Source.CLI
        )


def rows_of(assignments: Sequence[Assignment], role: RoleKey) -> RoleRows:
    """Pick the intervals of one role."""
    return RoleRows(role=role, rows=tuple(row for row in assignments if row.role == role))
