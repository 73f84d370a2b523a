"""The timeline of an incident: listed, written, changed, removed (unreleased, unrecorded)."""

from __future__ import annotations

from dd_incident_roles.datadog.http import Params, Session
from dd_incident_roles.datadog.paths import INCIDENTS, path
from dd_incident_roles.datadog.timeline_dialect import Dialect, Note
from dd_incident_roles.datadog.wire.timeline import (
    CELLS,
    Cell,
    CellPage,
    WrittenCell,
    parse_cells,
    parse_written_cell,
)
from dd_incident_roles.errors import Refused
from dd_incident_roles.model import IncidentId

PAGE_SIZE = 100


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
        seen: dict[str, Cell] = {}
        first, complete = True, True
        while True:
            page = self._page(incident_id, len(seen))
            complete = complete and page.complete
            new = [cell for cell in page.cells if cell.id not in seen]
            for cell in page.cells:
                seen[cell.id] = _newer(cell, seen.get(cell.id))
            if not first and page.cells and not new and not page.paged:
                self._is_whole = len(page.cells) == len(seen)
            whole = self._is_whole and not page.paged and len(page.cells) != PAGE_SIZE
            if not new or whole or not self._takes_pages:
                return CellPage(cells=tuple(seen.values()), complete=complete)
            first = False

    def create(self, incident_id: IncidentId, note: Note, dialect: Dialect) -> WrittenCell:
        """Write a note, once; makes the owner of the keys a responder (document)."""
        body = _body(dialect.attributes(note, new=True))
        return self._session.post(_of(incident_id), body, parse_written_cell)

    def update(
        self, incident_id: IncidentId, cell_id: str, note: Note, dialect: Dialect
    ) -> WrittenCell:
        """Replace a note, once; Datadog lets nobody change what another wrote (document)."""
        body = _body(dialect.attributes(note, new=False), cell_id)
        return self._session.patch(path(_of(incident_id), cell_id), body, parse_written_cell)

    def delete(self, incident_id: IncidentId, cell_id: str) -> None:
        """Remove a note, once; raises NotFound when it is gone, or cannot be removed at all."""
        self._session.delete(path(_of(incident_id), cell_id))

    def _page(self, incident_id: IncidentId, offset: int) -> CellPage:
        where = _of(incident_id)
        if self._takes_pages:
            try:
                return self._session.get(where, parse_cells, _pages(offset))
            except Refused as error:
                if error.status != 400 or offset:
                    raise
            page = self._session.get(where, parse_cells)
            # Only now is it known that the pages were what Datadog declined.
            self._takes_pages = False
            return page
        return self._session.get(where, parse_cells)


def _newer(cell: Cell, known: Cell | None) -> Cell:
    """The later copy of a cell that came twice; of two that are as late, the one read later."""
    if known is None or known.modified is None or cell.modified is None:
        return cell
    return known if known.modified > cell.modified else cell


def _of(incident_id: IncidentId) -> str:
    return path(INCIDENTS, incident_id, "timeline")


def _pages(offset: int) -> Params:
    return (("page[size]", str(PAGE_SIZE)), ("page[offset]", str(offset)))


def _body(attributes: dict[str, object], cell_id: str | None = None) -> dict[str, object]:
    data: dict[str, object] = {"type": CELLS, "attributes": attributes}
    return {"data": data if cell_id is None else {**data, "id": cell_id}}
