"""The timeline of an incident; real, used for years, and never documented (unverified)."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from types import MappingProxyType

from pydantic import Field, StrictBool

from dd_incident_roles.sandbox import api
from dd_incident_roles.sandbox.resources.users import each_included, join, nested
from dd_incident_roles.sandbox.world import (
    AuthorShown,
    ContentAccepted,
    ContentShown,
    DatadogActs,
    Identified,
    Moment,
    Moves,
    Switch,
    World,
)

KIND = "incident_timeline_cells"
NOTE = "markdown"
STATUS_CHANGE = "incident_status_change"
ROLE_CHANGE = "role_assignment_change"
BY_PEOPLE = "datadog"
BY_KEYS = "api"
# A lone < is text and stays.
_TAG = re.compile(r"</?[A-Za-z][^>]*>")


@dataclass(frozen=True, slots=True, kw_only=True)
class Cell(Identified):
    """A note of a person or of a system.

    ``text`` is for notes and ``facts`` for the rest; ``author`` is None for a system, and for
    people of a chat who have no account.
    """

    incident_id: str
    cell_type: str
    created: datetime
    modified: datetime
    display_time: datetime
    author: str | None = None
    source: str = BY_PEOPLE
    text: str = ""
    facts: Mapping[str, object] = field(default_factory=lambda: MappingProxyType({}))
    important: bool = False

    @property
    def is_note(self) -> bool:
        """Whether a person or a program wrote it, so that it can be changed."""
        return self.cell_type == NOTE


def cells_of(world: World, incident_id: str) -> list[Cell]:
    """Lists the timeline as it is, oldest first."""
    rows = world.cells.of("incident_id", incident_id)
    # A stable sort: of two at the same time the older one stays first.
    return sorted(rows, key=lambda row: row.display_time)


def add_cell(
    world: World,
    incident_id: str,
    cell_type: str = NOTE,
    *,
    text: str = "",
    facts: Mapping[str, object] = MappingProxyType({}),
    author: str | None = None,
    source: str = BY_PEOPLE,
    at: datetime | None = None,
    important: bool = False,
) -> Cell:
    """Adds an entry, with the text of a note as far as Datadog keeps it."""
    now = world.clock()
    return _put(
        world,
        Cell(
            id=world.ids(),
            incident_id=incident_id,
            cell_type=cell_type,
            created=now,
            modified=now,
            display_time=at or now,
            author=author,
            source=source,
            text=_kept(world, text),
            facts=facts,
            important=important,
        ),
    )


def rewrite_note(
    world: World,
    row: Cell,
    *,
    text: str | None = None,
    at: datetime | None = None,
    important: bool | None = None,
) -> Cell:
    """Changes a note; what is None stays."""
    return _put(
        world,
        replace(
            row,
            modified=world.clock(),
            text=row.text if text is None else _kept(world, text),
            display_time=at or row.display_time,
            important=row.important if important is None else important,
        ),
    )


def remove_note(world: World, row: Cell) -> None:
    """Takes a note out of the timeline."""
    _keep_earlier(world, row.incident_id)
    world.cells.remove(row.id)


def note_change(
    world: World, incident_id: str, cell_type: str, *, before: api.Shown, after: api.Shown
) -> None:
    """Notes what changed, as people's tools read it; the layout for roles is a guess."""
    if before != after and world.switches.timeline_system_entries:
        facts = {"action": "updated", "before": before, "after": after}
        add_cell(world, incident_id, cell_type, facts=facts)


def note_role(
    world: World, incident_id: str, role: str, *, before: str | None, after: str | None
) -> None:
    """Notes that a role went from one user to another."""
    if before != after:
        was, now = ({"role": role, "user": _name(world, each)} for each in (before, after))
        note_change(world, incident_id, ROLE_CHANGE, before=was, after=now)


def _put(world: World, row: Cell) -> Cell:
    _keep_earlier(world, row.incident_id)
    return world.cells.put(row)


def _keep_earlier(world: World, incident_id: str) -> None:
    # What a listing shows that lags behind the last change.
    world.earlier_cells[incident_id] = tuple(cells_of(world, incident_id))


def _kept(world: World, text: str) -> str:
    # A longest of None cuts nothing.
    kept = _TAG.sub("", text) if world.switches.timeline_strips_html else text
    return kept[: world.switches.timeline_longest]


def _name(world: World, user_id: str | None) -> str | None:
    user = world.users.get(user_id)
    return None if user is None else user.name or user.email


