"""What people said about the past, laid over what was recorded of it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from dd_incident_roles.history.cutting import outside
from dd_incident_roles.history.held import Basis, Held, SeenIn
from dd_incident_roles.sync.past import Correction


def corrected(held: Iterable[Held], corrections: Iterable[Correction]) -> tuple[Held, ...]:
    """Let each correction stand in its stretch, in place of whoever had the role and stream there.

    The corrections are in the order in which they were recorded, and a later one stands over an
    earlier one. A correction without a stream speaks of nobody who held the role in one.
    """
    rows = tuple(held)
    for correction in corrections:
        rows = (
            *(part for row in rows for part in _left(row, correction)),
            *_stated(correction),
        )
    return rows


def _left(row: Held, correction: Correction) -> Iterator[Held]:
    if (row.role, row.stream) == (correction.role, correction.stream):
        yield from outside(row, correction.since, correction.until, ended_by=correction.set_by)
    else:
        yield row


def _stated(correction: Correction) -> Iterator[Held]:
    if correction.person is not None and correction.since < correction.until:
        yield Held(
            role=correction.role,
            stream=correction.stream,
            person=correction.person,
            since=correction.since,
            until=correction.until,
            set_by=correction.set_by,
            ended_by=correction.set_by,
            seen_in=SeenIn.CLI,
            basis=Basis.CORRECTED,
            reason=correction.reason,
        )
