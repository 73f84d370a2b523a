"""What one run leaves unread, and what its readings teach the next ones."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from typing import Final, Protocol

from dd_incident_roles.model import NOTE, Incident, IncidentId, Person, PersonKey, RoleKey
from dd_incident_roles.sync import targets
from dd_incident_roles.sync.entries.identity import mark_of
from dd_incident_roles.sync.plan import IncidentResult, Plan, RoleState, SyncState
from dd_incident_roles.sync.skip import (
    SETTLED,
    ChangeKind,
    Decision,
    Depth,
    LastReading,
    Lesson,
    Moment,
    Operation,
    Part,
    SearchRow,
    Seen,
    compare,
)
from dd_incident_roles.sync.state import IncidentState, Moving, RoleMember, SingleHolderRole
from dd_incident_roles.values import frozen

ASSIGNMENT: Final = "assignment"
"""How a target shows a role that a row of the search does not."""

_WRITTEN: Final = -1
"""The version of a reading after which we wrote: none is the same."""


class Keeper(Protocol):
    """Where readings are kept, each call being one transaction."""

    def drop_reading(self, target: str, incident_id: IncidentId) -> None:
        """Forget the last reading of an incident: the next run reads it whole."""

    def note_readings(
        self,
        target: str,
        readings: Mapping[IncidentId, LastReading],
        *,
        source: str = "",
        lessons: Collection[Lesson] = (),
        at: datetime | None = None,
    ) -> None:
        """Keep readings once they are taken in, and what they taught of a ``source``."""


@frozen
class Begun:
    """When the reading of an incident began, by our clock and by the target's."""

    here: datetime
    there: datetime


class Skipping:
    """One run's decisions; any number of threads may ask and tell.

    ``known`` are incidents as they were last read, and ``rows`` as the search shows them. ``ask``
    gets the marks of parts of an incident.
    ``source`` names whose changes are learned from: the host, the organisation and our account.
    """

    def __init__(
        self,
        decisions: Mapping[IncidentId, Decision],
        *,
        target: str,
        rows: Mapping[IncidentId, SearchRow],
        lasts: Mapping[IncidentId, LastReading],
        known: Mapping[IncidentId, Incident],
        moment: Moment,
        source: str,
        keeper: Keeper,
        ask: Callable[[IncidentId, Collection[Part]], Mapping[str, str]],
        clock: Callable[[], datetime],
    ) -> None:
        self.decisions = decisions
        self.known = known
        self._target = target
        self.rows = rows
        self._lasts = lasts
        self.moment = moment
        self._source = source
        self._keeper = keeper
        self._ask = ask
        self._clock = clock
        self._readings: dict[IncidentId, LastReading] = {}
        self._lessons: list[Lesson] = []

    def in_order(self, incident_ids: Sequence[IncidentId]) -> list[IncidentId]:
        """The incidents, those first whose last reading is the oldest."""
        place = {each: number for number, each in enumerate(self.decisions)}
        return sorted(incident_ids, key=lambda each: place.get(each, -1))

    def leaves(self, incident_id: IncidentId) -> datetime | None:
        """When an incident that is left unread was last read; None for one that has to be read.

        Asks for what is not trusted, and raises its errors; what differs from the last reading is
        read whole, together with all else.
        """
        decision, last = self.decisions.get(incident_id), self._lasts.get(incident_id)
        if decision is None or decision.depth is Depth.WHOLE:
            return None
        if last is None or incident_id not in self.known:
            return None
        if decision.depth is Depth.PARTS:
            known = {Part.ROLES: last.roles, Part.ENTRIES: last.entries}
            shown = self._ask(incident_id, decision.parts)
            if any(shown.get(part) != known[part] for part in decision.parts):
                return None
        return last.began

    @property
    def quiet(self) -> list[IncidentId]:
        """The incidents that are read only if something of them shows to be otherwise."""
        return [each for each, how in self.decisions.items() if how.depth is not Depth.WHOLE]

    def last_read(self, incident_id: IncidentId) -> datetime | None:
        """When an incident was last read whole."""
        last = self._lasts.get(incident_id)
        return last.began if last else None

    def saw(self, incident_id: IncidentId) -> tuple[str, ...]:
        """The parts that the last reading of an incident could see."""
        last = self._lasts.get(incident_id)
        return last.saw if last else ()

    def begin(self) -> Begun:
        """Note that a reading begins now."""
        now = self._clock()
        # How far apart the clocks are is taken to be the same all through a run.
        return Begun(here=now, there=now + (self.moment.there - self.moment.now))

    def take_in(
        self, incident_id: IncidentId, plan: Plan | None, result: IncidentResult, begun: Begun
    ) -> None:
        """Note what became of a reading; without a plan there was none.

        One that left something to tell or to do is not a reason to leave the incident unread. That
        is noted at once, lest a run that is killed forgets it; the others wait for the end.
        """
        last = self._lasts.get(incident_id)
        # Closed incidents are not looked at again, and there are more of them with every year.
        if plan is None or not plan.reading.incident.is_open:
            if last is not None:
                self._keeper.drop_reading(self._target, incident_id)
            return
        reading, lesson = self._reading_of(incident_id, plan, result, begun)
        if not reading.is_clean and last is not None and last.is_clean:
            self._keeper.note_readings(self._target, {incident_id: reading})
        # Each is one step, which no other thread comes between.
        if reading.is_clean or last is not None:
            self._readings[incident_id] = reading
        self._lessons.append(lesson)

    def _reading_of(
        self, incident_id: IncidentId, plan: Plan, result: IncidentResult, begun: Begun
    ) -> tuple[LastReading, Lesson]:
        shown, last = plan.reading, self._lasts.get(incident_id)
        row = self.rows.get(incident_id)
        modified = shown.incident.modified
        version = plan.state.version
        reading = LastReading(
            run=self.moment.now,
            began=begun.here,
            modified=modified,
            row=row.mark if row else None,
            is_settled=begun.there >= modified + SETTLED,
            is_clean=is_clean(plan, result),
            version=_WRITTEN
            if plan.every_write
            else version + any(isinstance(edit, Moving) for edit in plan.every_edit),
            basis=self.moment.basis,
            saw=tuple(sorted(shown.marks)),
            roles=shown.marks.get(Part.ROLES, ""),
            entries=shown.marks.get(Part.ENTRIES, ""),
            rest=_rest_of(shown),
        )
        if last is None:
            return reading, Lesson()
        # A write of ours without an answer may be what moved it.
        alone = reading.rest == last.rest and not plan.state.intents
        changes = changes_of(plan, alone=alone)
        seen = Seen(modified=modified, changes=changes, alone=alone, by_us=shown.by_us)
        lesson = compare(last, seen, version=version)
        moved = begun.here if changes or modified != last.modified else last.moved
        suspects = tuple(sorted(map(str, lesson.suspects)))
        return replace(reading, moved=moved, suspects=suspects), lesson

    def finish(self) -> None:
        """Keep the readings of the run, and what they taught."""
        lessons = [each for each in self._lessons if each.example or each.refuted]
        self._keeper.note_readings(
            self._target,
            self._readings,
            source=self._source,
            lessons=lessons,
            at=self._clock(),
        )


