"""Which incidents a run may leave unread: a pure decision, and the evidence that it rests on.

The cap makes it safe: whatever was learned, each incident is read whole every 8 minutes. Trust only
saves requests. Times are of two clocks: ages of readings go by our own, and ``modified`` is
compared with Datadog's, because two hosts are never quite at the same time.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import replace
from datetime import datetime, timedelta
from enum import StrEnum
from itertools import pairwise
from statistics import median
from typing import Final

from dd_incident_roles.model import IncidentId
from dd_incident_roles.values import frozen

# By simulation: 15 minutes had more than twice as much read, and the latest change came no sooner.
HOT: Final = timedelta(minutes=3)
"""How long an incident is read in every run after it moved: changes come in bursts."""

DUE: Final = timedelta(minutes=8)
"""How old a reading may grow before the next one."""

LATEST: Final = timedelta(minutes=11)
"""How late a change may be seen, also where the next run is dropped."""

SETTLED: Final = timedelta(seconds=2)
"""How long after ``modified`` a reading must begin: a search shows whole seconds (recorded)."""

_GAPS: Final = 5

ENOUGH: Final = 10
"""How many examples make a kind of change trusted: of fewer, chance makes too many."""

# Examples expire, for what Datadog does may change; one counter-example ends trust for a day.
BELIEVED: Final = timedelta(days=30)
DISTRUSTED: Final = timedelta(days=1)


class Part(StrEnum):
    """What of an incident a row of the search does not show, and is asked for by itself."""

    ROLES = "roles"
    ENTRIES = "entries"


class Operation(StrEnum):
    """What people did to a role or an entry."""

    GIVE = "give"
    TAKE = "take"
    CREATE = "create"
    EDIT = "edit"
    DELETE = "delete"


OPERATIONS: Final = (
    (Part.ROLES, (Operation.GIVE, Operation.TAKE)),
    (Part.ENTRIES, (Operation.CREATE, Operation.EDIT, Operation.DELETE)),
)


@frozen(kw_only=False, order=True)
class ChangeKind:
    """A kind of change, of which it is learned whether ``modified`` moves with it.

    ``source`` is where it came from in Datadog's words, empty where Datadog does not say.
    """

    part: Part
    operation: Operation
    source: str = ""

    def __str__(self) -> str:
        return f"{self.part} {self.operation} {self.source}".strip()

    @classmethod
    def of(cls, text: str) -> ChangeKind:
        """The kind that a text was made of."""
        part, operation, *source = text.split(" ", 2)
        return cls(Part(part), Operation(operation), *source)


@frozen
class SearchRow:
    """An incident as a search shows it.

    ``mark`` is a fingerprint of all that it says but for what moves with time alone, None where the
    row lacks something that a reading needs. ``can_have_roles`` is False where nobody responds.
    """

    mark: str | None
    modified: datetime
    can_have_roles: bool = True


@frozen
class LastReading:
    """What is kept of the last whole reading of an incident.

    ``run`` and ``began`` are when the run and the reading began, by our clock, and ``modified`` is
    the incident's own. ``row`` is the mark of the
    row that the search showed before it. ``is_settled`` says that another change within the second
    of ``modified`` would have been seen. ``is_clean`` says that both sides agreed, and that there
    was nothing else to tell. ``moved`` is when a move of ``modified`` was last noticed.

    ``version`` is the record's once the reading was taken in; a later one says that something was
    changed here since. ``basis`` fingerprints what it was judged by. ``saw`` are the parts that
    Datadog offered, and ``roles`` and ``entries`` their marks; ``rest`` is the mark of all else but
    ``modified``. ``suspects`` are kinds of change that came without a move of ``modified``, unless
    that comes late.
    """

    run: datetime
    began: datetime
    modified: datetime
    row: str | None
    is_settled: bool
    is_clean: bool
    version: int
    basis: str
    saw: tuple[str, ...] = ()
    roles: str = ""
    entries: str = ""
    rest: str = ""
    moved: datetime | None = None
    suspects: tuple[str, ...] = ()


@frozen
class Moment:
    """What holds for all incidents of one run.

    ``now`` is by our clock and ``there`` by Datadog's. ``gap`` is how far apart runs usually are,
    None where nobody knows. ``offered`` are the parts that Datadog showed of any incident,
    and ``trusted`` those whose changes are known to move ``modified``.
    """

    now: datetime
    there: datetime
    gap: timedelta | None
    basis: str
    offered: frozenset[str]
    trusted: frozenset[str]


class Depth(StrEnum):
    """How much of an incident is read."""

    WHOLE = "whole"
    PARTS = "parts"
    """The parts that are not trusted are asked for, and compared with the last reading."""
    NOTHING = "nothing"


class Why(StrEnum):
    """Why an incident is read, or is not."""

    WAITS = "something about it waits, was refused or is in doubt"
    CHANGED_HERE = "something was recorded since the last reading"
    NOT_FOUND = "the search does not show it"
    UNREAD = "there is no reading after which nothing was left to do"
    TOO_LITTLE = "the search shows too little of it"
    CONFIGURED = "settings, roles, people, policy or program changed"
    APPEARED = "Datadog offers more than at the last reading"
    DIFFERS = "the search shows it otherwise than before"
    RECENT = "it moved less than 3 minutes ago"
    UNSETTLED = "the last reading was within a second of a change"
    OLD = "the last reading is old"
    TURN = "it is its turn"
    UNTRUSTED = "changes are not known to show in the search"
    QUIET = "nothing moved"


@frozen
class Decision:
    """How much of an incident is read in this run, and why."""

    depth: Depth
    why: Why
    parts: frozenset[Part] = frozenset()


def decide_reading(
    row: SearchRow | None, last: LastReading | None, *, version: int, waits: bool, moment: Moment
) -> Decision:
    """Decide for one incident; ``version`` is the record's, ``waits`` that something is open."""
    why = _why_whole(row, last, version=version, waits=waits, moment=moment)
    if why or row is None or last is None:
        return Decision(depth=Depth.WHOLE, why=why or Why.UNREAD)
    parts = frozenset(
        part
        for part in Part
        if part in last.saw
        and part not in moment.trusted
        # A role is given to one of the responders, whom the row names.
        and (part is not Part.ROLES or row.can_have_roles)
    )
    if parts:
        return Decision(depth=Depth.PARTS, why=Why.UNTRUSTED, parts=parts)
    return Decision(depth=Depth.NOTHING, why=Why.QUIET)


