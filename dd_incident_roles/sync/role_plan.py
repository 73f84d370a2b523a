"""What planning depends on besides the three sides, and what one role contributes to a plan."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta

from dd_incident_roles.model import PersonKey, RoleKey
from dd_incident_roles.sync.changes import RoleChange
from dd_incident_roles.sync.effects import LocalEffect
from dd_incident_roles.sync.ports import Reading
from dd_incident_roles.sync.standing import RoleStanding
from dd_incident_roles.sync.state import (
    Drop,
    Edit,
    IncidentState,
    Intent,
    Item,
    Link,
    RoleTombstone,
    key_of,
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Terms:
    """When the plan is made, and how long something must be missing before that is believed.

    ``new_id`` makes the id of a new interval; ``set_by`` is who is said to have set what is pulled.
    ``commanded`` are the roles of which a person is saying right now who holds them;
    ``retry_refused`` says that a person wants what was declined to be sent again.
    """

    now: datetime
    grace: timedelta
    new_id: Callable[[], str]
    set_by: str = "datadog"
    commanded: frozenset[RoleKey] = frozenset()
    retry_refused: bool = False

    def noted(self, missing_since: datetime | None) -> datetime | None:
        """Since when something is missing; a note from the future counts for nothing.

        The clock was set back after it was made, so that it is made again.
        """
        return missing_since if missing_since and missing_since <= self.now else None

    def believes_absence(self, missing_since: datetime | None) -> bool:
        """Whether an earlier listing lacked the item too, at least the grace ago."""
        first = self.noted(missing_since)
        return first is not None and self.now - first >= self.grace

    def is_since(self, began: datetime, missing_since: datetime | None) -> bool:
        """Whether something began after it was first missed, and not only by a clock set back."""
        return missing_since is not None and missing_since < began <= self.now

    def is_settled(self, since: datetime, *, graces: int = 1) -> bool:
        """Whether what was done at a moment is old enough to be in every listing.

        One in the future was noted by a clock that was ahead, and is as far off as it lies.
        """
        return abs(self.now - since) >= self.grace * graces

    def knows_fate(self, intents: Collection[Intent]) -> bool:
        """Whether the newest unconfirmed write is old enough to be in every listing."""
        return all(self.is_settled(intent.since) for intent in intents)


@dataclass(frozen=True, slots=True, kw_only=True)
class RolePlan:
    """The part of a plan that one role contributes."""

    standing: RoleStanding
    edits: tuple[Edit, ...] = ()
    effects: tuple[LocalEffect, ...] = ()
    writes: tuple[RoleChange, ...] = ()
    notices: tuple[str, ...] = ()


def link_of(links: Collection[Link], item: Item, via: str) -> Link | None:
    """Find the base row of an item, unless it was seen in another way than now."""
    return next((link for link in links if link.item == item and link.via == via), None)


def intents_of(intents: Collection[Intent], item: Item) -> tuple[Intent, ...]:
    """Find the unconfirmed writes of an item."""
    return tuple(intent for intent in intents if intent.item == item)


def still_shown(
    state: IncidentState, role: RoleKey, reading: Reading, terms: Terms
) -> frozenset[PersonKey]:
    """Who may be shown in a role only because the reading is older than a change we know of."""
    return frozenset(
        each.person
        for each in state.tombstones
        if each.role == role
        and not terms.is_settled(each.since)
        and not reading.incident.modified > each.seen
    )


def drop_old_tombstones(state: IncidentState, terms: Terms) -> Iterator[Drop]:
    """Forget the former holders that no listing can show any more."""
    for each in state.tombstones:
        if terms.is_settled(each.since):
            yield Drop(RoleTombstone, key_of(each))
