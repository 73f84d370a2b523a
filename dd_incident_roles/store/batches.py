"""Many rows of a table with few statements."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from typing import Final

from sqlalchemy import ColumnElement, Connection, RowMapping, Table, and_, delete, insert, select

from dd_incident_roles.store.rows import having

_AT_ONCE: Final = 500
"""Every database has a limit to the values in one statement; the lowest in use is 999."""


def rows_of_each(
    connection: Connection,
    table: Table,
    place: Mapping[str, object],
    column: str,
    values: Collection[str],
) -> Iterator[RowMapping]:
    """Every row of a place that has one of many values in a column."""
    for among in _among(table, place, column, values):
        yield from connection.execute(select(table).where(among)).mappings()


def drop_each(
    connection: Connection,
    table: Table,
    place: Mapping[str, object],
    column: str,
    values: Collection[str],
) -> None:
    """Take away every row of a place that has one of many values in a column."""
    for among in _among(table, place, column, values):
        connection.execute(delete(table).where(among))


def insert_each(connection: Connection, table: Table, rows: Sequence[Mapping[str, object]]) -> None:
    """Write many new rows; no rows at all is fine."""
    if rows:
        connection.execute(insert(table), rows)


def _among(
    table: Table, place: Mapping[str, object], column: str, values: Collection[str]
) -> Iterator[ColumnElement[bool]]:
    every = list(values)
    for start in range(0, len(every), _AT_ONCE):
        yield and_(having(table, place), table.c[column].in_(every[start : start + _AT_ONCE]))
