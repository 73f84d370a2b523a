"""One incident in one place beside Datadog: an issue or a room is read, planned and written.

The record is the hub. A place never says who holds a role; what a person changes there is a wish,
which counts as much as the settings give it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager, nullcontext
from dataclasses import replace
from types import MappingProxyType
from typing import Final, Protocol, TypeVar

from dd_incident_roles.errors import IncidentRolesError, TargetError
from dd_incident_roles.model import Incident, IncidentId, Person, RoleKey
from dd_incident_roles.sync import state, targets
from dd_incident_roles.sync.apply import Applied, Rounds, apply, result_of, would_do
from dd_incident_roles.sync.entries.plan_timeline import plan_timeline
from dd_incident_roles.sync.guard import Allowance, guard
from dd_incident_roles.sync.plan import (
    EntryPlan,
    Failure,
    IncidentResult,
    Plan,
    PlanOptions,
    SyncState,
)
from dd_incident_roles.sync.registers import RegisterPlan, Value, Wish, plan_registers
from dd_incident_roles.sync.resting import let_rest
from dd_incident_roles.values import frozen
from dd_incident_roles.words import clause

NO_ROLES: Final = targets.RoleListing(
    holders=MappingProxyType({}), via=MappingProxyType({}), single=frozenset()
)
"""A place has no responders, and defines no roles."""

_ROUNDS = 3


@frozen
class RosterRow:
    """A role or one of its streams, and who holds it; what places show is made of these.

    ``short`` is the name for a narrow place, such as ``IM``. One that is ``required`` is shown
    empty too. Where a place is narrow, what has the highest ``importance`` is left out last.
    """

    role: RoleKey
    title: str
    short: str
    stream: str | None
    people: tuple[Person, ...]
    required: bool
    importance: int = 0


Roster = Sequence[RosterRow]
"""Every role of an incident, in the order of the catalogue."""

T = TypeVar("T")


class PlaceReading(Protocol):
    """What one reading of a place gave."""

    @property
    def entries(self) -> targets.EntryListing | None:
        """The comments of the place; None where they are not kept in agreement."""

    @property
    def notices(self) -> tuple[str, ...]:
        """What else there is to say of the place."""

    def values(self, incident: Incident, roster: Roster) -> tuple[Value, ...]:
        """The registers of the place, given who holds what."""


class PlaceTarget(targets.Writer, Protocol):
    """One issue or one room, as the engine sees it; methods that ask raise PlaceError."""

    @property
    def label(self) -> str:
        """How people call the place, such as ``PROJ-123`` or ``the topic of #incident-1001``."""

    @property
    def url(self) -> str | None:
        """The page of the place."""

    def read(self) -> PlaceReading:
        """Read the place once."""


@frozen
class Shell:
    """What the engine needs from outside to sync one place.

    ``roster`` says who holds what by the record, read anew each time, and ``take`` brings a wish
    into the record and says whether that changed it. ``turn`` is the right to write about the
    incident. ``where`` names the place to the record, such as ``slack:C0123456789``.
    """

    record: targets.Record
    options: PlanOptions
    allowance: Allowance
    roster: Callable[[], Roster]
    take: Callable[[Wish], bool]
    people: Sequence[Person] = ()
    dry_run: bool = False
    where: str | None = None
    turn: Callable[[IncidentId], AbstractContextManager[object]] = lambda _incident: nullcontext()


@frozen
class PlaceSync:
    """What the sync of a place came to; ``moved`` says that the record has news for other targets.

    ``failed`` is why the place could not be asked. ``seen`` is what the place showed before, and
    ``values`` its registers then.
    """

    result: IncidentResult
    moved: bool = False
    failed: TargetError | None = None
    seen: PlaceReading | None = None
    values: tuple[Value, ...] = ()


def plan_place(
    known: state.IncidentState,
    reading: targets.Reading,
    values: Sequence[Value],
    people: Sequence[Person],
    options: PlanOptions,
) -> tuple[Plan, RegisterPlan]:
    """Decide everything that brings the record and one place together on one incident."""
    registers = plan_registers(values, known, options)
    timeline = EntryPlan()
    if reading.timeline is not None:
        timeline = plan_timeline(known.timeline, reading.timeline, people, options)
    plan = Plan(
        reading=reading,
        state=known,
        edits=registers.edits,
        shows=registers.shows,
        role_states=registers.role_states,
        notices=reading.notices,
        timeline=timeline,
    )
    return let_rest(plan, options), registers


def sync_places(places: Sequence[T], sync: Callable[[T], PlaceSync]) -> tuple[PlaceSync, ...]:
    """Sync places one after the other; those before one that had news see it in the same run.

    Otherwise two records that find a text of its own in each of two places would carry it to and
    fro for ever.
    """
    done = [sync(each) for each in places]
    news = [number for number, each in enumerate(done) if each.moved]
    for number in range(max(news, default=0)):
        again = sync(places[number])
        result = done[number].result.followed_by(again.result)
        done[number] = replace(again, result=result, moved=done[number].moved or again.moved)
    return tuple(done)


