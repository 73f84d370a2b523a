"""What the scheduled job leaves unread, and what is known of the Datadog that allows it."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence, Set
from contextlib import suppress
from dataclasses import fields, is_dataclass
from datetime import datetime
from typing import Final

from dd_incident_roles import __version__
from dd_incident_roles.application import Application
from dd_incident_roles.commands.naming import Selection
from dd_incident_roles.errors import DatadogError
from dd_incident_roles.model import IncidentId, Organisation
from dd_incident_roles.sync.entries.identity import mark_of
from dd_incident_roles.sync.skip import (
    Decision,
    Evidence,
    Moment,
    SearchRow,
    decide_readings,
    trusted_parts,
    usual_gap,
)
from dd_incident_roles.sync.skipping import Skipping

_NO_MATTER: Final = frozenset(
    {
        *("concurrency", "incident", "me", "store", "timeout_seconds"),
        *("people", "policy", "roles"),
    }
)
"""Settings by which nothing that is read is judged."""


def what_to_leave(
    application: Application,
    selection: Selection,
    ids: Sequence[IncidentId],
    *,
    waiting: Collection[IncidentId],
) -> Skipping:
    """Decide for each incident of a run, found by a search or not, how much of it is read.

    ``waiting`` are those in which something waits, or is in doubt.
    """
    record, target = application.record, application.target
    rows = {
        each: SearchRow(
            mark=row.mark,
            modified=row.incident.modified,
            # A commander need not be listed among the responders (recorded, 2021).
            can_have_roles=bool(row.responder_ids or row.incident.commander),
        )
        for each, row in selection.rows.items()
        if row
    }
    lasts = record.last_readings(target.name)
    source = source_of(application)
    now = application.clock()
    moment = Moment(
        now=now,
        there=application.now(),
        gap=usual_gap(lasts.of.values(), now),
        basis=_basis_of(application),
        offered=frozenset(part for each in lasts.of.values() for part in each.saw),
        # Of a record without readings nothing is left unread, whatever is trusted.
        trusted=trusted_parts(record.evidence(source), now) if lasts.of else frozenset(),
    )
    decisions = decide_readings(
        rows,
        lasts.of,
        ids=ids,
        versions=lasts.versions,
        waiting=waiting,
        moment=moment,
    )
    return Skipping(
        decisions,
        target=target.name,
        rows=rows,
        lasts=lasts.of,
        known=selection.known,
        moment=moment,
        source=source,
        keeper=record,
        ask=target.marks,
        clock=application.clock,
    )


def as_decided(
    application: Application,
    incident_id: IncidentId,
    decision: Decision,
    row: SearchRow | None,
    *,
    run: datetime,
) -> Skipping:
    """What a run decided of one incident, to be carried out apart from it."""
    record, target = application.record, application.target
    known = record.incident(incident_id)
    return Skipping(
        {incident_id: decision},
        target=target.name,
        rows={incident_id: row} if row else {},
        lasts=record.last_readings(target.name, incident_id).of,
        known={incident_id: known} if known else {},
        moment=Moment(
            now=run,
            there=run + application.session.clock_ahead,
            gap=None,
            basis=_basis_of(application),
            offered=frozenset(),
            trusted=frozenset(),
        ),
        source=source_of(application),
        keeper=record,
        ask=target.marks,
        clock=application.clock,
    )


def what_is_known(application: Application) -> tuple[Evidence, ...]:
    """Which kinds of change were seen to move ``modified`` in this Datadog, by name.

    Nothing is known where Datadog cannot be asked whose keys these are.
    """
    known: tuple[Evidence, ...] = ()
    with suppress(DatadogError):
        known = application.record.evidence(source_of(application))
    return tuple(sorted(known, key=lambda each: each.kind))


def source_of(application: Application) -> str:
    """Whose changes are learned from: the same account may see less of another organisation."""
    account = application.directory.current
    return source_name(
        application.session.host, application.record.owner(), account.id if account else None
    )


def source_name(host: str, owner: Organisation | None, account: str | None) -> str:
    """What evidence is kept under: the Datadog, the organisation, and the account of the keys."""
    names = (owner.id if owner else None, account)
    return " ".join((host, *(name or "unknown" for name in names)))


def _basis_of(application: Application) -> str:
    return mark_of(__version__, _plain(_what_matters(application)))


def _what_matters(application: Application) -> tuple[object, ...]:
    """What a reading is judged by; which keys, the account says, and files count as they read."""
    settings = {
        name: value
        for name, value in application.settings
        if name not in _NO_MATTER and not name.endswith(("_key", "_token", "_secret"))
    }
    return (settings, application.catalogue, application.policy, application.people)


def _plain(value: object) -> object:
    """A value that is written the same way in every process: sets have no order."""
    if is_dataclass(value) and not isinstance(value, type):
        return [
            type(value).__name__,
            *(_plain(getattr(value, each.name)) for each in fields(value)),
        ]
    if isinstance(value, Mapping):
        return sorted((repr(_plain(key)), _plain(held)) for key, held in value.items())
    if isinstance(value, Set):
        return sorted(repr(_plain(each)) for each in value)
    if isinstance(value, tuple | list):
        return [_plain(each) for each in value]
    return repr(value)
