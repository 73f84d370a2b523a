"""A glance into the record for completion: names and no more, and nothing is written.

A person who presses Tab waits for it, and SQLAlchemy alone takes longer to load than all of this.
"""

from __future__ import annotations

import sqlite3
from contextlib import closing
from pathlib import Path

Named = list[tuple[str, str]]
"""What can be typed, each with what it is."""

_OPEN = """
    SELECT {} FROM incidents WHERE lower(state) NOT IN ('resolved', 'completed', 'merged')
    AND id NOT IN (SELECT incident FROM absences WHERE gone IS NOT NULL) ORDER BY public_id DESC
"""
_BUSY_SECONDS = 0.2


class Glance:
    """The record of a location; each method raises sqlite3.Error where it cannot be read."""

    def __init__(self, location: str) -> None:
        self._uri = f"{Path(location.removeprefix('sqlite:///')).resolve().as_uri()}?mode=ro"

    def _rows(self, query: str, *values: object) -> Named:
        # A record of another version may lack a column, which is an error like all others.
        with closing(sqlite3.connect(self._uri, uri=True, timeout=_BUSY_SECONDS)) as connection:
            return connection.execute(query, values).fetchall()

    def open_incidents(self) -> Named:
        """The numbers of the open incidents, newest first, with severity and title."""
        return self._rows(_OPEN.format("public_id, severity || ' ' || title"))

    def incident_id(self, number: int | None) -> str:
        """The id of an incident, for None of the only one that is open; empty where unknown."""
        found = self._rows(_OPEN.format("id, title"))
        if number is not None:
            found = self._rows("SELECT id, title FROM incidents WHERE public_id = ?", number)
        return found[0][0] if len(found) == 1 else ""

    def people(self) -> Named:
        """The e-mails of people whose account is in use, with their names."""
        return self._rows(
            "SELECT email, coalesce(name, '') FROM people"
            " WHERE active AND email IS NOT NULL AND kind != 'service_account' ORDER BY email"
        )

    def devised(self, incident_id: str) -> Named:
        """The keys of the roles that were devised for an incident, with their titles."""
        query = "SELECT DISTINCT key, title FROM devised_roles WHERE incident = ?"
        return self._rows(query, incident_id)

    def entries(self, incident_id: str) -> Named:
        """The keys of the entries of an incident, newest first, with their texts."""
        return self._rows(
            "SELECT key, text FROM entries WHERE incident = ? AND deleted_at IS NULL"
            " ORDER BY at DESC",
            incident_id,
        )
