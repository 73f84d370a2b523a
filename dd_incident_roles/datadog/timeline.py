"""The timeline of an incident: its cells in every layout that was seen, listed and written.

All of it is unreleased, and nobody ever recorded a cell.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from types import MappingProxyType

from dd_incident_roles.datadog.http import Session
from dd_incident_roles.datadog.paging import (
    INCIDENTS,
    PAGE_SIZE,
    page_params,
    path,
    request_body,
)
from dd_incident_roles.datadog.users import User, included_users, read_user
from dd_incident_roles.datadog.wire import (
    UUID,
    Object,
    document,
    flag,
    object_at,
    related,
    required_objects,
    text,
    time_at,
)
from dd_incident_roles.errors import Refused
from dd_incident_roles.model import IncidentId, UserId

CELLS = "incident_timeline_cells"
OTHER_CONTENT_KEY = {"content": "message", "message": "content"}
NOTE_CELL = "markdown"

_TEXT_KEYS = ("content", "message", "text", "markdown")
_AUTHOR_RELATIONSHIPS = ("created_by_user", "author", "created_by", "user")
_AUTHOR_ATTRIBUTES = ("author", "created_by", "user")
_AUTHOR_IDS = ("created_by_uuid", "author_uuid", "user_uuid")
_BEGINNING = datetime.fromtimestamp(0, UTC)


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
        if UUID.fullmatch(plain.strip()):
            return User(id=UserId(plain.strip().lower())), None
        return None, plain.strip()
    shown = object_at(attributes, name)
    nested = object_at(shown, "data") or shown
    user = read_user(nested)
    if user is None or not (user.name or user.email or user.handle):
        user = read_user({"id": nested.get("id"), "attributes": nested})
    label = text(nested, "name") or text(nested, "email") or text(nested, "handle")
    return user, None if user else label


@dataclass(frozen=True, slots=True, kw_only=True)
class Note:
    """What a note is to say, when it happened, and whether it is marked."""

    text: str
    at: datetime
    important: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class NoteLayout:
    """One layout of a note that Datadog may take.

    Every integration that was found sends ``content.content``; an unreleased specification has
    ``content.message``. Which one is taken today is unverified, and so are the other two.
    """

    content_key: str = "content"
    display_time: bool = True
    important: bool = True

    def attributes(self, note: Note, *, new: bool) -> dict[str, object]:
        """Lay a note out; a new one says only what differs from the default."""
        written: dict[str, object] = {
            "cell_type": NOTE_CELL,
            "content": {self.content_key: note.text},
        }
        if self.display_time:
            moment = note.at.astimezone(UTC).replace(tzinfo=None)
            written["display_time"] = f"{moment.isoformat(timespec='milliseconds')}Z"
        if self.important and (note.important or not new):
            written["important"] = note.important
        return written

    def instead(self, refusal: Refused) -> NoteLayout | None:
        """The layout to try after a refusal that speaks of this one, None when it does not."""
        if refusal.status not in {400, 422}:
            return None
        said = refusal.message.casefold()
        if "display_time" in said and self.display_time:
            return replace(self, display_time=False)
        if "important" in said and self.important:
            return replace(self, important=False)
        if "content" in said:
            return replace(self, content_key=OTHER_CONTENT_KEY[self.content_key])
        return None


class Timeline:
    """Timelines of one Datadog; whether they come in pages is found out by looking."""

    def __init__(self, session: Session) -> None:
        self._session = session
        self._takes_pages = True
        self._is_whole = False

    def list(self, incident_id: IncidentId) -> CellPage:
        """Read every cell, each once, as one page.

        Only a page that is empty, or holds nothing new, ends a timeline: how large a page may get
        is unknown. The next page begins behind what was seen, so that a short one loses nothing. A
        server that was seen to pass over the pages is not asked for a second one again.
        """
        # Not `paged`: a cell that comes twice was changed meanwhile, and the later copy counts.
        seen: dict[str, Cell] = {}
        first, complete = True, True
        while True:
            page = self._page(incident_id, len(seen))
            complete = complete and page.complete
            is_new = any(cell.id not in seen for cell in page.cells)
            for cell in page.cells:
                seen[cell.id] = _newer(cell, seen.get(cell.id))
            if not first and page.cells and not is_new and not page.paged:
                self._is_whole = len(page.cells) == len(seen)
            whole = self._is_whole and not page.paged and len(page.cells) != PAGE_SIZE
            if not is_new or whole or not self._takes_pages:
                return CellPage(cells=tuple(seen.values()), complete=complete)
            first = False

    def _page(self, incident_id: IncidentId, offset: int) -> CellPage:
        where = _of(incident_id)
        if self._takes_pages:
            try:
                return self._session.get(where, parse_cells, page_params(offset=offset))
            except Refused as error:
                if error.status != 400 or offset:
                    raise
        page = self._session.get(where, parse_cells)
        # Only now is it known that the pages were what Datadog declined.
        self._takes_pages = False
        return page

    def create(self, incident_id: IncidentId, note: Note, layout: NoteLayout) -> WrittenCell:
        """Write a note, once; makes the owner of the keys a responder (document)."""
        body = request_body(CELLS, attributes=layout.attributes(note, new=True))
        return self._session.post(_of(incident_id), body, parse_written_cell)

    def update(
        self, incident_id: IncidentId, cell_id: str, note: Note, layout: NoteLayout
    ) -> WrittenCell:
        """Replace a note, once; Datadog lets nobody change what another wrote (document)."""
        body = request_body(CELLS, attributes=layout.attributes(note, new=False), id=cell_id)
        return self._session.patch(_of(incident_id, cell_id), body, parse_written_cell)

    def delete(self, incident_id: IncidentId, cell_id: str) -> None:
        """Remove a note, once; raises NotFound when it is gone, or cannot be removed at all."""
        self._session.delete(_of(incident_id, cell_id))


def _of(incident_id: IncidentId, *cell_id: str) -> str:
    return path(INCIDENTS, incident_id, "timeline", *cell_id)


def _newer(cell: Cell, known: Cell | None) -> Cell:
    """The later copy of a cell that came twice; of two that are as late, the one read later."""
    if known is None or known.modified is None or cell.modified is None:
        return cell
    return known if known.modified > cell.modified else cell
