"""What surrounds the roles of an incident, from the parts of a snapshot file."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from datetime import datetime
from typing import TypeVar

from dd_incident_roles.model import Person, PersonKey, PersonKind, RoleKey, UserId
from dd_incident_roles.policy.surroundings import (
    Account,
    ChatTopic,
    DatadogRoles,
    Dispute,
    IncidentIssue,
    NotConnected,
    NotRead,
    Proposal,
    RefusedChange,
    TimelineActivity,
)
from dd_incident_roles.snapshot.json_parts import (
    Misread,
    Row,
    as_choice,
    as_moment,
    as_texts,
    choice,
    flag,
    inner,
    inner_or_none,
    is_null,
    listed,
    mapped,
    moment,
    moment_or_none,
    number,
    row,
    text,
    text_or_none,
    texts,
)

_Fact = TypeVar("_Fact")


def person(value: object) -> Person:
    """Somebody."""
    part = row(value)
    user_id = text_or_none(part, "user_id")
    return Person(
        key=PersonKey(text(part, "key")),
        name=text_or_none(part, "name"),
        email=text_or_none(part, "email"),
        handle=text_or_none(part, "handle"),
        user_id=None if user_id is None else UserId(user_id),
        kind=choice(part, "kind", PersonKind),
        active=flag(part, "active"),
    )


def times(part: Row, key: str) -> dict[str, datetime]:
    """An instant for each name."""
    return mapped(part, key, as_moment)


def account(value: object, key: str) -> Account | NotRead:
    """What stands behind somebody, or why nobody knows."""
    if isinstance(value, str):
        return as_choice(value, key, Account)
    if isinstance(value, dict) and "not_read" in value:
        return NotRead(reason=text(value, "not_read"))
    raise Misread('must be a word or {"not_read": REASON}', key, value)


def dispute(value: object) -> Dispute:
    """A role that was changed on both sides."""
    part = row(value)
    return Dispute(
        role=RoleKey(text(part, "role")),
        wanted=inner_or_none(part, "wanted", person),
        standing=inner_or_none(part, "standing", person),
        since=moment(part, "since"),
    )


def proposal(value: object) -> Proposal:
    """A handoff that nobody answered yet."""
    part = row(value)
    return Proposal(
        role=RoleKey(text(part, "role")),
        stream=text_or_none(part, "stream"),
        holder=inner_or_none(part, "holder", person),
        receiver=inner(part, "receiver", person),
        proposed=moment(part, "proposed"),
        expires=moment(part, "expires"),
    )


def refused(value: object) -> RefusedChange:
    """A write that Datadog declined."""
    part = row(value)
    role = text_or_none(part, "role")
    return RefusedChange(
        attempt=text(part, "attempt"),
        reason=text(part, "reason"),
        since=moment(part, "since"),
        tries=number(part, "tries"),
        role=None if role is None else RoleKey(role),
        person=inner_or_none(part, "person", person),
        entry=text_or_none(part, "entry"),
    )


def connected(read: Callable[[Row], _Fact]) -> Callable[[object], _Fact | NotConnected]:
    """How to read something that may be connected to nothing."""

    def read_or_not(value: object) -> _Fact | NotConnected:
        part = row(value)
        if "not_connected" in part:
            return NotConnected(reason=text(part, "not_connected"))
        return read(part)

    return read_or_not


def available(
    read: Callable[[Row], _Fact],
) -> Callable[[object], _Fact | NotConnected | NotRead]:
    """How to read something that may be connected to nothing, or could not be read then."""
    read_connected = connected(read)

    def read_or_not(value: object) -> _Fact | NotConnected | NotRead:
        part = row(value)
        if "not_read" in part:
            return NotRead(reason=text(part, "not_read"))
        return read_connected(part)

    return read_or_not


def datadog_roles(part: Row) -> DatadogRoles:
    """Roles that one of the two sides does not know."""
    return DatadogRoles(
        unknown=texts(part, "unknown"),
        undefined=tuple(RoleKey(key) for key in texts(part, "undefined")),
        one_person=tuple(RoleKey(key) for key in texts(part, "one_person")),
    )


def timeline(part: Row) -> TimelineActivity:
    """When people last wrote into the timeline."""
    writers = {PersonKey(key): at for key, at in times(part, "writers").items()}
    return TimelineActivity(last_note=moment_or_none(part, "last_note"), writers=writers)


def issue(part: Row) -> IncidentIssue:
    """The issue of the incident."""
    return IncidentIssue(
        name=text(part, "name"),
        assignees=listed(part, "assignees", person),
        since=moment(part, "since"),
    )


def topic(part: Row) -> ChatTopic:
    """The topic of the chat room."""
    holders = mapped(part, "holders", as_texts)
    return ChatTopic(
        room=text(part, "room"),
        holders={RoleKey(role): _keys(found) for role, found in holders.items()},
        since=moment(part, "since"),
    )


def responders(part: Row) -> frozenset[PersonKey] | None:
    """Who responds, by who they are, or null where nobody could look."""
    return None if is_null(part, "responders") else _keys(texts(part, "responders"))


def _keys(found: Iterable[str]) -> frozenset[PersonKey]:
    return frozenset(PersonKey(each) for each in found)
