"""The entry about a change of a role."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import datetime

from dd_incident_roles.model import Assignment, Entry, EntryKey, PersonKey
from dd_incident_roles.roles.catalogue import Role
from dd_incident_roles.roles.ledger import LedgerChange
from dd_incident_roles.sync.entries.own_entries import ROLE_CHANGE


def role_entry(
    change: LedgerChange,
    role: Role,
    names: Callable[[PersonKey], str],
    now: datetime,
    author: str,
) -> Entry | None:
    """Tell who holds a role now, in one entry for each change; None where nothing changed.

    The key comes from the interval that began or ended, so that one change has one entry.
    """
    if change.begun:
        key, at = entry_key(change.begun), change.begun.since
        text = _begun(change.begun, change.ended, role, names)
    elif change.ended:
        first = change.ended[0]
        key, at = EntryKey(f"role-{first.id}-end"), first.until or now
        who = _people(change.ended, names)
        lines = {row.stream for row in change.ended}
        stream = _stream(first) if len(lines) == 1 else ""
        are = "are" if len({row.person for row in change.ended}) > 1 else "is"
        left = "without a stream" if _still_hold(change) else ""
        text = f"{who} {are} no longer {role.title}{stream} {left}".rstrip()
    else:
        return None
    return Entry(
        key=key,
        at=at,
        created=now,
        text=text,
        author=author,
        kind=ROLE_CHANGE,
    )


def _still_hold(change: LedgerChange) -> bool:
    """Whether those who gave up the role as a whole keep it in a stream."""
    if any(row.stream is not None for row in change.ended):
        return False
    return {row.person for row in change.ended} <= {row.person for row in change.after}


def entry_key(begun: Assignment) -> EntryKey:
    """The key of the entry about an interval that began."""
    return EntryKey(f"role-{begun.id}")


def _begun(
    begun: Assignment,
    ended: Sequence[Assignment],
    role: Role,
    names: Callable[[PersonKey], str],
) -> str:
    who, what = names(begun.person), f"{role.title}{_stream(begun)}"
    # Moving from the whole role into a stream takes nothing over from oneself.
    before = [row for row in ended if row.person != begun.person]
    if before:
        return f"{who} took over {what} from {_people(before, names)}"
    return f"{who} is {what}"


def _people(rows: Sequence[Assignment], names: Callable[[PersonKey], str]) -> str:
    return ", ".join(dict.fromkeys(names(row.person) for row in rows))


def _stream(row: Assignment) -> str:
    return f" ({row.stream})" if row.stream else ""
