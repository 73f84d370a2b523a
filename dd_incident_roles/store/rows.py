"""Converts values to rows and back: each field is the column of its name."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import Field, fields, is_dataclass
from datetime import UTC, datetime
from enum import StrEnum
from functools import cached_property, partial
from types import MappingProxyType
from typing import Any, ClassVar, Final, Generic, Protocol, TypeVar, cast

import sqlalchemy as sa
from sqlalchemy import Connection, RowMapping, Table
from sqlalchemy.dialects import sqlite
from sqlalchemy.types import TypeDecorator

from dd_incident_roles.errors import RecordChanged, RecordError
from dd_incident_roles.model import FieldValue, PersonKey


class Dataclass(Protocol):
    """Any value of a dataclass."""

    __dataclass_fields__: ClassVar[dict[str, Field[object]]]


V = TypeVar("V")
D_co = TypeVar("D_co", bound=Dataclass, covariant=True)
Row = Mapping[str, object]

AT_ONCE: Final = 500
"""Every database has a limit to the values in one statement; the lowest in use is 999."""


class _PlainText(TypeDecorator[str]):
    """Text in PostgreSQL, which cannot hold a NUL and sorts as the locale of the database does."""

    impl = sa.Text
    cache_ok = True

    def process_bind_param(self, value: str | None, _dialect: sa.Dialect) -> str | None:
        """Write a NUL as an escape and a zero, and an escape twice."""
        if value is None or not ("\x00" in value or _ESCAPE in value):
            return value
        return value.replace(_ESCAPE, 2 * _ESCAPE).replace("\x00", f"{_ESCAPE}0")

    def result_processor(
        self, _dialect: sa.Dialect, _coltype: object
    ) -> Callable[[str | None], str | None]:
        """Read it, which has an escape nearly never."""
        return lambda value: value and (_unescape(value) if _ESCAPE in value else value)


_ESCAPE: Final = "\x10"  # "data link escape", which nobody types


def _unescape(value: str) -> str:
    pairs = re.compile(f"{_ESCAPE}(.)", re.DOTALL)
    return pairs.sub(lambda found: "\x00" if found[1] == "0" else found[1], value)


TEXT: Final = sa.Text().with_variant(_PlainText(collation="C"), "postgresql")
"""Any text; both databases compare and sort it by code points, as Python does."""

WHOLE: Final = sa.Integer().with_variant(sa.BigInteger(), "postgresql")
"""A whole number of 64 bits."""


class TextOf(TypeDecorator[V]):
    """A value that is stored as text; None is NULL."""

    impl = TEXT
    cache_ok = True

    def __init__(self, write: Callable[[V], str], read: Callable[[str], V]) -> None:
        super().__init__()
        self.write = write
        self.read = read

    def process_bind_param(self, value: V | None, _dialect: sa.Dialect) -> str | None:
        """Write a value."""
        return None if value is None else self.write(value)

    def result_processor(
        self, _dialect: sa.Dialect, _coltype: object
    ) -> Callable[[str | None], V | None]:
        """Read a value; without the layers that SQLAlchemy puts between, for there are many."""
        read = self.read
        return lambda value: None if value is None else read(value)


class OptionalKey(TypeDecorator[str]):
    """Text or None as a part of a primary key, where None must be a value like any other."""

    impl = TEXT
    cache_ok = True

    def process_bind_param(self, value: str | None, _dialect: sa.Dialect) -> str:
        """Mark every text, so that none of them can be mistaken for None."""
        return "" if value is None else f"={value}"

    def process_result_value(self, value: str | None, _dialect: sa.Dialect) -> str | None:
        """Remove the mark."""
        return value.removeprefix("=") if value else None


def _write_time(value: datetime) -> str:
    if value.tzinfo is None:
        raise ValueError(f"a naive time cannot be kept in the record: {value!r}")
    # Always UTC and always six digits, because the database compares and sorts instants as text.
    return value.astimezone(UTC).isoformat(timespec="microseconds")


def _write_fields(value: Mapping[str, FieldValue]) -> str:
    return json.dumps(dict(value), sort_keys=True)


def _read_fields(text: str) -> Mapping[str, FieldValue]:
    found = json.loads(text).items()
    # JSON has no tuples: a field with several values is read as a list.
    return MappingProxyType(
        {name: tuple(value) if isinstance(value, list) else value for name, value in found}
    )


def _read_counts(text: str) -> Mapping[str, int]:
    return MappingProxyType(json.loads(text))


def _read_people(text: str) -> tuple[PersonKey, ...]:
    return tuple(json.loads(text))


def _write_times(value: tuple[datetime, ...]) -> str:
    return " ".join(map(_write_time, value))


def _read_times(text: str) -> tuple[datetime, ...]:
    return tuple(map(datetime.fromisoformat, text.split()))


def _read_word(words: type[StrEnum], known: Mapping[str, StrEnum], text: str) -> StrEnum:
    found = known.get(text)
    if found is None:
        raise RecordError(
            f"The record contains a {words.__name__} that this version does not know: {text!r}.",
            hint="Install the newer version of dd-incident-roles that wrote it.",
        )
    return found


UTC_TIME: Final = TextOf(_write_time, datetime.fromisoformat)
TIMES: Final = TextOf(_write_times, _read_times)
FIELDS: Final = TextOf(_write_fields, _read_fields)
COUNTS: Final = TextOf(_write_fields, _read_counts)
PEOPLE_KEYS: Final = TextOf(json.dumps, _read_people)


def word_of(words: type[StrEnum]) -> TextOf[StrEnum]:
    """The type of a column that holds one of a closed set of words."""
    return TextOf(str, partial(_read_word, words, {str(each): each for each in words}))


class TableOf(Generic[D_co]):
    """A table whose rows are values of one dataclass, with what they belong to in other columns."""

    def __init__(
        self, kind: type[D_co], table: Table, *, order: Iterable[sa.Column[object]]
    ) -> None:
        self.kind = kind
        self.table = table
        self.c = table.c
        self._order = tuple(order)
        # Looked up for every value, which is slow in the columns themselves.
        self._columns = frozenset(table.c.keys())
        self._selects: dict[tuple[tuple[str, ...], ...], sa.Select[Any]] = {}

    def row(self, value: Dataclass, **others: object) -> dict[str, object]:
        """The columns that a value, or a value in it, has fields for, and others."""
        columns: dict[str, object] = {}
        for part in fields(value):
            held = getattr(value, part.name)
            if part.name in self._columns:
                columns[part.name] = held
            elif is_dataclass(held) and not isinstance(held, type):
                columns |= self.row(held)
        return {**columns, **others}

    def having(self, **equal: object) -> list[sa.ColumnElement[bool]]:
        """The conditions that columns have these values."""
        return [self.c[name] == value for name, value in equal.items()]

    def _select(
        self,
        connection: Connection,
        columns: Iterable[str],
        conditions: Sequence[sa.ColumnElement[bool]],
        equal: Row,
        among: tuple[str, Sequence[str]] | None = None,
    ) -> sa.CursorResult[Any]:
        """Some columns of the rows that match, in the order of the table."""
        names = tuple(columns)
        # Kept, with parameters: to put a query together takes as long as to run it. NULL is none.
        nulls = tuple(name for name in equal if equal[name] is None)
        one_of = among[:1] if among else ()
        query = self._selects.get(wanted := (names, tuple(equal), nulls, one_of))
        if query is None:
            same: dict[str, object] = {
                name: None if name in nulls else sa.bindparam(name) for name in equal
            }
            query = sa.select(*(self.c[name] for name in names)).where(*self.having(**same))
            for name in one_of:
                query = query.where(self.c[name].in_(sa.bindparam("among", expanding=True)))
            query = self._selects[wanted] = query.order_by(*self._order)
        if conditions:
            query = query.where(*conditions)
        values = {name: equal[name] for name in equal if name not in nulls}
        return connection.execute(query, {**values, "among": among[1]} if among else values)

    @cached_property
    def field_names(self) -> tuple[str, ...]:
        """The fields of the dataclass that have a column."""
        return tuple(part.name for part in fields(self.kind) if part.name in self._columns)

    def _value(self, row: Iterable[object]) -> D_co:
        # Not by of_row: a row as a mapping takes twice the time, and there can be thousands.
        return self.kind(**dict(zip(self.field_names, row, strict=True)))

    @cached_property
    def _upserts(self) -> dict[str, sa.Insert]:
        return {}

    def _upsert(self, connection: Connection) -> sa.Insert:
        # Kept, because to put it together takes longer than to run it.
        name = connection.dialect.name
        if name not in self._upserts:
            new = insert_into(connection, self.table)
            values = {each.name: new.excluded[each.name] for each in self.c if not each.primary_key}
            self._upserts[name] = new.on_conflict_do_update(
                index_elements=list(self.table.primary_key), set_=values
            )
        return self._upserts[name]

    def rows(
        self, connection: Connection, *conditions: sa.ColumnElement[bool], **equal: object
    ) -> Sequence[RowMapping]:
        """The rows that match, in the order of the table."""
        return self._select(connection, self.c.keys(), conditions, equal).mappings().all()

    def rows_of_each(
        self, connection: Connection, column: str, values: Iterable[str], **equal: object
    ) -> list[RowMapping]:
        """The rows that have one of many values in a column, with few statements."""
        found = list[RowMapping]()
        for lot in in_lots(values):
            found += self._select(connection, self.c.keys(), (), equal, (column, lot)).mappings()
        return found

    def each(
        self,
        connection: Connection,
        columns: Sequence[str],
        column: str,
        values: Iterable[str],
        *conditions: sa.ColumnElement[bool],
        **equal: object,
    ) -> Iterator[sa.Row[*tuple[Any, ...]]]:
        """Some columns of the rows that have one of many values in one, with few statements."""
        for lot in in_lots(values):
            found = self._select(connection, columns, conditions, equal, (column, lot))
            yield from found

    def all_of_each(
        self,
        connection: Connection,
        column: str,
        values: Iterable[str],
        *conditions: sa.ColumnElement[bool],
        **equal: object,
    ) -> dict[str, list[D_co]]:
        """The values of the rows that have one of many values in a column, by that."""
        found = dict[str, list[D_co]]()
        columns = (column, *self.field_names)
        for about, *row in self.each(connection, columns, column, values, *conditions, **equal):
            found.setdefault(about, []).append(self._value(row))
        return found

    def all(
        self, connection: Connection, *conditions: sa.ColumnElement[bool], **equal: object
    ) -> tuple[D_co, ...]:
        """The values of the rows that match, in the order of the table."""
        found = self._select(connection, self.field_names, conditions, equal)
        return tuple(map(self._value, found))

    def first(self, connection: Connection, **equal: object) -> D_co | None:
        """The first row that matches; the others are not read."""
        row = self._select(connection, self.field_names, (), equal).first()
        return row and self._value(row)

    def add(self, connection: Connection, rows: Sequence[Row]) -> None:
        """Write new rows; raises IntegrityError if one of them exists."""
        if rows:
            connection.execute(sa.insert(self.table), rows)

    def add_missing(self, connection: Connection, rows: Sequence[Row]) -> None:
        """Write the rows that do not exist yet, and keep the others unchanged."""
        if rows:
            insert = insert_into(connection, self.table)
            connection.execute(insert.on_conflict_do_nothing(), rows)

    def put(self, connection: Connection, rows: Sequence[Row]) -> None:
        """Write rows, replacing those with the same key."""
        if rows:
            connection.execute(self._upsert(connection), rows)

    def drop(self, connection: Connection, keys: Sequence[Row]) -> None:
        """Delete every row that matches one of the keys, if there are any."""
        if keys:
            same = (self.c[name] == sa.bindparam(name, type_=self.c[name].type) for name in keys[0])
            connection.execute(sa.delete(self.table).where(*same), keys)


def insert_into(connection: Connection, table: Table) -> sqlite.Insert:
    """An insertion that can say what happens to a row that exists already."""
    if connection.dialect.name == "sqlite":
        return sqlite.insert(table)
    from sqlalchemy.dialects import postgresql

    # Another class with the same methods, as far as they are used here.
    return cast("sqlite.Insert", postgresql.insert(table))


def in_lots(values: Iterable[str]) -> Iterator[list[str]]:
    """Different values, so many at a time as one statement takes."""
    every = list(dict.fromkeys(values))
    for start in range(0, len(every), AT_ONCE):
        yield every[start : start + AT_ONCE]


def of_row(kind: type[D_co], row: RowMapping, **others: object) -> D_co:
    """The value of a row; ``others`` are the fields without a column."""
    kept = {part.name: row[part.name] for part in fields(kind) if part.name in row}
    return kind(**kept, **others)


def record_changed(what: str) -> RecordChanged:
    """The error for an edit that does not fit the present content of the record."""
    return RecordChanged(
        f"Another run changed the record: {what}. Nothing was written.",
        hint="Run the command again.",
    )
