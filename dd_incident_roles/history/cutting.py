"""What is left of a stretch of the history where another one stands in its place."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime

from dd_incident_roles.history.held import Held


def outside(
    row: Held, since: datetime, until: datetime | None, *, ended_by: str | None
) -> Iterator[Held]:
    """The parts of a row that lie before and after a stretch; the whole row where they never meet.

    ``until`` is None where the stretch lasts; ``ended_by`` is who is said to have ended the part
    before it.
    """
    begins_in_time = until is None or row.since is None or row.since < until
    ends_in_time = row.until is None or since < row.until
    is_some = until is None or since < until
    if not (is_some and begins_in_time and ends_in_time):
        yield row
        return
    if row.since is None or row.since < since:
        yield replace(row, until=since, ended_by=ended_by)
    if until is not None and (row.until is None or until < row.until):
        yield replace(row, since=until)
