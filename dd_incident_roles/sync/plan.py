"""The plan: everything that one sync of one incident with one target would do."""

from __future__ import annotations

from collections.abc import Callable, Collection
from dataclasses import field, replace
from datetime import datetime, timedelta
from enum import StrEnum

from dd_incident_roles.model import Assignment, Entry, IncidentId, PersonKey, RoleKey
from dd_incident_roles.roles.ledger import Devise, Locate
from dd_incident_roles.sync import targets
from dd_incident_roles.sync.state import (
    Edit,
    EntryLink,
    IncidentState,
    Intent,
    Key,
    Link,
    Put,
    RefusedWrite,
    Restore,
    Row,
    key_of,
)
from dd_incident_roles.values import frozen


@frozen
class PlanOptions:
    """When the plan is made, and how long something must be missing before that is believed.

    ``new_id`` makes the id of a new interval.
    ``explicitly_set_roles`` are those of which a person is saying right now who holds them;
    ``retry_refused`` says that a person wants what was declined to be sent again. The record
    ``is_current`` where it was compared with Datadog just now.
    """

    now: datetime
    grace: timedelta
    new_id: Callable[[], str]
    explicitly_set_roles: frozenset[RoleKey] = frozenset()
    retry_refused: bool = False
    is_current: bool = True

    def noted(self, missing_since: datetime | None) -> datetime | None:
        """Since when something is missing; a time in the future does not count.

        The clock was set back after it was made, so that it is made again.
        """
        return missing_since if missing_since and missing_since <= self.now else None

    def believes_absence(self, missing_since: datetime | None) -> bool:
        """Whether a listing of at least the grace ago lacked the item too."""
        first = self.noted(missing_since)
        return first is not None and self.now - first >= self.grace

    def is_since(self, began: datetime, missing_since: datetime | None) -> bool:
        """Whether something began after it was first missed, and not only by a clock set back."""
        return missing_since is not None and missing_since < began <= self.now

    def is_settled(self, since: datetime, *, graces: int = 1) -> bool:
        """Whether what was done at a moment is old enough to be in every listing.

        One in the future was noted by a clock that was ahead, and is as far off as it lies.
        """
        # Both readings of one clock: the clocks of two hosts are never compared.
        return abs(self.now - since) >= self.grace * graces

    def knows_fate(self, intents: Collection[Intent]) -> bool:
        """Whether the newest unconfirmed write is old enough to be in every listing."""
        return all(self.is_settled(intent.since) for intent in intents)


class SyncState(StrEnum):
    """The state of a role once the record has taken in what the target shows.

    PENDING is what the target still has to learn, or what it may have lost.
    """

    IN_SYNC = "in_sync"
    PENDING = "pending"
    NOT_SUPPORTED = "not_supported"
    CONFLICT = "conflict"


@frozen
class RoleState:
    """The state of one role; ``doubted`` are holders that the target no longer shows."""

    role: RoleKey
    state: SyncState
    reason: str | None = None
    doubted: frozenset[PersonKey] = frozenset()
    overheld: frozenset[PersonKey] = frozenset()


@frozen
class Pulled:
    """The record takes over what the target shows: who held the role, and who holds it now."""

    role: RoleKey
    before: PersonKey | None
    after: PersonKey | None


@frozen
class Linked:
    """Both sides already had the same holder, which becomes the base."""

    role: RoleKey
    holder: PersonKey


@frozen
class Clashed:
    """Both sides chose a different holder; the target's choice counts, and ours is kept."""

    role: RoleKey
    wanted: PersonKey
    standing: PersonKey


RoleEffect = Pulled | Linked | Clashed
"""One change to the roles of the record, as a report shows it."""


class EntryNews(StrEnum):
    """What happened to an entry of the record."""

    CREATED = "create"
    UPDATED = "update"
    DELETED = "delete"
    LINKED = "link"


@frozen
class EntryEffect:
    """One entry that the record takes over from the target, or learns to be on both sides."""

    news: EntryNews
    entry: Entry


