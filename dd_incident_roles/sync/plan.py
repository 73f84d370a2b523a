"""The plan of one sync of one incident with one target, and the result of carrying it out."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Collection, Mapping
from dataclasses import field, replace
from datetime import datetime, timedelta
from enum import StrEnum
from types import MappingProxyType

from dd_incident_roles.errors import DatadogError, IncidentRolesError, TargetError
from dd_incident_roles.model import (
    Assignment,
    Entry,
    Incident,
    IncidentId,
    Person,
    PersonKey,
    RoleKey,
)
from dd_incident_roles.roles.ledger import Devise, Locate
from dd_incident_roles.sync import targets
from dd_incident_roles.sync.state import (
    Conflict,
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
        """Whether all unconfirmed writes are old enough to be in every listing."""
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


HELD_BACK = 4
"""The exit code if the guard held something back and everything else was done."""


@frozen
class Failure:
    """Something that could not be read or written, about one incident."""

    error: IncidentRolesError
    ambiguous: bool = False

    @property
    def declined(self) -> bool:
        """Whether a write was refused, so that sending it again at once is useless."""
        return isinstance(self.error, TargetError) and self.error.declines_write


@frozen
class IncidentResult:
    """What one sync did with one incident; in a dry run, what it would do.

    ``refused_writes`` are those that the target declined, now or earlier, and that are still
    wanted. ``unshared`` is why no entry of it reaches another record, if none does. ``place`` is
    what people call the issue or room that it is about, and ``url`` its page; None of Datadog.
    ``left_since`` is when it was last read, where it was left unread because nothing moved since.
    """

    incident_id: IncidentId
    target: str
    incident: Incident | None = None
    people: Mapping[PersonKey, Person] = field(default_factory=lambda: MappingProxyType({}))
    effects: tuple[RoleEffect, ...] = ()
    timeline_effects: tuple[TimelineEffect, ...] = ()
    writes: tuple[targets.RemoteChange, ...] = ()
    conflicts: tuple[Conflict, ...] = ()
    refused_writes: tuple[RefusedWrite, ...] = ()
    notices: tuple[str, ...] = ()
    failures: tuple[Failure, ...] = ()
    refusal: GuardRefusal | None = None
    role_states: tuple[RoleState, ...] = ()
    unshared: str | None = None
    place: str | None = None
    url: str | None = None
    left_since: datetime | None = None

    def followed_by(self, later: IncidentResult) -> IncidentResult:
        """What two syncs of one incident with one target did, one after the other."""
        return replace(
            later,
            effects=(*self.effects, *later.effects),
            timeline_effects=(*self.timeline_effects, *later.timeline_effects),
            writes=(*self.writes, *later.writes),
            notices=tuple(dict.fromkeys((*self.notices, *later.notices))),
            failures=(*self.failures, *later.failures),
            refusal=later.refusal or self.refusal,
        )


@frozen
class SyncResult:
    """What one run did, incident by incident, and how many ``requests`` it sent, by method.

    ``stopped_by`` is why it did not come to look at any.
    """

    dry_run: bool
    incidents: tuple[IncidentResult, ...]
    requests: Mapping[str, int] = field(default_factory=lambda: MappingProxyType({}))
    place_requests: Mapping[str, Mapping[str, int]] = field(
        default_factory=lambda: MappingProxyType({})
    )
    stopped_by: DatadogError | None = None

    @property
    def refused(self) -> tuple[GuardRefusal, ...]:
        """What the guard held back, one for each incident."""
        return tuple(result.refusal for result in self.incidents if result.refusal)

    @property
    def exit_code(self) -> int:
        """0 when all is done, 3 when something is missing, 4 when the guard held something back."""
        if self.stopped_by:
            return self.stopped_by.exit_code
        # What is missing outweighs what was held back: the next run may complete it.
        if any(result.failures for result in self.incidents):
            return 3
        return HELD_BACK if self.refused else 0

    @property
    def failed(self) -> Mapping[str, int]:
        """How much could not be read or written, by system and kind of error."""
        failed = Counter(
            f"{each.target} {type(failure.error).__name__}"
            for each in self.incidents
            for failure in each.failures
        )
        if self.stopped_by:
            failed[f"datadog {type(self.stopped_by).__name__}"] += 1
        return failed


@frozen
class PastRun:
    """What is known of a run over everything once it is over.

    ``failures`` says how much could not be read or written, by system and kind of error.
    """

    began: datetime
    finished: datetime
    exit_code: int
    incidents: int
    failures: Mapping[str, int] = field(default_factory=lambda: MappingProxyType({}))

    @property
    def is_complete(self) -> bool:
        """Whether all was read and written that may be: what the guard held back may not."""
        return self.exit_code in {0, HELD_BACK}


@frozen
class OpenEnds:
    """What of a record is not settled, in the incidents that Datadog still shows.

    ``waiting`` are incidents in which something is to be carried to Datadog, ``in_doubt`` counts
    writes of which nobody knows whether they were made, ``refused`` names the incidents with writes
    that were declined, by system, and ``conflicts`` counts what a person has to settle.
    """

    waiting: tuple[IncidentId, ...] = ()
    in_doubt: int = 0
    refused: tuple[tuple[str, IncidentId], ...] = ()
    conflicts: int = 0
