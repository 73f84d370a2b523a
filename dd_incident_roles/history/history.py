"""The history of one incident: who held what when, what lacked, and how long it all took."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass, replace
from datetime import datetime

from dd_incident_roles.history import figures
from dd_incident_roles.history.held import Basis, Held, SeenIn, outside, recorded
from dd_incident_roles.history.inferring import infer
from dd_incident_roles.model import Entry, Incident, Person, RoleKey
from dd_incident_roles.policy.coverage import Stretch, lifetime
from dd_incident_roles.policy.facts import Facts
from dd_incident_roles.roles.catalogue import Catalogue
from dd_incident_roles.roles.statements import Correction


@dataclass(frozen=True, slots=True, kw_only=True)
class History:
    """Everything that is known of the roles of one incident.

    ``rows`` are what stands, role by role in the order of the catalogue and oldest first, and
    ``recorded`` is the same before any correction. ``life`` is from the declaration to the end of
    the incident, or now. ``only`` is the one role that the history is about, if it is about one.
    """

    incident: Incident
    catalogue: Catalogue
    only: RoleKey | None
    first_seen: datetime | None
    life: Stretch
    rows: tuple[Held, ...]
    recorded: tuple[Held, ...]
    gaps: figures.Gaps
    overlaps: tuple[figures.Overlap, ...]
    durations: figures.Durations

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
    order = {role.key: place for place, role in enumerate(facts.catalogue.roles)}
    known = recorded(facts.intervals)
    inferred = infer(
        entries, people, facts.catalogue, first_seen=facts.watched_since, recorded=known
    )
    before = tuple(row for row in (*inferred, *known) if only in {None, row.role})
    meant = tuple(each for each in corrections if only in {None, each.role})
    rows = _ordered(corrected(before, meant), order)
    life = lifetime(asked, now)
    return History(
        incident=facts.incident,
        catalogue=facts.catalogue,
        only=only,
        first_seen=facts.watched_since,
        life=life,
        rows=rows,
        recorded=_ordered(before, order),
        gaps=figures.gaps_of(figures.with_history(asked, rows), now),
        overlaps=figures.overlaps_of(rows, asked.catalogue),
        durations=figures.durations_of(asked, rows, life, now),
    )


def _about(facts: Facts, now: datetime, only: RoleKey | None) -> Facts:
    """The facts of an incident that ends now if it is open, with no role but the one asked for."""
    incident = facts.incident
    roles = tuple(role for role in facts.catalogue.roles if only in {None, role.key})
    return replace(
        facts,
        incident=replace(incident, resolved=now) if incident.is_open else incident,
        catalogue=replace(facts.catalogue, roles=roles),
    )


def _ordered(rows: Iterable[Held], order: dict[RoleKey, int]) -> tuple[Held, ...]:
    def place(row: Held) -> tuple[int, str, str, bool, float, str]:
        since = row.since
        return (
            order.get(row.role, len(order)),
            row.role,
            row.stream or "",
            since is not None,
            since.timestamp() if since else 0.0,
            row.person,
        )

    return tuple(sorted(rows, key=place))


def corrected(held: Iterable[Held], corrections: Iterable[Correction]) -> tuple[Held, ...]:
    """Let each correction stand in its stretch, in place of whoever had the role and stream there.

    The corrections are in the order in which they were recorded, and a later one stands over an
    earlier one. A correction without a stream speaks of nobody who held the role in one.
    """
    rows = tuple(held)
    for correction in corrections:
        parts: list[Held] = []
        for row in rows:
            if (row.role, row.stream) == (correction.role, correction.stream):
                by = correction.set_by
                parts += outside(row, correction.since, correction.until, ended_by=by)
            else:
                parts.append(row)
        rows = (*parts, *_stated(correction))
    return rows


def _stated(correction: Correction) -> Iterator[Held]:
    if correction.person is not None and correction.since < correction.until:
        yield Held(
            role=correction.role,
            stream=correction.stream,
            person=correction.person,
            since=correction.since,
            until=correction.until,
            set_by=correction.set_by,
            ended_by=correction.set_by,
            seen_in=SeenIn.CLI,
            basis=Basis.CORRECTED,
            reason=correction.reason,
        )