def _why_whole(
    row: SearchRow | None, last: LastReading | None, *, version: int, waits: bool, moment: Moment
) -> Why | None:
    if waits:
        return Why.WAITS
    if row is None:
        return Why.NOT_FOUND
    if last is None or not last.is_clean:
        return Why.UNREAD
    reasons = (
        (Why.CHANGED_HERE, last.version != version),
        (Why.TOO_LITTLE, row.mark is None),
        (Why.CONFIGURED, last.basis != moment.basis),
        (Why.APPEARED, not moment.offered <= frozenset(last.saw)),
        # Not only what is newer: an index that lags shows older times, and they say nothing.
        (Why.DIFFERS, row.mark != last.row),
        (
            Why.RECENT,
            _is_within(HOT, row.modified, moment.there)
            or (last.moved is not None and _is_within(HOT, last.moved, moment.now)),
        ),
        (Why.UNSETTLED, not last.is_settled),
        (Why.OLD, is_old(last, moment)),
    )
    return next((why for why, holds in reasons if holds), None)


def _is_within(length: timedelta, at: datetime, now: datetime) -> bool:
    """Whether a moment is less than so long ago; one that is still to come is."""
    return now - at < length


def is_old(last: LastReading, moment: Moment) -> bool:
    """Whether a reading must be made anew; one from the future, by a clock set back since, is."""
    age = moment.now - last.began
    if moment.gap is None or age < timedelta():
        return True
    # Two gaps, because the next run may be dropped.
    return age >= DUE or age + 2 * moment.gap > LATEST


def decide_readings(
    rows: Mapping[IncidentId, SearchRow],
    lasts: Mapping[IncidentId, LastReading],
    *,
    ids: Iterable[IncidentId],
    versions: Mapping[IncidentId, int],
    waiting: Collection[IncidentId],
    moment: Moment,
) -> dict[IncidentId, Decision]:
    """Decide for every incident of a run, those first whose last reading is the oldest.

    In each run some of the others have their turn, so that no run has to read them all.
    """
    decided = {
        each: decide_reading(
            rows.get(each),
            lasts.get(each),
            version=versions.get(each, 0),
            waits=each in waiting,
            moment=moment,
        )
        for each in ids
    }

    def age(each: IncidentId) -> tuple[bool, datetime, IncidentId]:
        last = lasts.get(each)
        return last is not None, last.began if last else moment.now, each

    ordered = sorted(decided, key=age)
    capped = [each for each in ordered if decided[each].depth is not Depth.WHOLE]
    old = sum(each.why is Why.OLD for each in decided.values())
    gap = min(moment.gap or DUE, DUE)
    share = max(1, round((len(capped) + old) * (gap / DUE)))
    for each in capped[: max(0, share - old)]:
        decided[each] = Decision(depth=Depth.WHOLE, why=Why.TURN)
    return {each: decided[each] for each in ordered}


