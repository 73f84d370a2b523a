"""What the record knows about one incident and one target, and the edits that change it."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum

from dd_incident_roles.model import Assignment, EntryKey, PersonKey, RoleKey, Source
from dd_incident_roles.sync.devised import Devise, DevisedRole
from dd_incident_roles.sync.entries.state import ArchiveEntry, EntryEdit, EntryState, PutEntry
from dd_incident_roles.sync.handoff import Decide, Handoff, Propose
from dd_incident_roles.sync.past import Correct, Correction


@dataclass(frozen=True, slots=True, order=True)
class Seat:
    """A role that one person at a time can hold: a register whose value is a person or nobody."""

    role: RoleKey


@dataclass(frozen=True, slots=True, order=True)
class Membership:
    """One person's share in a role that several may hold: a bit that is set or not."""

    role: RoleKey
    person: PersonKey


@dataclass(frozen=True, slots=True, order=True)
class Presence:
    """That a person is among the incident's responders in the target."""

    person: PersonKey


@dataclass(frozen=True, slots=True)
class Former:
    """That a person was shown in a role of the target until it changed a moment ago."""

    role: RoleKey
    person: PersonKey


Item = Seat | Membership | Presence | Former
"""What is compared between the record and a target, one at a time."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Link:
    """A base row: what both sides last agreed on for one item.

    ``holder`` is the agreed holder of a Seat, where None means that both sides saw it empty; a
    Membership or Presence that both sides have carries its own person. ``via`` is the way in which
    the target showed it; a base that was seen another way says nothing about an absence.
    ``missing_since`` is when a complete listing first lacked it.
    """

    item: Item
    holder: PersonKey | None
    via: str
    remote_id: str | None = None
    missing_since: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Intent:
    """A write that was about to be made; it stays until a listing shows what became of it.

    ``holder`` is who the item would show afterwards: None for an emptied Seat or a Membership taken
    away. An item can have several: each attempt adds one, and only linking clears them.
    """

    item: Item
    holder: PersonKey | None
    since: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Conflict:
    """A single-holder role that was changed on both sides; the target's holder stands.

    ``wanted`` is the record's holder that gave way, None if the record had emptied the role.
    """

    role: RoleKey
    wanted: PersonKey | None
    standing: PersonKey | None
    since: datetime


class Attempt(StrEnum):
    """What a write was to do, in the words of the reports."""

    ASSIGN = "assign"
    UNASSIGN = "unassign"
    CREATE = "create"
    UPDATE = "update"
    DELETE = "delete"


FIRST_REST = timedelta(hours=1)
LONGEST_REST = timedelta(hours=24)


def rest_after(tries: int) -> timedelta:
    """How long something rests that was tried in vain: an hour, doubling up to a day."""
    doubled: int = 2 ** min(max(tries, 1) - 1, 10)
    return min(LONGEST_REST, FIRST_REST * doubled)


@dataclass(frozen=True, slots=True, kw_only=True)
class RefusedWrite:
    """A write that the target declined, which rests until something about it changes.

    ``about`` names what it was about, and ``fingerprint`` is of what was wanted and what the target
    showed of it. ``role`` is None where it was about an entry, or about a mere responder.
    """

    about: str
    fingerprint: str
    attempt: Attempt
    reason: str
    hint: str | None
    first: datetime
    last: datetime
    tries: int
    role: RoleKey | None = None
    person: PersonKey | None = None
    entry: EntryKey | None = None

    @property
    def next_try(self) -> datetime:
        """When it is sent again although nothing changed."""
        return self.last + rest_after(self.tries)

    def rests(self, now: datetime) -> bool:
        """Whether it is too early for another try; one in the future is no reason to wait."""
        return self.last <= now < self.next_try


@dataclass(frozen=True, slots=True, kw_only=True)
class IncidentState:
    """Everything the record holds about one incident and one target, read at one moment.

    ``version`` moves with every change to the assignments or the entries and with every statement;
    an edit that names an older version is refused, so that a change made meanwhile is never
    overwritten. Handoffs, corrections and devised roles are the same for every target.
    """

    version: int
    assignments: tuple[Assignment, ...] = ()
    links: tuple[Link, ...] = ()
    intents: tuple[Intent, ...] = ()
    conflicts: tuple[Conflict, ...] = ()
    refused: tuple[RefusedWrite, ...] = ()
    timeline: EntryState = field(default_factory=EntryState)
    handoffs: tuple[Handoff, ...] = ()
    corrections: tuple[Correction, ...] = ()
    devised: tuple[DevisedRole, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Open:
    """Begin an interval."""

    assignment: Assignment


@dataclass(frozen=True, slots=True, kw_only=True)
class Close:
    """End an open interval, named by its id, at an instant."""

    assignment_id: str
    until: datetime
    ended_by: str
    ended_source: Source


@dataclass(frozen=True, slots=True, kw_only=True)
class PutLink:
    """Write a base row, replacing the one of the same item."""

    link: Link


@dataclass(frozen=True, slots=True, kw_only=True)
class DropLink:
    """Forget the base row of an item."""

    item: Item


@dataclass(frozen=True, slots=True, kw_only=True)
class PutIntent:
    """Note a write that is about to be made; a second note of the same write changes nothing."""

    intent: Intent


@dataclass(frozen=True, slots=True, kw_only=True)
class ClearIntents:
    """Forget every intent of an item: it is known what became of them."""

    item: Item


@dataclass(frozen=True, slots=True, kw_only=True)
class PutConflict:
    """Keep a conflict, replacing the one of the same role."""

    conflict: Conflict


@dataclass(frozen=True, slots=True, kw_only=True)
class SettleConflict:
    """Forget the conflict of a role: somebody decided."""

    role: RoleKey


@dataclass(frozen=True, slots=True, kw_only=True)
class PutRefused:
    """Remember that the target declined a write, in place of what was about the same."""

    refused: RefusedWrite


@dataclass(frozen=True, slots=True, kw_only=True)
class DropRefused:
    """Forget a declined write: nobody wants it any more, or it is in place."""

    about: str


RoleEdit = (
    Open
    | Close
    | PutLink
    | DropLink
    | PutIntent
    | ClearIntents
    | PutConflict
    | SettleConflict
    | PutRefused
    | DropRefused
)
"""One change to the record about roles, or about a write that was declined."""

Statement = Propose | Decide | Correct | Devise
"""One thing that somebody states about roles beside who holds them."""

Edit = RoleEdit | EntryEdit | Statement
"""One change to the record; a sequence of edits is committed whole or not at all."""

Moving = Open | Close | PutEntry | ArchiveEntry | Statement
"""The edits that move the version: what people see here changes, and not only what was agreed."""
