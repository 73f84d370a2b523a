"""Several records on one target that shows roles and a timeline, and the commands of people."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from itertools import count
from pathlib import Path

from dd_incident_roles.model import Entry, EntryKey, IncidentId, PersonKey, RoleKey, Source
from dd_incident_roles.roles import handoffs
from dd_incident_roles.roles.ledger import (
    Correct,
    Correction,
    Decide,
    Devise,
    DevisedRole,
    Handoff,
    HandoffOutcome,
    LedgerChange,
    Origin,
    Propose,
    Statement,
)
from dd_incident_roles.store.moving import GivenRow
from dd_incident_roles.store.record import SqlRecord
from dd_incident_roles.sync.apply import take_in
from dd_incident_roles.sync.entries.identity import CORRECTION, HANDOFF, ROLE_DEVISED
from dd_incident_roles.sync.entries.log import write_line
from dd_incident_roles.sync.plan import Plan, SyncResult
from dd_incident_roles.sync.run import RunOptions, plan_incidents, run
from dd_incident_roles.sync.state import Edit, IncidentState, PutEntry
from dd_incident_roles.sync.targets import Care, EntryChange, Reading, RemoteChange, WriteOutcome
from dd_incident_roles.timeline.role_entries import role_entry
from tests.sync.bench import CATALOGUE, GRACE
from tests.sync.entries.timeline_bench import MemoryTimeline
from tests.sync.memory_target import INCIDENT, Killed, MemoryTarget
from tests.sync.record_copies import InterruptedRecord, fresh_record

MANAGER, LEAD, UNSHOWN = RoleKey("incident_manager"), RoleKey("tech_lead"), RoleKey("scribe")
_TICK = timedelta(microseconds=1)


@dataclass(slots=True)
class SharedTarget:
    """Datadog's roles and its timeline; one role it cannot show, and no stream of any."""

    notes: MemoryTimeline
    roles: MemoryTarget = field(
        default_factory=lambda: MemoryTarget(roles={MANAGER: set(), LEAD: set()})
    )
    name: str = "datadog"
    before_write: Callable[[], object] | None = None

    def read(self, incident_id: IncidentId, care: Care = Care.NOW) -> Reading:
        reading = self.roles.read(incident_id)
        return replace(
            reading,
            roles=replace(reading.roles, unsupported={UNSHOWN: "no such role"}),
            timeline=self.notes.read(incident_id).timeline,
        )

    def perform(self, incident_id: IncidentId, change: RemoteChange) -> WriteOutcome:
        if self.before_write:
            act, self.before_write = self.before_write, None
            act()
        target = self.notes if isinstance(change, EntryChange) else self.roles
        return target.perform(incident_id, change)

    def seen_by(self, account: str) -> SharedTarget:
        """The same roles and entries for the keys of another account."""
        return replace(self, notes=self.notes.seen_by(account))

    @property
    def written(self) -> int:
        """How many writes had an effect."""
        return len(self.roles.writes) + len(self.notes.writes)


@dataclass(slots=True)
class World:
    """What all records share: the target, the time and the ids that nobody draws twice."""

    target: SharedTarget
    at: datetime = datetime(2026, 1, 1, 12, tzinfo=UTC)
    numbers: Iterator[int] = field(default_factory=count)

    def clock(self) -> datetime:
        self.at += timedelta(seconds=1)
        return self.at

    def new_id(self) -> str:
        return f"id{next(self.numbers)}"

    def wait(self) -> None:
        """Let enough time pass for an absence to be believed, and every old listing to go."""
        self.at += 2 * GRACE + timedelta(seconds=1)


