"""The guard over a whole plan: what it would destroy is counted before the first write."""

from __future__ import annotations

from dataclasses import dataclass

from dd_incident_roles.model import INCIDENT_MANAGER, IncidentId
from dd_incident_roles.sync.changes import Handover
from dd_incident_roles.sync.guard_entries import (
    MOST_CREATED,
    entries_all_change,
    entries_vanish,
    entry_creates,
    entry_removals,
)
from dd_incident_roles.sync.plan import Plan

FEW_LINKED = 10
"""Below this many agreed items a share says nothing, and a count decides."""

MOST_REMOVALS_OF_FEW = 3
LARGEST_SHARE_REMOVED = 0.3
FEWEST_TO_BE_EMPTIED = 3
"""A side that loses this many items or more, and has none left, is suspicious."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Refusal:
    """Why a plan may not be carried out, and what to type if it is meant."""

    incident_id: IncidentId
    public_id: int
    reason: str
    flag: str


def guard(
    plan: Plan, *, allow_deletes: int | None = None, allow_creates: int = MOST_CREATED
) -> Refusal | None:
    """Refuse a plan that would empty or strip an incident, unless that many removals are allowed.

    Handing a role over is not a removal; leaving an open incident without its Incident Manager is,
    however small the number.
    """
    removals = plan.removals + entry_removals(plan)
    if removals and (allow_deletes is None or removals > allow_deletes):
        reason = _reason(plan, plan.removals) or entries_vanish(plan)
        if reason:
            return _refusal(plan, reason, f"--allow-deletes {removals}")
    creates = entry_creates(plan)
    if creates > allow_creates:
        reason = f"it would write {creates} new entries into one timeline, as a loop would"
        return _refusal(plan, reason, f"--allow-creates {creates}")
    if allow_deletes is None and entries_all_change(plan):
        reason = "more than half of the timeline would be rewritten, as after a changed format"
        return _refusal(plan, reason, f"--allow-deletes {removals}")
    return None


def _refusal(plan: Plan, reason: str, flag: str) -> Refusal:
    incident = plan.reading.incident
    return Refusal(incident_id=incident.id, public_id=incident.public_id, reason=reason, flag=flag)


def _reason(plan: Plan, removals: int) -> str | None:
    if not removals:
        return None
    if plan.reading.incident.is_open and _strips_command(plan):
        return "it would leave an open incident without its Incident Manager in the target"
    if removals >= plan.linked >= FEWEST_TO_BE_EMPTIED:
        return f"all {plan.linked} agreed holders would disappear, as if one side had been emptied"
    if plan.linked < FEW_LINKED and removals > MOST_REMOVALS_OF_FEW:
        return f"{removals} of {plan.linked} agreed holders would disappear"
    if plan.linked >= FEW_LINKED and removals > LARGEST_SHARE_REMOVED * plan.linked:
        share = round(100 * removals / plan.linked)
        return f"{removals} of {plan.linked} agreed holders ({share} %) would disappear"
    return None


def _strips_command(plan: Plan) -> bool:
    return any(
        isinstance(write, Handover) and write.role == INCIDENT_MANAGER and write.after is None
        for write in plan.writes
    )
