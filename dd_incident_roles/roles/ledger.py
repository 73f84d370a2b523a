"""What the record holds of roles: intervals, statements beside them, and changes to both.

A statement is a handoff, a correction of the past, a role devised for the incident, or a place
where it is shown.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from enum import StrEnum

from dd_incident_roles.model import Assignment, PersonKey, RoleKey, Source
from dd_incident_roles.values import frozen

MOST_AHEAD = timedelta(hours=1)
"""How far ahead a change is followed by the next one; further off, a clock was wrong."""


@frozen
class Origin:
    """Who changes who holds a role, when and from where; ``new_id`` names what begins."""

    now: datetime
    by: str
    source: Source
    new_id: Callable[[], str]


@frozen
class Open:
    """Begin an interval."""

    assignment: Assignment


@frozen
class Close:
    """End an open interval, named by its id, at an instant."""

    assignment_id: str
    until: datetime
    ended_by: str
    ended_source: Source

    def applied_to(self, row: Assignment) -> Assignment:
        """The interval as it then is."""
        by, source = self.ended_by, self.ended_source
        return replace(row, until=self.until, ended_by=by, ended_source=source)


@frozen
class LedgerChange:
    """The edits that a command asks for, and the open intervals of the role before and after.

    ``ended`` are the intervals that the edits close, as they then are; ``begun`` is the one that
    they open, if any.
    """

    edits: tuple[Close | Open, ...]
    before: tuple[Assignment, ...]
    after: tuple[Assignment, ...]
    ended: tuple[Assignment, ...]
    begun: Assignment | None

    @property
    def is_empty(self) -> bool:
        """Whether the record already says what the command asks for."""
        return not self.edits


def holders(assignments: Sequence[Assignment], role: RoleKey) -> tuple[PersonKey, ...]:
    """Who holds a role now; each person once, the longest holder first."""
    return tuple(dict.fromkeys(row.person for row in open_holdings(assignments, role)))


def open_holdings(assignments: Sequence[Assignment], role: RoleKey) -> tuple[Assignment, ...]:
    """The intervals of a role that last, oldest first."""
    return _oldest_first(row for row in assignments if row.role == role and row.is_open)


def streams_in_order(streams: Iterable[str | None]) -> list[str | None]:
    """Streams of a role, each once, behind the role as a whole; that alone where there are none."""
    return sorted(set(streams), key=lambda name: (name is not None, name or "")) or [None]


def replace_holdings(
    before: Sequence[Assignment],
    leaving: Sequence[Assignment],
    begun: Assignment | None,
    *,
    at: datetime,
    ended_by: str,
    ended_source: Source,
) -> LedgerChange:
    """Put into edits that some open intervals end at an instant, and that one begins."""
    closes = tuple(
        Close(
            assignment_id=row.id,
            # A beginning that is ahead of our clock must not make an interval of negative length.
            until=max(at, row.since),
            ended_by=ended_by,
            ended_source=ended_source,
        )
        for row in leaving
    )
    gone = {row.id for row in leaving}
    opened = [] if begun is None else [begun]
    return LedgerChange(
        edits=(*closes, *(Open(assignment=row) for row in opened)),
        before=tuple(before),
        after=_oldest_first([*(row for row in before if row.id not in gone), *opened]),
        ended=tuple(close.applied_to(row) for close, row in zip(closes, leaving, strict=True)),
        begun=begun,
    )


def instant_of_change(assignments: Sequence[Assignment], role: RoleKey, now: datetime) -> datetime:
    """When a change made now takes place: not before the last change to the role.

    A clock that is somewhat behind another writer's would otherwise make two intervals that
    overlap. What lies further ahead comes from a clock that was wrong, and is not waited for.
    """
    known = [row.until or row.since for row in assignments if row.role == role]
    return max([now, *(at for at in known if at <= now + MOST_AHEAD)])


def _oldest_first(rows: Iterable[Assignment]) -> tuple[Assignment, ...]:
    # All of the key, because many intervals begin at the instant of one command.
    return tuple(sorted(rows, key=lambda row: (row.since, row.stream or "", row.person, row.id)))


class HandoffOutcome(StrEnum):
    """How a proposed handoff ended; SUPERSEDED is by another change of the role."""

    ACCEPTED = "accepted"
    DECLINED = "declined"
    WITHDRAWN = "withdrawn"
    SUPERSEDED = "superseded"


@frozen
class Handoff:
    """That somebody was asked to take over a role; the giver holds it until they accept.

    ``giver`` is None where nobody held the role. ``outcome`` is None while nobody answered, be it
    before ``expires`` or after.
    """

    id: str
    role: RoleKey
    stream: str | None
    giver: PersonKey | None
    receiver: PersonKey
    proposed: datetime
    proposed_by: str
    expires: datetime
    note: str | None = None
    outcome: HandoffOutcome | None = None
    decided: datetime | None = None
    decided_by: str | None = None

    @property
    def is_open(self) -> bool:
        """Whether nobody answered yet."""
        return self.outcome is None


@frozen
class Correction:
    """Who really held a role in a stretch of the past, whatever was recorded of it.

    ``person`` is None where nobody did. Where two corrections speak of the same time, the one that
    was recorded later stands.
    """

    id: str
    role: RoleKey
    stream: str | None
    person: PersonKey | None
    since: datetime
    until: datetime
    reason: str
    set_by: str
    recorded: datetime


@frozen
class DevisedRole:
    """A role of one incident that the catalogue does not know.

    ``is_single`` says that one person at a time holds it. ``may_hold`` are the people who may, and
    nobody is left out where it is empty. ``until`` is when it lapses, None if it does not. One that
    is dropped lapses at the moment at which that is said, so that every reader of it knows.
    """

    key: RoleKey
    title: str
    is_single: bool
    devised: datetime
    devised_by: str
    summary: str = ""
    may_hold: tuple[PersonKey, ...] = ()
    until: datetime | None = None

    @property
    def is_dropped(self) -> bool:
        """Whether the incident does without it again; its key stays its own."""
        return self.until == self.devised


@frozen
class Propose:
    """Begin a handoff, which is open."""

    handoff: Handoff


@frozen
class Decide:
    """End an open handoff, named by its id."""

    handoff_id: str
    outcome: HandoffOutcome
    at: datetime
    by: str


@frozen
class Correct:
    """Add a correction."""

    correction: Correction


@frozen
class Devise:
    """Add a role to an incident, or change the one of the same key."""

    role: DevisedRole


@frozen
class PlaceLink:
    """Where an incident is shown beside Datadog: an issue, or a room of a chat.

    ``target`` is the system, such as ``github``, and ``where`` names the place there, such as
    ``github:owner/repo#12``; None where the incident is no longer shown there.
    """

    target: str
    where: str | None
    url: str | None
    stated: datetime
    stated_by: str


@frozen
class Locate:
    """Say where an incident is shown in a system, in place of what was said before."""

    place: PlaceLink


Statement = Propose | Decide | Correct | Devise | Locate
"""One thing that somebody states about an incident beside who holds its roles."""
