"""The issue and the room of an incident: where they are, and what a sync of them takes in."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from dataclasses import replace
from datetime import timedelta

from dd_incident_roles.application import Application
from dd_incident_roles.commands import naming
from dd_incident_roles.commands.create_issue import create_issue
from dd_incident_roles.commands.locate import Spot, locate, named_by_datadog, roster_of
from dd_incident_roles.commands.role_change import decide_change, decide_proposal
from dd_incident_roles.errors import (
    IncidentRolesError,
    NotFound,
    PlaceError,
    RecordChanged,
    UsageError,
)
from dd_incident_roles.model import (
    INCIDENT_MANAGER,
    Incident,
    IncidentId,
    Person,
    PersonKey,
    Source,
)
from dd_incident_roles.roles.assign import assign, unassign
from dd_incident_roles.roles.handoffs import open_handoff
from dd_incident_roles.sync.entries.fold import ASSIGNEE
from dd_incident_roles.sync.guard import Allowance
from dd_incident_roles.sync.place import (
    PlaceSync,
    Shell,
    sync_place,
    sync_places,
)
from dd_incident_roles.sync.plan import Failure, IncidentResult, PlanOptions, SyncResult
from dd_incident_roles.sync.registers import Authority, Wish
from dd_incident_roles.sync.run import Halt, RunOptions, run
from dd_incident_roles.sync.state import Edit, IncidentState, SingleHolderRole
from dd_incident_roles.sync.threads import in_threads

ANSWER_WITHIN = timedelta(hours=1)
"""How long a handoff waits that somebody proposed by assigning the incident issue."""

_ANY = "place"
_SAID = "said of places"
_SAID_FOR = timedelta(days=30)
"""For how long it is known that something was said of an incident."""


def with_places(application: Application, done: SyncResult, options: RunOptions) -> SyncResult:
    """A sync of Datadog, and of the places of the same incidents after it.

    What people wrote or changed in a place is carried to Datadog in the same run.
    """
    unread = {each.incident_id for each in done.incidents if each.failures and not each.role_states}
    # What could not be compared with Datadog in every part may be behind it.
    behind = {each.incident_id for each in done.incidents if each.failures}
    places = _Places(application, options, behind)
    incidents = {
        each.incident_id: incident
        for each in done.incidents
        if (incident := each.incident or application.record.incident(each.incident_id))
        and not _is_gone(each)
    }
    synced = in_threads(places.sync, incidents.values(), at_most=options.concurrency)
    moved = [
        incident_id
        for incident_id, results in zip(incidents, synced, strict=True)
        # What could not be read a moment ago is left to the next run.
        if incident_id not in unread and any(each.moved for each in results)
    ]
    if moved and not options.dry_run:
        # Whoever unassigned the issue means the role to be empty.
        wanted = options.wanted | {SingleHolderRole(INCIDENT_MANAGER)}
        options = replace(options, wanted=wanted)
        again = run(moved, target=application.target, record=application.record, options=options)
        done = joined(done, again)
    shown = [each.result for results in synced for each in results]
    return replace(done, incidents=(*done.incidents, *shown))


def _is_gone(result: IncidentResult) -> bool:
    return any(isinstance(each.error, NotFound) for each in result.failures)


def joined(first: SyncResult, second: SyncResult) -> SyncResult:
    """A run, and another one over some of its incidents."""
    found = {each.incident_id: each for each in first.incidents}
    for each in second.incidents:
        # In a dry run nothing was done: the second look says all that there is to say.
        before = found[each.incident_id]
        found[each.incident_id] = each if first.dry_run else before.followed_by(each)
    return replace(first, incidents=tuple(found.values()))


class _Places:
    """The places of a run's incidents, with what its threads share."""

    def __init__(
        self, application: Application, options: RunOptions, behind: Collection[IncidentId]
    ) -> None:
        self.application = application
        self.options = options
        self.behind = behind
        # Keys that one system refuses are refused to all incidents; the other systems go on.
        self.halts: dict[str, Halt] = {}

    def sync(self, incident: Incident) -> tuple[PlaceSync, ...]:
        """Sync one incident with each of its places, issues before rooms."""
        try:
            asks = incident.id not in self.behind
            named = named_by_datadog(self.application, incident, asks=asks)
            made = create_issue(self.application, incident, self.options, elsewhere=named.reserved)
            named = replace(named, notices=self._news(incident, named.notices))
            located = locate(self.application, incident, named)
        except IncidentRolesError as error:
            return (_unsynced(incident, _target_of(error), error),)
        located = replace(located, notices=(*made.notices, *located.notices))
        done = list(sync_places(located.spots, lambda each: self._sync(incident, each)))
        if named.failure:
            # What is linked by hand is none the worse for it.
            done.append(_unsynced(incident, _ANY, named.failure))
        if located.notices:
            told = IncidentResult(
                incident_id=incident.id,
                target=_ANY,
                incident=incident,
                notices=located.notices,
            )
            done.append(PlaceSync(result=told, moved=made.made))
        return tuple(done)

    def _news(self, incident: Incident, notices: tuple[str, ...]) -> tuple[str, ...]:
        """What Datadog's integrations have to say, once; ``status`` goes on to say it."""
        said, record = "\n".join(notices), self.application.record
        if not notices or record.cached(_SAID, incident.id) == said:
            return ()
        if not self.options.dry_run:
            until = self.options.clock() + _SAID_FOR
            record.put_cached(_SAID, incident.id, said, expires_at=until)
        return notices

    def _sync(self, incident: Incident, spot: Spot) -> PlaceSync:
        place = spot.target
        halt = self.halts.setdefault(place.name, Halt(reading_works=True))
        taker = _Taker(self.application, incident)
        options, application = self.options, self.application
        try:
            halt.check()
        except IncidentRolesError as stopped:
            return _unsynced(incident, place.name, stopped, label=place.label, url=place.url)
        shell = Shell(
            record=application.record,
            options=PlanOptions(
                now=options.clock(),
                grace=options.grace,
                new_id=options.new_id,
                explicitly_set_roles=options.explicitly_set_roles,
                retry_refused=options.retry_refused,
                is_current=incident.id not in self.behind,
            ),
            allowance=Allowance(
                deletes=options.allow_deletes,
                creates=options.allow_creates,
                wanted=options.wanted,
            ),
            roster=lambda: roster_of(
                application, incident, application.record.assignments(incident.id)
            ),
            take=taker.take,
            dry_run=options.dry_run,
            where=spot.where,
            turn=options.turn,
        )
        synced = sync_place(incident, place, shell)
        if synced.failed:
            halt.consider(synced.failed, reading=True)
        notices = (*synced.result.notices, *taker.notices)
        return replace(synced, result=replace(synced.result, notices=notices))


