"""What it does to the record to give a role or take it, decided before anything is written."""

from __future__ import annotations

from collections.abc import Sequence

from dd_incident_roles.errors import HoldersUnclear, UsageError
from dd_incident_roles.model import Assignment, PersonKey, Source
from dd_incident_roles.roles.catalogue import Holders, Role, Streams, stream_name
from dd_incident_roles.roles.ledger import (
    LedgerChange,
    Origin,
    instant_of_change,
    open_holdings,
    replace_holdings,
)


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


def stream_for(role: Role, stream: str | None) -> str | None:
    """The one spelling of a stream that a role can be held in; raises UsageError."""
    if stream is None:
        if role.streams is Streams.REQUIRED:
            offered = f" Suggested: {', '.join(role.suggested_streams)}."
            raise UsageError(
                f"The role {role.title} is always held in a stream, and none was named.",
                hint="Add --stream NAME." + (offered if role.suggested_streams else ""),
            )
        return None
    if role.streams is Streams.NONE:
        raise UsageError(
            f"The role {role.title} has no streams.", hint="Leave the option --stream out."
        )
    return stream_name(stream)


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
