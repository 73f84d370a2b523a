"""The timeline of an incident: read whole as entries, and notes written into it (unreleased).

Nobody ever recorded a cell, so every layout that was seen is read: whose it is, of which kind, and
what it says without our tag.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from types import MappingProxyType

from dd_incident_roles.datadog import wire
from dd_incident_roles.datadog.directory import Directory
from dd_incident_roles.datadog.http import Session
from dd_incident_roles.datadog.learned import Cache
from dd_incident_roles.datadog.users import User, included_users, read_user
from dd_incident_roles.errors import Refused
from dd_incident_roles.model import NOTE, IncidentId, PersonKey, UserId
from dd_incident_roles.sync.entries.identity import Tagged, without_tag
from dd_incident_roles.sync.entries.plan_timeline import MIRRORS
from dd_incident_roles.sync.targets import EntryListing, RemoteEntry
from dd_incident_roles.values import frozen

NOTE_CELL = "markdown"

_TEXT_KEYS = ("content", "message", "text", "markdown")
_AUTHOR_RELATIONSHIPS = ("created_by_user", "author", "created_by", "user")
_AUTHOR_ATTRIBUTES = ("author", "created_by", "user")
_NAMES = ("name", "email", "handle")
_AUTHOR_IDS = ("created_by_uuid", "author_uuid", "user_uuid")
_BEGINNING = datetime.fromtimestamp(0, UTC)


@frozen
class Cell:
    """One cell as an entry, and the account that wrote it, which may be known by the id alone.

    The ``author`` of the entry is a name without an account.
    """

    entry: RemoteEntry
    author: User | None = None


@frozen
class CellPage:
    """One page of a timeline; ``paged`` is whether the answer itself mentions pages.

    It is not ``complete`` where a cell has no id, for then nobody knows which one it is.
    """

    cells: tuple[Cell, ...]
    paged: bool = False
    complete: bool = True


def parse_cells(body: bytes) -> CellPage:
    """Read one page of a timeline; raises UnexpectedAnswer where there is no listing."""
    answer = wire.document(body)
    users = included_users(answer)
    rows = wire.required_objects(answer, "data")
    cells: list[Cell] = []
    for row in rows:
        # They are sorted by time: one without a time gets the time of the one before it.
        before = cells[-1].entry.created if cells else _BEGINNING
        if found := _cell(row, users, blank=True) or _unreadable(row, before):
            cells.append(found)
    return CellPage(
        cells=tuple(cells),
        paged=bool(wire.object_at(answer, "meta", "pagination")),
        complete=len(cells) == len(rows),
    )


def parse_written_cell(body: bytes) -> Cell | str | None:
    """Read what the answer to a write shows, which may be the id alone, or nothing.

    One without a body is none. Raises UnexpectedAnswer.
    """
    answer = wire.document(body if body.strip() else b"{}")
    resource = wire.object_at(answer, "data")
    return _cell(resource, included_users(answer), blank=False) or _cell_id(resource)


def _unreadable(resource: wire.Object, before: datetime) -> Cell | None:
    """A cell of which the id alone is known, None where not even that is."""
    cell_id = _cell_id(resource)
    if cell_id is None:
        return None
    names = ("created", "modified", "display_time")
    times = (wire.time_at(resource, "attributes", name) for name in names)
    created = next(filter(None, times), before)
    text = "Datadog shows this entry in a form that cannot be read."
    return Cell(
        entry=RemoteEntry(
            id=cell_id, at=created, created=created, text=text, kind="unreadable", readable=False
        )
    )


def _cell(resource: wire.Object, users: Mapping[UserId, User], *, blank: bool) -> Cell | None:
    """Read a cell, None where something is missing; with ``blank`` a note may say nothing."""
    attributes = wire.object_at(resource, "attributes")
    cell_id = _cell_id(resource)
    happened = wire.time_at(attributes, "display_time")
    modified = wire.time_at(attributes, "modified")
    created = wire.time_at(attributes, "created") or modified or happened
    if cell_id is None or created is None:
        return None
    cell_type = wire.text(attributes, "cell_type") or NOTE_CELL
    whole = _text(attributes) if cell_type == NOTE_CELL else None
    if cell_type != NOTE_CELL:
        # Whatever a system noted has no tag of ours, not even where it quotes one.
        tagged = Tagged(text=readable(cell_type, _facts(attributes)))
    elif whole is None or not (blank or whole.strip()):
        return None
    else:
        tagged = without_tag(whole)
    author = _author(resource)
    entry = RemoteEntry(
        id=cell_id,
        at=happened or created,
        created=created,
        text=tagged.text,
        modified=modified,
        author=author if isinstance(author, str) else None,
        important=wire.flag(attributes, "important") or False,
        kind=kind_of(cell_type),
        source=wire.text(attributes, "source"),
        tagged=tagged.key,
        signed=tagged.author,
        statement=tagged.statement,
        whole=whole if tagged.key else None,
    )
    account = users.get(author.id, author) if isinstance(author, User) else None
    return Cell(entry=entry, author=account)


def _cell_id(resource: wire.Object) -> str | None:
    """The id as it was sent: that it is a UUID, whose case does not matter, is unverified."""
    found = wire.text(resource, "id")
    return found.strip() if found else None


def _text(attributes: wire.Object) -> str | None:
    inside = wire.object_at(attributes, "content")
    places = (attributes.get("content"), *map(inside.get, _TEXT_KEYS), attributes.get("message"))
    # An empty text is one too: `wire.text` would pass it over.
    return next((found for found in places if isinstance(found, str)), None)


def _facts(attributes: wire.Object) -> wire.Object:
    content = attributes.get("content")
    if isinstance(content, dict):
        return content
    found = content if isinstance(content, str) else attributes.get("message")
    return {"message": found} if isinstance(found, str) else {}


def _author(resource: wire.Object) -> User | str | None:
    """Who wrote a cell: an account, perhaps known by the id alone, or a name without one."""
    attributes = wire.object_at(resource, "attributes")
    for name in _AUTHOR_RELATIONSHIPS if resource.get("relationships") else ():
        if user_id := wire.relation(resource, name):
            return User(id=UserId(user_id))
    for name in _AUTHOR_ATTRIBUTES:
        if author := _author_in(attributes, name):
            return author
    user_id = wire.first_text(attributes, _AUTHOR_IDS)
    return User(id=UserId(user_id.strip().lower())) if user_id else None


def _author_in(attributes: wire.Object, name: str) -> User | str | None:
    """Who an attribute names: a whole user, a flat one, an id, or a name and nothing else."""
    if not attributes.get(name):
        return None
    plain = (wire.text(attributes, name) or "").strip()
    if wire.UUID.fullmatch(plain):
        return User(id=UserId(plain.lower()))
    shown = wire.object_at(attributes, name)
    nested = wire.object_at(shown, "data") or shown
    user = read_user(nested)
    # A flat user has its name beside its id, where a resource has them one level below.
    if user is None or not (user.name or user.names):
        user = read_user({"id": nested.get("id"), "attributes": nested})
    return plain or user or wire.first_text(nested, _NAMES)


KINDS: Mapping[str, str] = MappingProxyType(
    {
        NOTE_CELL: NOTE,
        "incident_status_change": "status_change",
        "role_assignment_change": "role_change",
    }
)
"""Our word for a type of cell; every other type keeps its own, for the set is open."""

_SENTENCES = (*_TEXT_KEYS, "summary", "title")
_ROLES = ("role", "role_name", "responder_type", "role_type")
_PEOPLE = ("user", "assignee", "responder", "holder", "person", "commander")
_DEPTH = 2


def kind_of(cell_type: str) -> str:
    """Our word for a type of cell; what is not known as a note is never called one."""
    kind = KINDS.get(cell_type, cell_type)
    return f"{kind}_entry" if kind == NOTE and cell_type != NOTE_CELL else kind


def readable(cell_type: str, facts: wire.Object) -> str:
    """Say what a system noted; the layouts are guesses, so that unknown ones are listed."""
    before, after = wire.object_at(facts, "before"), wire.object_at(facts, "after")
    said = None
    if cell_type == "role_assignment_change":
        said = _role_change(facts, before, after)
    elif before or after:
        return "; ".join(_changes(before, after)) or _words(cell_type)
    said = said or wire.first_text(facts, _SENTENCES)
    return said or "; ".join(_list_facts(facts, _DEPTH)) or _words(cell_type)


def _changes(before: wire.Object, after: wire.Object) -> Iterator[str]:
    for name in dict.fromkeys([*after, *before]):
        was, now = _value(before.get(name)), _value(after.get(name))
        if was and now:
            yield f"{_words(name)}: {was} \u2192 {now}" if was != now else f"{_words(name)}: {now}"
        elif was or now:
            yield f"{_words(name)}: {now}" if now else f"{_words(name)}: no longer {was}"


def _role_change(facts: wire.Object, before: wire.Object, after: wire.Object) -> str | None:
    role = next(filter(None, (_first(place, _ROLES) for place in (after, before, facts))), None)
    was, now = _first(before, _PEOPLE), _first(after, _PEOPLE)
    if role and (was or now):
        return f"{role}: {was or 'nobody'} \u2192 {now or 'nobody'}"
    who = _first(facts, _PEOPLE)
    if role and who:
        action = wire.text(facts, "action")
        return f"{role}: {who} ({_words(action).lower()})" if action else f"{role}: {who}"
    return None


def _first(place: wire.Object, names: tuple[str, ...]) -> str | None:
    return next(filter(None, (_value(place.get(name)) for name in names)), None)


def _value(value: object) -> str | None:
    """A value in words, None when there is nothing to say."""
    match value:
        case bool():
            return "yes" if value else "no"
        case str() if value.strip():
            return value.strip()
        case int() | float():
            return str(value)
        case list():
            return ", ".join(said for item in value if (said := _value(item))) or None
        case dict():
            inside = wire.object_at(value, "data") or value
            named = wire.object_at(inside, "attributes") or inside
            return wire.first_text(named, (*_NAMES, "value"))
        case _:
            return None


def _list_facts(facts: wire.Object, depth: int) -> Iterator[str]:
    for name, value in facts.items():
        if said := _value(value):
            yield f"{_words(name)}: {said}"
        elif isinstance(value, dict) and depth > 1:
            yield from _list_facts(value, depth - 1)


def _words(name: str) -> str:
    plain = " ".join(name.replace("_", " ").split())
    return plain[:1].upper() + plain[1:]


_CELLS = "incident_timeline_cells"

NAME_LIFETIME = timedelta(days=7)
"""How long a name is believed that had to be asked for on its own."""

HABIT_LIFETIME = timedelta(days=1)
"""How long a server is believed to pass over pages, so that each command asks for one less."""

_PAGES = ("timeline", "pages")
_PASSED_OVER = "passed over"

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
                return self._session.get(where, parse_cells, wire.page_params(offset=offset))
            except Refused as error:
                if error.status != 400 or offset:
                    raise
        page = self._session.get(where, parse_cells)
        # Only now is it known that the pages were what Datadog declined.
        self._takes_pages = False
        return page

    def create(self, incident_id: IncidentId, attributes: wire.Object) -> WrittenEntry:
        """Write a note, once; makes the owner of the keys a responder (document)."""
        body = wire.request_body(_CELLS, attributes=attributes)
        return self._shown(self._session.post(_of(incident_id), body, parse_written_cell))

    def update(
        self, incident_id: IncidentId, cell_id: str, attributes: wire.Object
    ) -> WrittenEntry:
        """Replace a note, once; Datadog lets nobody change what another wrote (document)."""
        body = wire.request_body(_CELLS, attributes=attributes, id=cell_id)
        return self._shown(self._session.patch(_of(incident_id, cell_id), body, parse_written_cell))

    def delete(self, incident_id: IncidentId, cell_id: str) -> None:
        """Remove a note, once; raises NotFound when it is gone, or cannot be removed at all."""
        self._session.delete(_of(incident_id, cell_id))

    def _shown(self, shown: Cell | str | None) -> WrittenEntry:
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
        if (entry.source or "").casefold() in MIRRORS:
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
