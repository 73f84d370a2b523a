"""What every changing command does: the record first, then Datadog for that one incident."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field, replace
from types import MappingProxyType
from typing import Generic

from dd_incident_roles import errors
from dd_incident_roles.application import Application
from dd_incident_roles.commands.places import with_places
from dd_incident_roles.commands.reading import refuse_gone
from dd_incident_roles.commands.role_change import TRIES, Change, Decision, commit_decision
from dd_incident_roles.model import IncidentId, Person, PersonKey, RoleKey
from dd_incident_roles.patience import uninterrupted
from dd_incident_roles.sync.apply import take_in
from dd_incident_roles.sync.guard import Subject, asked_for
from dd_incident_roles.sync.plan import Failure, IncidentResult, SyncResult
from dd_incident_roles.sync.run import RunOptions, plan_incidents, run
from dd_incident_roles.sync.state import ArchiveEntry, Edit, IncidentState, PutEntry
from dd_incident_roles.values import frozen

TURN_WAIT_SECONDS = 10.0
"""How long a command waits for a run that is working on the same incident."""


@frozen
class Carried(Generic[Change]):
    """A change that is in the record, and what became of it in Datadog.

    ``edits`` are those that recorded it, and ``people`` those whom the record may not know yet.
    ``sync`` is None where Datadog was not to be written, or could not be; ``problem`` is why not.
    ``places`` is what became of it in the incident's issue and room.
    """

    incident_id: IncidentId
    change: Change
    edits: tuple[Edit, ...] = ()
    sync: SyncResult | None = None
    problem: errors.IncidentRolesError | None = None
    people: Mapping[PersonKey, Person] = field(default_factory=lambda: MappingProxyType({}))
    places: tuple[IncidentResult, ...] = ()

    @property
    def result(self) -> IncidentResult | None:
        """What the sync of the incident did, where there was one."""
        return next(iter(self.sync.incidents), None) if self.sync else None

    @property
    def exit_code(self) -> int:
        """0 when all is done, 3 when the change waits, 4 when the guard held something back."""
        if self.problem:
            return 3
        return self.sync.exit_code if self.sync else 0


@contextmanager
def looked_at(application: Application, incident_id: IncidentId) -> Iterator[None]:
    """Begin to look at an incident that a person is about to change; the steps within use it.

    What else the command needs of Datadog is asked for meanwhile.
    """
    if incident_id not in application.before:
        # A person who types again may have mended what Datadog lacked a moment ago.
        application.target.probe_again()
    with application.one_reading(incident_id):
        yield


def record_then_sync(
    application: Application,
    incident_id: IncidentId,
    decide: Callable[[IncidentState], Decision[Change]],
    *,
    or_nothing: bool = False,
    at_once: bool = False,
    again: bool = False,
    explicitly_set_roles: frozenset[RoleKey] = frozenset(),
    people: Mapping[PersonKey, Person] = MappingProxyType({}),
) -> Carried[Change]:
    """Record a change and carry it to Datadog, unless the application records ``only_here``.

    What Datadog shows is taken in first, so that the command is about the present and not about
    what was known a minute ago. With ``at_once`` the change is recorded even before that, so that
    it is kept whatever happens; ``again`` decides it anew from what was then taken in. Where
    Datadog cannot be reached the change is recorded all the same, unless it is to be made on both
    sides ``or_nothing``: then what was in the way is raised, and nobody else works on the incident
    meanwhile. ``explicitly_set_roles`` are those of which it says who holds them, and ``people``
    whom the record may not know yet. What the command itself takes away is permitted by it,
    whatever the guard holds back besides. Ctrl-C is passed on with whether the change is recorded.
    """
    # With the keys of another organisation, not even the record may change.
    application.organisation.before_recording()
    refuse_gone(application, incident_id)
    carrier = _Carrier(
        application=application,
        incident_id=incident_id,
        decide=decide,
        explicitly_set_roles=explicitly_set_roles,
    )
    turn = application.turn(incident_id, wait_seconds=TURN_WAIT_SECONDS)
    problem: errors.IncidentRolesError | None = None
    done: SyncResult | None = None
    with carrier.passing_on_interrupts():
        if at_once and not application.only_here and carrier.is_compared:
            # What does not fit what is recorded may well fit what Datadog shows by now.
            with suppress(errors.UsageError):
                carrier.record()
        with looked_at(application, incident_id):
            if application.only_here:
                decided = carrier.record()
            elif or_nothing:
                # Nobody else may act between the look, the record and the write.
                with turn:
                    if unread := carrier.take_in_what_is_shown():
                        raise unread
                    decided = carrier.record()
                    done = carrier.run()
            else:
                problem = carrier.take_in_what_is_shown()
                recorded = None if again and not problem else carrier.decided
                decided = recorded or carrier.record()
                try:
                    if not problem:
                        with turn:
                            done = carrier.run()
                except errors.RecordLocked as locked:
                    problem = locked
    if people and (incident := application.record.incident(incident_id)):
        # So that the next command need not ask Datadog for them again.
        application.record.remember(incident, people, application.clock())
    # Outside the turn, which each place takes for itself.
    places: tuple[IncidentResult, ...] = ()
    if done is not None:
        done = carrier.with_places(done)
        places = done.incidents[1:]
    elif isinstance(problem, errors.DatadogError):
        # What people look at while Datadog is down is not to be wrong for that.
        places = carrier.with_places(carrier.unread(problem)).incidents[1:]
    return Carried(
        incident_id=incident_id,
        change=decided.change,
        edits=decided.edits,
        sync=done,
        problem=problem,
        people=people,
        places=places,
    )


@dataclass(slots=True, kw_only=True)
class _Carrier(Generic[Change]):
    """One change on its way into the record, and from there to Datadog."""

    application: Application
    incident_id: IncidentId
    decide: Callable[[IncidentState], Decision[Change]]
    explicitly_set_roles: frozenset[RoleKey]
    wanted: frozenset[Subject] = frozenset()
    decided: Decision[Change] | None = None

    @contextmanager
    def passing_on_interrupts(self) -> Iterator[None]:
        """Let Ctrl-C through with what is true of the change by then."""
        before = self._writes()
        try:
            yield
        except KeyboardInterrupt:
            if not self.decided:
                so_far = "Nothing was recorded."
            elif self._writes() == before:
                so_far = "It is recorded here; the next sync carries it to Datadog."
            else:
                so_far = "It is recorded here; the next sync checks how much of it Datadog has."
            raise KeyboardInterrupt(so_far) from None

    def _writes(self) -> int:
        sent = self.application.session.requests
        return sum(count for method, count in sent.items() if method != "GET")

    @property
    def is_compared(self) -> bool:
        """Whether the record knows the incident, and who holds its roles if it is about them."""
        record, target = self.application.record, self.application.target.name
        if record.incident(self.incident_id) is None:
            return False
        return not self.explicitly_set_roles or bool(record.state(self.incident_id, target).links)

    def record(self) -> Decision[Change]:
        """Commit the change to what the record holds at that moment."""
        application, decide = self.application, self._decide_again
        with uninterrupted():
            state, decision = commit_decision(application, self.incident_id, decide)
            # A second decision that changes nothing leaves the first one as what was done.
            self.decided = decision if decision.edits else self.decided or decision
        if decision.edits:
            application.committed(self.incident_id, decision.edits)
        self.wanted |= asked_for(state, decision.edits)
        return self.decided

    def _decide_again(self, state: IncidentState) -> Decision[Change]:
        decision = self.decide(state)
        return replace(decision, edits=(*self._outdated_entries(state, decision), *decision.edits))

    def _outdated_entries(
        self, state: IncidentState, decision: Decision[Change]
    ) -> Iterator[ArchiveEntry]:
        """Take back what told of the change as it was first decided, if it was sent nowhere."""
        if self.decided and any(isinstance(edit, PutEntry) for edit in decision.edits):
            before = self.decided.edits
            earlier = {edit.entry.key for edit in before if isinstance(edit, PutEntry)}
            sent = {each.key for each in state.timeline.links}
            sent |= {each.key for each in state.timeline.intents}
            for entry in state.timeline.entries:
                if entry.key in earlier - sent:
                    yield ArchiveEntry(key=entry.key, at=self.application.clock())

    def run(self) -> SyncResult:
        """Carry what is recorded to Datadog."""
        record, target = self.application.record, self.application.target
        return run([self.incident_id], target=target, record=record, options=self._options())

    def with_places(self, done: SyncResult) -> SyncResult:
        """Carry it to the incident's issue and room as well."""
        options = replace(self._options(), turn=self.application.turn, before={})
        return with_places(self.application, done, options)

    def unread(self, problem: errors.IncidentRolesError) -> SyncResult:
        """A sync that did not come to look at the incident."""
        record, target = self.application.record, self.application.target.name
        result = IncidentResult(
            incident_id=self.incident_id,
            target=target,
            incident=record.incident(self.incident_id),
            failures=(Failure(error=problem),),
        )
        return SyncResult(dry_run=False, incidents=(result,))

    def _options(self) -> RunOptions:
        return replace(
            self.application.run_options(),
            explicitly_set_roles=self.explicitly_set_roles,
            wanted=self.wanted,
        )

    def take_in_what_is_shown(self) -> errors.IncidentRolesError | None:
        """Take in what Datadog shows and the guard lets through; returns what is in the way."""
        record, target = self.application.record, self.application.target
        for _ in range(TRIES):
            [seen] = plan_incidents(
                [self.incident_id],
                target=target,
                record=record,
                options=self.application.run_options(),
            )
            if isinstance(seen, IncidentResult):
                return self._why_unread(seen.failures[0].error)
            try:
                take_in(seen, target=target, record=record, at=self.application.clock())
                self.application.committed(self.incident_id, seen.every_edit)
            except errors.RecordChanged:
                # A sync was quicker, and has changed what the plan was made from.
                continue
            return None
        return None

    def _why_unread(self, error: errors.IncidentRolesError) -> errors.IncidentRolesError:
        if self.decided:
            return error
        if isinstance(error, errors.NotFound):
            raise errors.UnknownIncident(self.incident_id) from error
        # Keys that are refused would be refused to every later sync, and carry nothing either.
        if isinstance(error, errors.Unauthorized) or not isinstance(error, errors.DatadogError):
            raise error
        return error
