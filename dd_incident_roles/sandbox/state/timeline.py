"""The acts that change a timeline, and what an old listing of it shows."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime
from types import MappingProxyType

from dd_incident_roles.sandbox.state.cell import (
    BY_PEOPLE,
    NOTE,
    ROLE_CHANGE,
    STATUS_CHANGE,
    Cell,
)
from dd_incident_roles.sandbox.state.incident import Incident
from dd_incident_roles.sandbox.state.world import World

_TAG = re.compile(r"</?[A-Za-z][^>]*>")


def listed(world: World, incident_id: str) -> list[Cell]:
    """Lists the timeline, oldest first; an old state of it while old listings are due."""
    if world.stale_listings > 0:
        world.stale_listings -= 1
        return list(world.earlier_cells.get(incident_id, ()))
    return cells_of(world, incident_id)


def cells_of(world: World, incident_id: str) -> list[Cell]:
    """Lists the timeline as it is, oldest first."""
    rows = world.cells.where(lambda row: row.incident_id == incident_id)
    return sorted(rows, key=lambda row: row.display_time)


def write_note(
    world: World,
    incident_id: str,
    text: str,
    *,
    author: str | None,
    source: str,
    at: datetime | None = None,
    important: bool = False,
) -> Cell:
    """Adds a note, with the text as far as Datadog keeps it."""
    now = world.clock()
    return _put(
        world,
        Cell(
            id=world.ids(),
            incident_id=incident_id,
            cell_type=NOTE,
            created=now,
            modified=now,
            display_time=now if at is None else at,
            author=author,
            source=source,
            text=_kept(world, text),
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
            display_time=row.display_time if at is None else at,
            important=row.important if important is None else important,
        ),
    )


def remove_note(world: World, row: Cell) -> None:
    """Takes a note out of the timeline."""
    _remember(world, row.incident_id)
    world.cells.remove(row.id)


def add_system_cell(
    world: World,
    incident_id: str,
    cell_type: str,
    facts: Mapping[str, object],
    *,
    at: datetime | None = None,
) -> Cell:
    """Adds what a system notes, of any kind."""
    now = world.clock()
    return _put(
        world,
        Cell(
            id=world.ids(),
            incident_id=incident_id,
            cell_type=cell_type,
            created=now,
            modified=now,
            display_time=now if at is None else at,
            source=BY_PEOPLE,
            facts=MappingProxyType(dict(facts)),
        ),
    )


def note_status(world: World, before: Incident, after: Incident) -> None:
    """Notes a change of state or severity: what was and what is, as people's tools read it."""
    changed = [name for name in ("state", "severity") if _of(before, name) != _of(after, name)]
    if changed and world.timeline_quirks.timeline_system_entries:
        add_system_cell(
            world,
            after.id,
            STATUS_CHANGE,
            {
                "action": "updated",
                "before": {name: _of(before, name) for name in changed},
                "after": {name: _of(after, name) for name in changed},
            },
        )


def note_role(
    world: World, incident_id: str, role: str, *, before: str | None, after: str | None
) -> None:
    """Notes that a role went from one user to another; the layout is a guess (unverified)."""
    if before != after and world.timeline_quirks.timeline_system_entries:
        add_system_cell(
            world,
            incident_id,
            ROLE_CHANGE,
            {
                "action": "updated",
                "before": {"role": role, "user": _name(world, before)},
                "after": {"role": role, "user": _name(world, after)},
            },
        )


def forget_timeline(world: World, incident_id: str) -> None:
    """Removes the whole timeline of an incident that is deleted."""
    for row in cells_of(world, incident_id):
        world.cells.remove(row.id)
    world.earlier_cells.pop(incident_id, None)


def _put(world: World, row: Cell) -> Cell:
    _remember(world, row.incident_id)
    return world.cells.put(row)


def _remember(world: World, incident_id: str) -> None:
    world.earlier_cells[incident_id] = tuple(cells_of(world, incident_id))


def _kept(world: World, text: str) -> str:
    quirks = world.timeline_quirks
    kept = _TAG.sub("", text) if quirks.timeline_strips_html else text
    return kept if quirks.timeline_longest is None else kept[: quirks.timeline_longest]


def _of(row: Incident, name: str) -> str:
    return row.severity if name == "severity" else row.state


def _name(world: World, user_id: str | None) -> str | None:
    user = world.users.get(user_id) if user_id is not None else None
    return None if user is None else user.name or user.email
