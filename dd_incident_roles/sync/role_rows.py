"""What the record holds about one role: its intervals, links, intents and tombstones."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime

from dd_incident_roles.model import Assignment, PersonKey, RoleKey, Source
from dd_incident_roles.roles.ledger import Close, Open, replace_holdings
from dd_incident_roles.sync.decide_membership import Local
from dd_incident_roles.sync.plan import PlanOptions
from dd_incident_roles.sync.state import (
    Drop,
    IncidentState,
    Intent,
    Item,
    Link,
    RoleTombstone,
    key_of,
)
from dd_incident_roles.sync.targets import Reading


@dataclass(frozen=True, slots=True, kw_only=True)
class RoleRows:
    """The intervals of one role."""

    role: RoleKey
    rows: tuple[Assignment, ...]

    @property
    def open(self) -> tuple[Assignment, ...]:
        """The intervals that last."""
        return tuple(row for row in self.rows if row.is_open)

    @property
    def holders(self) -> frozenset[PersonKey]:
        """Everybody who holds the role, in whatever stream."""
        return frozenset(row.person for row in self.open)

    def share_of(self, person: PersonKey) -> Local:
        """Whether one person holds the role, gave it up, or was never heard of."""
        rows = [row for row in self.rows if row.person == person]
        if any(row.is_open for row in rows):
            return Local.HELD
        return Local.RELEASED if rows else Local.UNKNOWN

    @property
    def set_by_user(self) -> bool:
        """Whether a person gave the command that made the role what it is in the record."""
        if self.open:
            return any(row.source is Source.CLI for row in self.open)
        ended = [row for row in self.rows if row.until is not None]
        return bool(ended) and max(ended, key=lambda row: (row.until, row.id)).ended_source is (
            Source.CLI
        )


def rows_of(assignments: Sequence[Assignment], role: RoleKey) -> RoleRows:
    """Pick the intervals of one role."""
    return RoleRows(role=role, rows=tuple(row for row in assignments if row.role == role))


def link_of(links: Collection[Link], item: Item, via: str) -> Link | None:
    """Find the base row of an item, unless it was seen in another way than now."""
    return next((link for link in links if link.item == item and link.via == via), None)


def intents_of(intents: Collection[Intent], item: Item) -> tuple[Intent, ...]:
    """Find the unconfirmed writes of an item."""
    return tuple(intent for intent in intents if intent.item == item)


def still_shown(
    state: IncidentState, role: RoleKey, reading: Reading, options: PlanOptions
) -> frozenset[PersonKey]:
    """Who may be shown in a role only because the reading is older than a change we know of."""
    return frozenset(
        each.person
        for each in state.tombstones
        if each.role == role
        and not options.is_settled(each.since)
        # Two times of the target's own clock, which are comparable.
        and not reading.incident.modified > each.seen
    )


def drop_old_tombstones(state: IncidentState, options: PlanOptions) -> Iterator[Drop]:
    """Forget the former holders that no listing can show any more."""
    for each in state.tombstones:
        if options.is_settled(each.since):
            yield Drop(RoleTombstone, key_of(each))


def pull_holders(
    rows: RoleRows,
    leaving: Sequence[Assignment],
    person: PersonKey | None,
    options: PlanOptions,
    *,
    ended: datetime,
) -> tuple[Open | Close, ...]:
    """End some intervals and begin one, as the target shows it; it knows no streams."""
    begun = None
    if person:
        begun = Assignment(
            id=options.new_id(),
            role=rows.role,
            stream=None,
            person=person,
            since=options.now,
            until=None,
            set_by=options.set_by,
            source=options.source,
        )
    change = replace_holdings(
        rows.open, leaving, begun, at=ended, ended_by=options.set_by, ended_source=options.source
    )
    return change.edits
