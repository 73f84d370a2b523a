"""The document of ``sync --format json``."""

from __future__ import annotations

from dd_incident_roles.report.document import JsonValue, document, instant
from dd_incident_roles.report.views import (
    ChangeView,
    ConflictView,
    FailureView,
    NoticeView,
    RefusalView,
    SyncView,
)


def sync_json(sync: SyncView) -> str:
    """What one sync did, or in a dry run would do."""
    return document(
        "sync",
        {
            "dry_run": sync.dry_run,
            "incidents": sync.incidents,
            "requests": dict(sorted(sync.requests.items())),
            "changes": [_change(change) for change in sync.changes],
            "conflicts": [_conflict(conflict) for conflict in sync.conflicts],
            "refused": [_refusal(refusal) for refusal in sync.refused],
            "failures": [_failure(failure) for failure in sync.failures],
            "notices": [_notice(notice) for notice in sync.notices],
        },
    )


def _change(change: ChangeView) -> JsonValue:
    return {
        "incident": change.incident,
        "target": change.target,
        "op": change.op.value,
        "what": change.what.value,
        "role": change.role,
        "summary": change.summary,
    }


def _conflict(conflict: ConflictView) -> JsonValue:
    return {
        "incident": conflict.incident,
        "target": conflict.target,
        "role": conflict.role,
        "wanted": conflict.wanted,
        "standing": conflict.standing,
        "since": instant(conflict.since),
    }


def _refusal(refusal: RefusalView) -> JsonValue:
    return {
        "incident": refusal.incident,
        "target": refusal.target,
        "reason": refusal.reason,
        "hint": refusal.hint,
    }


def _failure(failure: FailureView) -> JsonValue:
    return {
        "incident": failure.incident,
        "target": failure.target,
        "error": failure.error,
        "ambiguous": failure.ambiguous,
        "hint": failure.hint,
    }


def _notice(notice: NoticeView) -> JsonValue:
    return {"incident": notice.incident, "text": notice.text}
