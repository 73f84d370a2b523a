"""The timeline of an incident: read whole as entries, and notes written into it (unreleased)."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import replace
from datetime import UTC, timedelta

from dd_incident_roles.datadog import cells, wire
from dd_incident_roles.datadog.cache import Cache
from dd_incident_roles.datadog.cells import Cell, CellPage
from dd_incident_roles.datadog.directory import Directory
from dd_incident_roles.datadog.http import Session
from dd_incident_roles.datadog.users import User
from dd_incident_roles.errors import Refused
from dd_incident_roles.model import NOTE, Entry, IncidentId, PersonKey, UserId
from dd_incident_roles.sync.entries.tag import with_tag
from dd_incident_roles.sync.targets import EntryListing, RemoteEntry
from dd_incident_roles.values import frozen

CELLS = "incident_timeline_cells"
OTHER_CONTENT_KEY = {"content": "message", "message": "content"}

NAME_LIFETIME = timedelta(days=7)
"""How long a name is believed that had to be asked for on its own."""

HABIT_LIFETIME = timedelta(days=1)
"""How long a server is believed to pass over pages, so that each command asks for one less."""

_PAGES = ("timeline", "pages")
_PASSED_OVER = "passed over"

MIRRORED = frozenset({"slack", "microsoft_teams"})
"""Sources of what people wrote in a chat and Datadog copied (unreleased specification)."""


@frozen
class NoteLayout:
    """One layout of a note that Datadog may take.

    Every integration that was found sends ``content.content``; an unreleased specification has
    ``content.message``. Which one is taken today is unverified, and so are the other two.
    """

    content_key: str = "content"
    display_time: bool = True
    important: bool = True

    def attributes(self, entry: Entry, *, new: bool) -> dict[str, object]:
        """Lay an entry out with our tag; a new one says only what differs from the default."""
        text = with_tag(entry.text, key=entry.key, author=entry.author, statement=entry.statement)
        written: dict[str, object] = {
            "cell_type": cells.NOTE_CELL,
            "content": {self.content_key: text},
        }
        if self.display_time:
            moment = entry.at.astimezone(UTC).replace(tzinfo=None)
            written["display_time"] = f"{moment.isoformat(timespec='milliseconds')}Z"
        if self.important and (entry.important or not new):
            written["important"] = entry.important
        return written

    def instead(self, refusal: Refused) -> NoteLayout | None:
        """The layout to try next if a refusal is about this one, else None."""
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


WrittenEntry = RemoteEntry | str | None
"""What the answer to a write shows, which may be the id alone or nothing."""


class Timeline:
    """Timelines of one Datadog; whether they come in pages is found out by looking."""

    def __init__(self, session: Session, directory: Directory, cache: Cache) -> None:
        self._session = session
        self._directory = directory
        self._cache = cache
        self._takes_pages = True

    def read(self, incident_id: IncidentId, *, to_the_end: bool = False) -> EntryListing:
        """Read every entry once; raises DatadogError rather than returning a part unsaid.

        Only a page that is empty, or holds nothing new, ends a timeline: how large a page may get
        is unknown. The next page begins behind what was seen, so that a short one loses nothing. A
        server that was seen to pass over the pages is not asked for a second one for a day, unless
        the reading is to go ``to_the_end``.
        """
        # Not `paged`: a cell that comes twice was changed meanwhile, and the later copy counts.
        seen: dict[str, Cell] = {}
        first, complete, more, assumed = True, True, True, False
        passes_over = not to_the_end and self._cache.cached(*_PAGES) == _PASSED_OVER
        while more:
            page = self._page(incident_id, len(seen))
            complete = complete and page.complete
            is_new = any(cell.entry.id not in seen for cell in page.cells)
            for cell in page.cells:
                seen[cell.entry.id] = _newer(cell, seen.get(cell.entry.id))
            if not first and page.cells and not is_new and not page.paged:
                self._note_habit(passes_over=len(page.cells) == len(seen))
            assumed = passes_over and not page.paged and len(page.cells) != wire.PAGE_SIZE
            more = is_new and not assumed and self._takes_pages
            first = False
        entries = self._entries(seen.values())
        return EntryListing(entries=entries, complete=complete, assumed=assumed)

    def _note_habit(self, *, passes_over: bool) -> None:
        habit = _PASSED_OVER if passes_over else "taken"
        if self._cache.cached(*_PAGES) != habit:
            self._cache.keep(*_PAGES, habit, lifetime=HABIT_LIFETIME)

    def _page(self, incident_id: IncidentId, offset: int) -> CellPage:
        where = _of(incident_id)
        if self._takes_pages:
            try:
                return self._session.get(where, cells.parse_cells, wire.page_params(offset=offset))
            except Refused as error:
                if error.status != 400 or offset:
                    raise
        page = self._session.get(where, cells.parse_cells)
        # Only now is it known that the pages were what Datadog declined.
        self._takes_pages = False
        return page

    def create(self, incident_id: IncidentId, entry: Entry, layout: NoteLayout) -> WrittenEntry:
        """Write a note, once; makes the owner of the keys a responder (document)."""
        body = wire.request_body(CELLS, attributes=layout.attributes(entry, new=True))
        return self._entry_shown(
            self._session.post(_of(incident_id), body, cells.parse_written_cell)
        )

    def update(
        self, incident_id: IncidentId, cell_id: str, entry: Entry, layout: NoteLayout
    ) -> WrittenEntry:
        """Replace a note, once; Datadog lets nobody change what another wrote (document)."""
        body = wire.request_body(CELLS, attributes=layout.attributes(entry, new=False), id=cell_id)
        where = _of(incident_id, cell_id)
        return self._entry_shown(self._session.patch(where, body, cells.parse_written_cell))

    def delete(self, incident_id: IncidentId, cell_id: str) -> None:
        """Remove a note, once; raises NotFound when it is gone, or cannot be removed at all."""
        self._session.delete(_of(incident_id, cell_id))

    def _entry_shown(self, shown: Cell | str | None) -> WrittenEntry:
        return self._entries([shown])[0] if isinstance(shown, Cell) else shown

    def _entries(self, shown: Collection[Cell]) -> tuple[RemoteEntry, ...]:
        """Entries with their authors' names, and whether our account wrote them."""
        # Few people write many entries, so each is looked up once.
        authors = dict.fromkeys(cell.author for cell in shown if cell.author)
        called = [each for each in authors if each.name or each.email or each.handle]
        names: dict[User, str | None] = {**self._directory.labels(called)}
        names |= {author: self._name(author) for author in authors if author not in names}
        ours = [self._is_ours(cell) for cell in shown]
        # Only what an entry states depends on who wrote it: nobody else is asked for.
        stating = {
            cell.author.id
            for cell, is_ours in zip(shown, ours, strict=True)
            if is_ours is False and cell.author and cell.entry.statement
        }
        people = self._directory.behind(sorted(stating), {})
        writers = {
            user_id: person.key
            for user_id, person in people.items()
            if self._directory.is_person(person)
        }
        return tuple(
            _entry(cell, is_ours, names, writers) for cell, is_ours in zip(shown, ours, strict=True)
        )

    def _is_ours(self, cell: Cell) -> bool | None:
        """Whether our account wrote it; None if that is not known."""
        entry, current = cell.entry, None
        if (entry.source or "").casefold() in MIRRORED:
            return False
        if cell.author is not None:
            current = self._directory.current
        if cell.author is None or current is None:
            return None
        if cell.author.id != current.id:
            return False
        # A person who lent us their keys still writes by hand: of theirs, ours is what has our tag.
        is_tagged = entry.tagged is not None
        return is_tagged or entry.kind != NOTE or self._directory.own is not None

    def _name(self, user: User) -> str | None:
        def ask() -> str:
            person = self._directory.behind([user.id], {})[user.id]
            return person.name or person.email or person.handle or ""

        kept = self._cache.value("timeline_author", user.id, ask, load=str, lifetime=NAME_LIFETIME)
        return kept or None


def _entry(
    cell: Cell,
    is_ours: bool | None,
    names: Mapping[User, str | None],
    writers: Mapping[UserId, PersonKey],
) -> RemoteEntry:
    entry, author = cell.entry, cell.author
    if author is None and is_ours is entry.ours:
        return entry
    name = names[author] if author else entry.author
    says = author and is_ours is False and entry.statement
    by = writers.get(author.id) if author and says else None
    return replace(entry, author=name, ours=is_ours, written_by=by)


def _of(incident_id: IncidentId, *cell_id: str) -> str:
    return wire.path(wire.INCIDENTS, incident_id, "timeline", *cell_id)


def _newer(cell: Cell, known: Cell | None) -> Cell:
    """The later copy of a cell that came twice; of two that are as late, the one read later."""
    if known is None or known.entry.modified is None or cell.entry.modified is None:
        return cell
    return known if known.entry.modified > cell.entry.modified else cell
