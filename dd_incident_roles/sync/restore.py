"""What the entries of a timeline tell, brought into a record that does not know it yet.

What the target shows of a role stays above it: nobody holds a role because an entry says so where
the target shows somebody else.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace

from dd_incident_roles.model import Assignment, Source
from dd_incident_roles.roles.ledger import Devise, Handoff, HandoffOutcome, Locate
from dd_incident_roles.sync.entries.fold import End, Picture, source_of
from dd_incident_roles.sync.state import Edit, IncidentState, Restore
from dd_incident_roles.sync.targets import RoleListing


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
    return replace(
        handoff,
        outcome=HandoffOutcome.SUPERSEDED,
        decided=by.proposed,
        decided_by=by.proposed_by,
    )


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