def shown(world: World, row: Cell) -> api.Json:
    """Renders an entry (unreleased specification, and what other people's tools read)."""
    attributes: api.Json = {
        **api.picked(row, "cell_type", "incident_id", "source"),
        **api.dates(row, api.newer),
        "parent_uuid": None,
        **_content(row, world.switches.timeline_content),
    }
    if world.switches.timeline_display_time:
        attributes["display_time"] = api.newer(row.display_time)
    if world.switches.timeline_important:
        attributes["important"] = row.important
    match world.switches.timeline_authors:
        case AuthorShown.NONE:
            return api.resource(KIND, row.id, attributes)
        case AuthorShown.ATTRIBUTE:
            return api.resource(KIND, row.id, {**attributes, "author": nested(world, row.author)})
        case AuthorShown.RELATIONSHIP:
            author = {"created_by_user": api.reference("users", row.author)}
            return api.resource(KIND, row.id, attributes, author)


def _content(row: Cell, layout: ContentShown) -> api.Json:
    # A note can carry facts too: what nobody can read as a text.
    if not row.is_note or row.facts:
        return {"content": dict(row.facts)}
    match layout:
        case ContentShown.CONTENT:
            return {"content": {"content": row.text}}
        case ContentShown.MESSAGE:
            return {"content": {"message": row.text}}
        case ContentShown.PLAIN:
            return {"content": row.text}
        case ContentShown.ATTRIBUTE:
            return {"message": row.text}


def _authors(world: World, rows: Iterable[Cell]) -> api.Json:
    """Renders who wrote the entries, once each, where they are named by their ids."""
    if world.switches.timeline_authors is not AuthorShown.RELATIONSHIP:
        return {}
    return {"included": each_included(world, (row.author for row in rows))}


def list_cells(call: api.Call) -> api.Answer:
    """Lists the timeline, oldest first: whole, or by page where that is switched on."""
    world, incident_id = call.world, call.incident().id
    rows = cells_of(world, incident_id)
    if world.stale_listings > 0:
        # Each old listing is served once, so that a client that asks again learns the truth.
        world.stale_listings -= 1
        rows = list(world.earlier_cells.get(incident_id, ()))
    more: api.Json = {}
    if world.switches.timeline_pages:
        window = call.window(default=10)
        rows = rows[window]
        more["meta"] = api.offset_page(window.start, len(rows))
    return call.answer([shown(world, row) for row in rows], {**more, **_authors(world, rows)})


class SentCell(api.Attributes):
    """What writes a note; where the text lies is a switch."""

    cell_type: str | None = None
    content: Mapping[str, object] = Field(default_factory=dict)
    display_time: Moment | None = None
    important: StrictBool | None = None


def create_cell(call: api.Call) -> api.Answer:
    """Adds a note of the caller, who becomes a responder (document)."""
    incident, sent = call.incident(), call.body(KIND, SentCell).attributes
    if sent.cell_type != NOTE:
        raise api.Refusal(400, "invalid cell_type")
    at, important = _time_and_mark(call, sent)
    row = add_cell(
        call.world,
        incident.id,
        text=_text(call, sent),
        author=call.caller,
        source=BY_KEYS,
        at=at,
        # None is a mark that was left out, or is switched off.
        important=important or False,
    )
    return _written(call, row, status=201, because=Moves.NOTES)


def patch_cell(call: api.Call) -> api.Answer:
    """Changes a note of the caller; what the body leaves out stays."""
    row, sent = _own_note(call), call.body(KIND, SentCell).attributes
    text = _text(call, sent) if "content" in sent.model_fields_set else None
    at, important = _time_and_mark(call, sent)
    return _written(call, rewrite_note(call.world, row, text=text, at=at, important=important))


def delete_cell(call: api.Call) -> api.Answer:
    """Removes a note of the caller."""
    remove_note(call.world, _own_note(call))
    _note_caller(call, Moves.DELETIONS)
    return api.Answer(status=204)


def _own_note(call: api.Call) -> Cell:
    incident, row = call.incident(), call.world.cells.get(call.ids["cell_id"])
    if row is None or row.incident_id != incident.id:
        raise api.Refusal(404, "timeline cell not found")
    if not row.is_note:
        raise api.Refusal(403, "timeline cell cannot be changed")
    if row.author != call.caller and call.world.switches.timeline_protects_others:
        raise api.Refusal(403, "timeline cell belongs to another user")
    return row


