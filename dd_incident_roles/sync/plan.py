"""Everything that one sync of one incident with one target would do, decided beforehand."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace

from dd_incident_roles.model import Assignment
from dd_incident_roles.sync.changes import GiveRole, Handover, RemoteChange, RoleChange, TakeRole
from dd_incident_roles.sync.effects import LocalEffect, Pulled
from dd_incident_roles.sync.entries.entry_plan import EntryPlan
from dd_incident_roles.sync.ports import Reading
from dd_incident_roles.sync.standing import RoleStanding
from dd_incident_roles.sync.state import Close, Edit, IncidentState, Moving, Open


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """A plan: edits to the record, writes to the target, and how each role stands.

    ``removals`` counts what would disappear on either side, out of ``linked`` items that both sides
    had agreed on. ``timeline`` is the part about entries; roles are carried out before it.
    """

    reading: Reading
    state: IncidentState
    edits: tuple[Edit, ...] = ()
    effects: tuple[LocalEffect, ...] = ()
    writes: tuple[RoleChange, ...] = ()
    standings: tuple[RoleStanding, ...] = ()
    notices: tuple[str, ...] = ()
    linked: int = 0
    timeline: EntryPlan = field(default_factory=EntryPlan)

    @property
    def removals(self) -> int:
        """How many holders would disappear, on either side, without anybody in their place."""
        return sum(_removes(write) for write in self.writes) + sum(
            isinstance(effect, Pulled) and effect.after is None for effect in self.effects
        )

    @property
    def every_edit(self) -> tuple[Edit, ...]:
        """What changes in the record, as one transaction."""
        return (*self.edits, *self.timeline.edits)

    @property
    def every_write(self) -> tuple[RemoteChange, ...]:
        """What is written to the target, in order: a role before the entries that tell of it."""
        return (*self.writes, *self.timeline.writes)

    @property
    def moves_the_record(self) -> bool:
        """Whether the edits change what people see here, and not only what was agreed."""
        return any(isinstance(edit, Moving) for edit in self.every_edit)


def _removes(write: RoleChange) -> bool:
    match write:
        case TakeRole():
            return True
        case Handover(after=None):
            return True
        case _:
            return False


def in_order(writes: Sequence[RoleChange]) -> tuple[RoleChange, ...]:
    """Put writes in the order in which being cut off does the least harm: additions first."""
    return tuple(sorted(writes, key=_rank))


def _rank(write: RoleChange) -> tuple[int, str]:
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
