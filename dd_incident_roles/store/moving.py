"""The whole of a record as rows of plain values, and an empty record filled with such rows."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from functools import cache
from itertools import groupby, islice
from types import MappingProxyType
from typing import Any, Final

import sqlalchemy as sa
from sqlalchemy import Connection, Table
from sqlalchemy.exc import IntegrityError

from dd_incident_roles.errors import ConfigurationError, RecordError, UnreadableFile, UsageError
from dd_incident_roles.store.database import is_taken
from dd_incident_roles.store.rows import AT_ONCE, OptionalKey, TextOf
from dd_incident_roles.store.tables import METADATA, SCHEMA_VERSION
from dd_incident_roles.values import frozen

Plain = str | int | None
"""A column as a file has it: text, a number, true or false, or nothing."""

# What other rows refer to comes before them.
_TABLES: Final[Mapping[str, Table]] = MappingProxyType(
    {each.name: each for each in METADATA.sorted_tables if each is not SCHEMA_VERSION}
)
_NAMED_FIRST: Final = ("incidents", "entries", "assignments", "people")
_MOST_PROBLEMS: Final = 20
_LONGEST_SHOWN: Final = 60
_LARGEST: Final = 2**63


@frozen
class GivenRow:
    """A row of a file, and the line that it is on."""

    line: int
    table: str
    columns: Mapping[str, object]


Given = GivenRow | ConfigurationError
"""A row of a file, or what is wrong with one."""


def contents_of(connection: Connection) -> Iterator[tuple[str, dict[str, Plain]]]:
    """Every row with the name of its table: the same rows come in the same order, in any database.

    Rows that have a number come in that order, and without it.
    """
    for name, table in _TABLES.items():
        columns = _columns(table)
        query = sa.select(*columns.values()).order_by(*table.primary_key)
        found = connection.execute(query, execution_options={"yield_per": AT_ONCE})
        for row in found:
            pairs = zip(columns.items(), row, strict=True)
            yield name, {key: _plain(column, value) for (key, column), value in pairs}


def counts_of(connection: Connection) -> dict[str, int]:
    """How many rows each table has, without the tables that have none."""
    counts = {
        name: connection.execute(sa.select(sa.func.count()).select_from(table)).scalar_one()
        for name, table in _TABLES.items()
    }
    return {name: count for name, count in counts.items() if count}


def fill(
    connection: Connection,
    given: Iterable[Given],
    *,
    file: str,
    record_name: str,
) -> Mapping[str, int]:
    """Write rows into an empty record, and count them by table; needs a writing transaction.

    Raises UsageError for a record that holds anything, and UnreadableFile that names each line that
    is wrong, also those that were ``given`` as errors: the transaction is then to be undone.
    """
    if held := counts_of(connection):
        first = {name: held[name] for name in _NAMED_FIRST if name in held} or held
        listed = ", ".join(f"{name} ({count})" for name, count in first.items())
        raise UsageError(
            f"The record {record_name} is not empty: it holds {listed}.",
            hint="Nothing was imported. Name an empty file or database with --store.",
        )
    problems, counts = list[ConfigurationError](), Counter[str]()
    rows = _checked(given, file, problems)
    for name, of_table in groupby(rows, key=lambda row: row[0].table):
        while lot := list(islice(of_table, AT_ONCE)):
            counts[name] += len(lot)
            # After the first one, the rest is only looked through for others.
            if not problems:
                problems += _write(connection, lot, file)
    if problems:
        raise _refusal(problems, file)
    return counts


def _refusal(problems: Sequence[ConfigurationError], file: str) -> ConfigurationError:
    hint = "Nothing was imported. Export the record once more."
    left = len(problems) - _MOST_PROBLEMS
    shown = list(problems[:_MOST_PROBLEMS])
    if left > 0:
        shown.append(ConfigurationError(f"{left} more problems", file=file))
    if len(shown) > 1:
        return UnreadableFile(shown, file=file, hint=hint)
    [only] = shown
    only.hint = hint
    return only


_Checked = tuple[GivenRow, dict[str, object]]


def _checked(
    given: Iterable[Given], file: str, problems: list[ConfigurationError]
) -> Iterator[_Checked]:
    """The rows with their columns as the tables have them; what is wrong is a problem more."""
    for each in given:
        try:
            if isinstance(each, ConfigurationError):
                raise each
            values = _values(each, file)
        except ConfigurationError as problem:
            problems.append(problem)
        else:
            yield each, values


def _values(given: GivenRow, file: str) -> dict[str, object]:
    """The columns of a row; raises ConfigurationError that names line, key and value."""

    def wrong(problem: str, column: str | None = None) -> ConfigurationError:
        key = given.table if column is None else f"{given.table}.{column}"
        value = given.columns.get(column) if column else None
        return _problem(problem, given, file, key=key, value=value)

    if given.table not in _TABLES:
        raise wrong("is no table of a record")
    columns = _columns(_TABLES[given.table])
    for name in given.columns:
        if name not in columns:
            raise wrong("is no column of this table", name)
    values = dict[str, object]()
    for name, column in columns.items():
        if name not in given.columns:
            raise wrong("is missing", name)
        try:
            values[name] = _held(column, given.columns[name])
        except RecordError as error:
            raise wrong(error.message, name) from error
        # What a library says of a text that it cannot read.
        except (ValueError, TypeError, AttributeError, LookupError) as error:
            raise wrong("is not as a record has it", name) from error
    return values


def _problem(
    problem: str, given: GivenRow, file: str, *, key: str, value: object
) -> ConfigurationError:
    if isinstance(value, str) and len(value) > _LONGEST_SHOWN:
        value = f"{value[:_LONGEST_SHOWN]}…"
    return ConfigurationError(problem, file=file, line=given.line, key=key, value=value)


def _write(
    connection: Connection, lot: Sequence[_Checked], file: str
) -> Iterator[ConfigurationError]:
    """Write rows of one table; where that fails, one after the other, to see which do not fit."""
    table = _TABLES[lot[0][0].table]
    try:
        # Else SQLite would keep the rows before the wrong one, and PostgreSQL would refuse all
        # that follows.
        with connection.begin_nested():
            connection.execute(sa.insert(table), [values for _, values in lot])
    except IntegrityError as error:
        if len(lot) > 1:
            for each in lot:
                yield from _write(connection, [each], file)
            return
        given, values = lot[0]
        problem = "is there twice" if is_taken(error) else "does not fit the rows before it"
        named = [column.name for column in table.primary_key if column.name in values]
        shown = " ".join(str(values[name]) for name in named or ["incident"])
        yield _problem(problem, given, file, key=table.name, value=shown)


@cache
def _columns(table: Table) -> Mapping[str, sa.Column[Any]]:
    """The columns that are moved; a number that only counts the rows of incidents is given anew."""
    counted = {"number"} if "incident" in table.c else set()
    return {each.name: each for each in table.c if each.name not in counted}


def _plain(column: sa.Column[Any], value: Any) -> Plain:
    """A value of a column as a file has it."""
    sort = column.type
    plain: Plain = sort.write(value) if isinstance(sort, TextOf) and value is not None else value
    return plain


def _held(column: sa.Column[Any], plain: object) -> object:
    """The value of a column that a file has; raises RecordError that says why it is none.

    Raises ValueError and its like for text that a column cannot read.
    """
    sort = column.type
    match plain:
        case None:
            if not column.nullable and not isinstance(sort, OptionalKey):
                raise RecordError("must not be empty")
            return None
        # Before the numbers, since true is one to Python.
        case bool():
            is_right, wanted = isinstance(sort, sa.Boolean), "cannot be true or false"
        case int():
            is_number = isinstance(sort, sa.Integer)
            is_right, wanted = is_number and -_LARGEST <= plain < _LARGEST, "cannot be a number"
        case str():
            is_right, wanted = isinstance(sort, sa.Text | TextOf | OptionalKey), "cannot be text"
        case _:
            is_right, wanted = False, "must be text, a whole number, true, false or null"
    if not is_right:
        raise RecordError(wanted)
    if not isinstance(sort, TextOf) or not isinstance(plain, str):
        return plain
    value = sort.read(plain)
    # Else what is read back would not be what the file says, such as a time without a zone.
    if sort.write(value) != plain:
        raise ValueError(plain)
    return value
