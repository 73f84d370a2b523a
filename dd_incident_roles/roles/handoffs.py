"""Giving a role, taking it, and handing it over, decided before anything is written.

A handoff is at once, or a proposal that waits for its receiver.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta

from dd_incident_roles.errors import HoldersUnclear, UsageError
from dd_incident_roles.model import Assignment, Person, PersonKey, Source
from dd_incident_roles.roles.catalogue import Holders, Role, Streams, stream_for
from dd_incident_roles.roles.ledger import (
    Decide,
    Handoff,
    HandoffOutcome,
    LedgerChange,
    Origin,
    instant_of_change,
    open_holdings,
    replace_holdings,
)
from dd_incident_roles.words import command


def assign(
    assignments: Sequence[Assignment],
    origin: Origin,
    *,
    role: Role,
    stream: str | None,
    person: PersonKey,
    confirms: bool = False,
) -> LedgerChange:
    """Decide what makes a person hold a role, in a stream where one is named.

    Whoever gives way ends at the instant at which the person begins, and so does the person's own
    holding without a stream when a stream is now named. Nothing changes for a person who already
    holds exactly that, unless it ``confirms`` by name what they only had from Datadog: then an
    interval begins that says so. Raises UsageError when the role takes no stream or needs one, and
    HoldersUnclear when several would have to give way to one.
    """
    line = stream_for(role, stream)
    before = open_holdings(assignments, role.key)
    own_place = (row for row in before if role.streams is Streams.NONE or row.stream == line)
    held = next((row for row in own_place if row.person == person), None)
    # What Datadog gave by default was nobody's decision: a name that is typed makes it one.
    if held and confirms and held.source is Source.DATADOG:
        held = None
    leaving = _leaving(before, role, line, person, held)
    at, by, source = instant_of_change(assignments, role.key, origin.now), origin.by, origin.source
    if held:
        return replace_holdings(before, leaving, None, at=at, ended_by=by, ended_source=source)
    begun = Assignment(
        id=origin.new_id(),
        role=role.key,
        stream=line,
        person=person,
        since=at,
        until=None,
        set_by=by,
        source=source,
    )
    return replace_holdings(before, leaving, begun, at=at, ended_by=by, ended_source=source)


def _leaving(
    before: Sequence[Assignment],
    role: Role,
    line: str | None,
    person: PersonKey,
    held: Assignment | None,
) -> tuple[Assignment, ...]:
    if role.is_single:
        # The whole incident has one holder; where a handover was cut off half-way, two give way.
        return tuple(row for row in before if row is not held)
    # Whoever takes a stream looks after the whole no longer.
    own = tuple(row for row in before if row.person == person and row.stream is None)
    if held is not None:
        return own if line is not None else ()
    if role.holders is Holders.MANY:
        return own
    others = tuple(row for row in before if row.stream == line)
    people = [row.person for row in others]
    # Datadog can show several holders of one role; to end them all would be a guess.
    if len(set(people)) > 1:
        where = " without a stream" if line is None else _in(line)
        streams = "Name the stream with --stream, or take" if line is None else "Take"
        raise HoldersUnclear(
            f"Several people hold the role {role.title}{where}: {', '.join(people)}; "
            "it is not clear who gives way.",
            people,
            hint=f"{streams} the role from those who no longer hold it with unassign.",
        )
    return (*others, *own)


def unassign(
    assignments: Sequence[Assignment],
    origin: Origin,
    *,
    role: Role,
    person: PersonKey | None,
    stream: str | None,
) -> LedgerChange:
    """Decide what takes a role from a person, in one stream where one is named, else in all.

    The person can be left out where only one holds the role. Raises UsageError when nobody, or not
    this person, holds it, and HoldersUnclear when several do and none was named.
    """
    line = None if stream is None else stream_for(role, stream)
    before = open_holdings(assignments, role.key)
    leaving = tuple(
        row
        for row in before
        if (line is None or row.stream == line) and (person is None or row.person == person)
    )
    if not leaving:
        who = "Nobody holds" if person is None else f"{person} does not hold"
        holders = ", ".join(dict.fromkeys(f"{row.person}{_in(row.stream)}" for row in before))
        raise UsageError(
            f"{who} the role {role.title}{_in(line)}.",
            hint=f"It is held by {holders}." if holders else "The role is empty.",
        )
    people = tuple(dict.fromkeys(row.person for row in leaving))
    if len(people) > 1:
        raise HoldersUnclear(
            f"Several people hold the role {role.title}{_in(line)}: {', '.join(people)}.",
            people,
            hint="Name the one who no longer holds it.",
        )
    at, by, source = instant_of_change(assignments, role.key, origin.now), origin.by, origin.source
    return replace_holdings(before, leaving, None, at=at, ended_by=by, ended_source=source)


def _in(line: str | None) -> str:
    return f" in the stream {line!r}" if line is not None else ""


def line_of(assignments: Sequence[Assignment], role: Role, stream: str | None) -> str | None:
    """The stream in which a role is handed over: the named one, else the only one that is held.

    Raises UsageError where several are held and none was named, or the role takes no stream.
    """
    if stream is not None or role.streams is Streams.NONE:
        return stream_for(role, stream)
    # The empty text stands for no stream, because None cannot be sorted among names.
    lines = sorted({row.stream or "" for row in open_holdings(assignments, role.key)})
    if len(lines) > 1:
        named = ", ".join(line or "(none)" for line in lines)
        raise UsageError(
            f"The role {role.title} is held in several streams: {named}.",
            hint="Name one of them with --stream.",
        )
    return stream_for(role, (lines[0] or None) if lines else None)


def giver_of(assignments: Sequence[Assignment], role: Role, stream: str | None) -> PersonKey | None:
    """Who hands a role over: its one holder, in a stream where it has one.

    Raises UsageError where several hold it, so that it is not clear who gives way.
    """
    held = [
        row
        for row in open_holdings(assignments, role.key)
        if role.is_single or row.stream == stream
    ]
    people = list(dict.fromkeys(row.person for row in held))
    # Datadog can show several holders of one role; to end one of them would be a guess.
    if len(people) > 1:
        raise UsageError(
            f"Several people hold the role {role.title}: {', '.join(people)}.",
            hint="Give the role with assign and take it with unassign, naming each person.",
        )
    return people[0] if people else None


def hand_over(
    assignments: Sequence[Assignment],
    origin: Origin,
    *,
    role: Role,
    stream: str | None,
    receiver: PersonKey,
) -> LedgerChange:
    """Decide what ends and begins as a role changes hands; nothing where they have it already.

    Raises UsageError as ``line_of`` and ``giver_of`` do.
    """
    line = line_of(assignments, role, stream)
    giver = giver_of(assignments, role, line)
    change = assign(assignments, origin, role=role, stream=line, person=receiver)
    if role.holders is Holders.ONE or change.begun is None:
        return change
    # Whoever shares a role with others would stay in it: handing over means to leave.
    leaving = [row for row in change.before if row.person == giver and row.stream == line]
    return replace_holdings(
        change.before,
        # The assignment may have ended the giver's row already.
        list({row.id: row for row in (*change.ended, *leaving)}.values()),
        change.begun,
        at=change.begun.since,
        ended_by=origin.by,
        ended_source=origin.source,
    )


def propose(
    assignments: Sequence[Assignment],
    origin: Origin,
    *,
    role: Role,
    stream: str | None,
    receiver: PersonKey,
    timeout: timedelta,
    note: str | None,
) -> Handoff:
    """A handoff to one person, open until they answer; the holder is responsible until then.

    Raises UsageError where the receiver holds the role already, or the role takes no stream.
    """
    line = line_of(assignments, role, stream)
    giver = giver_of(assignments, role, line)
    if giver == receiver:
        raise UsageError(f"{receiver} already is {role.title}.", hint="Name somebody else.")
    return Handoff(
        id=origin.new_id(),
        role=role.key,
        stream=line,
        giver=giver,
        receiver=receiver,
        proposed=origin.now,
        proposed_by=origin.by,
        expires=origin.now + timeout,
        note=note,
    )


def ask_again(incident: object, role: str, receiver: Person, stream: str | None) -> str:
    """The command that proposes a handoff to the same person once more."""
    who = receiver.email or receiver.key
    return command("handoff", incident, role, who, "--propose", stream=stream)


def open_handoff(handoffs: Iterable[Handoff], role: Role, stream: str | None) -> Handoff | None:
    """The handoff of a role, or of one of its streams, that nobody answered."""
    line = stream_for(role, stream) if stream is not None else None
    waiting = [each for each in handoffs if each.is_open and each.role == role.key]
    # Nobody has to type a stream that there is no doubt about.
    if stream is None and len(waiting) == 1:
        return waiting[0]
    return next((each for each in waiting if each.stream == line), None)


def giver_still_holds(handoff: Handoff, assignments: Sequence[Assignment]) -> bool:
    """Whether the one who was to hand the role over still holds it; else another was quicker."""
    people = {
        row.person
        for row in assignments
        if row.is_open and row.role == handoff.role and handoff.stream in (None, row.stream)
    }
    return people == set() if handoff.giver is None else handoff.giver in people


def supersede(
    handoffs: Iterable[Handoff],
    role: Role,
    streams: Iterable[str | None],
    *,
    at: datetime,
    by: str,
) -> tuple[Decide, ...]:
    """What ends the open handoffs of a role that changes hands in another way."""
    touched = set(streams)
    return tuple(
        Decide(handoff_id=each.id, outcome=HandoffOutcome.SUPERSEDED, at=at, by=by)
        for each in handoffs
        if each.is_open and each.role == role.key and (role.is_single or each.stream in touched)
    )


def no_longer_asked(edits: Iterable[object], known: Iterable[Handoff]) -> tuple[PersonKey, ...]:
    """Whose answer nobody waits for any more, after edits that ended proposals by another act."""
    void = {
        each.handoff_id
        for each in edits
        if isinstance(each, Decide) and each.outcome is HandoffOutcome.SUPERSEDED
    }
    return tuple(dict.fromkeys(each.receiver for each in known if each.id in void))
