"""Everything that one sync of one incident with one target would do, decided beforehand."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime

from dd_incident_roles.model import IncidentId
from dd_incident_roles.sync.changes import GiveRole, Handover, RemoteChange, RoleChange, TakeRole
from dd_incident_roles.sync.effects import LocalEffect
from dd_incident_roles.sync.entries.entry_plan import EntryPlan
from dd_incident_roles.sync.ports import Reading
from dd_incident_roles.sync.standing import RoleStanding
from dd_incident_roles.sync.state import (
    Edit,
    EntryLink,
    IncidentState,
    Link,
    Moving,
    Put,
    RefusedWrite,
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Refusal:
    """What the guard held back of a plan and why, and what to type if it is meant.

    ``by_itself`` is when it is let through without that, if it stays so until then.
    """

    incident_id: IncidentId
    public_id: int
    reason: str
    flag: str
    by_itself: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """A plan: edits to the record, writes to the target, and how each role stands.

    ``linked`` is how many items both sides had agreed on. ``timeline`` is the part about entries;
    roles are carried out before it. ``refused`` are writes that are still wanted and were declined
    before; most of them rest. ``refusal`` tells what the guard took out of the plan.
    """

    reading: Reading
    state: IncidentState
    edits: tuple[Edit, ...] = ()
    effects: tuple[LocalEffect, ...] = ()
    writes: tuple[RoleChange, ...] = ()
    standings: tuple[RoleStanding, ...] = ()
    notices: tuple[str, ...] = ()
    linked: int = 0
    refused: tuple[RefusedWrite, ...] = ()
    timeline: EntryPlan = field(default_factory=EntryPlan)
    refusal: Refusal | None = None

    @property
    def every_edit(self) -> tuple[Edit, ...]:
        """What changes in the record, as one transaction."""
        return (*self.edits, *self.timeline.edits)

    @property
    def every_write(self) -> tuple[RemoteChange, ...]:
        """What is written to the target, in order: a role before the entries that tell of it."""
        return (*self.writes, *self.timeline.writes)

    @property
    def sightings(self) -> tuple[Edit, ...]:
        """The edits that only note that something linked is missing, or that it is back.

        Whoever reads without syncing commits these alone: theirs is one of the two looks that an
        absence needs.
        """
        known = {link.item: link for link in self.state.links}
        entries = {link.key: link for link in self.state.timeline.links}
        return tuple(
            edit
            for edit in self.every_edit
            if isinstance(edit, Put)
            and (
                (isinstance(edit.row, Link) and _is_sighting(known.get(edit.row.item), edit.row))
                or (
                    isinstance(edit.row, EntryLink)
                    and (link := entries.get(edit.row.key)) is not None
                    and link != edit.row
                    and replace(link, missing_since=edit.row.missing_since) == edit.row
                )
            )
        )

    @property
    def moves_the_record(self) -> bool:
        """Whether the edits change what people see here, and not only what was agreed."""
        return any(isinstance(edit, Moving) for edit in self.every_edit)


def _is_sighting(known: Link | None, link: Link) -> bool:
    if known is None:
        return False
    same = (known.holder, known.via) == (link.holder, link.via)
    return same and known.missing_since != link.missing_since


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
