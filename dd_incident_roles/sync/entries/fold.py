"""Our entries folded into what they tell, and that brought into a record that lacks some of it.

Any order in which entries arrive gives the same. What the target shows of a role stays above it:
nobody holds a role because an entry says so where the target shows somebody else.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Sequence
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
from dd_incident_roles.roles.ledger import (
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
from dd_incident_roles.sync.entries.identity import without_tag
from dd_incident_roles.sync.entries.log import EntryStatement, RoleChanged, RoleHolder, read_line
from dd_incident_roles.sync.state import Edit, IncidentState, Restore
from dd_incident_roles.sync.targets import RoleListing
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
        # Without the last part, because what was heard has no order.
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


def restore(state: IncidentState, picture: Picture, listing: RoleListing) -> Iterator[Edit]:
    """The edits that bring the record to what the entries tell; none where it knows all of it."""
    newest = {role.key: role.devised for role in state.devised}
    for role in picture.devised:
        if role.key not in newest or newest[role.key] < role.devised:
            yield Devise(role=role)
    stated = {each.target: each.stated for each in state.places}
    for place in picture.places:
        if place.target not in stated or stated[place.target] < place.stated:
            yield Locate(place=place)
    known = {each.id for each in state.corrections}
    for correction in picture.corrections:
        if correction.id not in known:
            yield Restore(correction)
    yield from _handoffs(state.handoffs, picture.handoffs)
    intervals = tuple(_intervals(state.assignments, picture.assignments, listing))
    yield from intervals
    touched = {each.row.id for each in intervals}
    for row in state.assignments:
        # An interval that the lines tell whole has its end from there.
        if row.id in touched:
            continue
        end = next((each for each in picture.ends if _ends(each, row)), None)
        if end and not _is_shown(row, listing):
            ended = replace(row, until=end.at, ended_by=end.by, ended_source=source_of(end.by))
            yield Restore(ended)


def _handoffs(known: Sequence[Handoff], told: Sequence[Handoff]) -> Iterator[Restore]:
    """Handoffs that other records know, and how those ended that wait here."""
    held = {each.id: each for each in known}
    waiting = []
    for each in told:
        own = held.get(each.id)
        if own is None and each.is_open:
            waiting.append(each)
        elif own is None or (each.outcome is not None and _ending(own) != _ending(each)):
            yield Restore(each)
            held[each.id] = each
    # Only one can be open for a stream: of two that nobody answered the later question counts.
    for each in waiting:
        rivals = [
            other
            for other in held.values()
            if other.is_open and (other.role, other.stream) == (each.role, each.stream)
        ]
        later = max(
            (other for other in rivals if other.proposed > each.proposed),
            default=None,
            key=lambda other: other.proposed,
        )
        if later:
            yield Restore(_superseded(each, later))
            continue
        for other in rivals:
            yield Restore(_superseded(other, each))
        yield Restore(each)
        held[each.id] = each


def _ending(handoff: Handoff) -> object:
    return handoff.outcome, handoff.decided, handoff.decided_by


def _superseded(handoff: Handoff, by: Handoff) -> Handoff:
    return _ended(handoff, HandoffOutcome.SUPERSEDED, at=by.proposed, by=by.proposed_by)


def _intervals(
    known: Sequence[Assignment], told: Sequence[Assignment], listing: RoleListing
) -> Iterator[Restore]:
    """Who held what: intervals that ended first, so that no role is held twice for a moment."""
    rows = {row.id: row for row in known}
    names = {each.id for each in told}
    for each in sorted(told, key=lambda row: row.is_open):
        others = [row for row in rows.values() if row.id not in names]
        own = rows.get(each.id) or next((row for row in others if _is_part_of(row, each)), None)
        if own is None and each.is_open:
            # A place is held once: a record that saw no gap has had its holder for longer.
            is_held = any(row.is_open and _has_place_of(row, each) for row in rows.values())
            if is_held or not _may_hold(each, listing):
                continue
        # What the target shows may be that they hold the role again.
        is_last = not any(_is_later(other, each) for other in told)
        lasts = is_last and _is_shown(each, listing)
        new = each if own is None else _joined(own, each, lasts=lasts)
        if new == own:
            continue
        for row in (new, *_displaced(rows.values(), new, listing)):
            rows[row.id] = row
            yield Restore(row)


def _displaced(
    rows: Iterable[Assignment], new: Assignment, listing: RoleListing
) -> tuple[Assignment, ...]:
    """Who gave way to a new holder of a role that one person holds, as the target shows too."""
    if not new.is_open or new.role not in listing.single & listing.holders.keys():
        return ()
    return tuple(
        replace(
            row,
            until=max(new.since, row.since),
            ended_by=new.set_by,
            ended_source=new.source,
        )
        for row in rows
        if row.is_open and row.role == new.role and row.id != new.id and not _is_shown(row, listing)
    )


def _ends(end: End, row: Assignment) -> bool:
    """Whether it is the end of a holding that the record knows from the target alone."""
    is_guess = row.is_open and row.source is Source.DATADOG
    same = (row.role, row.person) == (end.role, end.place.person)
    return is_guess and same and row.stream in {None, end.place.stream} and row.since <= end.at


def _is_part_of(row: Assignment, told: Assignment) -> bool:
    """Whether the record knows the interval under another id, and from a later moment on.

    It saw the holder in the target, which shows neither stream nor beginning; or the role was given
    to its holder once more here, before this was known.
    """
    is_guess = row.source is Source.DATADOG and row.stream is None
    same = (row.role, row.person) == (told.role, told.person)
    lasts = told.since <= row.since and (told.until is None or row.since < told.until)
    return same and lasts and (is_guess or row.stream == told.stream)


def _is_later(one: Assignment, other: Assignment) -> bool:
    """Whether somebody has a place again that they gave up before."""
    return _has_place_of(one, other) and other.until is not None and one.since >= other.until


def _has_place_of(one: Assignment, other: Assignment) -> bool:
    return (one.role, one.person, one.stream) == (other.role, other.person, other.stream)


def _joined(own: Assignment, told: Assignment, *, lasts: bool) -> Assignment:
    """Our interval with what is told of it; no end while the target shows that it ``lasts``."""
    new = own
    if own.source is Source.DATADOG or told.since < own.since:
        new = replace(
            own,
            stream=told.stream,
            since=told.since,
            set_by=told.set_by,
            source=told.source,
        )
    if told.is_open or (new.is_open and lasts):
        return new
    # Of two ends that were stated the first counts; one that the target showed stays.
    if not new.is_open and not (new.ended_source and new.ended_source.is_wish):
        return new
    return replace(new, until=told.until, ended_by=told.ended_by, ended_source=told.ended_source)


def _is_shown(row: Assignment, listing: RoleListing) -> bool:
    """Whether the target shows, or may show, that the person holds the role."""
    return row.role in listing.unread or row.person in listing.holders.get(row.role, frozenset())


def _may_hold(row: Assignment, listing: RoleListing) -> bool:
    """Whether an open interval can be believed: the target shows it, or cannot show the role."""
    if row.role in listing.holders:
        return row.person in listing.holders[row.role]
    return row.role in listing.unsupported
