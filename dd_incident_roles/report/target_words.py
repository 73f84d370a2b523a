"""Where a role is true: the short word in the table, and what it means below."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from types import MappingProxyType
from typing import Final

from dd_incident_roles.report.views import RoleRow, TargetState

WORDS: Final[Mapping[TargetState, str]] = MappingProxyType(
    {
        TargetState.IN_SYNC: "in sync",
        TargetState.PENDING: "pending",
        TargetState.NOT_SUPPORTED: "recorded here",
        TargetState.CONFLICT: "conflict",
    }
)
"""The word for each state in a table."""

_NAMES = MappingProxyType(
    {
        "datadog": "Datadog",
        "github": "GitHub",
        "gitlab": "GitLab",
        "record": "the record",
        "slack": "Slack",
    }
)


def display_name(target: str) -> str:
    """A target as people spell it."""
    return _NAMES.get(target, target)


def footnotes(rows: Sequence[RoleRow], public_id: int) -> Iterator[str]:
    """One sentence for each target and state that needs one, with what to type about it."""
    for target in sorted({name for row in rows for name in row.targets}):
        shown = display_name(target)
        waiting = [row for row in rows if target not in row.reasons]
        if titles := _titles(waiting, target, TargetState.PENDING):
            yield (
                f"pending: recorded here, not yet in {shown}: {titles}. "
                f"Run: dd-incident-roles sync {public_id}"
            )
        reasons = dict.fromkeys(_reason(row, target) for row in rows)
        for reason in reasons:
            told = [row for row in rows if _reason(row, target) == reason]
            if titles := _titles(told, target, TargetState.NOT_SUPPORTED):
                yield f"{reason}: {titles}."
        if titles := _titles(rows, target, TargetState.CONFLICT):
            yield (
                f"conflict: the role was changed here and in {shown}: {titles}. "
                f"Settle it: dd-incident-roles assign {public_id} ROLE PERSON"
            )


def _reason(row: RoleRow, target: str) -> str:
    default = f"recorded here; {display_name(target)} cannot show the role"
    return row.reasons.get(target, default)


def _titles(rows: Sequence[RoleRow], target: str, state: TargetState) -> str:
    concerned = [
        row.title
        for row in rows
        if row.targets.get(target) is state
        and (row.holders or state is not TargetState.NOT_SUPPORTED)
    ]
    return ", ".join(dict.fromkeys(concerned))
