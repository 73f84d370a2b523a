"""``sync``, the scheduled job: bring the record and Datadog into agreement, once.

What a run has read is judged by the way, and what the rules find is noted in the timelines.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager, nullcontext, suppress
from dataclasses import replace
from datetime import datetime

from dd_incident_roles.application import Application
from dd_incident_roles.commands import naming, reading, skipping
from dd_incident_roles.commands.places import joined, with_places
from dd_incident_roles.errors import DatadogError, NotFound, RecordChanged, RecordError
from dd_incident_roles.facts.live import with_accounts
from dd_incident_roles.model import Absence, Entry, EntryKey, IncidentId
from dd_incident_roles.patience import in_threads
from dd_incident_roles.policy.judge import Question, judge
from dd_incident_roles.policy.policy import FailOn, Finding, fails
from dd_incident_roles.policy.rules import RULES
from dd_incident_roles.policy.rules.ir09x_of_the_engine import NOT_EVALUATED
from dd_incident_roles.sync.entries.identity import FINDING, FINDING_KEY, without_tag, without_times
from dd_incident_roles.sync.guard import MOST_CREATED
from dd_incident_roles.sync.plan import IncidentResult, PastRun, Plan, SyncResult
from dd_incident_roles.sync.run import RunOptions, run
from dd_incident_roles.sync.skipping import Skipping, plan_as_last_read
from dd_incident_roles.sync.state import PutEntry
from dd_incident_roles.timeline.change_entry import visible_text
from dd_incident_roles.values import frozen
from dd_incident_roles.words import PROGRAM


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
    is_noted = not named and query is None and not dry_run
    began = application.clock()
    with (
        application.record.run_lock(clock=application.clock),
        # One incident asks for little of it.
        nullcontext() if len(named) == 1 else application.record.reading_cache(),
        noting_failure(application, began) if is_noted else nullcontext(),
    ):
        if retry_refused:
            application.target.probe_again()
        result = Run(
            application,
            # Not kept here: of thousands of rows little is wanted for long.
            choose(application, named, query, dry_run=dry_run),
            options,
            on_judged,
        ).carry_out()
        if is_noted:
            note_run(application, began, result)
    return result


@contextmanager
def noting_failure(application: Application, began: datetime) -> Iterator[None]:
    """Note of a run over everything that it came to look at nothing, where Datadog is in the way.

    That goes on as it is raised.
    """
    try:
        yield
    except DatadogError as error:
        # It is of more use to know why the run failed than why that cannot be noted.
        with suppress(RecordError):
            failed = SyncResult(dry_run=False, incidents=(), stopped_by=error)
            note_run(application, began, failed)
        raise


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
    and of those that are ``unshown`` the issue or room could not be told how it ended. The
    ``unsettled`` are all in which something waits, and all that were missed.
    """

    selection: naming.Selection
    is_job: bool
    is_named: bool
    waiting: tuple[IncidentId, ...] = ()
    lost: frozenset[IncidentId] = frozenset()
    unshown: frozenset[IncidentId] = frozenset()
    unsettled: frozenset[IncidentId] = frozenset()

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
        return skipping.what_to_leave(
            application, self.selection, self.ids, waiting=self.unsettled | self.unshown
        )


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
        waiting=tuple(skipping.find_waiting(application, pending, selection.ids)),
        lost=frozenset(due if not dry_run else ()),
        unsettled=frozenset((*pending, *absences)),
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
            options = replace(options, on_planned=self._keep)
        self.options = replace(options, reading_works=choice.selection.searched)

    def carry_out(self) -> SyncResult:
        """Sync what was chosen, and note what the next run has to know."""
        result = self.sync()
        if not self.options.dry_run:
            skipping.let_rest(self.application, self.choice.waiting, result)
            skipping.note_unshown(self.application, self.choice.unshown, result)
            self.application.record.settle(self.application.target.name)
        return self.told(result)

    def _keep(self, plan: Plan) -> None:
        self.plans[plan.reading.incident.id] = plan

    def sync(self, left: Skipping | None = None) -> SyncResult:
        """Sync what was chosen; ``left`` says what is left unread, if that is decided."""
        application, record = self.application, self.application.record
        with (
            # What was searched for is many as a rule, of which several are read at once anyway.
            application.one_reading(*(self.choice.selection.ids if self.choice.is_named else ())),
            record.read_ahead(self.choice.ids, application.target.name) as overtaken,
        ):
            if self.choice.is_job and left is None:
                # Here, where what was learned is read once.
                unshown = skipping.find_unshown(application)
                self.choice = replace(self.choice, unshown=unshown)
            left = left or self.what_to_leave()
            result = self._run(self.choice.ids, replace(self.options, skipping=left))
            # What comes after it is about what changed since.
            self.options = replace(self.options, before={})
            if changed := overtaken():
                result = joined(result, self._run(changed, self.options))
            if noted := self.judge(left, result):
                result = joined(result, self._run(noted, self.options))
            return with_places(application, result, self.options)

    def _run(self, ids: Sequence[IncidentId], options: RunOptions) -> SyncResult:
        target, record = self.application.target, self.application.record
        return run(ids, target=target, record=record, options=options)

    def what_to_leave(self) -> Skipping | None:
        """Decide what is left unread, where nobody wants to know all."""
        choice, options = self.choice, self.options
        # Only the job leaves anything unread: who types a name or a flag wants to know.
        if not choice.is_job or options.dry_run or options.retry_refused:
            return None
        left = choice.what_to_leave(self.application)
        # Nothing else is wanted of the rows, and the run goes on for long.
        self.choice = replace(choice, selection=replace(choice.selection, rows={}))
        # Where findings are told, what is left unread is judged by what is recorded.
        if not self.judges:
            self.application.record.leave_out(left.quiet)
        return left

    def judge(self, left: Skipping | None, result: SyncResult) -> Sequence[IncidentId]:
        """Judge what was read; the incidents in whose timeline a finding is still to be noted."""
        if not self.judges:
            return ()
        if left:
            self.plans |= _as_last_read(self.application, left, result)
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