def _target_of(error: IncidentRolesError) -> str:
    return error.target if isinstance(error, PlaceError) else _ANY


def _unsynced(
    incident: Incident,
    target: str,
    error: IncidentRolesError,
    *,
    label: str | None = None,
    url: str | None = None,
) -> PlaceSync:
    failed = IncidentResult(
        incident_id=incident.id,
        target=target,
        incident=incident,
        failures=(Failure(error=error),),
        place=label,
        url=url,
    )
    return PlaceSync(result=failed)


class _Taker:
    """Brings what people changed in a place into the record, as a command would."""

    def __init__(self, application: Application, incident: Incident) -> None:
        self.application = application
        self.incident = incident
        self.notices: list[str] = []

    def take(self, wish: Wish) -> bool:
        """Take one wish in; a person who may not hold the role is said, and not given it."""
        try:
            return self._take(wish)
        except UsageError as error:
            self.notices.append(f"The assignee was not taken over: {error.message}")
            return False

    def _take(self, wish: Wish) -> bool:
        application, incident = self.application, self.incident
        role = application.catalogue_of(incident.id).commander
        named = naming.RoleOfIncident(incident_id=incident.id, role=role)
        found = None if wish.value is None else naming.find_person(application, wish.value)
        # The tracker tells whom the issue is assigned to, and not who did that.
        acting = replace(application, actor=f"{ASSIGNEE}{wish.value or 'nobody'}")
        people = {found.person.key: found.person} if found else {}

        def decide(state: IncidentState) -> tuple[Edit, ...]:
            if wish.authority is Authority.PROPOSE:
                return self._propose(acting, named, found, state)
            now, source = application.clock(), Source.ISSUE
            if found is None:
                change = unassign(
                    state.assignments,
                    role=role,
                    person=None,
                    stream=None,
                    now=now,
                    set_by=acting.actor,
                    source=source,
                )
            else:
                change = assign(
                    state.assignments,
                    role=role,
                    stream=None,
                    person=found.person.key,
                    now=now,
                    set_by=acting.actor,
                    source=source,
                    new_id=application.new_id,
                    confirms=False,
                )
            return decide_change(acting, named, change, state, people=people).edits

        return self._commit(decide, people)

    def _propose(
        self,
        acting: Application,
        named: naming.RoleOfIncident,
        found: naming.FoundPerson | None,
        state: IncidentState,
    ) -> tuple[Edit, ...]:
        if found is None:
            return ()
        waiting = open_handoff(state.handoffs, named.role, None)
        if waiting and waiting.receiver == found.person.key:
            # The same question was asked already.
            return ()
        return decide_proposal(
            acting,
            named,
            found.person,
            state,
            stream=None,
            note=None,
            now=acting.clock(),
            timeout=ANSWER_WITHIN,
        ).edits

    def _commit(
        self,
        decide: Callable[[IncidentState], tuple[Edit, ...]],
        people: Mapping[PersonKey, Person],
        tries: int = 5,
    ) -> bool:
        application, incident = self.application, self.incident
        record, target = application.record, application.target.name
        state = record.state(incident.id, target)
        edits = decide(state)
        if not edits:
            return False
        record.remember(incident, people, application.clock())
        try:
            record.commit(incident.id, target, edits, expected_version=state.version)
        except RecordChanged:
            if tries == 1:
                raise
            return self._commit(decide, people, tries - 1)
        return True
