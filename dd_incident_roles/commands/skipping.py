"""What the scheduled job leaves unread or lets rest, and what it has learned that allows it."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence, Set
from contextlib import suppress
from dataclasses import fields, is_dataclass
from datetime import datetime, timedelta
from typing import Final

from dd_incident_roles import __version__
from dd_incident_roles.application import Application
from dd_incident_roles.commands.naming import Selection
from dd_incident_roles.errors import DatadogError, NotFound
from dd_incident_roles.model import IncidentId, Organisation
from dd_incident_roles.sync.entries.identity import mark_of
from dd_incident_roles.sync.plan import SyncResult
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
from dd_incident_roles.sync.state import IncidentState, rest_after

_NO_MATTER: Final = frozenset(
    {
        *("concurrency", "incident", "me", "store", "timeout_seconds"),
        *("people", "policy", "roles"),
    }
)
"""Settings by which nothing that is read is judged."""

_WAITING = "waiting"
_UNSHOWN = "unshown"
_TRIED_FOR = timedelta(days=1)
"""How long an issue or a room that fails is told of an incident that was closed."""
_REMEMBERED_AFTER = timedelta(days=2)
"""How long it is known how often an incident was read in vain, once its rest is over."""


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


def find_waiting(
    application: Application, pending: Collection[IncidentId], known: Collection[IncidentId]
) -> Iterator[IncidentId]:
    """Incidents that nobody works on any more, and in which something waits for Datadog.

    One that was read in vain a while ago rests, unless something was recorded since.
    """
    record, target = application.record, application.target.name
    for each in pending:
        if each not in known:
            _, until = _read_in_vain(application, each, record.state(each, target))
            if until is None or application.clock() >= until:
                yield each


def find_unshown(application: Application) -> frozenset[IncidentId]:
    """Incidents that were closed, and whose issue or room could not be told who held what."""
    noted = application.record.cached(_UNSHOWN, application.target.name) or ""
    return frozenset(map(IncidentId, noted.split()))


def note_unshown(
    application: Application, before: Collection[IncidentId], result: SyncResult
) -> None:
    """Note which incidents were closed without their issue or room having been told."""
    target, now = application.target.name, application.clock()
    unshown = {
        each.incident_id
        for each in result.incidents
        if each.target != target and each.incident and not each.incident.is_open
        if any(not failure.declined for failure in each.failures)
    }
    # Written again it would last longer, and a place that is gone for good be asked for ever.
    if unshown != set(before):
        ids = " ".join(sorted(unshown))
        application.record.put_cached(_UNSHOWN, target, ids, expires_at=now + _TRIED_FOR)


def let_rest(application: Application, waiting: Collection[IncidentId], result: SyncResult) -> None:
    """Read an incident less and less often in which Datadog will not or cannot take what waits.

    What time alone settles, and a reading that failed, is looked at again in the next run.
    """
    if not waiting:
        return
    record, target = application.record, application.target.name
    pending = record.pending_incident_ids(target)
    for each in result.incidents:
        if each.target != target:
            continue
        is_hopeless = all(
            failure.declined or isinstance(failure.error, NotFound) for failure in each.failures
        )
        if each.incident_id not in waiting or each.incident_id not in pending or not is_hopeless:
            continue
        state = record.state(each.incident_id, target)
        # Time alone settles a doubt, so resting would only put that off.
        if _is_in_doubt(state):
            continue
        tries = _read_in_vain(application, each.incident_id, state)[0] + 1
        until = application.clock() + rest_after(tries)
        record.put_cached(
            _WAITING,
            f"{target} {each.incident_id}",
            # The version tells whether anything was recorded since.
            f"{state.version} {tries} {until.isoformat()}",
            expires_at=until + _REMEMBERED_AFTER,
        )


def _read_in_vain(
    application: Application, incident_id: IncidentId, state: IncidentState
) -> tuple[int, datetime | None]:
    """How often the incident was read in vain as it is recorded now, and until when it rests."""
    kept = application.record.cached(_WAITING, f"{application.target.name} {incident_id}")
    if kept is None:
        return 0, None
    version, tries, until = kept.split(" ")
    if version != str(state.version):
        return 0, None
    return int(tries), datetime.fromisoformat(until)


def _is_in_doubt(state: IncidentState) -> bool:
    """Whether the end of a write, or an absence, is yet to be known."""
    return (
        bool(state.intents or state.timeline.intents)
        or any(link.missing_since for link in state.links)
        or any(link.missing_since for link in state.timeline.links)
    )
