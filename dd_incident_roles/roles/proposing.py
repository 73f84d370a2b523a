"""Handoffs that wait for their receiver: proposing one, finding it again, and what ends it."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from datetime import datetime, timedelta

from dd_incident_roles.errors import UsageError
from dd_incident_roles.model import Assignment, PersonKey
from dd_incident_roles.roles.assign import stream_for
from dd_incident_roles.roles.catalogue import Role
from dd_incident_roles.roles.handing_over import giver_of, line_of
from dd_incident_roles.sync.handoff import Decide, Handoff, Outcome

LASTS = timedelta(minutes=10)
"""How long a receiver has to answer, unless somebody says otherwise."""


def propose(
    assignments: Sequence[Assignment],
    *,
    role: Role,
    stream: str | None,
    receiver: PersonKey,
    now: datetime,
    lasts: timedelta,
    by: str,
    note: str | None,
    new_id: Callable[[], str],
) -> Handoff:
    """A handoff to one person, open until they answer; the holder is responsible until then.

    Raises UsageError where the receiver holds the role already, or the role takes no stream.
    """
    line = line_of(assignments, role, stream)
    giver = giver_of(assignments, role, line)
    if giver == receiver:
        raise UsageError(
            f"{receiver} already is {role.title}.", hint="Name somebody else with --to."
        )
    return Handoff(
        id=new_id(),
        role=role.key,
        stream=line,
        giver=giver,
        receiver=receiver,
        proposed=now,
        proposed_by=by,
        expires=now + lasts,
        note=note,
    )


def open_handoff(handoffs: Iterable[Handoff], role: Role, stream: str | None) -> Handoff | None:
    """The handoff of a role, or of one of its streams, that nobody answered."""
    line = stream_for(role, stream) if stream is not None else None
    waiting = [each for each in handoffs if each.is_open and each.role == role.key]
    if stream is None and len(waiting) == 1:
        return waiting[0]
    return next((each for each in waiting if each.stream == line), None)


def still_stands(handoff: Handoff, assignments: Sequence[Assignment]) -> bool:
    """Whether whoever was to hand the role over still holds it; else somebody was quicker."""
    people = {
        row.person
        for row in assignments
        if row.is_open and row.role == handoff.role and handoff.stream in (None, row.stream)
    }
    return people == set() if handoff.giver is None else handoff.giver in people


def superseded(
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
        Decide(handoff_id=each.id, outcome=Outcome.SUPERSEDED, at=at, by=by)
        for each in handoffs
        if each.is_open and each.role == role.key and (role.is_single or each.stream in touched)
    )