def _as_last_read(
    application: Application, left: Skipping, result: SyncResult
) -> dict[IncidentId, Plan]:
    """The last readings of what was left unread: time goes by there too."""
    record, target = application.record, application.target.name
    unread = [each.incident for each in result.incidents if each.left_since and each.incident]
    commanders = record.people_of([each.commander for each in unread if each.commander])
    return {
        incident.id: plan_as_last_read(
            incident,
            record.state(incident.id, target),
            commanders.get(incident.commander) if incident.commander else None,
            left.saw(incident.id),
        )
        for incident in unread
    }


def judge_plans(
    application: Application, plans: Sequence[Plan], *, concurrency: int
) -> tuple[Finding, ...]:
    """What the rules find in what a run has read itself, but for what a waiver covers."""
    if not plans:
        return ()
    seen = in_threads(lambda each: reading.view_of(application, each), plans, at_most=concurrency)
    facts = with_accounts(application, [each.facts for each in seen])
    question = Question(
        rules=tuple(RULES.values()), now=application.now(), policy=application.policy
    )
    return tuple(each for each in judge(question, facts).findings if each.is_active)


def note_findings(
    application: Application, plans: Sequence[Plan], findings: Sequence[Finding]
) -> list[IncidentId]:
    """Record an entry for each finding that the policy wants in the timeline and that it lacks.

    Returns the incidents with entries that are still to be carried to Datadog. The account of a
    rule that could not be decided is no news of the incident, and is left out.
    """
    now = application.now()
    news = [
        each
        for each in findings
        if fails(each.level, application.policy.noted)
        # What is about the organisation belongs into no incident's timeline.
        and not each.subject
        and each.rule != NOT_EVALUATED.id
    ]
    incidents = [each.reading.incident for each in plans]
    entries = {
        incident.id: [_entry(each, now) for each in news if each.public_id == incident.public_id]
        for incident in incidents
    }
    return [each for each in entries if _record_new(application, each, entries[each])]


def _entry(finding: Finding, now: datetime) -> Entry:
    return Entry(
        key=EntryKey(f"{FINDING_KEY}{finding.fingerprint}"),
        at=now,
        created=now,
        text=visible_text(f"{finding.message} ({finding.rule})"),
        author=PROGRAM,
        kind=FINDING,
    )


def _record_new(
    application: Application, incident_id: IncidentId, entries: Iterable[Entry]
) -> bool:
    """Add what the timeline lacks; an entry that people deleted stays deleted."""
    record = application.record
    state = record.state(incident_id, application.target.name)
    archived = (each.entry for each in record.archived(incident_id))
    known = [*state.timeline.entries, *archived]
    keys = {entry.key for entry in known}
    # Another record tells the same under a tag of its own, which alone silences nothing.
    tagged = [without_tag(entry.text) for entry in known]
    gists = {(each.key, without_times(each.text)) for each in tagged}
    edits = [
        PutEntry(entry=each)
        for each in entries
        if each.key not in keys and (each.key, without_times(each.text)) not in gists
    ]
    # Where another process was quicker the next run looks again; a finding does not run away.
    with suppress(RecordChanged):
        if edits:
            version = state.version
            record.commit(incident_id, application.target.name, edits, expected_version=version)
            return True
    return False
