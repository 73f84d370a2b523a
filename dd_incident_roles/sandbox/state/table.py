"""Rows kept by their id, in the order in which they were added."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Generic, Protocol, TypeVar


class Identified(Protocol):
    """Anything that has an id."""

    @property
    def id(self) -> str:
        """The id that the row is kept by."""
        ...


Row = TypeVar("Row", bound=Identified)


class Table(Generic[Row]):
    """Immutable rows by id; a change replaces the row and keeps its place."""

    def __init__(self) -> None:
        self._rows: dict[str, Row] = {}

    def __iter__(self) -> Iterator[Row]:
        return iter(tuple(self._rows.values()))

    def __len__(self) -> int:
        return len(self._rows)

    def get(self, row_id: str) -> Row | None:
        """Finds the row with this id, whatever the case of its letters."""
        return self._rows.get(row_id) or self._rows.get(row_id.lower())

    def put(self, row: Row) -> Row:
        """Adds the row, or replaces the one that has its id."""
        self._rows[row.id] = row
        return row

    def remove(self, row_id: str) -> None:
        """Forgets the row with this id, if there is one."""
        self._rows.pop(row_id, None)

    def where(self, condition: Callable[[Row], bool]) -> list[Row]:
        """Lists the rows that meet the condition, oldest first."""
        return [row for row in self._rows.values() if condition(row)]
