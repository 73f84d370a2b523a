"""Cells of a timeline; nobody ever recorded one, so every layout that was seen is read."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from types import MappingProxyType

from dd_incident_roles.datadog.wire.reader import (
    Object,
    document,
    flag,
    object_at,
    related,
    required_objects,
    text,
)
from dd_incident_roles.datadog.wire.times import time_at
from dd_incident_roles.datadog.wire.users import User, included_users, read_user
from dd_incident_roles.model import UserId

CELLS = "incident_timeline_cells"
NOTE_CELL = "markdown"

_TEXT_KEYS = ("content", "message", "text", "markdown")
_AUTHOR_RELATIONSHIPS = ("created_by_user", "author", "created_by", "user")
_AUTHOR_ATTRIBUTES = ("author", "created_by", "user")
_AUTHOR_IDS = ("created_by_uuid", "author_uuid", "user_uuid")
_BEGINNING = datetime.fromtimestamp(0, UTC)
_UUID = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}", re.IGNORECASE)


@dataclass(frozen=True, slots=True, kw_only=True)
class Cell:
    """One cell: a note with its ``text``, or what a system noted with its ``facts``.

    ``author`` may be known by the id alone; ``author_name`` is a name without an account. Of one
    that is not ``readable`` nothing is known but that it is there.
    """

    id: str
    cell_type: str
    created: datetime
    text: str = ""
    facts: Object = field(default_factory=lambda: MappingProxyType({}))
    modified: datetime | None = None
    display_time: datetime | None = None
    important: bool = False
    source: str | None = None
    author: User | None = None
    author_name: str | None = None
    readable: bool = True

    @property
    def is_note(self) -> bool:
        """Whether it was written and not noted by a system."""
        return self.cell_type == NOTE_CELL


@dataclass(frozen=True, slots=True, kw_only=True)
class CellPage:
    """One page of a timeline; ``paged`` says that the answer itself speaks of pages.

    It is not ``complete`` where a cell has no id, for then nobody knows which one it is.
    """

    cells: tuple[Cell, ...]
    paged: bool = False
    complete: bool = True


@dataclass(frozen=True, slots=True, kw_only=True)
class WrittenCell:
    """What the answer to a write shows, which may be the id alone or nothing."""

    id: str | None
    cell: Cell | None


def parse_cells(body: bytes) -> CellPage:
    """Read one page of a timeline; raises UnexpectedAnswer where there is no listing."""
    answer = document(body)
    users = included_users(answer)
    rows = required_objects(answer, "data")
    cells: list[Cell] = []
    for row in rows:
        # The order is by time: one without a time stands where the one before it does.
        before = cells[-1].created if cells else _BEGINNING
        if found := _cell(row, users, blank=True) or _unreadable(row, before):
            cells.append(found)
    return CellPage(
        cells=tuple(cells),
        paged=bool(object_at(answer, "meta", "pagination")),
        complete=len(cells) == len(rows),
    )


def parse_written_cell(body: bytes) -> WrittenCell:
    """Read the answer to a write; one without a body is none. Raises UnexpectedAnswer."""
    if not body.strip():
        return WrittenCell(id=None, cell=None)
    answer = document(body)
    resource = object_at(answer, "data")
    return WrittenCell(id=_cell_id(resource), cell=_cell(resource, included_users(answer)))


def _unreadable(resource: Object, before: datetime) -> Cell | None:
    """A cell of which the id alone is known, None where not even that is."""
    cell_id = _cell_id(resource)
    if cell_id is None:
        return None
    attributes = object_at(resource, "attributes")
    times = (time_at(attributes, name) for name in ("created", "modified", "display_time"))
    created = next((each for each in times if each), before)
    return Cell(id=cell_id, cell_type="unreadable", created=created, readable=False)


def _cell(resource: Object, users: Mapping[UserId, User], *, blank: bool = False) -> Cell | None:
    """Read a cell, None where something is missing; with ``blank`` a note may say nothing."""
    attributes = object_at(resource, "attributes")
    cell_id = _cell_id(resource)
    display_time, modified = time_at(attributes, "display_time"), time_at(attributes, "modified")
    created = time_at(attributes, "created") or modified or display_time
    if cell_id is None or created is None:
        return None
    cell_type = text(attributes, "cell_type") or NOTE_CELL
    is_note = cell_type == NOTE_CELL
    written = _text(attributes) if is_note else ""
    if written is None or (is_note and not blank and not written.strip()):
        return None
    author, author_name = _author(resource, attributes, users)
    return Cell(
        id=cell_id,
        cell_type=cell_type,
        created=created,
        text=written,
        facts=MappingProxyType({}) if is_note else _facts(attributes),
        modified=modified,
        display_time=display_time,
        important=flag(attributes, "important") or False,
        source=text(attributes, "source"),
        author=author,
        author_name=author_name,
    )


def _cell_id(resource: Object) -> str | None:
    """The id as it was sent: that it is a UUID, whose case does not matter, is unverified."""
    found = text(resource, "id")
    return found.strip() if found else None


def _text(attributes: Object) -> str | None:
    content = attributes.get("content")
    if isinstance(content, str):
        return content
    inside = object_at(attributes, "content")
    for name in _TEXT_KEYS:
        if isinstance(found := inside.get(name), str):
            return found
    if isinstance(message := attributes.get("message"), str):
        return message
    return None


def _facts(attributes: Object) -> Object:
    content = attributes.get("content")
    if isinstance(content, Mapping):
        return content
    found = content if isinstance(content, str) else attributes.get("message")
    return MappingProxyType({"message": found} if isinstance(found, str) else {})


def _author(
    resource: Object, attributes: Object, users: Mapping[UserId, User]
) -> tuple[User | None, str | None]:
    for name in _AUTHOR_RELATIONSHIPS:
        if user_id := related(resource, name):
            return users.get(UserId(user_id)) or User(id=UserId(user_id)), None
    for name in _AUTHOR_ATTRIBUTES:
        user, plain = _named(attributes, name)
        if user or plain:
            return (users.get(user.id, user) if user else None), plain
    for name in _AUTHOR_IDS:
        if user_id := text(attributes, name):
            key = UserId(user_id.strip().lower())
            return users.get(key) or User(id=key), None
    return None, None


def _named(attributes: Object, name: str) -> tuple[User | None, str | None]:
    """Who an attribute names: a whole user, a flat one, an id, or a name and nothing else."""
    plain = text(attributes, name)
    if plain:
        if _UUID.fullmatch(plain.strip()):
            return User(id=UserId(plain.strip().lower())), None
        return None, plain.strip()
    shown = object_at(attributes, name)
    nested = object_at(shown, "data") or shown
    user = read_user(nested)
    if user is None or not (user.name or user.email or user.handle):
        user = read_user({"id": nested.get("id"), "attributes": nested})
    label = text(nested, "name") or text(nested, "email") or text(nested, "handle")
    return user, None if user else label
