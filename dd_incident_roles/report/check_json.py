"""The document of ``check --format json``."""

from __future__ import annotations

from datetime import datetime

from dd_incident_roles.policy.finding import Finding, IncidentRef, NotEvaluated, Waived
from dd_incident_roles.policy.verdict import Verdict
from dd_incident_roles.report.document import JsonValue, document, instant


def check_json(verdict: Verdict, now: datetime) -> str:
    """What a check found, and what it could not look at."""
    return document(
        "check",
        {
            "evaluated": verdict.evaluated,
            "now": instant(now),
            "findings": [_finding(finding) for finding in verdict.findings],
            "not_evaluated": [_gap(gap) for gap in verdict.not_evaluated],
            "skipped": {"test": verdict.skipped_tests, "closed": verdict.skipped_closed},
        },
    )


def _finding(finding: Finding) -> JsonValue:
    return {
        "rule": finding.rule,
        "name": finding.name,
        "level": finding.level.value,
        "incident": None if finding.incident is None else _incident(finding.incident),
        "role": finding.role,
        "stream": finding.stream,
        "message": finding.message,
        "since": instant(finding.since),
        "fix": finding.fix,
        "fingerprint": finding.fingerprint,
        "waived": None if finding.waived is None else _waived(finding.waived),
    }


def _incident(incident: IncidentRef) -> JsonValue:
    return {"id": incident.id, "public_id": incident.public_id, "title": incident.title}


def _waived(waived: Waived) -> JsonValue:
    return {
        "reason": waived.reason,
        "owner": waived.owner,
        "expires": waived.expires.isoformat(),
    }


def _gap(gap: NotEvaluated) -> JsonValue:
    return {"incident": gap.incident, "reason": gap.reason}
