"""Writing one row of a table, whether it is there yet or not."""

from __future__ import annotations

from collections.abc import Mapping

from sqlalchemy import ColumnElement, Connection, Table, and_, delete, insert, true, update


def put(
    connection: Connection, table: Table, key: Mapping[str, object], values: Mapping[str, object]
) -> None:
    """Write the row of a key, in place of the one that has it; needs a writing transaction."""
    changed = connection.execute(update(table).where(having(table, key)).values(**values))
    if changed.rowcount == 0:
        connection.execute(insert(table).values(**key, **values))


def drop(connection: Connection, table: Table, key: Mapping[str, object]) -> None:
    """Take away every row that has these values; none at all is fine."""
    connection.execute(delete(table).where(having(table, key)))


def having(table: Table, values: Mapping[str, object]) -> ColumnElement[bool]:
    """The condition that a row has these values."""
    return and_(true(), *(table.c[name] == value for name, value in values.items()))
