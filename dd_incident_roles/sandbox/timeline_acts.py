"""What people do in a timeline in Datadog's own pages, and what they would see there."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime

from dd_incident_roles.sandbox.incident_acts import IncidentActs
from dd_incident_roles.sandbox.state.cell import BY_PEOPLE, Cell
from dd_incident_roles.sandbox.state.staffing import join, touch
from dd_incident_roles.sandbox.state.timeline import (
    add_system_cell,
    cells_of,
    remove_note,
    rewrite_note,
    write_note,
)


class TimelineActs(IncidentActs):
    """Acts by public id, e-mail and the id of an entry."""

    def add_note(
        self,
        public_id: int,
        email: str | None,
        text: str,
        *,
        at: datetime | None = None,
        important: bool = False,
        source: str = BY_PEOPLE,
    ) -> str:
        """Writes a note, now or back-dated, and tells its id.

        Without an e-mail it comes from somebody in a chat who has no account.
        """
        with self.lock:
            row = self.incident(public_id)
            author = None if email is None else self.person(email).id
            note = write_note(
                self.world,
                row.id,
                text,
                author=author,
                source=source,
                at=at,
                important=important,
            )
            if author is not None:
                join(self.world, row.id, author, by=author, acted=True)
                touch(self.world, self.incident(public_id), by=author)
            return note.id

    def edit_note(
        self,
        public_id: int,
        cell_id: str,
        text: str | None = None,
        *,
        at: datetime | None = None,
        important: bool | None = None,
    ) -> None:
        """Changes anybody's note, as its author or an administrator may; raises KeyError."""
        with self.lock:
            row = self.cell(public_id, cell_id)
            rewrite_note(self.world, row, text=text, at=at, important=important)

    def delete_note(self, public_id: int, cell_id: str) -> None:
        """Removes anybody's note; raises KeyError."""
        with self.lock:
            remove_note(self.world, self.cell(public_id, cell_id))

    def add_system_cell(
        self,
        public_id: int,
        cell_type: str,
        facts: Mapping[str, object],
        *,
        at: datetime | None = None,
    ) -> str:
        """Adds what a system notes, of any kind, and tells its id."""
        with self.lock:
            row = self.incident(public_id)
            return add_system_cell(self.world, row.id, cell_type, facts, at=at).id

    def cells(self, public_id: int) -> list[Cell]:
        """Lists the whole timeline, oldest first, as it is now."""
        with self.lock:
            return cells_of(self.world, self.incident(public_id).id)

    def cell(self, public_id: int, cell_id: str) -> Cell:
        """Finds one entry; raises KeyError."""
        for row in self.cells(public_id):
            if row.id == cell_id:
                return row
        raise KeyError(cell_id)

    def notes(self, public_id: int) -> list[str]:
        """Lists the texts of the notes, oldest first, tags of programs included."""
        return [row.text for row in self.cells(public_id) if row.is_note]

    def stale_timeline(self, listings: int) -> None:
        """Makes the next listings show each timeline as it was before its last change."""
        with self.lock:
            self.world.stale_listings = listings
