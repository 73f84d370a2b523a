"""What the entries of a timeline tell, brought into a record that does not know it yet.

What the target shows of a role stays above it: nobody holds a role because an entry says so where
the target shows somebody else.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace

from dd_incident_roles.model import Assignment, Source
from dd_incident_roles.roles.statements import Devise, Handoff, HandoffOutcome
from dd_incident_roles.sync.entries.fold import Picture
from dd_incident_roles.sync.state import Edit, IncidentState, Restore
from dd_incident_roles.sync.targets import RoleListing


def restore(state: IncidentState, picture: Picture, listing: RoleListing) -> Iterator[Edit]:
    """The edits that bring the record to what the entries tell; none where it knows all of it."""
    newest = {role.key: role.devised for role in state.devised}
    for role in picture.devised:
        if role.key not in newest or newest[role.key] < role.devised:
            yield Devise(role=role)
    known = {each.id for each in state.corrections}
    for correction in picture.corrections:
        if correction.id not in known:
            yield Restore(correction)
    yield from _handoffs(state.handoffs, picture.handoffs)
    yield from _intervals(state.assignments, picture.assignments, listing)


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
    for each in sorted(told, key=lambda row: row.is_open):
        own = rows.get(each.id) or _same_beginning(rows, each) or _guessed(rows, each)
        if own is None and each.is_open and not _may_hold(each, listing):
            continue
        new = each if own is None else _joined(own, each, listing)
        if new != own:
            rows[new.id] = new
            yield Restore(new)


def _same_beginning(rows: dict[str, Assignment], told: Assignment) -> Assignment | None:
    """The interval under another id: a guess that was put right by an earlier reading."""
    return next((row for row in rows.values() if _about(row) == _about(told)), None)


def _about(row: Assignment) -> object:
    return row.role, row.stream, row.person, row.since


def _guessed(rows: dict[str, Assignment], told: Assignment) -> Assignment | None:
    """What the record made of the target alone, which shows neither stream nor beginning."""
    for row in rows.values():
        same = (row.role, row.person, row.stream) == (told.role, told.person, None)
        # It began to look while the interval lasted.
        meets = told.since <= row.since and (told.until is None or row.since < told.until)
        if same and meets and row.source is Source.DATADOG:
            return row
    return None


def _joined(own: Assignment, told: Assignment, listing: RoleListing) -> Assignment:
    """Our interval with what is told of it; its end only where the target agrees."""
    new = own
    if own.source is Source.DATADOG:
        new = replace(
            own,
            stream=told.stream,
            since=told.since,
            set_by=told.set_by,
            source=told.source,
        )
    if not new.is_open or told.is_open or _is_shown(told, listing):
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