def sync_place(incident: Incident, place: PlaceTarget, shell: Shell) -> PlaceSync:
    """Read the place, take in what people did there, and show what the record holds.

    A failure is a part of the result: another place is none the worse for it.
    """
    rounds: list[tuple[Plan, Applied]] = []
    try:
        return _Syncing(incident, place, shell).run(rounds)
    except IncidentRolesError as error:
        result = IncidentResult(
            incident_id=incident.id,
            target=place.name,
            incident=incident,
            place=place.label,
            url=place.url,
        )
        if rounds:
            result = _result_of(place, rounds[-1][0], rounds)
        return PlaceSync(
            result=replace(result, failures=(*result.failures, Failure(error=error))),
            failed=error if isinstance(error, TargetError) else None,
        )


class _Syncing:
    def __init__(self, incident: Incident, place: PlaceTarget, shell: Shell) -> None:
        self.incident = incident
        self.place = place
        self.shell = shell
        self.moved = False
        self.values: tuple[Value, ...] = ()
        # What makes the base rows be about this place, where they are about another one.
        self.relocation: tuple[state.Edit, ...] = ()

    def run(self, rounds: list[tuple[Plan, Applied]]) -> PlaceSync:
        """Plan and carry out, and again where the record or the place moved meanwhile."""
        shell, place = self.shell, self.place
        seen = place.read()
        plan, registers = self._plan(seen)
        for _ in range(_ROUNDS):
            if shell.dry_run:
                result = _result_of(place, plan, would_do(plan))
                wishes = (
                    f"What was changed in {place.label} would be taken over."
                    for _ in registers.wishes
                )
                notices = (*result.notices, *wishes)
                # What would be written is not there yet.
                result = replace(result, role_states=plan.role_states, notices=notices)
                return self._done(result, seen)
            news = (*plan.every_edit, *plan.every_write, *registers.wishes, *registers.settled)
            if not news and not self.relocation:
                break
            with shell.turn(self.incident.id):
                looks_again = plan.every_write or self.relocation
                if looks_again and self._known()[0] != plan.state:
                    # Another program had the turn since, and may have written the same.
                    seen = place.read()
                    plan, registers = self._plan(seen)
                    continue
                if self.relocation:
                    shell.record.commit(self.incident.id, place.name, self.relocation)
                if registers.wishes or registers.settled:
                    self._take(registers)
                if registers.wishes:
                    # The record holds something else by now.
                    plan, registers = self._plan(seen)
                    continue
                applied = apply(
                    plan, target=place, record=shell.record, clock=lambda: shell.options.now
                )
            rounds.append((plan, applied))
            self.moved = self.moved or bool(plan.timeline.effects)
            if not applied.stale:
                break
            seen = place.read()
            plan, registers = self._plan(seen)
        return self._done(_result_of(place, plan, rounds), seen)

    def _done(self, result: IncidentResult, seen: PlaceReading) -> PlaceSync:
        return PlaceSync(result=result, moved=self.moved, seen=seen, values=self.values)

    def _plan(self, seen: PlaceReading) -> tuple[Plan, RegisterPlan]:
        shell, incident = self.shell, self.incident
        reading = targets.Reading(
            incident=incident,
            roles=NO_ROLES,
            people=MappingProxyType({}),
            timeline=seen.entries,
            notices=seen.notices,
        )
        self.values = values = seen.values(incident, shell.roster())
        known, self.relocation = self._known()
        plan, registers = plan_place(known, reading, values, shell.people, shell.options)
        return guard(plan, shell.allowance, now=shell.options.now), registers

    def _known(self) -> tuple[state.IncidentState, tuple[state.Edit, ...]]:
        """What the record holds for this place, and the edits that make it so."""
        known = self.shell.record.state(self.incident.id, self.place.name)
        where, now = self.shell.where, self.shell.options.now
        moves = () if where is None else state.moved_to(known, where, now)
        return (state.replay(known, moves) if moves else known), moves

    def _take(self, registers: RegisterPlan) -> None:
        """Take in what people changed: first the wish, then the note that it was taken in.

        A run that is killed in between finds both sides agreed, or the same question asked.
        """
        for wish in registers.wishes:
            # In this order: after a wish that moved something, `or` would leave the next one out.
            self.moved = self.shell.take(wish) or self.moved
        self.shell.record.commit(self.incident.id, self.place.name, registers.settled)


def _result_of(place: PlaceTarget, last: Plan, rounds: Rounds) -> IncidentResult:
    result = result_of(last, rounds, target=place.name)
    shows = [write for write in result.writes if isinstance(write, targets.Show)]
    shown = {role for write in shows for role in write.roles}
    failed = result.failures or any(applied.stale for _, applied in rounds)
    told = (*last.notices, *last.timeline.notices, *_unwritten(place, last), *result.notices)
    return replace(
        result,
        place=place.label,
        url=place.url,
        notices=tuple(dict.fromkeys(told)),
        role_states=tuple(
            replace(each, state=SyncState.IN_SYNC, reason=None)
            # What waits for a reason is not shown by the write of another register.
            if each.role in shown
            and each.state is SyncState.PENDING
            and each.reason is None
            and not failed
            else each
            for each in last.role_states
        ),
    )


def _unwritten(place: PlaceTarget, plan: Plan) -> Iterator[str]:
    """Why the place shows something else than is wanted, once for each reason."""
    refused = {row.reason for row in plan.refused}
    for each in plan.role_states:
        is_other = each.state in {SyncState.PENDING, SyncState.CONFLICT}
        if is_other and each.reason and each.reason not in refused:
            # Most reasons name the place.
            named = "" if place.label in each.reason else f"{place.label}: "
            yield f"{named}{clause(each.reason)}."