def usual_gap(lasts: Iterable[LastReading], now: datetime) -> timedelta | None:
    """How far apart runs begin as a rule: each of the last ones read some incidents.

    None where a clock that was set back leaves nobody the wiser.
    """
    starts = sorted({*(each.run for each in lasts), now})[-_GAPS - 1 :]
    if starts[-1] != now or len(starts) == 1:
        return None
    gaps = ((later - earlier).total_seconds() for earlier, later in pairwise(starts))
    # The median, which one long pause between runs does not move.
    return timedelta(seconds=median(gaps))


@frozen
class Seen:
    """What a whole reading showed that the one before it did not.

    ``changes`` are what others did to roles and entries. ``alone`` is False where anything else
    changed too, and ``by_us`` is True unless Datadog names somebody else as who modified it last.
    """

    modified: datetime
    changes: frozenset[ChangeKind] = frozenset()
    alone: bool = True
    by_us: bool = True


@frozen
class Lesson:
    """What two readings teach: a kind that moved ``modified``, and kinds that did not."""

    example: ChangeKind | None = None
    refuted: frozenset[ChangeKind] = frozenset()
    suspects: frozenset[ChangeKind] = frozenset()


def compare(last: LastReading, seen: Seen, *, version: int) -> Lesson:
    """Learn from a reading and the one before it.

    Of several changes, or one beside ours, nobody knows which moved ``modified``. What came without
    a move is a counter-example only if the next reading shows none either: ``modified`` may follow
    a moment later, and is asked for before the rest.
    """
    suspects = frozenset(map(ChangeKind.of, last.suspects))
    if seen.modified == last.modified:
        return Lesson(refuted=suspects, suspects=seen.changes)
    is_clear = seen.alone and not seen.by_us and last.version == version and not suspects
    if not is_clear or len(seen.changes) != 1:
        return Lesson()
    [example] = seen.changes
    return Lesson(example=example)


@frozen
class Evidence:
    """When a kind of change was last seen to move ``modified``, and when it was seen not to."""

    kind: str
    examples: tuple[datetime, ...] = ()
    refuted: datetime | None = None

    def with_example(self, at: datetime) -> Evidence:
        """After one more change that moved it."""
        return replace(self, examples=(*self.examples, at)[-ENOUGH:])

    def with_refutation(self, at: datetime) -> Evidence:
        """After a change that did not: whatever was learned before was chance."""
        return replace(self, examples=(), refuted=at)

    def valid(self, now: datetime) -> int:
        """How many examples count; one from the future was noted by a clock that was wrong."""
        return sum(timedelta() <= now - at < BELIEVED for at in self.examples)

    def is_trusted(self, now: datetime) -> bool:
        """Whether the kind of change is known to move ``modified``."""
        rests = self.refuted is not None and now - self.refuted < DISTRUSTED
        return not rests and self.valid(now) >= ENOUGH

    def is_forgotten(self, now: datetime) -> bool:
        """Whether nothing is known any more."""
        refuted = self.refuted is not None and now - self.refuted < BELIEVED
        return not refuted and not self.valid(now)


def with_lessons(
    known: Iterable[Evidence], lessons: Iterable[Lesson], *, at: datetime
) -> tuple[Evidence, ...]:
    """The evidence after what a run taught."""
    kept = {each.kind: each for each in known}
    for lesson in lessons:
        if lesson.example:
            name = str(lesson.example)
            kept[name] = kept.get(name, Evidence(kind=name)).with_example(at)
    # Afterwards, so that what was refuted in this run stands as refuted.
    for name in {str(kind) for lesson in lessons for kind in lesson.refuted}:
        kept[name] = kept.get(name, Evidence(kind=name)).with_refutation(at)
    return tuple(each for each in kept.values() if not each.is_forgotten(at))


def trusted_parts(known: Iterable[Evidence], now: datetime) -> frozenset[str]:
    """The parts of which every operation is trusted, from every source that was seen lately."""
    held = {ChangeKind.of(each.kind): each for each in known if not each.is_forgotten(now)}

    def is_trusted(part: Part, operation: Operation) -> bool:
        own = [held[each] for each in held if (each.part, each.operation) == (part, operation)]
        return bool(own) and all(each.is_trusted(now) for each in own)

    return frozenset(
        part
        for part, operations in OPERATIONS
        if all(is_trusted(part, operation) for operation in operations)
    )
