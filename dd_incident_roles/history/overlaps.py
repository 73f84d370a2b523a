"""Where several people at once held what one person at a time is to hold."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from dd_incident_roles.history.held import Held
from dd_incident_roles.model import PersonKey, RoleKey
from dd_incident_roles.roles.catalogue import Catalogue, Holders, Role, Streams


@dataclass(frozen=True, slots=True, kw_only=True)
class Overlap:
    """That several people held a role for one, or one of its streams, at once.

    ``since`` is None for since the declaration or earlier, ``until`` None for still.
    """

    role: RoleKey
    stream: str | None
    people: tuple[PersonKey, ...]
    since: datetime | None
    until: datetime | None

    def holds_at(self, moment: datetime) -> bool:
        """Whether several held it at a moment."""
        has_begun = self.since is None or self.since <= moment
        return has_begun and (self.until is None or moment < self.until)


def overlaps_of(rows: Sequence[Held], catalogue: Catalogue) -> tuple[Overlap, ...]:
    """Every overlap, role by role and oldest first; each lasts as long as the same people do."""
    return tuple(
        overlap
        for role in catalogue.roles
        if role.holders is Holders.ONE
        for stream, own in places(role, rows).items()
        for overlap in _of_place(role.key, stream, own)
    )


def places(role: Role, rows: Iterable[Held]) -> dict[str | None, list[Held]]:
    """The rows of a role by stream, together for a role without streams; empty rows left out."""
    found: dict[str | None, list[Held]] = {}
    for row in rows:
        if row.role == role.key and not row.is_empty:
            stream = None if role.streams is Streams.NONE else row.stream
            found.setdefault(stream, []).append(row)
    return found


def _of_place(role: RoleKey, stream: str | None, rows: Sequence[Held]) -> Iterator[Overlap]:
    open_one: Overlap | None = None
    for since, until in _pieces(rows):
        people = tuple(dict.fromkeys(row.person for row in rows if _spans(row, since, until)))
        if open_one and set(people) == set(open_one.people):
            open_one = replace(open_one, until=until)
            continue
        if open_one:
            yield open_one
        open_one = None
        if len(people) > 1:
            open_one = Overlap(role=role, stream=stream, people=people, since=since, until=until)
    if open_one:
        yield open_one


def _pieces(rows: Iterable[Held]) -> Iterator[tuple[datetime | None, datetime | None]]:
    """The time between each change and the next, from before the first to after the last."""
    changes = {moment for row in rows for moment in (row.since, row.until) if moment is not None}
    ordered = sorted(changes)
    yield from zip([None, *ordered], [*ordered, None], strict=True)


def _spans(row: Held, since: datetime | None, until: datetime | None) -> bool:
    """Whether a row lasts through a piece between two changes."""
    has_begun = row.since is None or (since is not None and row.since <= since)
    return has_begun and (row.until is None or (until is not None and until <= row.until))
