"""One run over many incidents: each is read, planned, guarded and synced separately."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from contextlib import AbstractContextManager, nullcontext
from dataclasses import field, replace
from datetime import datetime, timedelta
from threading import Lock

from dd_incident_roles.errors import ConfigurationError, Forbidden, IncidentRolesError, TargetError
from dd_incident_roles.model import IncidentId, RoleKey
from dd_incident_roles.patience import in_threads
from dd_incident_roles.sync.apply import Applied, Rounds, apply, result_of, would_do
from dd_incident_roles.sync.entries.fold import fold, heard_in, restore
from dd_incident_roles.sync.entries.plan_timeline import plan_timeline
from dd_incident_roles.sync.guard import MOST_CREATED, Allowance, Subject, guard
from dd_incident_roles.sync.plan import Failure, IncidentResult, Plan, PlanOptions, SyncResult
from dd_incident_roles.sync.plan_roles import plan_roles
from dd_incident_roles.sync.resting import let_rest
from dd_incident_roles.sync.skipping import Skipping
from dd_incident_roles.sync.state import (
    Conflict,
    IncidentState,
    SingleHolderRole,
    replay,
    says_the_same,
)
from dd_incident_roles.sync.targets import Care, EntryListing, Reading, Record, Target
from dd_incident_roles.values import frozen
from dd_incident_roles.words import clause, count_of

ROUNDS = 3
"""How often one incident is planned in a run if it changes while it is synced."""


def plan_incident(state: IncidentState, reading: Reading, options: PlanOptions) -> Plan:
    """Decide everything that brings the record and one target together on one incident."""
    if reading.timeline is None:
        return let_rest(_without_timeline(plan_roles(state, reading, options)), options)
    people = list(reading.people.values())
    timeline = plan_timeline(state.timeline, reading.timeline, people, options)
    # The timeline first: what other records say of a role is known before roles are compared.
    entries = replay(state, timeline.edits).timeline.entries
    restored = tuple(restore(state, fold(heard_in(entries, reading.incident.id)), reading.roles))
    plan = plan_roles(replay(state, restored), reading, options)
    plan = replace(plan, state=state, edits=(*restored, *plan.edits), timeline=timeline)
    return let_rest(plan, options)


def _without_timeline(plan: Plan) -> Plan:
    """Note that there is no timeline only if something waits for it."""
    linked = {link.key for link in plan.state.timeline.links}
    waiting = sum(entry.key not in linked for entry in plan.state.timeline.entries)
    if not waiting or plan.reading.no_timeline is None:
        return plan
    what = count_of(waiting, "timeline entry waits", "timeline entries wait")
    notice = f"{clause(plan.reading.no_timeline)}; {what} here."
    return replace(plan, notices=(*plan.notices, notice))


@frozen
class RunOptions:
    """How a run goes about it.

    ``reading_works`` says that the keys are known to read incidents, so that one that is forbidden
    is forbidden by itself. ``explicitly_set_roles`` are those of which a person is saying right now
    who holds them, and ``wanted`` what that person takes away; ``retry_refused`` says that a person
    wants what was declined to be sent again. ``turn`` is the right to write about one incident,
    lest two write the same. ``before`` is what the record holds of incidents that were asked for
    already: it was looked at first, and has what was committed here since. ``on_planned`` is told
    what was read, before that is carried out. ``skipping`` says which incidents may be left unread.
    """

    clock: Callable[[], datetime]
    new_id: Callable[[], str]
    grace: timedelta
    concurrency: int = 16
    allow_deletes: int | None = None
    allow_creates: int = MOST_CREATED
    dry_run: bool = False
    reading_works: bool = False
    explicitly_set_roles: frozenset[RoleKey] = frozenset()
    wanted: frozenset[Subject] = frozenset()
    retry_refused: bool = False
    turn: Callable[[IncidentId], AbstractContextManager[object]] = lambda _incident: nullcontext()
    before: Mapping[IncidentId, IncidentState] = field(default_factory=dict)
    on_progress: Callable[[int, int], None] = lambda _done, _total: None
    on_planned: Callable[[Plan], None] = lambda _plan: None
    skipping: Skipping | None = None

    def planning(self, *, is_current: bool = True) -> PlanOptions:
        """How one incident is planned in this run, as of now."""
        return PlanOptions(
            now=self.clock(),
            grace=self.grace,
            new_id=self.new_id,
            explicitly_set_roles=self.explicitly_set_roles,
            retry_refused=self.retry_refused,
            is_current=is_current,
        )


def run(
    incident_ids: Sequence[IncidentId], *, target: Target, record: Record, options: RunOptions
) -> SyncResult:
    """Bring the record and one target together on the given incidents.

    One incident that fails, or of which the guard holds something back, never stops the others;
    bad keys, a refused redirect or an exhausted rate limit stop the run.
    """
    ids = list(dict.fromkeys(incident_ids))
    sync = _Sync(target, record, options, total=len(ids))
    # With the oldest readings first, lest a run that ends early leaves the same ones each time.
    ordered = options.skipping.in_order(ids) if options.skipping else ids
    results = in_threads(sync.sync_one, ordered, at_most=options.concurrency)
    found = dict(zip(ordered, results, strict=True))
    if options.skipping:
        options.skipping.finish()
    return SyncResult(dry_run=options.dry_run, incidents=tuple(found[each] for each in ids))


def plan_incidents(
    incident_ids: Sequence[IncidentId], *, target: Target, record: Record, options: RunOptions
) -> tuple[Plan | IncidentResult, ...]:
    """Plan incidents as a run would, and change nothing; failures are among the results."""
    ids = list(dict.fromkeys(incident_ids))
    sync = _Sync(target, record, options, total=len(ids))

    def plan(incident_id: IncidentId) -> Plan | IncidentResult:
        try:
            return sync.plan(incident_id)
        finally:
            sync.count()

    return tuple(in_threads(plan, ids, at_most=options.concurrency))


class _Sync:
    """One run with what its threads share."""

    def __init__(self, target: Target, record: Record, options: RunOptions, *, total: int) -> None:
        self.target = target
        self.record = record
        self.options = options
        self.halt = Halt(reading_works=options.reading_works)
        self.total = total
        self.finished = 0

    def plan(self, incident_id: IncidentId, *, anew: bool = False) -> Plan | IncidentResult:
        """Read and plan one incident within the guard; a failure is a result like any other."""
        try:
            self.halt.check()
            reading, state = self._look(incident_id, anew=anew)
            options = self.options.planning()
            allowance = Allowance(
                deletes=self.options.allow_deletes,
                creates=self.options.allow_creates,
                wanted=self.options.wanted
                | {SingleHolderRole(role) for role in self.options.explicitly_set_roles},
            )
            return guard(plan_incident(state, reading, options), allowance, now=options.now)
        except ConfigurationError:
            # It is wrong for every incident, and running again does not fix it.
            raise
        except IncidentRolesError as error:
            self.halt.consider(error, reading=True)
            return self._failure(incident_id, error)

    def _look(self, incident_id: IncidentId, *, anew: bool) -> tuple[Reading, IncidentState]:
        """What the target shows, and what the record then holds.

        A reading of a moment ago counts only while nobody else changed the record, who may have
        written to the target too.
        """
        before = None if anew else self.options.before.get(incident_id)
        reading = self.target.read(incident_id, Care.RECENT if before else Care.NOW)
        # From here on a 403 is about one incident, not about the permissions of the keys.
        self.halt.reading_worked()
        state = self._state(reading)
        if before and not says_the_same(state, before):
            reading = self.target.read(incident_id)
            state = self._state(reading)
        listed = reading.timeline
        if listed and listed.assumed and _lacks_any(state, listed):
            # What is missing may be behind the end, where nobody looked.
            reading = self.target.read(incident_id, Care.WHOLE)
            state = self._state(reading)
        return reading, state

    def _state(self, reading: Reading) -> IncidentState:
        """What the record holds, and which of the tags shown name entries of other incidents."""
        incident_id = reading.incident.id
        state = self.record.state(incident_id, self.target.name)
        listed = reading.timeline.entries if reading.timeline else ()
        linked = {link.remote_id for link in state.timeline.links}
        tags = {each.tagged for each in listed if each.tagged and each.id not in linked}
        if not tags:
            return state
        elsewhere = self.record.keys_elsewhere(incident_id, tags)
        return replace(state, timeline=replace(state.timeline, elsewhere=elsewhere))

    def sync_one(self, incident_id: IncidentId) -> IncidentResult:
        """Sync one incident, unless nothing moved in it since the last reading."""
        skipping = self.options.skipping
        if skipping is None:
            return self._sync_whole(incident_id)[1]
        try:
            self.halt.check()
            if read := skipping.leaves(incident_id):
                self.count()
                return IncidentResult(
                    incident_id=incident_id,
                    target=self.target.name,
                    incident=skipping.known[incident_id],
                    left_since=read,
                )
        except IncidentRolesError as error:
            # A whole reading says more about what is in the way, and notes it.
            self.halt.consider(error, reading=True)
        begun = skipping.begin()
        plan, result = self._sync_whole(incident_id)
        skipping.take_in(incident_id, plan, result, begun)
        return result

    def _sync_whole(self, incident_id: IncidentId) -> tuple[Plan | None, IncidentResult]:
        """Plan one incident and carry the plan out; in a dry run, say what would be done."""
        planned = self.plan(incident_id)
        if isinstance(planned, IncidentResult):
            # It could not be read, so there is nothing to do.
            return None, planned
        if self.options.dry_run:
            return planned, self._result(planned, would_do(planned))
        self.options.on_planned(planned)
        return planned, self._carry_out(planned)

    def _carry_out(self, planned: Plan) -> IncidentResult:
        """Carry out the plan, and plan again a few times if something changed meanwhile."""
        rounds: list[tuple[Plan, Applied]] = []
        incident_id = planned.reading.incident.id
        plan = planned
        try:
            is_idle = not plan.every_write and not plan.every_edit
            with nullcontext() if is_idle else self.options.turn(incident_id):
                # Another program may have changed it since the state was read, or had the lock.
                stale = not is_idle and self._state(plan.reading) != plan.state
                for _ in range(ROUNDS):
                    self.halt.check()
                    if stale:
                        again = self.plan(incident_id, anew=True)
                        if isinstance(again, IncidentResult):
                            return self._result(planned, rounds, ended_by=again)
                        plan = again
                    # Also with nothing to do: it records what was seen of the incident.
                    applied = apply(
                        plan, target=self.target, record=self.record, clock=self.options.clock
                    )
                    rounds.append((plan, applied))
                    if applied.stop:
                        self.halt.consider(applied.stop, reading=False)
                    stale = bool(applied.stale)
                    if not stale or applied.stop:
                        break
        except IncidentRolesError as error:
            return self._result(planned, rounds, ended_by=self._failure(incident_id, error))
        finally:
            self.count()
        return self._result(planned, rounds)

    def count(self) -> None:
        """One more incident is done."""
        # Threads may count at once; what is shown of the progress may be one behind.
        self.finished += 1
        self.options.on_progress(self.finished, self.total)

    def _failure(self, incident_id: IncidentId, error: IncidentRolesError) -> IncidentResult:
        return IncidentResult(
            incident_id=incident_id,
            target=self.target.name,
            incident=self.record.incident(incident_id),
            failures=(Failure(error=error),),
        )

    def _result(
        self, planned: Plan, rounds: Rounds, *, ended_by: IncidentResult | None = None
    ) -> IncidentResult:
        last = rounds[-1][0] if rounds else planned
        result = result_of(last, rounds, target=self.target.name)
        told = [*planned.notices, *planned.timeline.notices, *result.notices]
        if rounds and not ended_by and (unfinished := rounds[-1][1].stale):
            told.append(f"The incident kept changing ({unfinished}); the next run continues.")
        return replace(
            result,
            incident=planned.reading.incident,
            people=planned.reading.people,
            conflicts=_conflicts(planned, rounds),
            notices=tuple(dict.fromkeys(told)),
            failures=(*result.failures, *(ended_by.failures if ended_by else ())),
            unshared=last.reading.unshared,
        )


def _lacks_any(state: IncidentState, listed: EntryListing) -> bool:
    shown = {each.id for each in listed.entries}
    return any(link.remote_id not in shown for link in state.timeline.links)


def _conflicts(planned: Plan, rounds: Rounds) -> tuple[Conflict, ...]:
    """The conflicts that the record holds after the run."""
    state = planned.state
    for plan, applied in rounds:
        if applied.edits_done:
            state = replay(plan.state, plan.edits)
    return tuple(sorted(state.conflicts, key=lambda each: each.role))


class RunStopped(IncidentRolesError):
    """The run stopped before this incident was read."""


class Halt:
    """The reason for stopping, shared by the threads of one run.

    ``reading_works`` is known where the incidents were found by a search that succeeded.
    """

    def __init__(self, *, reading_works: bool = False) -> None:
        self._lock = Lock()
        self._reason: TargetError | None = None
        self._reading_works = reading_works

    def check(self) -> None:
        """Raise RunStopped once there is a reason to stop."""
        with self._lock:
            if self._reason:
                raise RunStopped(
                    f"Not synced, because the run stopped: {self._reason.message}",
                    hint=self._reason.hint,
                )

    def reading_worked(self) -> None:
        """Note that the keys may read incidents, so that one refusal is about one incident."""
        with self._lock:
            self._reading_works = True

    def consider(self, error: IncidentRolesError, *, reading: bool) -> None:
        """Stop the run if the error says that the others would fail as well.

        A write that is forbidden is forbidden by itself: one entry, or one incident.
        """
        if not isinstance(error, TargetError):
            return
        with self._lock:
            # Before anything could be read, a 403 is about the keys, and so about all incidents.
            denied = isinstance(error, Forbidden) and reading and not self._reading_works
            if self._reason is None and (error.stops_the_run or denied):
                self._reason = error
