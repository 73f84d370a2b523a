"""Hints which incidents to look at: nothing in them is believed, and a lost one costs a minute."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Final

from dd_incident_roles.model import IncidentId
from dd_incident_roles.store.record import SqlRecord
from dd_incident_roles.values import frozen

MOST_HINTS: Final = 200
"""Beyond so many that wait, a run over everything is cheaper, and comes soon anyway."""


@frozen
class Hint:
    """Something happened in or around an incident; one of the three says which.

    ``place`` is an issue or a channel as it can be typed, in lower case, such as
    ``github:corp/shop#12``.
    """

    incident_id: IncidentId | None = None
    public_id: int | None = None
    place: str | None = None


class Hints:
    """The hints that wait, each once; for one thread."""

    def __init__(self) -> None:
        self._waiting: dict[Hint, None] = {}

    def __bool__(self) -> bool:
        return bool(self._waiting)

    def add(self, hint: Hint) -> bool:
        """Take one in; False where too many wait already, of which nothing is lost but time."""
        if len(self._waiting) >= MOST_HINTS:
            return hint in self._waiting
        self._waiting[hint] = None
        return True

    def take(self) -> tuple[Hint, ...]:
        """All that wait, of which none waits afterwards."""
        taken = tuple(self._waiting)
        self._waiting.clear()
        return taken


def incidents_of(record: SqlRecord, hints: Iterable[Hint]) -> tuple[tuple[IncidentId, ...], int]:
    """The incidents of the record that hints are about, and how many hints are about none."""
    found: dict[IncidentId, None] = {}
    unknown = 0
    for hint in hints:
        meant = tuple(_incidents_of(record, hint))
        found |= dict.fromkeys(meant)
        unknown += not meant
    return tuple(found), unknown


def _incidents_of(record: SqlRecord, hint: Hint) -> Iterator[IncidentId]:
    if hint.incident_id and record.incident(hint.incident_id):
        yield hint.incident_id
    if hint.public_id is not None:
        yield from (each.id for each in record.incidents_numbered(hint.public_id))
    if hint.place:
        yield from record.incidents_at(hint.place)
