"""What a plan would do to a timeline as a whole, for the guard to judge."""

from __future__ import annotations

from dd_incident_roles.sync.entries.changes import CreateEntry, DeleteEntry, UpdateEntry
from dd_incident_roles.sync.entries.effects import EntryEffect, EntryNews
from dd_incident_roles.sync.plan import Plan

MOST_CREATED = 50
"""More new entries than this in one run of one incident look like a loop."""

FEW_LINKED = 10
MOST_REMOVALS_OF_FEW = 3
LARGEST_SHARE_REMOVED = 0.3
LARGEST_SHARE_CHANGED = 0.5


def entry_removals(plan: Plan) -> int:
    """How many entries would disappear, on either side."""
    return _deletes_there(plan) + _deletes_here(plan)


def entry_creates(plan: Plan) -> int:
    """How many entries would be written into the target for the first time."""
    return sum(isinstance(write, CreateEntry) for write in plan.timeline.writes)


def entries_vanish(plan: Plan) -> str | None:
    """Why the removals of entries look wrong, if they do."""
    linked, removals = len(plan.state.timeline.links), entry_removals(plan)
    if removals <= MOST_REMOVALS_OF_FEW:
        return None
    if linked < FEW_LINKED or removals > LARGEST_SHARE_REMOVED * linked:
        return f"{removals} of {linked} agreed timeline entries would disappear"
    return None


def entries_all_change(plan: Plan) -> bool:
    """Whether most of a timeline of some length would be rewritten in the target."""
    linked = len(plan.state.timeline.links)
    changed = sum(isinstance(write, UpdateEntry) for write in plan.timeline.writes)
    return linked >= FEW_LINKED and changed > LARGEST_SHARE_CHANGED * linked


def _deletes_there(plan: Plan) -> int:
    return sum(isinstance(write, DeleteEntry) for write in plan.timeline.writes)


def _deletes_here(plan: Plan) -> int:
    return sum(
        isinstance(effect, EntryEffect) and effect.news is EntryNews.DELETED
        for effect in plan.timeline.effects
    )
