"""The entry about a change of a role."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import datetime

from dd_incident_roles.model import Assignment, Entry, EntryKey, IncidentId, PersonKey
from dd_incident_roles.roles.catalogue import Role
from dd_incident_roles.roles.ledger import LedgerChange
from dd_incident_roles.sync.entries.identity import ROLE_CHANGE
from dd_incident_roles.sync.entries.log import RoleChanged, RoleHolder, write_line


def role_entry(
    incident: IncidentId,
    change: LedgerChange,
    role: Role,
    names: Callable[[PersonKey], str],
    now: datetime,
    *,
    author: str,
    by: str,
    handoff: str | None = None,
) -> Entry | None:
    """Tell who holds a role now, in one entry for each change; None where nothing changed.

    The key comes from the interval that began or ended, so that one change has one entry. ``by`` is
    who made the change, as the record keeps it, and ``handoff`` the id of the one it accepts.
    """
    if begun := change.begun:
        key, at, stream = entry_key(begun), begun.since, begun.stream
        # Moving from the whole role into a stream takes nothing over from oneself.
        before = [row for row in change.ended if row.person != begun.person]
        who, what = names(begun.person), f"{role.title}{_stream(begun)}"
        took_over = f"took over {what} from {_people(before, names)}"
        text = f"{who} {took_over if before else f'is {what}'}"
    elif change.ended:
        first = change.ended[0]
        key, at, stream = EntryKey(f"role-{first.id}-end"), first.until or now, first.stream
        people = {row.person for row in change.ended}
        streams = {row.stream for row in change.ended}
        where = _stream(first) if len(streams) == 1 else ""
        # Who gave up the role as a whole may still have it in a stream.
        keeps = streams == {None} and people <= {row.person for row in change.after}
        left = " without a stream" if keeps else ""
        are = "are" if len(people) > 1 else "is"
        text = f"{_people(change.ended, names)} {are} no longer {role.title}{where}{left}"
    else:
        return None
    said = RoleChanged(
        role=role.key,
        stream=stream,
        at=at,
        by=by,
        interval=begun.id if begun else None,
        person=begun.person if begun else None,
        ended=tuple(RoleHolder(person=row.person, stream=row.stream) for row in change.ended),
        handoff=handoff,
    )
    return Entry(
        key=key,
        at=at,
        created=now,
        text=text,
        author=author,
        kind=ROLE_CHANGE,
        statement=write_line(said, key, incident),
    )


def entry_key(begun: Assignment) -> EntryKey:
    """The key of the entry about an interval that began."""
    return EntryKey(f"role-{begun.id}")


def _people(rows: Sequence[Assignment], names: Callable[[PersonKey], str]) -> str:
    return ", ".join(dict.fromkeys(names(row.person) for row in rows))


def _stream(row: Assignment) -> str:
    return f" ({row.stream})" if row.stream else ""
