"""A glance into the record for completion: names and no more, and nothing is written.

A person who presses Tab waits for it, and SQLAlchemy alone takes longer to load than all of this:
it is loaded only where a server has to be asked anyway.
"""

from __future__ import annotations

import sqlite3
from contextlib import closing
from dataclasses import replace
from pathlib import Path

Named = list[tuple[str, str]]
"""What can be typed, each with what it is."""

_OPEN = """
    SELECT {} FROM incidents WHERE lower(state) NOT IN ('resolved', 'completed', 'merged')
    AND id NOT IN (SELECT incident FROM absences WHERE gone IS NOT NULL) ORDER BY public_id DESC
"""
_BUSY_SECONDS = 0.2


class Glance:
    """The record of a location; methods raise sqlite3.Error or RecordError if it cannot be read."""

    def __init__(self, location: str) -> None:
        self._server = location if location.startswith("postgres") and "://" in location else None
        file = location.partition("://")[2].removeprefix("/") or location
        self._uri = f"{Path(file).expanduser().resolve().as_uri()}?mode=ro"

    def _rows(self, query: str, *values: object) -> Named:
        # A record of another version may lack a column, which is an error like all others.
        if self._server:
            return self._asked(self._server, query, values)
        with closing(sqlite3.connect(self._uri, uri=True, timeout=_BUSY_SECONDS)) as connection:
            return connection.execute(query, values).fetchall()

    def _asked(self, server: str, query: str, values: tuple[object, ...]) -> Named:
        from dd_incident_roles.store.address import parse_address
        from dd_incident_roles.store.postgres import PROGRAM, connect, defaults_of_libpq

        address = parse_address(server, defaults_of_libpq())
        # Two seconds are the least that libpq waits.
        address = replace(address, arguments={**address.arguments, "connect_timeout": "2"})
        limits = "SET statement_timeout = '1s'"
        with connect(address, application=PROGRAM, settings=limits) as connection:
            return connection.execute(query.replace("?", "%s").encode(), values).fetchall()

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
