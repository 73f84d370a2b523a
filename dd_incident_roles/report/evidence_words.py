"""What a finding rests on, as one line for a person."""

from __future__ import annotations

from datetime import UTC, datetime

from dd_incident_roles.policy.finding import Evidence, SeenIn
from dd_incident_roles.policy.words import instant


def evidence_line(evidence: Evidence, now: datetime) -> str:
    """What was seen, about whom, where, and since when."""
    who = f"{evidence.who}: " if evidence.who else ""
    since = ""
    if evidence.since is not None:
        since = f" since {instant(evidence.since.astimezone(UTC), now.astimezone(UTC))}"
    return f"{who}{evidence.what}{since} ({_place(evidence.seen_in)})"


def _place(seen_in: SeenIn) -> str:
    match seen_in:
        case SeenIn.DATADOG:
            return "Datadog"
        case SeenIn.RECORD:
            return "the record"
        case SeenIn.TIMELINE:
            return "the timeline"
        case SeenIn.ISSUE:
            return "the issue"
        case SeenIn.CHAT:
            return "the chat"
        case SeenIn.POLICY:
            return "the policy"