class Desk:
    """One person's machine: a record, and the commands that are typed there."""

    def __init__(self, folder: Path, world: World, account: str | None = None) -> None:
        folder.mkdir()
        self.target = world.target.seen_by(account) if account else world.target
        self.folder = folder
        self.world = world
        self.record: SqlRecord = fresh_record(folder, world.clock)
        self.kept: list[GivenRow] | None = None

    @property
    def state(self) -> IncidentState:
        """All that the record holds."""
        return self.record.state(INCIDENT.id, self.target.name)

    def lose(self) -> None:
        """The disk is gone; a record is begun anew."""
        self.record.close()
        for path in self.folder.glob("record.db*"):
            path.unlink()
        self.record = fresh_record(self.folder, self.world.clock)

    def back_up(self) -> None:
        """Keep a copy of the record as it is."""
        self.kept = [
            GivenRow(line=line, table=table, columns=columns)
            for line, (table, columns) in enumerate(self.record.contents())
        ]

    def put_back(self) -> None:
        """The copy that was kept takes the place of the record, if there is one."""
        if self.kept is not None:
            self.lose()
            self.record.fill(self.kept, file="the copy")

    def options(self, explicitly_set_roles: frozenset[RoleKey] = frozenset()) -> RunOptions:
        """Options of a run whose guard lets everything through."""
        return RunOptions(
            clock=self.world.clock,
            new_id=self.world.new_id,
            grace=GRACE,
            concurrency=1,
            allow_deletes=1000,
            allow_creates=1000,
            explicitly_set_roles=explicitly_set_roles,
        )

    def sync(
        self, commits: int | None = None, explicitly_set_roles: frozenset[RoleKey] = frozenset()
    ) -> SyncResult:
        """Run once; with ``commits`` the process is killed at the step after so many."""
        record = InterruptedRecord(self.record, commits)
        return run(
            [INCIDENT.id],
            target=self.target,
            record=record,
            options=self.options(explicitly_set_roles),
        )

    def killed_sync(self, commits: int) -> None:
        """Run until the process is killed, or the run is through."""
        try:
            self.sync(commits)
        except Killed:
            return

    def command(
        self,
        decide: Callable[[IncidentState], Sequence[Edit]],
        *,
        looks: bool,
        explicitly_set_roles: frozenset[RoleKey] = frozenset(),
    ) -> None:
        """Take in what the target shows, decide, record and carry it over; or only record it."""
        if looks:
            [seen] = plan_incidents(
                [INCIDENT.id], target=self.target, record=self.record, options=self.options()
            )
            assert isinstance(seen, Plan)
            take_in(seen, target=self.target, record=self.record, at=self.world.clock())
        state = self.state
        edits = decide(state)
        if edits:
            name = self.target.name
            self.record.commit(INCIDENT.id, name, edits, expected_version=state.version)
        if looks:
            self.sync(explicitly_set_roles=explicitly_set_roles)

    def assign(
        self, role: RoleKey, person: PersonKey, stream: str | None, *, by: PersonKey, looks: bool
    ) -> None:
        """Type ``assign``."""

        def decide(state: IncidentState) -> Sequence[Edit]:
            change = handoffs.assign(
                state.assignments,
                self._origin(by),
                role=CATALOGUE.role(role),
                stream=stream,
                person=person,
            )
            return self._told(state, role, change, by=by)

        self.command(decide, looks=looks, explicitly_set_roles=frozenset({role}))

    def unassign(
        self, role: RoleKey, person: PersonKey, stream: str | None, *, by: PersonKey, looks: bool
    ) -> None:
        """Type ``unassign``."""

        def decide(state: IncidentState) -> Sequence[Edit]:
            change = handoffs.unassign(
                state.assignments,
                self._origin(by),
                role=CATALOGUE.role(role),
                stream=stream,
                person=person,
            )
            return self._told(state, role, change, by=by)

        self.command(decide, looks=looks, explicitly_set_roles=frozenset({role}))

    def _origin(self, by: str, source: Source = Source.CLI) -> Origin:
        world = self.world
        return Origin(now=world.clock(), by=by, source=source, new_id=world.new_id)

    def _told(
        self,
        state: IncidentState,
        role: RoleKey,
        change: LedgerChange,
        *,
        by: PersonKey,
        accepted: Handoff | None = None,
    ) -> Sequence[Edit]:
        known, now = CATALOGUE.role(role), self.world.clock()
        answered = accepted.id if accepted else None
        entry = role_entry(INCIDENT.id, change, known, str, now, author=by, by=by, handoff=answered)
        if entry is None:
            return change.edits
        rows = [*change.ended, *([change.begun] if change.begun else [])]
        ended = handoffs.supersede(
            state.handoffs, known, {row.stream for row in rows}, at=now, by=by
        )
        others = tuple(each for each in ended if each.handoff_id != answered)
        own: tuple[Edit, ...] = ()
        if accepted:
            outcome = HandoffOutcome.ACCEPTED
            own = (Decide(handoff_id=accepted.id, outcome=outcome, at=now, by=by),)
        return (*change.edits, PutEntry(entry=entry), *own, *others)

    def propose(
        self, role: RoleKey, receiver: PersonKey, stream: str | None, *, by: PersonKey, looks: bool
    ) -> None:
        """Type ``handoff --propose``."""
        origin = self._origin(by)
        now = origin.now

        def decide(state: IncidentState) -> Sequence[Edit]:
            handoff = handoffs.propose(
                state.assignments,
                origin,
                role=CATALOGUE.role(role),
                stream=stream,
                receiver=receiver,
                timeout=timedelta(hours=6),
                note=None,
            )
            before = handoffs.supersede(
                state.handoffs, CATALOGUE.role(role), {handoff.stream}, at=now, by=by
            )
            says, key = Propose(handoff=handoff), f"handoff-{handoff.id}"
            return (*before, says, self._signed(key, "asks", HANDOFF, now, says, by))

        self.command(decide, looks=looks)

    def accept(self, role: RoleKey, *, by: PersonKey, looks: bool) -> None:
        """Type ``handoff accept``, which is refused to all but the receiver."""

        def decide(state: IncidentState) -> Sequence[Edit]:
            handoff = handoffs.open_handoff(state.handoffs, CATALOGUE.role(role), None)
            if handoff is None or handoff.receiver != by:
                return ()
            if handoff.expires <= self.world.clock():
                return ()
            if not handoffs.giver_still_holds(handoff, state.assignments):
                return ()
            change = handoffs.hand_over(
                state.assignments,
                self._origin(by),
                role=CATALOGUE.role(role),
                stream=handoff.stream,
                receiver=by,
            )
            return self._told(state, role, change, by=by, accepted=handoff)

        self.command(decide, looks=looks, explicitly_set_roles=frozenset({role}))

    def decline(self, role: RoleKey, *, by: PersonKey, looks: bool) -> None:
        """Type ``handoff decline``: the receiver declines, and the others take it back."""

        def decide(state: IncidentState) -> Sequence[Edit]:
            handoff = handoffs.open_handoff(state.handoffs, CATALOGUE.role(role), None)
            if handoff is None or by not in {
                handoff.receiver,
                handoff.giver,
                handoff.proposed_by,
            }:
                return ()
            declines = by == handoff.receiver
            outcome = HandoffOutcome.DECLINED if declines else HandoffOutcome.WITHDRAWN
            now, key = self.world.clock(), f"handoff-{handoff.id}-end"
            says = Decide(handoff_id=handoff.id, outcome=outcome, at=now, by=by)
            return (says, self._signed(key, outcome, HANDOFF, now, says, by))

        self.command(decide, looks=looks)

    def devise(self, *, is_single: bool, by: PersonKey, looks: bool) -> None:
        """Type ``roles devise``, at first or anew."""
        now = self.world.clock()
        role = DevisedRole(
            key=RoleKey("chaos"),
            title="Chaos",
            is_single=is_single,
            devised=now,
            devised_by=by,
        )
        key, says = f"devised-{self.world.new_id()}", Devise(role=role)
        self.command(
            lambda _: (says, self._signed(key, "devises", ROLE_DEVISED, now, says, by)),
            looks=looks,
        )

    def correct(self, person: PersonKey, *, by: PersonKey, looks: bool) -> None:
        """Type ``correct``."""
        now = self.world.clock()

        def decide(state: IncidentState) -> Sequence[Edit]:
            last = max((each.recorded for each in state.corrections), default=now - _TICK)
            correction = Correction(
                id=self.world.new_id(),
                role=LEAD,
                stream=None,
                person=person,
                since=INCIDENT.declared,
                until=INCIDENT.declared + GRACE,
                reason="asked",
                set_by=by,
                recorded=max(now, last + _TICK),
            )
            says, key = Correct(correction=correction), f"correction-{correction.id}"
            text = "Correction from 00:00 to 00:05 UTC: asked"
            return (says, self._signed(key, text, CORRECTION, now, says, by))

        self.command(decide, looks=looks)

    @staticmethod
    def _signed(
        key: str, text: str, kind: str, at: datetime, says: Statement, by: PersonKey
    ) -> PutEntry:
        name = EntryKey(key)
        statement = write_line(says, name, INCIDENT.id)
        entry = Entry(
            key=name, at=at, created=at, text=text, author=by, kind=kind, statement=statement
        )
        return PutEntry(entry=entry)
