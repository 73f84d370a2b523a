"""Everything that one sync of one incident with one target would do, decided beforehand."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from dd_incident_roles.model import Assignment
from dd_incident_roles.sync.changes import GiveRole, Handover, RemoteChange, TakeRole
from dd_incident_roles.sync.effects import LocalEffect, Pulled
from dd_incident_roles.sync.ports import Reading
from dd_incident_roles.sync.standing import RoleStanding
from dd_incident_roles.sync.state import Close, Edit, IncidentState, Open


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """A plan: edits to the record, writes to the target, and how each role stands.

    ``removals`` counts what would disappear on either side, out of ``linked`` items that both sides
    had agreed on.
    """

    reading: Reading
    state: IncidentState
    edits: tuple[Edit, ...] = ()
    effects: tuple[LocalEffect, ...] = ()
    writes: tuple[RemoteChange, ...] = ()
    standings: tuple[RoleStanding, ...] = ()
    notices: tuple[str, ...] = ()
    linked: int = 0

    @property
    def removals(self) -> int:
        """How many holders would disappear, on either side, without anybody in their place."""
        return sum(_removes(write) for write in self.writes) + sum(
            isinstance(effect, Pulled) and effect.after is None for effect in self.effects
        )

    @property
    def moves_assignments(self) -> bool:
        """Whether the edits begin or end an interval."""
        return any(isinstance(edit, Open | Close) for edit in self.edits)


def _removes(write: RemoteChange) -> bool:
    match write:
        case TakeRole():
            return True
        case Handover(after=None):
            return True
        case _:
            return False


def in_order(writes: Sequence[RemoteChange]) -> tuple[RemoteChange, ...]:
    """Put writes in the order in which being cut off does the least harm: additions first."""
    return tuple(sorted(writes, key=_rank))


def _rank(write: RemoteChange) -> tuple[int, str]:
    match write:
        case GiveRole() | Handover(after=str()):
            return (1, repr(write.item))
        case TakeRole() | Handover():
            return (2, repr(write.item))
        case _:
            return (0, repr(write.item))


def replay(assignments: Sequence[Assignment], edits: Sequence[Edit]) -> tuple[Assignment, ...]:
    """Show what the assignments would be once the edits were committed."""
    rows = {assignment.id: assignment for assignment in assignments}
    for edit in edits:
        match edit:
            case Open(assignment=assignment):
                rows[assignment.id] = assignment
            case Close():
                rows[edit.assignment_id] = replace(
                    rows[edit.assignment_id],
                    until=edit.until,
                    ended_by=edit.ended_by,
                    ended_source=edit.ended_source,
                )
            case _:
                pass
    return tuple(rows.values())
