"""The guard over a whole plan: what it would destroy is counted before the first write."""

from __future__ import annotations

from dataclasses import dataclass

from dd_incident_roles.model import INCIDENT_MANAGER, IncidentId
from dd_incident_roles.sync.changes import Handover
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


def guard(plan: Plan, *, allow_deletes: int | None = None) -> Refusal | None:
    """Refuse a plan that would empty or strip an incident, unless that many removals are allowed.

    Handing a role over is not a removal; leaving an open incident without its Incident Manager is,
    however small the number.
    """
    removals = plan.removals
    if not removals or (allow_deletes is not None and removals <= allow_deletes):
        return None
    reason = _reason(plan, removals)
    if reason is None:
        return None
    incident = plan.reading.incident
    return Refusal(
        incident_id=incident.id,
        public_id=incident.public_id,
        reason=reason,
        flag=f"--allow-deletes {removals}",
    )


def _reason(plan: Plan, removals: int) -> str | None:
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
