"""Which schema a file has, and whether this version of the program can work with it."""

from __future__ import annotations

from enum import Enum, auto
from pathlib import Path
from typing import Final

from sqlalchemy import Connection, inspect, select

from dd_incident_roles import __version__
from dd_incident_roles.errors import RecordError
from dd_incident_roles.store.tables import SCHEMA_VERSION

NEWEST: Final = "0006"
"""The schema that the tables here are of: the name of the last file in ``migrations/versions``."""


class Standing(Enum):
    """How a file's schema compares with the one that is wanted."""

    CURRENT = auto()
    OLDER = auto()
    EMPTY = auto()
    """A database without a single table, such as a file of no length."""


def standing(connection: Connection, path: Path, *, newest: str) -> Standing:
    """Compare a file's schema with the newest known; raises RecordError where it is of no use."""
    found = revision(connection)
    if found == newest:
        return Standing.CURRENT
    if found is None:
        if inspect(connection).get_table_names():
            raise RecordError(
                f"The file {path} is a database of some other program, not a record.",
                hint="It was left as it is. Choose another file with --store.",
            )
        return Standing.EMPTY
    if found.isdigit() and len(found) == len(newest) and found < newest:
        return Standing.OLDER
    raise RecordError(
        f"The record {path} has schema {found}; this version of dd-incident-roles ({__version__}) "
        f"knows schemas up to {newest}.",
        hint="A newer version wrote it: install that version here. The file was left as it is.",
    )


def revision(connection: Connection) -> str | None:
    """The schema that a file says it has, or None if it says nothing."""
    if not inspect(connection).has_table(SCHEMA_VERSION.name):
        return None
    return connection.execute(select(SCHEMA_VERSION.c.version_num)).scalar_one_or_none()
