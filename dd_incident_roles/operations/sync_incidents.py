"""The scheduled job: bring the record and Datadog into agreement, once."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace

from dd_incident_roles.errors import NotFound
from dd_incident_roles.operations.application import Application
from dd_incident_roles.operations.note_findings import note_findings
from dd_incident_roles.operations.select_incidents import Selection, check_choice, select_incidents
from dd_incident_roles.store.lock import RunLock
from dd_incident_roles.sync.result import IncidentResult, SyncResult
from dd_incident_roles.sync.run import run


def sync_incidents(
    application: Application,
    named: Sequence[str] = (),
    *,
    query: str | None = None,
    dry_run: bool = False,
    allow_deletes: int | None = None,
    allow_creates: int | None = None,
    retry_refused: bool = False,
    on_progress: Callable[[int, int], None] = lambda _done, _total: None,
) -> SyncResult:
    """Sync the named incidents, those of a query, or all open ones.

    Raises RecordLocked while another run holds the lock, and DatadogError when the search fails.
    """
    check_choice(named, query)
    with RunLock(application.record.path, clock=application.clock, sleep=application.sleep):
        selection = select_incidents(application, named, query)
        if not dry_run:
            note_findings(application, selection.ids)
        result = run(
            selection.ids,
            target=application.target,
            record=application.record,
            terms=replace(
                application.run_terms(
                    allow_deletes=allow_deletes,
                    allow_creates=allow_creates,
                    dry_run=dry_run,
                    reading_works=selection.searched,
                    on_progress=on_progress,
                ),
                retry_refused=retry_refused,
            ),
        )
    return replace(
        result,
        incidents=tuple(_put_mildly(each, selection) for each in result.incidents),
        requests=application.session.requests,
    )


def _put_mildly(result: IncidentResult, selection: Selection) -> IncidentResult:
    """An incident that only the record remembers may be gone from Datadog, which is no failure."""
    gone = result.failures and all(isinstance(each.error, NotFound) for each in result.failures)
    if not gone or result.incident_id not in selection.remembered:
        return result
    notice = "It can no longer be seen in Datadog; what is recorded here is kept."
    return replace(result, failures=(), notices=(*result.notices, notice))
