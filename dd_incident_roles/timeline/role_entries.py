"""The entry about a change of a role, and the brief that the next holder of a role gets."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from datetime import datetime

from dd_incident_roles.model import Assignment, Entry, EntryKey, Incident, IncidentId, PersonKey
from dd_incident_roles.roles.catalogue import Role
from dd_incident_roles.roles.ledger import LedgerChange
from dd_incident_roles.sync.entries.identity import ROLE_CHANGE
from dd_incident_roles.sync.entries.log import RoleChanged, RoleHolder, write_line
from dd_incident_roles.timeline.change_entry import in_order, on_one_line
from dd_incident_roles.values import frozen
from dd_incident_roles.words import instant_label, role_label, short_duration, shorten


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
        who, what = names(begun.person), role_label(role.title, begun.stream)
        took_over = f"took over {what} from {_people(before, names)}"
        text = f"{who} {took_over if before else f'is {what}'}"
    elif change.ended:
        first = change.ended[0]
        key, at, stream = EntryKey(f"role-{first.id}-end"), first.until or now, first.stream
        people = {row.person for row in change.ended}
        streams = {row.stream for row in change.ended}
        what = role_label(role.title, first.stream if len(streams) == 1 else None)
        # Who gave up the role as a whole may still have it in a stream.
        keeps = streams == {None} and people <= {row.person for row in change.after}
        left = " without a stream" if keeps else ""
        are = "are" if len(people) > 1 else "is"
        text = f"{_people(change.ended, names)} {are} no longer {what}{left}"
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


MOST_ENTRIES = 10
MOST_PROMISES = 10
LONGEST_LINE = 200
"""Of a text from outside, in characters; the timeline has the whole of it."""


@frozen
class HeldRole:
    """A role, or one of its streams, with the names of its holders; empty where nobody holds it."""

    title: str
    stream: str | None = None
    holders: tuple[str, ...] = ()
    required: bool = False


@frozen
class Promise:
    """An open task of the incident: what was promised, by whom and until when."""

    text: str
    people: tuple[str, ...] = ()
    due: datetime | None = None


@frozen
class Brief:
    """What is known of an incident as it changes hands.

    ``promises`` is None where the open tasks could not be read, and ``unread`` then says why.
    """

    incident: Incident
    roles: tuple[HeldRole, ...]
    important: tuple[Entry, ...]
    promises: tuple[Promise, ...] | None = ()
    note: str | None = None
    unread: str | None = None


def brief_lines(brief: Brief, now: datetime) -> tuple[str, ...]:
    """The brief as lines of plain Markdown, the note of the giver first."""
    return (*_state(brief, now), *_promises(brief, now))


def last_important(entries: Sequence[Entry]) -> tuple[Entry, ...]:
    """The entries that matter most lately, oldest first."""
    return tuple(entry for entry in in_order(entries) if entry.important)[-MOST_ENTRIES:]


def _state(brief: Brief, now: datetime) -> Iterator[str]:
    incident = brief.incident
    if brief.note:
        yield f"Note: {on_one_line(brief.note)}"
    # By our clock, which may be behind Datadog's: "under 1 min" then.
    length = short_duration(now - incident.declared)
    age = f"open for {length}" if incident.is_open else f"declared {length} ago"
    impact = ", customers impacted" if incident.customer_impacted else ""
    severity, state = on_one_line(incident.severity), on_one_line(incident.state)
    yield f"State: {severity}, {state}, {age}{impact}"
    held = [role for role in brief.roles if role.holders]
    empty = [role for role in brief.roles if not role.holders and role.required]
    shown = [f"{_named(role)}: {', '.join(map(_cut, role.holders))}" for role in held]
    yield f"Roles: {'; '.join(shown) or 'nobody holds any'}"
    if empty:
        yield f"Empty: {', '.join(_named(role) for role in empty)}"
    if brief.important:
        yield "Important so far:"
        yield from (
            f"- {instant_label(entry.at, now)} {_cut(entry.text)}" for entry in brief.important
        )


def _promises(brief: Brief, now: datetime) -> Iterator[str]:
    if brief.promises is None:
        # That the tasks could not be read must not read like "nothing was promised".
        why = _cut(brief.unread or "") or "the tasks could not be read"
        yield f"Open tasks: not known ({why})"
        return
    yield "Open tasks:" if brief.promises else "Open tasks: none"
    for promise in brief.promises[:MOST_PROMISES]:
        people = f" ({', '.join(map(_cut, promise.people))})" if promise.people else ""
        due = f", due {instant_label(promise.due, now)}" if promise.due else ""
        yield f"- {_cut(promise.text)}{people}{due}"
    more = len(brief.promises) - MOST_PROMISES
    if more > 0:
        yield f"- and {more} more"


def _named(role: HeldRole) -> str:
    return _cut(role_label(role.title, role.stream or None))


def _cut(text: str) -> str:
    """The first line of a text from outside, without anything that nobody sees."""
    first = on_one_line((text.strip().splitlines() or [""])[0])
    # One more, for the ellipsis of what is cut.
    return shorten(first, LONGEST_LINE + 1)
