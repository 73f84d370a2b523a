"""Folding our entries into what they tell: the same for any order in which they arrive."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import replace
from datetime import datetime

from dd_incident_roles.model import (
    NOTE,
    Assignment,
    Entry,
    EntryKey,
    IncidentId,
    PersonKey,
    RoleKey,
    Source,
)
from dd_incident_roles.roles.statements import (
    Correct,
    Correction,
    Decide,
    Devise,
    DevisedRole,
    Handoff,
    HandoffOutcome,
    Locate,
    PlaceLink,
    Propose,
)
from dd_incident_roles.sync.entries.log import EntryStatement, RoleChanged, RoleHolder, read_line
from dd_incident_roles.sync.entries.tag import without_tag
from dd_incident_roles.values import frozen


@frozen
class Heard:
    """One thing that an entry says, and who wrote the entry.

    ``author`` is the person who wrote it by the target's word; None where our own account did, or
    one of no person, or nobody knows.
    """

    key: EntryKey
    said: EntryStatement
    author: PersonKey | None

    @property
    def order(self) -> tuple[datetime, EntryKey]:
        """By when it was said; of one moment by the key, so that every record has one order."""
        return _stated_at(self.said), self.key


@frozen
class End:
    """That somebody gave up a role that no entry gave them: they got it in the target."""

    role: RoleKey
    place: RoleHolder
    at: datetime
    by: str


@frozen
class Picture:
    """What the entries of one incident tell, in the order in which it was said."""

    assignments: tuple[Assignment, ...] = ()
    ends: tuple[End, ...] = ()
    handoffs: tuple[Handoff, ...] = ()
    corrections: tuple[Correction, ...] = ()
    devised: tuple[DevisedRole, ...] = ()
    places: tuple[PlaceLink, ...] = ()


ASSIGNEE = "assignee:"
"""How the author of a change begins that somebody made by assigning the incident issue."""


def source_of(by: str) -> Source:
    """Where somebody stated a change, by how the record names its author."""
    return Source.ISSUE if by.startswith(ASSIGNEE) else Source.CLI


def heard_in(entries: Iterable[Entry], incident: IncidentId) -> tuple[Heard, ...]:
    """What the entries of an incident say for programs, each thing once, in order.

    An entry that the target made itself says nothing, whatever its text is like. Of two that share
    a key in the footer our own comes first, else the older one.
    """
    heard: dict[EntryKey, tuple[bool, datetime, EntryKey, Heard]] = {}
    for entry in entries:
        found = _heard(entry, incident)
        if found is None or entry.deleted_at is not None:
            continue
        place = (found.author is not None, entry.created, entry.key)
        known = heard.get(found.key)
        if known is None or place < known[:3]:
            heard[found.key] = (*place, found)
    return tuple(sorted((each[3] for each in heard.values()), key=lambda each: each.order))


def _heard(entry: Entry, incident: IncidentId) -> Heard | None:
    if entry.statement is not None:
        said = read_line(entry.statement, entry.key, entry.text, incident)
        return Heard(key=entry.key, said=said, author=None) if said else None
    if entry.kind != NOTE:
        return None
    # The entry of another account: its footer is part of its text.
    tagged = without_tag(entry.text)
    if tagged.key is None or tagged.statement is None:
        return None
    said = read_line(tagged.statement, tagged.key, tagged.text, incident)
    return Heard(key=tagged.key, said=said, author=entry.written_by) if said else None


def _stated_at(said: EntryStatement) -> datetime:
    match said:
        case Propose(handoff=handoff):
            return handoff.proposed
        case Devise(role=role):
            return role.devised
        case Locate(place=place):
            return place.stated
        case Correct(correction=correction):
            return correction.recorded
        case RoleChanged(at=at) | Decide(at=at):
            return at


def fold(heard: Iterable[Heard]) -> Picture:
    """What was said, put together; any order and any repetition of ``heard`` gives the same."""
    ordered = sorted({each.key: each for each in heard}.values(), key=lambda each: each.order)
    intervals: dict[str, Assignment] = {}
    handoffs: dict[str, Handoff] = {}
    devised: dict[RoleKey, DevisedRole] = {}
    places: dict[str, PlaceLink] = {}
    corrections: list[Correction] = []
    ends: list[End] = []
    for each in ordered:
        match each.said:
            case RoleChanged():
                ends.extend(_change_role(intervals, each.said))
                _answer_by_change(handoffs, each, each.said)
            case Propose(handoff=proposed):
                lines: set[str | None] = {proposed.stream}
                by = proposed.proposed_by
                _supersede(handoffs, proposed.role, lines, at=proposed.proposed, by=by)
                handoffs[proposed.id] = proposed
            case Decide():
                _answer(handoffs, each, each.said)
            case Devise(role=role):
                devised[role.key] = role
                if role.is_dropped:
                    lines = {each.stream for each in handoffs.values()}
                    _supersede(handoffs, role.key, lines, at=role.devised, by=role.devised_by)
            case Correct(correction=correction):
                corrections.append(correction)
            case Locate(place=place):
                places[place.target] = place
    return Picture(
        assignments=tuple(intervals.values()),
        ends=tuple(ends),
        handoffs=tuple(handoffs.values()),
        corrections=tuple(corrections),
        devised=tuple(devised.values()),
        places=tuple(places.values()),
    )


def _change_role(intervals: dict[str, Assignment], said: RoleChanged) -> list[End]:
    """Change the intervals; returns the ends of those that began by no entry."""
    held = [row for row in intervals.values() if row.is_open and row.role == said.role]
    for row in held:
        if RoleHolder(person=row.person, stream=row.stream) in said.ended:
            until = max(said.at, row.since)
            source = source_of(said.by)
            intervals[row.id] = replace(row, until=until, ended_by=said.by, ended_source=source)
    known = {RoleHolder(person=row.person, stream=row.stream) for row in held}
    ends = [
        End(role=said.role, place=each, at=said.at, by=said.by)
        for each in said.ended
        if each not in known
    ]
    if said.person is None or said.interval is None or said.interval in intervals:
        return ends
    still = {(row.person, row.stream) for row in intervals.values() if row in held and row.is_open}
    # Two people can give one role to one person at the same time: it is held once.
    if (said.person, said.stream) not in still:
        intervals[said.interval] = Assignment(
            id=said.interval,
            role=said.role,
            stream=said.stream,
            person=said.person,
            since=said.at,
            until=None,
            set_by=said.by,
            source=source_of(said.by),
        )
    return ends


def _answer_by_change(handoffs: dict[str, Handoff], heard: Heard, said: RoleChanged) -> None:
    """A change of the role ends what was proposed: accepted by its receiver, else superseded."""
    asked = handoffs.get(said.handoff or "")
    if asked and asked.is_open and _may_speak(heard, (asked.receiver,)):
        handoffs[asked.id] = _ended(asked, HandoffOutcome.ACCEPTED, at=said.at, by=said.by)
    streams = {said.stream, *(each.stream for each in said.ended)}
    _supersede(handoffs, said.role, streams, at=said.at, by=said.by)


def _answer(handoffs: dict[str, Handoff], heard: Heard, said: Decide) -> None:
    asked = handoffs.get(said.handoff_id)
    if asked is None or not asked.is_open:
        return
    withdraws = said.outcome is HandoffOutcome.WITHDRAWN
    givers = tuple(each for each in (asked.giver, PersonKey(asked.proposed_by)) if each)
    if _may_speak(heard, givers if withdraws else (asked.receiver,)):
        handoffs[asked.id] = _ended(asked, said.outcome, at=said.at, by=said.by)


def _may_speak(heard: Heard, people: Collection[PersonKey]) -> bool:
    """Whether an answer is from one of these people, as far as the target says who wrote it."""
    return heard.author is None or heard.author in people


def _supersede(
    handoffs: dict[str, Handoff],
    role: RoleKey,
    streams: Collection[str | None],
    *,
    at: datetime,
    by: str,
) -> None:
    for each in tuple(handoffs.values()):
        if each.is_open and each.role == role and each.stream in streams:
            handoffs[each.id] = _ended(each, HandoffOutcome.SUPERSEDED, at=at, by=by)


def _ended(handoff: Handoff, outcome: HandoffOutcome, *, at: datetime, by: str) -> Handoff:
    return replace(handoff, outcome=outcome, decided=at, decided_by=by)
