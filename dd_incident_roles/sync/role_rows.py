"""The rows of one role in the record, and the edits that every plan needs."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import replace
from datetime import datetime

from dd_incident_roles.model import Assignment, PersonKey, RoleKey, Source
from dd_incident_roles.roles.ledger import Close, Open, replace_holdings
from dd_incident_roles.sync.decide_role_member import Local
from dd_incident_roles.sync.plan import PlanOptions
from dd_incident_roles.sync.state import (
    Drop,
    IncidentState,
    Intent,
    Item,
    Link,
    Put,
    RoleMember,
    RoleTombstone,
    SingleHolderRole,
)
from dd_incident_roles.sync.targets import Reading
from dd_incident_roles.values import frozen

TARGET = "datadog"
"""Who made the change that is taken over from the target."""


@frozen
class RoleRows:
    """The intervals of one role."""

    role: RoleKey
    rows: tuple[Assignment, ...]

    @property
    def open(self) -> tuple[Assignment, ...]:
        """The intervals that have not ended."""
        return tuple(row for row in self.rows if row.is_open)

    @property
    def holders(self) -> frozenset[PersonKey]:
        """The people who hold the role, in any stream."""
        return frozenset(row.person for row in self.open)

    def share_of(self, person: PersonKey) -> Local:
        """Whether one person holds the role, gave it up, or never held it."""
        rows = [row for row in self.rows if row.person == person]
        if any(row.is_open for row in rows):
            return Local.HELD
        return Local.RELEASED if rows else Local.UNKNOWN

    @property
    def set_by_user(self) -> bool:
        """Whether a person's command set the present state of the role in the record."""
        if self.open:
            return any(row.source.is_wish for row in self.open)
        # Nobody holds it, so that whoever ended it last made it what it is.
        ended = [row for row in self.rows if row.until is not None]
        if not ended:
            return False
        source = max(ended, key=lambda row: (row.until, row.id)).ended_source
        return source is not None and source.is_wish


def rows_of(assignments: Sequence[Assignment], role: RoleKey) -> RoleRows:
    """Pick the intervals of one role."""
    return RoleRows(role=role, rows=tuple(row for row in assignments if row.role == role))


def link_of(links: Collection[Link], item: Item, via: str) -> Link | None:
    """Find the base row of an item, unless the target showed it in another way then."""
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


class ItemPlanner:
    """One item of a role with what the three sides hold of it."""

    def __init__(
        self,
        item: SingleHolderRole | RoleMember,
        state: IncidentState,
        reading: Reading,
        options: PlanOptions,
    ) -> None:
        self.item = item
        self.role = item.role
        self.options = options
        self.via = reading.roles.via[item.role]
        self.remote = reading.roles.holders[item.role]
        self.remote_ids = reading.roles.remote_ids
        self.seen = reading.incident.modified
        self.former = still_shown(state, item.role, reading, options)
        self.rows = rows_of(state.assignments, item.role)
        self.link = link_of(state.links, item, self.via)
        self.missing_since = self.link.missing_since if self.link else None
        self.intents = intents_of(state.intents, item)

    def link_to(self, holder: PersonKey | None) -> Put:
        """The new base."""
        remote_id = self.remote_ids.get((self.role, holder)) if holder else None
        return Put(Link(item=self.item, holder=holder, via=self.via, remote_id=remote_id))

    def bury(self, person: PersonKey) -> Put:
        """What the target showed until now, which an old listing may repeat."""
        now = self.options.now
        return Put(RoleTombstone(role=self.role, person=person, seen=self.seen, since=now))

    def clear_intents(self, *, landed: bool = False) -> tuple[Drop, ...]:
        """Forget the unconfirmed writes once one is seen to have landed, or all are old."""
        is_known = landed or self.options.knows_fate(self.intents)
        return (Drop(Intent, self.item),) if self.intents and is_known else ()

    def note_absence(self) -> tuple[Put, ...]:
        """Note when the target first lacked the item, and wait for a second reading."""
        if self.link is None or self.options.noted(self.missing_since):
            return ()
        return (Put(replace(self.link, missing_since=self.options.now)),)

    def pull(
        self, leaving: Sequence[Assignment], person: PersonKey | None, *, ended: datetime
    ) -> tuple[Open | Close, ...]:
        """End some intervals and begin one, as the target shows it; it knows no streams."""
        options = self.options
        begun = None
        if person:
            begun = Assignment(
                id=options.new_id(),
                role=self.role,
                stream=None,
                person=person,
                since=options.now,
                until=None,
                set_by=TARGET,
                source=Source.DATADOG,
            )
        return replace_holdings(
            self.rows.open,
            leaving,
            begun,
            at=ended,
            ended_by=TARGET,
            ended_source=Source.DATADOG,
        ).edits
