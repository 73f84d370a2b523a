"""The stories of several records again, with runs that leave unread what does not seem to move."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import timedelta
from enum import Enum, auto

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import initialize, rule

from dd_incident_roles.model import IncidentId, PersonKey, RoleKey
from dd_incident_roles.sync.entries.identity import mark_of
from dd_incident_roles.sync.run import RunOptions
from dd_incident_roles.sync.skip import Moment, Part, SearchRow, decide_reading, usual_gap
from dd_incident_roles.sync.skipping import Skipping
from dd_incident_roles.sync.state import IncidentState
from dd_incident_roles.sync.targets import Care, Reading
from tests.machines import in_postgresql, looks_far, machine_settings
from tests.sync.entries.timeline_bench import MemoryTimeline
from tests.sync.machine import which
from tests.sync.memory_target import INCIDENT
from tests.sync.shared_bench import LEAD, MANAGER, Desk, SharedTarget, World
from tests.sync.test_shared_machine import SharedPicture, people

MINUTE = timedelta(minutes=1)
CAP_AND_GRACE = 16
"""Minutes after which the record has what others did: what is missing is believed after five."""


class Moves(Enum):
    """With which changes ``modified`` of the incident moves."""

    ALL = auto()
    NONE = auto()
    ROLES = auto()
    ENTRIES = auto()
    UNRELIABLE = auto()


@dataclass(slots=True)
class MovingTarget(SharedTarget):
    """A target whose ``modified`` moves with some changes, and whose search may be late."""

    moves: Moves = Moves.ALL
    lags: bool = False
    seen: tuple[str, ...] = ("", "")
    changes: int = 0
    shown: SearchRow | None = None

    def read(self, incident_id: IncidentId, care: Care = Care.NOW) -> Reading:
        reading = SharedTarget.read(self, incident_id, care)
        return replace(reading, marks=self.marks(), by_us=False)

    def marks(self) -> dict[str, str]:
        """The marks of the roles and of the entries."""
        roles = sorted((role, sorted(held)) for role, held in self.roles.roles.items())
        entries = mark_of(sorted(self.notes.cells.items()))
        return {Part.ROLES: mark_of(roles), Part.ENTRIES: entries}

    def search(self, world: World) -> SearchRow:
        """The row of the search; a late one is that of the last search."""
        now = (self.marks()[Part.ROLES], self.marks()[Part.ENTRIES])
        if now != self.seen:
            self.changes += 1
            if {
                Moves.ALL: True,
                Moves.NONE: False,
                Moves.ROLES: now[0] != self.seen[0],
                Moves.ENTRIES: now[1] != self.seen[1],
                Moves.UNRELIABLE: self.changes % 2 == 0,
            }[self.moves]:
                self.roles.modify(world.at)
            self.seen = now
        modified = self.roles.incident.modified.replace(microsecond=0)
        row = SearchRow(mark=modified.isoformat(), modified=modified)
        late, self.shown = self.shown if self.lags else row, row
        return late or row


class SkippingDesk(Desk):
    """A record whose runs leave the incident unread while nothing seems to move."""

    trusted: frozenset[str] = frozenset(Part)

    def options(self, explicitly_set_roles: frozenset[RoleKey] = frozenset()) -> RunOptions:
        options = Desk.options(self, explicitly_set_roles)
        if explicitly_set_roles:
            # Only the job leaves anything unread.
            return options
        return replace(options, skipping=self._skipping())

    def _skipping(self) -> Skipping:
        target, name = self.target, self.target.name
        assert isinstance(target, MovingTarget)
        row, lasts, now = target.search(self.world), self.record.last_readings(name), self.world.at
        seen = self.record.incident(INCIDENT.id)
        moment = Moment(
            now=now,
            there=now,
            gap=usual_gap(lasts.of.values(), now),
            basis="",
            offered=frozenset(),
            trusted=self.trusted,
        )
        decision = decide_reading(
            row,
            lasts.of.get(INCIDENT.id),
            version=lasts.versions.get(INCIDENT.id, 0),
            waits=INCIDENT.id in self.record.pending_incident_ids(name),
            moment=moment,
        )
        return Skipping(
            {INCIDENT.id: decision},
            target=name,
            rows={INCIDENT.id: row},
            lasts=lasts.of,
            known={INCIDENT.id: seen} if seen else {},
            moment=moment,
            source="",
            keeper=self.record,
            ask=lambda _incident, _parts: target.marks(),
            clock=self.world.clock,
        )


class SkippingPicture(SharedPicture):
    """Runs every minute, of which some leave the incident unread."""

    @initialize(
        number=st.integers(1, 2),
        moves=st.sampled_from(Moves),
        lags=st.booleans(),
        trusted=st.booleans(),
    )
    def begin(self, number: int, moves: Moves, lags: bool, trusted: bool) -> None:
        place = self.begin_in()
        self.target = MovingTarget(notes=MemoryTimeline(), moves=moves, lags=lags)
        self.world = World(target=self.target)
        self.desks = []
        for each in range(number):
            desk = SkippingDesk(place / str(each), self.world)
            desk.trusted = frozenset(Part if trusted else ())
            self.desks.append(desk)
        self.touched = set()
        self.stated = set()

    @rule(on=which)
    def some_minutes(self, on: int) -> None:
        """The job runs a few times, and nobody does anything."""
        for _ in range(4):
            self.world.at += MINUTE
            self.desk(on).sync()

    @rule(on=which, role=st.sampled_from([MANAGER, LEAD]), person=people)
    def a_role_of_others_arrives(self, on: int, role: RoleKey, person: PersonKey) -> None:
        """Whatever moves with a role, and however sure the job is that it would."""
        self.some_minutes(on)
        self.touched.add(role)
        self.target.roles.choose(role, person)
        state = self._after_the_cap(on)
        for each, shown in self.target.roles.roles.items():
            held = {row.person for row in state.assignments if row.is_open and row.role == each}
            assert held == shown

    @rule(on=which)
    def a_note_of_others_arrives(self, on: int) -> None:
        """The same for the timeline."""
        self.some_minutes(on)
        note = self.target.notes.write_note(f"Note {self.world.new_id()}")
        entries = self._after_the_cap(on).timeline.entries
        assert note.text in {entry.text for entry in entries}

    def _after_the_cap(self, on: int) -> IncidentState:
        for _ in range(CAP_AND_GRACE):
            self.world.at += MINUTE
            self.desk(on).sync()
        return self.desk(on).state

    def teardown(self) -> None:
        if hasattr(self, "desks"):
            self.a_role_of_others_arrives(0, MANAGER, PersonKey("dan@corp.example"))
            self.a_note_of_others_arrives(0)
        super().teardown()


TestSkippingPicture = SkippingPicture.TestCase
# Each of its rules is many runs.
TestSkippingPicture.settings = settings(
    machine_settings(steps=6), max_examples=settings().max_examples if looks_far() else 5
)
TestSkippingPictureInPostgresql = in_postgresql(SkippingPicture, steps=6)
