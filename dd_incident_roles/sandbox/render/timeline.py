"""The entries of a timeline; none of it was ever recorded, so that much is a switch."""

from __future__ import annotations

from collections.abc import Iterable

from dd_incident_roles.sandbox.render.shapes import Json, reference, resource
from dd_incident_roles.sandbox.render.times import newer
from dd_incident_roles.sandbox.render.user import included_user, nested_user
from dd_incident_roles.sandbox.state.cell import Cell
from dd_incident_roles.sandbox.state.world import World
from dd_incident_roles.sandbox.timeline_quirks import AuthorShown, ContentShown

CELLS = "incident_timeline_cells"


def cell(world: World, row: Cell) -> Json:
    """Renders an entry (unreleased specification, and what other people's tools read)."""
    quirks = world.timeline_quirks
    shown: Json = {
        "cell_type": row.cell_type,
        "created": newer(row.created),
        "modified": newer(row.modified),
        "incident_id": row.incident_id,
        "source": row.source,
        "parent_uuid": row.parent_id,
        **_content(row, quirks.timeline_content),
    }
    if quirks.timeline_display_time:
        shown["display_time"] = newer(row.display_time)
    if quirks.timeline_important:
        shown["important"] = row.important
    match quirks.timeline_authors:
        case AuthorShown.NONE:
            return resource(CELLS, row.id, shown)
        case AuthorShown.ATTRIBUTE:
            return resource(CELLS, row.id, {**shown, "author": nested_user(world, row.author)})
        case AuthorShown.RELATIONSHIP:
            return resource(
                CELLS, row.id, shown, {"created_by_user": reference("users", row.author)}
            )


def written_cell(world: World, row: Cell) -> Json:
    """Renders the answer to a write, which may hold no more than the id."""
    if world.timeline_quirks.timeline_bare_answers:
        return {"data": {"type": CELLS, "id": row.id}}
    return {"data": cell(world, row), **cell_authors(world, [row])}


def cell_authors(world: World, rows: Iterable[Cell]) -> Json:
    """Renders who wrote the entries, once each, where they are named by their ids."""
    if world.timeline_quirks.timeline_authors is not AuthorShown.RELATIONSHIP:
        return {}
    named = dict.fromkeys(row.author for row in rows if row.author is not None)
    users = (world.users.get(user_id) for user_id in named)
    return {"included": [included_user(user) for user in users if user is not None]}


def _content(row: Cell, shown: ContentShown) -> Json:
    if not row.is_note or row.facts:
        return {"content": dict(row.facts)}
    match shown:
        case ContentShown.CONTENT:
            return {"content": {"content": row.text}}
        case ContentShown.MESSAGE:
            return {"content": {"message": row.text}}
        case ContentShown.PLAIN:
            return {"content": row.text}
        case ContentShown.ATTRIBUTE:
            return {"message": row.text}
