"""The document of ``check --format json``."""

from __future__ import annotations

from datetime import datetime

from dd_incident_roles.policy.finding import (
    Evidence,
    Finding,
    IncidentRef,
    NotEvaluated,
    Unasked,
    Waived,
)
from dd_incident_roles.policy.measures import Measures
from dd_incident_roles.policy.place import Place
from dd_incident_roles.policy.rule import Scope
from dd_incident_roles.report.checked import Checked
from dd_incident_roles.report.document import JsonValue, document, instant


def check_json(checked: Checked) -> str:
    """What a check found, what it could not look at, and what it was asked about."""
    verdict = checked.verdict
    return document(
        "check",
        {
            "evaluated": verdict.evaluated,
            "now": instant(checked.now),
            "scope": {
                "incidents": "closed" if checked.scope is Scope.CLOSED else "open",
                "described": checked.described,
                "matched": checked.matched,
            },
            "rules": [rule.id for rule in checked.rules],
            "findings": [_finding(finding) for finding in verdict.findings],
            "waived": verdict.waived,
            "resolved": list(verdict.resolved),
            "not_evaluated": [_gap(gap) for gap in verdict.not_evaluated],
            "rules_not_evaluated": [_unasked(unasked) for unasked in verdict.unasked],
            "said_nothing": verdict.said_nothing,
            "measures": None if verdict.measures is None else _measures(verdict.measures),
            "skipped": {
                "test": verdict.skipped_tests,
                "closed": verdict.skipped_closed,
                "open": verdict.skipped_open,
            },
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
        "baseline": None if finding.baseline is None else finding.baseline.value,
        "evidence": [_evidence(evidence) for evidence in finding.evidence],
        "place": None if finding.place is None else _place(finding.place),
    }


def _incident(incident: IncidentRef) -> JsonValue:
    return {"id": incident.id, "public_id": incident.public_id, "title": incident.title}


def _waived(waived: Waived) -> JsonValue:
    return {
        "reason": waived.reason,
        "owner": waived.owner,
        "expires": waived.expires.isoformat(),
    }


def _evidence(evidence: Evidence) -> JsonValue:
    return {
        "what": evidence.what,
        "who": evidence.who,
        "since": _moment(evidence.since),
        "seen_in": evidence.seen_in.value,
    }


def _place(place: Place) -> JsonValue:
    return {"file": place.file, "line": place.line}


def _gap(gap: NotEvaluated) -> JsonValue:
    return {"incident": gap.incident, "reason": gap.reason}


def _unasked(unasked: Unasked) -> JsonValue:
    return {
        "rule": unasked.rule,
        "name": unasked.name,
        "reason": unasked.reason,
        "incidents": unasked.incidents,
    }


def _measures(measures: Measures) -> JsonValue:
    median, longest = measures.median, measures.longest
    return {
        "time_to_incident_manager": {
            "measured": measures.measured,
            "without": measures.without,
            "unknown": measures.unknown,
            "median_seconds": None if median is None else median.total_seconds(),
            "longest_seconds": None if longest is None else longest.total_seconds(),
            "slowest": measures.slowest,
        }
    }


def _moment(at: datetime | None) -> str | None:
    return None if at is None else instant(at)
