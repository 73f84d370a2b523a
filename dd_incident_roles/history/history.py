"""The history of one incident: who held what when, what lacked, and how long it all took."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from functools import partial

from dd_incident_roles.history.held import (
    NOBODY,
    Basis,
    Called,
    Held,
    Overlap,
    SeenIn,
    called_by_name,
    corrected,
    infer,
    overlaps_of,
    places,
    recorded,
)
from dd_incident_roles.model import (
    INCIDENT_MANAGER,
    Assignment,
    Entry,
    Incident,
    Person,
    PersonKey,
    RoleKey,
    Source,
)
from dd_incident_roles.policy.clock import (
    SOON_ENOUGH,
    Coverage,
    Stretch,
    coverage,
    joined,
    lifetime,
    measure,
)
from dd_incident_roles.policy.facts import Facts
from dd_incident_roles.roles.catalogue import Catalogue, Requirement, Role, needs_responders
from dd_incident_roles.roles.ledger import Correction
from dd_incident_roles.values import frozen

_AT_ONCE = timedelta()


@frozen
class Gap:
    """A stretch in which a role was required and nobody is known to have held it.

    ``is_sure`` is False where the requirement hangs on how many people responded, which nobody
    remembers.
    """

    role: RoleKey
    stretch: Stretch
    requirement: Requirement
    is_sure: bool = True

    @property
    def is_too_long(self) -> bool:
        """Whether it lasted longer than the requirement lets the role stand empty."""
        return self.stretch.length > self.requirement.after


@frozen
class Gaps:
    """The gaps of one incident; ``unwatched`` are those before the record first looked.

    Somebody may have held the role in an unwatched one, and nothing tells of it.
    """

    seen: tuple[Gap, ...]
    unwatched: tuple[Gap, ...]


@frozen
class RoleCoverage:
    """How long a role was required and how long somebody then held it, where that is known.

    Only requirements count that do not hang on how many people responded. ``unknown`` is how long
    it was required before the first look, and nothing tells of a holder. Where the first look came
    soon after the declaration, that time is left out; else nothing can be said of the whole.
    """

    role: RoleKey
    required: timedelta
    held: timedelta
    unknown: timedelta
    is_known: bool

    @property
    def fraction(self) -> float | None:
        """The share that was covered, from 0 to 1; None where none was required, or not known."""
        return self.held / self.required if self.is_known and self.required else None


def gaps_of(facts: Facts, now: datetime) -> Gaps:
    """Every gap of every required role, however short, the roles in their order."""
    seen: list[Gap] = []
    unwatched: list[Gap] = []
    for role, requirement, found in _replayed(facts, now):
        is_sure = not needs_responders(requirement.when)
        gap = partial(Gap, role=role.key, requirement=requirement, is_sure=is_sure)
        seen += [gap(stretch=each) for each in found.gaps]
        unwatched += [gap(stretch=each) for each in found.unwatched]
    return Gaps(seen=tuple(seen), unwatched=tuple(unwatched))


def coverages_of(facts: Facts, now: datetime) -> tuple[RoleCoverage, ...]:
    """How far each role was covered that was required at any time."""
    # Where nobody ever held a role, all of the time in which it was required is a gap.
    emptied = replace(facts, intervals=())
    required, empty = _by_role(emptied, now), _by_role(facts, now)
    first_look = facts.watched_since
    came_soon = first_look is not None and first_look - facts.incident.declared <= SOON_ENOUGH
    rows = []
    for role, whole in required.items():
        unknown = _total(empty[role].unwatched)
        known = _total((*whole.gaps, *whole.unwatched)) - unknown
        rows.append(
            RoleCoverage(
                role=role,
                required=known,
                held=known - _total(empty[role].gaps),
                unknown=unknown,
                is_known=came_soon or not unknown,
            )
        )
    # What was never required has no share that could be covered.
    return tuple(row for row in rows if row.required or row.unknown)


def with_history(facts: Facts, rows: Iterable[Held]) -> Facts:
    """The facts with a history in place of the intervals of the record.

    Who held a role since the declaration or earlier did so from the declaration on.
    """
    declared = facts.incident.declared
    intervals = tuple(
        Assignment(
            id=f"{number}",
            role=row.role,
            stream=row.stream,
            person=row.person,
            since=row.since or declared,
            until=row.until,
            set_by=row.set_by or "",
            source=Source.CLI if row.seen_in is SeenIn.CLI else Source.DATADOG,
        )
        for number, row in enumerate(rows)
    )
    return replace(facts, intervals=intervals)


def _total(stretches: Iterable[Stretch]) -> timedelta:
    """How much time stretches take up together; what several share counts once."""
    return sum((stretch.length for stretch in joined(stretches)), timedelta())


def _replayed(facts: Facts, now: datetime) -> Iterator[tuple[Role, Requirement, Coverage]]:
    for role in facts.catalogue.roles:
        for requirement in role.required:
            # Every gap counts here; how long the role may stand empty is asked of each gap.
            strict = replace(requirement, after=_AT_ONCE)
            yield role, requirement, coverage(facts, role, strict, now)


def _by_role(facts: Facts, now: datetime) -> dict[RoleKey, Coverage]:
    """The gaps of all sure requirements of each role together."""
    found: dict[RoleKey, Coverage] = {}
    for role, requirement, each in _replayed(facts, now):
        if not needs_responders(requirement.when):
            before = found.get(role.key, Coverage(gaps=(), unwatched=()))
            found[role.key] = Coverage(
                gaps=(*before.gaps, *each.gaps), unwatched=(*before.unwatched, *each.unwatched)
            )
    return found


@frozen
class Wait:
    """How long an incident waited for its first Incident Manager.

    ``length`` is None where there was none, and where it is not known because the record first
    looked too late and no entry or correction tells. ``at_most`` says that Datadog may have shown
    somebody earlier than it was looked at.
    """

    length: timedelta | None
    is_known: bool
    at_most: bool = False


@frozen
class Handoffs:
    """How often a role went from one person to another without a gap."""

    role: RoleKey
    number: int


@frozen
class Total:
    """How long a person held at least one role within the incident.

    ``at_least`` says that nobody knows how long it had been so when it was first seen.
    """

    person: PersonKey
    length: timedelta
    at_least: bool = False


@frozen
class Durations:
    """The figures of one history; ``coverage`` has a row for each role that was required.

    ``wait`` is None in the history of another role than that of the Incident Manager.
    """

    wait: Wait | None
    coverage: tuple[RoleCoverage, ...]
    handoffs: tuple[Handoffs, ...]
    totals: tuple[Total, ...]


def durations_of(facts: Facts, shown: Sequence[Held], life: Stretch, now: datetime) -> Durations:
    """The figures of a history; a person who holds a role still does so to the end of the life.

    ``shown`` has the rows of NOBODY too.
    """
    rows = [row for row in shown if row.person != NOBODY]
    lived = with_history(facts, rows)
    return Durations(
        wait=_wait(facts, shown) if facts.catalogue.has(INCIDENT_MANAGER) else None,
        coverage=coverages_of(lived, now),
        handoffs=tuple(
            Handoffs(role=role.key, number=number)
            for role in facts.catalogue.roles
            if (
                number := sum(
                    _takes_over(row, own) for own in places(role, rows).values() for row in own
                )
            )
        ),
        totals=_totals(rows, life),
    )


def _wait(facts: Facts, rows: Sequence[Held]) -> Wait:
    declared = facts.incident.declared
    managers = [
        row
        for row in rows
        if row.role == INCIDENT_MANAGER and not row.is_empty and row.person != NOBODY
    ]
    # An interval that nobody saw begin has been there since the declaration.
    first = min(managers, key=lambda row: row.since or declared, default=None)
    if first and first.basis is not Basis.RECORDED and _is_first(first, facts, rows):
        # An entry or a person tells how it began, however late the record looked. By another clock
        # than Datadog's it can have begun before the declaration.
        return Wait(length=max((first.since or declared) - declared, timedelta()), is_known=True)
    measures = measure([with_history(facts, managers)])
    at_most = first is not None and first.is_first_look and measures.median is not None
    return Wait(length=measures.median, is_known=not measures.unknown, at_most=at_most)


def _is_first(row: Held, facts: Facts, rows: Sequence[Held]) -> bool:
    """Whether it is known that nobody was Incident Manager before a row that was not recorded."""
    declared = facts.incident.declared
    # Datadog's own entries tell of every change since the declaration; a correction of one stretch
    # says nothing of the time before it.
    if row.basis is Basis.INFERRED or row.since is None or row.since <= declared:
        return True
    return any(
        each.person == NOBODY
        and each.role == row.role
        and each.since is not None
        and each.until is not None
        and each.since <= declared
        and row.since <= each.until
        for each in rows
    )


def _takes_over(row: Held, own: Sequence[Held]) -> bool:
    """Whether somebody else gave way at the instant at which a row begins.

    Somebody who had the role in another row just before takes nothing over.
    """
    if row.since is None:
        return False
    until_then = {each.person for each in own if each.until == row.since}
    from_then = {each.person for each in own if each.holds_at(row.since)}
    gave_way = until_then - from_then
    had_it = any(
        each.person == row.person
        and (each.since is None or each.since < row.since)
        and (each.until is None or row.since <= each.until)
        for each in own
    )
    return bool(gave_way) and not had_it


def _totals(rows: Sequence[Held], life: Stretch) -> tuple[Total, ...]:
    stretches: dict[PersonKey, list[Stretch]] = {}
    for row in rows:
        whole = Stretch(began=row.since or life.began, ended=row.until or life.ended)
        stretches.setdefault(row.person, []).append(whole.within(life))
    seen = {row.person for row in rows if row.is_first_look}
    totals = [
        Total(person=person, length=_total(own), at_least=person in seen)
        for person, own in stretches.items()
    ]
    # The key sets people of the same length apart, so that a report never changes by itself.
    return tuple(sorted(totals, key=lambda each: (-each.length, each.person)))


@frozen
class History:
    """Everything that is known of the roles of one incident.

    ``rows`` are what stands, role by role in the order of the catalogue and oldest first, and
    ``recorded`` is the same before any correction. ``shown`` are the rows with those of NOBODY.
    ``life`` is from the declaration to the end of
    the incident, or now. ``only`` is the one role that the history is about, if it is about one.
    """

    incident: Incident
    catalogue: Catalogue
    only: RoleKey | None
    first_seen: datetime | None
    life: Stretch
    rows: tuple[Held, ...]
    shown: tuple[Held, ...]
    recorded: tuple[Held, ...]
    gaps: Gaps
    overlaps: tuple[Overlap, ...]
    durations: Durations

    def at(self, moment: datetime) -> tuple[Held, ...]:
        """Who held what at a moment."""
        return tuple(row for row in self.rows if row.holds_at(moment))


def history_of(
    facts: Facts,
    *,
    entries: Iterable[Entry],
    people: Collection[Person],
    corrections: Iterable[Correction],
    now: datetime,
    only: RoleKey | None = None,
) -> History:
    """The history of an incident from what the record holds of it, of one role if one is named.

    ``facts`` bring the incident, the catalogue, the observations, the intervals and the first look;
    the rest of them is not looked at. ``corrections`` are in the order in which they were recorded.
    """
    asked = _about(facts, now, only)
    order = _order(facts)
    before = _before(facts, entries, called_by_name(people), only)
    shown = _shown(before, corrections, order, only)
    rows = _standing(shown)
    life = lifetime(asked, now)
    return History(
        incident=facts.incident,
        catalogue=facts.catalogue,
        only=only,
        first_seen=facts.watched_since,
        life=life,
        rows=rows,
        shown=shown,
        recorded=_ordered(before, order),
        gaps=gaps_of(with_history(asked, rows), now),
        overlaps=overlaps_of(rows, asked.catalogue),
        durations=durations_of(asked, shown, life, now),
    )


def rows_of(
    facts: Facts,
    *,
    entries: Iterable[Entry],
    called: Called,
    corrections: Iterable[Correction],
) -> tuple[Held, ...]:
    """The rows of the history alone, without the gaps and durations that take most of its time."""
    before = _before(facts, entries, called, None)
    return _standing(_shown(before, corrections, _order(facts), None))


def _order(facts: Facts) -> dict[RoleKey, int]:
    return {role.key: place for place, role in enumerate(facts.catalogue.roles)}


def _before(
    facts: Facts, entries: Iterable[Entry], called: Called, only: RoleKey | None
) -> tuple[Held, ...]:
    """What the entries and the record tell, before any correction."""
    known = recorded(facts.intervals)
    inferred = infer(
        entries, called, facts.catalogue, first_seen=facts.watched_since, recorded=known
    )
    return tuple(row for row in (*inferred, *known) if only in {None, row.role})


def _shown(
    before: Iterable[Held],
    corrections: Iterable[Correction],
    order: dict[RoleKey, int],
    only: RoleKey | None,
) -> tuple[Held, ...]:
    meant = tuple(each for each in corrections if only in {None, each.role})
    return _ordered(corrected(before, meant), order)


def _standing(shown: Iterable[Held]) -> tuple[Held, ...]:
    return tuple(row for row in shown if row.person != NOBODY)


def _about(facts: Facts, now: datetime, only: RoleKey | None) -> Facts:
    """The facts of an incident that ends now if it is open, with no role but the one asked for."""
    incident = facts.incident
    roles = tuple(role for role in facts.catalogue.roles if only in {None, role.key})
    return replace(
        facts,
        # A gap that lasts is measured up to now, as one of a closed incident up to its end.
        incident=replace(incident, resolved=now) if incident.is_open else incident,
        catalogue=replace(facts.catalogue, roles=roles),
    )


def _ordered(rows: Iterable[Held], order: dict[RoleKey, int]) -> tuple[Held, ...]:
    def place(row: Held) -> tuple[int, str, str, bool, float, str]:
        since = row.since
        return (
            # A role that left the catalogue since comes last.
            order.get(row.role, len(order)),
            row.role,
            row.stream or "",
            since is not None,
            since.timestamp() if since else 0.0,
            row.person,
        )

    return tuple(sorted(rows, key=place))