def plan_as_last_read(
    incident: Incident, state: IncidentState, commander: Person | None, parts: Collection[str]
) -> Plan:
    """The plan of the last reading, as far as the record has it: both sides agreed then.

    ``parts`` are those that Datadog offered. Who responds is not recorded, and so is not known.
    """
    holders: dict[RoleKey, frozenset[PersonKey]] = {}
    via: dict[RoleKey, str] = {}
    for link in state.links:
        if role := _role_of(link.item):
            held = frozenset({link.holder} if link.holder else ())
            holders[role] = holders.get(role, frozenset()) | held
            via[role] = link.via
    return Plan(
        reading=targets.Reading(
            incident=incident,
            roles=targets.RoleListing(holders=holders, via=via, single=frozenset(), undefined=None),
            people={},
            commander=commander,
            timeline=targets.EntryListing(entries=()) if Part.ENTRIES in parts else None,
        ),
        state=state,
        role_states=tuple(RoleState(role=role, state=SyncState.IN_SYNC) for role in holders),
    )


def is_clean(plan: Plan, result: IncidentResult) -> bool:
    """Whether both sides agreed, and nothing of the incident is left to do or to tell."""
    told = (
        *plan.every_edit,
        *plan.every_write,
        *plan.refused,
        *result.conflicts,
        *result.refused_writes,
        *result.notices,
        *result.failures,
    )
    timeline = plan.reading.timeline
    return not (
        told
        or plan.refusal
        or any(each.state in {SyncState.PENDING, SyncState.CONFLICT} for each in plan.role_states)
        or (timeline is not None and not timeline.complete)
    )


def _rest_of(shown: targets.Reading) -> str:
    incident = shown.incident
    # Sorted, and not as they are held: the same fields may come in another order.
    fields = sorted(incident.fields.items())
    return mark_of(
        replace(incident, modified=incident.declared, fields={}),
        fields,
        sorted(shown.roles.responders or ()),
    )


def changes_of(plan: Plan, *, alone: bool) -> frozenset[ChangeKind]:
    """What others did to roles and entries since both sides last agreed, as far as it is shown.

    The entries in which Datadog itself notes a change count only where nothing else changed.
    """
    by_people = frozenset((*_role_changes(plan), *_entry_changes(plan, by_people=True)))
    return by_people or frozenset(_entry_changes(plan, by_people=False) if alone else ())


def _role_changes(plan: Plan) -> Iterator[ChangeKind]:
    roles = plan.reading.roles
    for role, shown in roles.holders.items():
        if roles.via[role] != ASSIGNMENT:
            continue
        own = [
            link
            for link in plan.state.links
            if link.via == ASSIGNMENT and link.holder and _role_of(link.item) == role
        ]
        if shown - {link.holder for link in own}:
            yield ChangeKind(Part.ROLES, Operation.GIVE)
        if any(link.holder not in shown and not link.missing_since for link in own):
            yield ChangeKind(Part.ROLES, Operation.TAKE)


def _role_of(item: object) -> RoleKey | None:
    return item.role if isinstance(item, SingleHolderRole | RoleMember) else None


def _entry_changes(plan: Plan, *, by_people: bool) -> Iterator[ChangeKind]:
    listing = plan.reading.timeline
    if listing is None:
        return
    links = {link.remote_id: link for link in plan.state.timeline.links}
    for entry in listing.entries:
        # A tag says that a program of ours wrote it, be it on another host.
        if not entry.readable or entry.tagged or entry.ours:
            continue
        if (entry.kind == NOTE) is not by_people:
            continue
        link = links.get(entry.id)
        source = (entry.source or "") if by_people else entry.kind
        if link is None:
            yield ChangeKind(Part.ENTRIES, Operation.CREATE, source)
        elif entry.digest != link.remote_digest:
            yield ChangeKind(Part.ENTRIES, Operation.EDIT, source)
    shown = {entry.id for entry in listing.entries}
    gone = (link for link in links.values() if link.remote_id not in shown)
    is_gone = any(not link.ours and not link.missing_since for link in gone)
    if by_people and listing.complete and is_gone:
        # Who deleted it, and from where, is nowhere to be seen.
        yield ChangeKind(Part.ENTRIES, Operation.DELETE)
