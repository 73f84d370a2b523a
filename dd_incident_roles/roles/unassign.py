"""What taking a role from somebody does to the record, decided before anything is written."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from dd_incident_roles.errors import HoldersUnclear, UsageError
from dd_incident_roles.model import Assignment, PersonKey, Source
from dd_incident_roles.roles.assign import stream_for
from dd_incident_roles.roles.catalogue import Role
from dd_incident_roles.roles.ledger import (
    LedgerChange,
    instant_of_change,
    open_holdings,
    replace_holdings,
)


def unassign(
    assignments: Sequence[Assignment],
    *,
    role: Role,
    person: PersonKey | None,
    stream: str | None,
    now: datetime,
    set_by: str,
    source: Source,
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
        raise _nobody(role, line, person, before)
    people = tuple(dict.fromkeys(row.person for row in leaving))
    if len(people) > 1:
        raise HoldersUnclear(
            f"Several people hold the role {role.title}{_in(line)}: {', '.join(people)}.",
            people,
            hint="Name the one who no longer holds it.",
        )
    at = instant_of_change(assignments, role.key, now)
    return replace_holdings(before, leaving, None, at=at, ended_by=set_by, ended_source=source)


def _nobody(
    role: Role, line: str | None, person: PersonKey | None, before: Sequence[Assignment]
) -> UsageError:
    who = "Nobody holds" if person is None else f"{person} does not hold"
    holders = ", ".join(dict.fromkeys(f"{row.person}{_in(row.stream)}" for row in before))
    return UsageError(
        f"{who} the role {role.title}{_in(line)}.",
        hint=f"It is held by {holders}." if holders else "The role is empty.",
    )


def _in(line: str | None) -> str:
    return f" in the stream {line!r}" if line is not None else ""
