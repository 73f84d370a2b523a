"""Records that keep one incident in agreement with Datadog, with issues and with a room."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import timedelta
from functools import partial
from pathlib import Path

from dd_incident_roles.chat.room import TopicTarget
from dd_incident_roles.issues.target import IssueTarget
from dd_incident_roles.issues.tracker import Account
from dd_incident_roles.model import Entry, EntryKey, Person, PersonKey, RoleKey, Source
from dd_incident_roles.roles import handoffs
from dd_incident_roles.roles.ledger import Propose, open_holdings
from dd_incident_roles.sync.entries.fold import ASSIGNEE
from dd_incident_roles.sync.entries.identity import HANDOFF
from dd_incident_roles.sync.guard import Allowance
from dd_incident_roles.sync.place import (
    PlaceSync,
    PlaceTarget,
    RosterRow,
    Shell,
    sync_place,
    sync_places,
)
from dd_incident_roles.sync.plan import PlanOptions, SyncResult
from dd_incident_roles.sync.registers import Authority, Wish
from dd_incident_roles.sync.run import run
from dd_incident_roles.sync.state import IncidentState, PutEntry, SingleHolderRole
from tests.sync.bench import CATALOGUE, GRACE
from tests.sync.memory_target import INCIDENT
from tests.sync.memory_tracker import PEOPLE, MemoryChat, MemoryTracker
from tests.sync.record_copies import InterruptedRecord
from tests.sync.shared_bench import LEAD, MANAGER, Desk, World

ROLES = (MANAGER, LEAD)


@dataclass(slots=True, kw_only=True)
class PlacesWorld(World):
    """Datadog, and the issues and the room of the same incident."""

    trackers: list[MemoryTracker]
    chat: MemoryChat = field(default_factory=MemoryChat)
    authority: Authority = Authority.FOLLOW

    def places(self) -> Sequence[PlaceTarget]:
        """The places as one run of one process meets them."""
        issues = [
            IssueTarget(
                tracker,
                tracker.ref,
                people=PEOPLE,
                owner=partial(_owner, tracker.flavour),
                authority=self.authority,
                comments=True,
                shows_public=False,
                is_private=False,
            )
            for tracker in self.trackers
        ]
        return [*issues, TopicTarget(self.chat, "C1", people=PEOPLE, is_private=False)]

    @property
    def written(self) -> int:
        """How many writes had an effect anywhere."""
        places = [*self.trackers, self.chat]
        return self.target.written + sum(len(each.writes) for each in places)


def person(key: PersonKey) -> Person:
    """Somebody as the record knows them."""
    return PEOPLE.named(Person(key=key, email=key))


def _owner(target: str, account: Account) -> Person | None:
    entry = PEOPLE.of_login(target, account.login) or PEOPLE.of_login(target, account.id)
    return person(entry.person) if entry else None


class PlacesDesk(Desk):
    """One person's machine, whose runs go on to the places of the incident."""

    def __init__(self, folder: Path, world: PlacesWorld) -> None:
        super().__init__(folder, world)
        self.places_world = world
        self.seen: list[PlaceSync] = []

    def sync(
        self, commits: int | None = None, explicitly_set_roles: frozenset[RoleKey] = frozenset()
    ) -> SyncResult:
        """Run once over Datadog and the places, and over Datadog again where these had news."""
        record = InterruptedRecord(self.record, commits)
        options = self.options(explicitly_set_roles)
        done = run([INCIDENT.id], target=self.target, record=record, options=options)
        is_current = not any(each.failures for each in done.incidents)
        sync_one = partial(self.sync_one, record=record, is_current=is_current)
        self.seen = list(sync_places(self.places_world.places(), sync_one))
        if any(each.moved for each in self.seen):
            wanted = frozenset({SingleHolderRole(MANAGER)})
            again = replace(options, wanted=wanted)
            done = run([INCIDENT.id], target=self.target, record=record, options=again)
        return done

    def sync_one(
        self, place: PlaceTarget, *, record: InterruptedRecord, is_current: bool
    ) -> PlaceSync:
        """Run once over one place."""
        shell = Shell(
            record=record,
            options=PlanOptions(
                now=self.world.clock(),
                grace=GRACE,
                new_id=self.world.new_id,
                is_current=is_current,
            ),
            allowance=Allowance(deletes=1000, creates=1000),
            roster=self.roster,
            take=lambda wish: self.take(record, wish),
        )
        return sync_place(INCIDENT, place, shell)

    def roster(self) -> Sequence[RosterRow]:
        """Who holds what by the record."""
        held = self.record.assignments(INCIDENT.id)
        holders = {key: sorted({row.person for row in open_holdings(held, key)}) for key in ROLES}
        return [
            RosterRow(
                role=key,
                title=CATALOGUE.role(key).title,
                short=CATALOGUE.role(key).short_name.upper(),
                stream=None,
                people=tuple(map(person, holders[key])),
                required=True,
            )
            for key in ROLES
        ]

    def take(self, record: InterruptedRecord, wish: Wish) -> bool:
        """Bring a change of an assignee into the record, as a command would."""
        role = CATALOGUE.role(MANAGER)
        state = record.state(INCIDENT.id, self.target.name)
        by = f"{ASSIGNEE}{wish.value or 'nobody'}"
        if wish.authority is Authority.PROPOSE:
            return self._ask(record, state, wish, by=by)
        origin, rows = self._origin(by, Source.ISSUE), state.assignments
        if wish.value is None:
            change = handoffs.unassign(rows, origin, role=role, person=None, stream=None)
        else:
            person = PersonKey(wish.value)
            change = handoffs.assign(rows, origin, role=role, person=person, stream=None)
        edits = self._told(state, MANAGER, change, by=PersonKey(by))
        if edits:
            record.commit(INCIDENT.id, self.target.name, edits, expected_version=state.version)
        return bool(edits)

    def _ask(self, record: InterruptedRecord, state: IncidentState, wish: Wish, *, by: str) -> bool:
        role, now = CATALOGUE.role(MANAGER), self.world.clock()
        waiting = handoffs.open_handoff(state.handoffs, role, None)
        if wish.value is None or (waiting and waiting.receiver == wish.value):
            return False
        handoff = handoffs.propose(
            state.assignments,
            self._origin(by),
            role=role,
            stream=None,
            receiver=PersonKey(wish.value),
            timeout=timedelta(hours=1),
            note=None,
        )
        before = handoffs.supersede(state.handoffs, role, {None}, at=now, by=by)
        says, key = Propose(handoff=handoff), f"handoff-{handoff.id}"
        entry = self._signed(key, "asks", HANDOFF, now, says, PersonKey(by))
        record.commit(INCIDENT.id, self.target.name, [*before, says, entry])
        return True

    @property
    def live(self) -> list[Entry]:
        """The entries of the record that nobody wished away."""
        return [each for each in self.record.entries(INCIDENT.id) if each.deleted_at is None]

    def manager(self) -> PersonKey | None:
        """Who is Incident Manager by the record."""
        held = open_holdings(self.record.assignments(INCIDENT.id), MANAGER)
        return held[0].person if held else None

    def add(self, key: str, text: str) -> None:
        """Type ``timeline add --no-sync``."""
        now = self.world.clock()
        entry = Entry(key=EntryKey(key), at=now, created=now, text=text, author="Ana")
        self.record.commit(INCIDENT.id, self.target.name, [PutEntry(entry=entry)])

    def edit(self, entry: Entry, text: str) -> None:
        """Type ``timeline edit --no-sync``."""
        edited = PutEntry(entry=replace(entry, text=text))
        self.record.commit(INCIDENT.id, self.target.name, [edited])

    def delete(self, entry: Entry) -> None:
        """Type ``timeline delete --no-sync``."""
        gone = PutEntry(entry=replace(entry, deleted_at=self.world.clock()))
        self.record.commit(INCIDENT.id, self.target.name, [gone])