def _text(call: api.Call, sent: SentCell) -> str:
    accepted = call.world.switches.timeline_accepts
    if accepted is ContentAccepted.EITHER:
        text = sent.content.get("content", sent.content.get("message"))
    else:
        text = sent.content.get(accepted.value)
    if not isinstance(text, str) or not text.strip():
        name = "content" if accepted is ContentAccepted.EITHER else accepted.value
        # The word content, by which a client sees that it is the layout that was refused.
        raise api.Refusal(400, f"invalid timeline cell content: {name} is required")
    return text


def _time_and_mark(call: api.Call, sent: SentCell) -> tuple[datetime | None, bool | None]:
    switches = call.world.switches
    return (
        sent.display_time if switches.timeline_display_time else None,
        sent.important if switches.timeline_important else None,
    )


def _written(
    call: api.Call, row: Cell, *, status: int = 200, because: Moves = Moves.EDITS
) -> api.Answer:
    _note_caller(call, because)
    if call.world.switches.timeline_bare_answers:
        return call.answer({"type": KIND, "id": row.id}, status=status)
    return call.answer(shown(call.world, row), _authors(call.world, [row]), status=status)


def _note_caller(call: api.Call, because: Moves) -> None:
    incident_id = call.incident().id
    join(call.world, incident_id, call.caller, by=call.caller, acted=True)
    call.world.touch(incident_id, by=call.caller, because=because)


PATH = "/incidents/{incident_id}/timeline"
ENDPOINTS = (
    *api.family(
        PATH,
        {"GET": list_cells},
        read=api.Permission.INCIDENT_READ,
        switch=lambda switches: switches.timeline,
    ),
    *api.family(
        PATH,
        {"POST": create_cell, "PATCH /{cell_id}": patch_cell, "DELETE /{cell_id}": delete_cell},
        write=api.Permission.INCIDENT_WRITE,
        switch=lambda parts: (
            parts.timeline_writes if parts.timeline is Switch.ON else parts.timeline
        ),
    ),
)


class TimelineActs(DatadogActs):
    """What people do in a timeline in Datadog's own pages, and what they would see there."""

    def add_note(
        self,
        incident: int,
        person: str | None,
        text: str,
        *,
        at: datetime | None = None,
        important: bool = False,
        source: str = BY_PEOPLE,
    ) -> str:
        """Writes a note, now or back-dated, and returns its id.

        Without a person it comes from somebody in a chat who has no account.
        """
        row_id = self.incident(incident).id
        author = None if person is None else self.person(person).id
        note = add_cell(
            self.world,
            row_id,
            text=text,
            author=author,
            source=source,
            at=at,
            important=important,
        )
        if author is not None:
            join(self.world, row_id, author, by=author, acted=True)
            self.world.touch(row_id, by=author, because=Moves.NOTES)
        return note.id

    def edit_note(
        self, incident: int, cell: str, text: str, *, important: bool | None = None
    ) -> None:
        """Changes anybody's note, as its author or an administrator may; raises KeyError."""
        row = self.cell(incident, cell)
        rewrite_note(self.world, row, text=text, important=important)
        self._touch(row, Moves.EDITS)

    def delete_note(self, incident: int, cell: str) -> None:
        """Removes anybody's note; raises KeyError."""
        row = self.cell(incident, cell)
        remove_note(self.world, row)
        self._touch(row, Moves.DELETIONS)

    def _touch(self, row: Cell, because: Moves) -> None:
        if row.author is not None:
            self.world.touch(row.incident_id, by=row.author, because=because)

    def add_system_cell(self, incident: int, cell_type: str, facts: Mapping[str, object]) -> str:
        """Adds what a system notes, of any kind, and returns its id."""
        return add_cell(self.world, self.incident(incident).id, cell_type, facts=facts).id

    def cells(self, incident: int) -> list[Cell]:
        """Lists the whole timeline, oldest first, as it is now."""
        return cells_of(self.world, self.incident(incident).id)

    def cell(self, incident: int, cell: str) -> Cell:
        """Finds one entry; raises KeyError."""
        for row in self.cells(incident):
            if row.id == cell:
                return row
        raise KeyError(cell)

    def notes(self, incident: int) -> list[str]:
        """Lists the texts of the notes, oldest first, tags of programs included."""
        return [row.text for row in self.cells(incident) if row.is_note]

    def stale_timeline(self, listings: int) -> None:
        """Makes the next listings show each timeline as it was before its last change."""
        self.world.stale_listings = listings
