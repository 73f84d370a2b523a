"""``sync``, the scheduled job: bring the record and Datadog into agreement, once."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import field, replace
from datetime import datetime, timedelta

from dd_incident_roles.application import Application
from dd_incident_roles.commands import naming, reading
from dd_incident_roles.commands.findings import judge_plans, note_findings
from dd_incident_roles.commands.places import joined, with_places
from dd_incident_roles.commands.skipping import what_to_leave
from dd_incident_roles.errors import (
    DatadogError,
    NotFound,
    RecordError,
    UsageError,
)
from dd_incident_roles.model import Absence, Incident, IncidentId
from dd_incident_roles.policy.finding import FailOn, Finding
from dd_incident_roles.sync.guard import MOST_CREATED
from dd_incident_roles.sync.plan import Plan
from dd_incident_roles.sync.result import IncidentResult, PastRun, SyncResult
from dd_incident_roles.sync.run import RunOptions, run
from dd_incident_roles.sync.skipping import Skipping, plan_as_last_read
from dd_incident_roles.sync.state import IncidentState, rest_after
from dd_incident_roles.values import frozen
from dd_incident_roles.words import command

_WAITING = "waiting"
_UNSHOWN = "unshown"
_TRIED_FOR = timedelta(days=1)
"""How long an issue or a room that fails is told of an incident that was closed."""
_REMEMBERED_AFTER = timedelta(days=2)
"""How long it is known how often an incident was read in vain, once its rest is over."""


def sync_incidents(
    application: Application,
    named: Sequence[str] = (),
    *,
    query: str | None = None,
    dry_run: bool = False,
    allow_deletes: int | None = None,
    allow_creates: int | None = None,
    retry_refused: bool = False,
    on_judged: Callable[[Sequence[Finding]], None] | None = None,
) -> SyncResult:
    """Sync the named incidents, those of a query, or all open ones and those that wait.

    What was recorded for an incident that is not open any more goes with the next run, and after
    that the incident is left alone, and so are its issue and room. How a run over all of them
    ended is remembered in the record. ``on_judged`` is told what the rules find in what was read,
    which costs time. Raises RecordLocked while another run holds the lock, and DatadogError when
    the search fails.
    """
    # Wrong usage is refused at once, and not after waiting for another run.
    naming.check_choice(named, query)
    options = replace(
        application.run_options(),
        allow_deletes=allow_deletes,
        allow_creates=MOST_CREATED if allow_creates is None else allow_creates,
        dry_run=dry_run,
        retry_refused=retry_refused,
        turn=application.turn,
    )
    is_job = not named and query is None
    began = application.clock()
    with application.record.run_lock(clock=application.clock, sleep=application.sleep):
        try:
            if retry_refused:
                application.target.probe_again()
            result = Run(
                application,
                # Not kept here: of thousands of rows little is wanted for long.
                choose(application, named, query, dry_run=dry_run),
                options,
                on_judged,
            ).carry_out()
        except DatadogError as error:
            if is_job and not dry_run:
                # It is of more use to know why the run failed than why that cannot be noted.
                with suppress(RecordError):
                    failed = SyncResult(dry_run=False, incidents=(), stopped_by=error)
                    note_run(application, began, failed)
            raise
        if is_job and not dry_run:
            note_run(application, began, result)
    return result


def note_run(application: Application, began: datetime, result: SyncResult) -> None:
    """Note how a run over everything ended."""
    application.record.note_run(
        PastRun(
            began=began,
            finished=application.clock(),
            exit_code=result.exit_code,
            incidents=len({each.incident_id for each in result.incidents}),
            failures=result.failed,
        )
    )


@frozen
class Choice:
    """What a run is about; ``is_job`` says that nobody chose, ``is_named`` that a person did.

    In those that are ``waiting`` something waits for Datadog, ``lost`` are due to be looked for,
    and of those that are ``unshown`` the issue or room could not be told how it ended. ``pending``
    and ``absences`` are all that wait, and all that were missed.
    """

    selection: naming.Selection
    is_job: bool
    is_named: bool
    pending: Sequence[IncidentId] = ()
    absences: Mapping[IncidentId, Absence] = field(default_factory=dict)
    waiting: tuple[IncidentId, ...] = ()
    lost: frozenset[IncidentId] = frozenset()
    unshown: frozenset[IncidentId] = frozenset()

    @property
    def ids(self) -> list[IncidentId]:
        """All incidents of the run, in order."""
        every = (*self.selection.ids, *self.waiting, *self.lost, *self.unshown)
        return list(dict.fromkeys(every))

    @property
    def remembered(self) -> frozenset[IncidentId]:
        """Those that no search shows, and that may be gone."""
        return self.selection.remembered.union(self.waiting, self.lost, self.unshown)

    def what_to_leave(self, application: Application) -> Skipping:
        """Decide how much of each incident is read: all, where something waits or is in doubt."""
        waits = {*self.waiting, *self.lost, *self.unshown, *self.pending, *self.absences}
        return what_to_leave(application, self.selection, self.ids, waiting=waits)


def choose(
    application: Application, named: Sequence[str], query: str | None, *, dry_run: bool
) -> Choice:
    """Choose the incidents of a run; raises DatadogError where they cannot be searched for."""
    selection = naming.select_incidents(application, named, query, with_known=True)
    is_job = not named and query is None
    record, now = application.record, application.clock()
    pending = record.pending_incident_ids(application.target.name) if is_job else ()
    absences: Mapping[IncidentId, Absence] = record.absences() if is_job else {}
    # A search shows those that are open again, but none that was closed out of sight.
    due = (each for each in absences if absences[each].is_due(now))
    return Choice(
        selection=selection,
        is_job=is_job,
        is_named=bool(named),
        pending=pending,
        absences=absences,
        waiting=tuple(_find_waiting(application, pending, selection.ids)),
        lost=frozenset(due if not dry_run else ()),
    )


class Run:
    """One run over what was chosen: Datadog, findings, issues and rooms, and what is noted of it.

    ``plans`` are what was read, where it is to be judged.
    """

    def __init__(
        self,
        application: Application,
        choice: Choice,
        options: RunOptions,
        on_judged: Callable[[Sequence[Finding]], None] | None = None,
    ) -> None:
        self.application = application
        self.choice = choice
        self.on_judged = on_judged
        self.notes = not options.dry_run and application.policy.noted is not FailOn.NEVER
        self.judges = self.notes or on_judged is not None
        self.plans: dict[IncidentId, Plan] = {}
        if self.judges:
            options = replace(options, on_planned=lambda each: _keep(self.plans, each))
        self.options = replace(options, reading_works=choice.selection.searched)

    def carry_out(self) -> SyncResult:
        """Sync what was chosen, and note what the next run has to know."""
        result = self.sync()
        if not self.options.dry_run:
            let_rest(self.application, self.choice.waiting, result)
            note_unshown(self.application, self.choice.unshown, result)
            self.application.record.settle(self.application.target.name)
        return self.told(result)

    def sync(self, skipping: Skipping | None = None) -> SyncResult:
        """Sync what was chosen; ``skipping`` says what is left unread, if that is decided."""
        application, record = self.application, self.application.record
        with (
            # What was searched for is many as a rule, of which several are read at once anyway.
            application.one_reading(*(self.choice.selection.ids if self.choice.is_named else ())),
            record.read_ahead(self.choice.ids, application.target.name) as overtaken,
        ):
            if self.choice.is_job and skipping is None:
                # Here, where what was learned is read once.
                self.choice = replace(self.choice, unshown=find_unshown(application))
            result = self._sync_datadog(skipping or self.what_to_leave(), overtaken)
            return with_places(application, result, self.options, self._run_again)

    def _run_again(self, ids: Sequence[IncidentId], how: RunOptions) -> SyncResult:
        application = self.application
        return run(ids, target=application.target, record=application.record, options=how)

    def _sync_datadog(
        self, skipping: Skipping | None, overtaken: Callable[[], tuple[IncidentId, ...]]
    ) -> SyncResult:
        result = self._run_again(self.choice.ids, replace(self.options, skipping=skipping))
        # What comes after it is about what changed since.
        self.options = replace(self.options, before={})
        if changed := overtaken():
            result = joined(result, self._run_again(changed, self.options))
        if noted := self.judge(skipping, result):
            result = joined(result, self._run_again(noted, self.options))
        return result

    def what_to_leave(self) -> Skipping | None:
        """Decide what is left unread, where nobody wants to know all."""
        choice, options = self.choice, self.options
        # Only the job leaves anything unread: who types a name or a flag wants to know.
        if not choice.is_job or options.dry_run or options.retry_refused:
            return None
        skipping = choice.what_to_leave(self.application)
        # Nothing else is wanted of the rows, and the run goes on for long.
        self.choice = replace(choice, selection=replace(choice.selection, rows={}))
        # Where findings are told, what is left unread is judged by what is recorded.
        if not self.judges:
            self.application.record.leave_out(skipping.quiet)
        return skipping

    def judge(self, skipping: Skipping | None, result: SyncResult) -> Sequence[IncidentId]:
        """Judge what was read; the incidents in whose timeline a finding is still to be noted."""
        if not self.judges:
            return ()
        if skipping:
            self.plans |= _as_last_read(self.application, skipping, result)
        told = [self.plans[each] for each in self.choice.selection.ids if each in self.plans]
        findings = judge_plans(self.application, told, concurrency=self.options.concurrency)
        if self.on_judged:
            self.on_judged(findings)
        return note_findings(self.application, told, findings) if self.notes else ()

    def told(self, result: SyncResult) -> SyncResult:
        """What the run came to, for whoever started it."""
        application, choice, dry_run = self.application, self.choice, self.options.dry_run
        results = (
            _downgrade_not_found(
                each if dry_run else reading.with_absence(application, each), choice.remembered
            )
            for each in result.incidents
        )
        # That one is still gone was said when it was believed.
        still = choice.lost.intersection(application.record.absences()) if choice.lost else ()
        return replace(
            result,
            incidents=tuple(each for each in results if each.incident_id not in still),
            requests=application.session.requests,
            place_requests=application.connections.requests,
        )


def _downgrade_not_found(
    result: IncidentResult, remembered: Collection[IncidentId]
) -> IncidentResult:
    """An incident that only the record remembers may be gone from Datadog, which is no failure."""
    gone = result.failures and all(isinstance(each.error, NotFound) for each in result.failures)
    if not gone or result.incident_id not in remembered:
        return result
    notice = "Datadog no longer shows the incident; what is recorded here is kept."
    return replace(result, failures=(), notices=(*result.notices, notice))


def _find_waiting(
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


def _as_last_read(
    application: Application, skipping: Skipping, result: SyncResult
) -> dict[IncidentId, Plan]:
    """The last readings of what was left unread: time goes by there too."""
    record, target = application.record, application.target.name
    left = [each.incident for each in result.incidents if each.left_since and each.incident]
    commanders = record.people_of([each.commander for each in left if each.commander])
    return {
        incident.id: plan_as_last_read(
            incident,
            record.state(incident.id, target),
            commanders.get(incident.commander) if incident.commander else None,
            skipping.saw(incident.id),
        )
        for incident in left
    }


def _keep(plans: dict[IncidentId, Plan], plan: Plan) -> None:
    plans[plan.reading.incident.id] = plan


@frozen
class Forgotten:
    """Incidents that the record let go of; ``shown`` is how Datadog still shows one of them.

    ``waiting`` says that something of theirs was still to be carried to Datadog.
    """

    incidents: tuple[Incident, ...]
    shown: Incident | None
    waiting: bool
    problem: DatadogError | None


def forget_incident(application: Application, text: str) -> Forgotten:
    """Neither list nor ask for an incident any more; raises UsageError for one that is unknown.

    Of several with one number those are meant that Datadog does not show.
    """
    known = _find_recorded(application, text)
    shown: list[Incident] = []
    problem: DatadogError | None = None
    for each in known:
        try:
            shown.append(application.incidents.get(each.id).incident)
        except DatadogError as error:
            problem = problem if isinstance(error, NotFound) else error
    # One alone is meant even where Datadog still shows it.
    there = {each.id for each in shown}
    meant = known if len(known) == 1 else [each for each in known if each.id not in there]
    if not meant or (len(known) > 1 and problem):
        listed = "; ".join(
            f'{command("forget", each.id)} ("{each.title}", {each.state})' for each in known
        )
        raise UsageError(
            f"{text!r} matches {len(known)} incidents in the record, and Datadog does "
            "not show which one is meant.",
            hint=f"Type one of: {listed}.",
        )
    pending = set(application.record.pending_incident_ids(application.target.name))
    for each in meant:
        application.record.forget(each.id, at=application.clock())
    return Forgotten(
        incidents=tuple(meant),
        shown=shown[0] if len(known) == 1 and shown else None,
        waiting=any(each.id in pending for each in meant),
        problem=problem,
    )


def _find_recorded(application: Application, text: str) -> list[Incident]:
    """The incidents that the record knows by a name, without those that are gone if it can be."""
    record = application.record
    named = naming.parse_reference(text, application.settings, record.open_incidents)
    found = record.incidents_numbered(named) if isinstance(named, int) else [record.incident(named)]
    known = [each for each in found if each]
    if not known:
        raise UsageError(
            f"The record has no incident {text!r}, so there is nothing to forget.",
            hint="It has the incidents that were synced.",
        )
    gone = {each for each, absence in record.absences().items() if absence.gone is not None}
    return [each for each in known if each.id not in gone] or known[:1]