@frozen
class KeptBoth:
    """Both sides changed an entry: theirs keeps its place, ours becomes a new entry."""

    theirs: Entry
    ours: Entry


@frozen
class Corrected:
    """Another author's entry was changed here: theirs stays, and ours is a note about it."""

    theirs: Entry
    note: Entry


TimelineEffect = EntryEffect | KeptBoth | Corrected
"""One change to the record's timeline."""


@frozen
class RolePlan:
    """The part of a plan that one role contributes, or one member of it without a state."""

    role_state: RoleState | None = None
    edits: tuple[Edit, ...] = ()
    effects: tuple[RoleEffect, ...] = ()
    writes: tuple[targets.RoleChange, ...] = ()
    notices: tuple[str, ...] = ()


@frozen
class EntryPlan:
    """The part of a plan that one entry, or all of them together, contributes."""

    edits: tuple[Edit, ...] = ()
    effects: tuple[TimelineEffect, ...] = ()
    writes: tuple[targets.EntryChange, ...] = ()
    notices: tuple[str, ...] = ()


@frozen
class GuardRefusal:
    """What the guard held back of a plan and why, and what to type to allow it.

    ``by_itself`` is when it is let through without that, if it stays so until then.
    """

    incident_id: IncidentId
    public_id: int
    reason: str
    flag: str
    by_itself: datetime | None = None


@frozen
class Plan:
    """A plan: edits to the record, writes to the target, and the state of each role.

    ``linked`` is how many items both sides had agreed on. ``shows`` are writes of registers, and
    ``timeline`` is the part about entries; roles are carried out before both. ``refused`` are
    writes that are still wanted and were declined before; most of them rest. ``refusal`` tells what
    the guard took out of the plan.
    """

    reading: targets.Reading
    state: IncidentState
    edits: tuple[Edit, ...] = ()
    effects: tuple[RoleEffect, ...] = ()
    writes: tuple[targets.RoleChange, ...] = ()
    role_states: tuple[RoleState, ...] = ()
    notices: tuple[str, ...] = ()
    linked: int = 0
    refused: tuple[RefusedWrite, ...] = ()
    shows: tuple[targets.Show, ...] = ()
    timeline: EntryPlan = field(default_factory=EntryPlan)
    refusal: GuardRefusal | None = None

    @property
    def every_edit(self) -> tuple[Edit, ...]:
        """What changes in the record, as one transaction."""
        return (*self.edits, *self.timeline.edits)

    @property
    def every_write(self) -> tuple[targets.RemoteChange, ...]:
        """What is written to the target, in order: a role before the entries about it."""
        return (*self.writes, *self.shows, *self.timeline.writes)

    @property
    def learned(self) -> tuple[Edit, ...]:
        """The edits that bring in what other records stated, which a reading command commits.

        Intervals are not among them: they go with what the target shows of the role.
        """
        return tuple(
            edit
            for edit in self.edits
            if isinstance(edit, Devise | Locate)
            or (isinstance(edit, Restore) and not isinstance(edit.row, Assignment))
        )

    @property
    def absence_notes(self) -> tuple[Edit, ...]:
        """The edits that only note that something linked is missing, or that it is back.

        A command that only reads commits these alone: its reading is one of the two that an absence
        needs.
        """
        known: dict[Key, Row] = {link.item: link for link in self.state.links}
        known |= {link.key: link for link in self.state.timeline.links}
        return tuple(
            edit
            for edit in self.every_edit
            if isinstance(edit, Put) and _notes_absence(known.get(key_of(edit.row)), edit.row)
        )


def _notes_absence(known: Row | None, row: Row) -> bool:
    match known, row:
        case Link(), Link():
            same = (known.holder, known.via) == (row.holder, row.via)
        case EntryLink(), EntryLink():
            same = replace(known, missing_since=row.missing_since) == row
        case _:
            return False
    return same and known.missing_since != row.missing_since
