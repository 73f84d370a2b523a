"""Cells as entries: whose they are, what they say without our tag, and of which kind."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import timedelta
from types import MappingProxyType

from dd_incident_roles.datadog.cache import Cache
from dd_incident_roles.datadog.directory import Directory
from dd_incident_roles.datadog.timeline import NOTE_CELL, Cell, Timeline
from dd_incident_roles.datadog.users import User
from dd_incident_roles.datadog.wire import Object, object_at, text
from dd_incident_roles.model import NOTE, IncidentId
from dd_incident_roles.sync.entries.listing import EntryListing, RemoteEntry
from dd_incident_roles.sync.entries.tag import Tagged, without_tag

NAME_LIFETIME = timedelta(days=7)
"""How long a name is believed that had to be asked for on its own."""

MIRRORED = frozenset({"slack", "microsoft_teams"})
"""Sources of what people wrote in a chat and Datadog copied (unreleased specification)."""


class TimelineEntries:
    """Reads timelines as entries."""

    def __init__(self, timeline: Timeline, directory: Directory, cache: Cache) -> None:
        self._timeline = timeline
        self._directory = directory
        self._cache = cache

    def read(self, incident_id: IncidentId) -> EntryListing:
        """Read a whole timeline; raises DatadogError rather than returning a part unsaid."""
        listed = self._timeline.list(incident_id)
        entries = tuple(self.entry(cell) for cell in listed.cells)
        return EntryListing(entries=entries, complete=listed.complete)

    def entry(self, cell: Cell) -> RemoteEntry:
        """Say what one cell says in the words of the sync."""
        if cell.is_note:
            tagged = without_tag(cell.text)
        elif cell.readable:
            tagged = Tagged(text=readable(cell.cell_type, cell.facts))
        else:
            unreadable = "Datadog shows this entry in a form that cannot be read."
            tagged = Tagged(text=unreadable)
        return RemoteEntry(
            id=cell.id,
            at=cell.display_time or cell.created,
            created=cell.created,
            text=tagged.text,
            modified=cell.modified,
            author=cell.author_name if cell.author is None else self._name(cell.author),
            important=cell.important,
            kind=kind_of(cell.cell_type),
            source=cell.source,
            tagged=tagged.key,
            signed=tagged.author,
            whole=cell.text if tagged.key else None,
            ours=self._is_ours(cell, tagged),
            readable=cell.readable,
        )

    def _is_ours(self, cell: Cell, tagged: Tagged) -> bool | None:
        """Whether our account wrote it, None when nothing tells.

        A person who lent us their keys still writes by hand: of theirs, ours is what has our tag.
        """
        if (cell.source or "").casefold() in MIRRORED:
            return False
        if cell.author is None:
            return None
        current = self._directory.current
        if current is None:
            return None
        if cell.author.id != current.id:
            return False
        if not cell.is_note or self._directory.own is not None:
            return True
        return tagged.key is not None

    def _name(self, user: User) -> str | None:
        if user.name or user.email or user.handle:
            return self._directory.label(user)

        def ask() -> str:
            person = self._directory.behind([user.id], {})[user.id]
            return person.name or person.email or person.handle or ""

        kept = self._cache.value("timeline_author", user.id, ask, load=str, lifetime=NAME_LIFETIME)
        return kept or None


KINDS: Mapping[str, str] = MappingProxyType(
    {
        NOTE_CELL: NOTE,
        "incident_status_change": "status_change",
        "role_assignment_change": "role_change",
    }
)
"""Our word for a type of cell; every other type keeps its own, for the set is open."""

_SENTENCES = ("content", "message", "text", "markdown", "summary", "title")
_ROLES = ("role", "role_name", "responder_type", "role_type")
_PEOPLE = ("user", "assignee", "responder", "holder", "person", "commander")
_DEPTH = 2


def kind_of(cell_type: str) -> str:
    """Our word for a type of cell; what is not known as a note is never called one."""
    kind = KINDS.get(cell_type, cell_type)
    return f"{kind}_entry" if kind == NOTE and cell_type != NOTE_CELL else kind


def readable(cell_type: str, facts: Object) -> str:
    """Say what a system noted; the layouts are guesses, so that unknown ones are listed."""
    before, after = object_at(facts, "before"), object_at(facts, "after")
    if cell_type == "role_assignment_change":
        said = _role_change(facts, before, after)
        if said:
            return said
    elif before or after:
        return "; ".join(_changes(before, after)) or _words(cell_type)
    for name in _SENTENCES:
        if sentence := text(facts, name):
            return sentence
    return "; ".join(_listed(facts, _DEPTH)) or _words(cell_type)


def _changes(before: Object, after: Object) -> Iterator[str]:
    for name in dict.fromkeys([*after, *before]):
        was, now = _value(before.get(name)), _value(after.get(name))
        if was and now:
            yield f"{_words(name)}: {was} \u2192 {now}" if was != now else f"{_words(name)}: {now}"
        elif was or now:
            yield f"{_words(name)}: {now}" if now else f"{_words(name)}: no longer {was}"


def _role_change(facts: Object, before: Object, after: Object) -> str | None:
    role = next(
        (found for place in (after, before, facts) if (found := _first(place, _ROLES))), None
    )
    was, now = _first(before, _PEOPLE), _first(after, _PEOPLE)
    if role and (was or now):
        return f"{role}: {was or 'nobody'} \u2192 {now or 'nobody'}"
    who = _first(facts, _PEOPLE)
    if role and who:
        action = text(facts, "action")
        return f"{role}: {who} ({_words(action).lower()})" if action else f"{role}: {who}"
    return None


def _first(place: Object, names: tuple[str, ...]) -> str | None:
    return next((found for name in names if (found := _value(place.get(name)))), None)


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
        case Mapping():
            inside = object_at(value, "data") or value
            named = object_at(inside, "attributes") or inside
            return next(
                (
                    said
                    for name in ("name", "email", "handle", "value")
                    if (said := text(named, name))
                ),
                None,
            )
        case _:
            return None


def _listed(facts: Object, depth: int) -> Iterator[str]:
    for name, value in facts.items():
        if said := _value(value):
            yield f"{_words(name)}: {said}"
        elif isinstance(value, Mapping) and depth > 1:
            yield from _listed(value, depth - 1)


def _words(name: str) -> str:
    plain = " ".join(name.replace("_", " ").split())
    return plain[:1].upper() + plain[1:]
