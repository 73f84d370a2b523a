"""The document of ``check``."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Any

import pytest

from dd_incident_roles.policy.finding import NotEvaluated
from dd_incident_roles.policy.rule import Scope
from dd_incident_roles.report.check_summary import Checked
from dd_incident_roles.report.documents.check import check_json
from tests.report import checks
from tests.report.cases import document
from tests.report.checks import check_of, everything, finding
from tests.report.readers import complaints


def read(about: Checked) -> Any:
    return json.loads(check_json(about))


def test_the_document_has_the_agreed_form() -> None:
    """Every field of the check document is there, under its name."""
    first, _ = checks.found().verdict.findings
    about = check_of(
        first,
        matched=2,
        not_evaluated=(NotEvaluated(incident=1002, reason="No answer."),),
        skipped_tests=1,
        unasked=(checks.unasked(),),
        resolved=("0123456789abcdef",),
    )
    whole = read(about)
    assert whole["findings"][0].pop("fingerprint") == first.fingerprint
    assert whole["findings"][0].pop("message") == (
        'Nobody is Incident Manager of IR-1001 "Checkout down" (SEV-1), open for 1 hour; '
        "one was due after 5 minutes."
    )
    assert whole == document(
        "check",
        """
        "evaluated": 1, "now": "2026-01-01T15:00:00Z",
        "scope": {"incidents": "open", "described": "query 'state:active'", "matched": 2},
        "rules": ["IR001", "IR010", "IR099"],
        "findings": [{
            "rule": "IR001", "name": "no-incident-manager", "level": "error",
            "incident": {"id": "00000000-0000-0000-0000-000000001001", "public_id": 1001,
                         "title": "Checkout down"},
            "role": "incident_manager", "stream": null,
            "since": "2026-01-01T14:00:00Z", "fix": "dd-incident-roles assign 1001 im PERSON",
            "waived": null, "baseline": null,
            "evidence": [{
                "what": "Incident Manager is required always", "who": null,
                "since": "2026-01-01T14:00:00Z", "seen_in": "policy"}],
            "place": {"file": "roles.yaml", "line": 1}}],
        "waived": 0, "resolved": ["0123456789abcdef"],
        "not_evaluated": [{"incident": 1002, "reason": "No answer."}],
        "rules_not_evaluated": [{
            "rule": "IR020", "name": "topic-stale", "reason": "no chat is connected",
            "incidents": 2}],
        "said_nothing": false, "measures": null,
        "skipped": {"test": 1, "closed": 0, "open": 0}
        """,
    )


def test_waivers_baseline_and_the_policy_have_their_fields() -> None:
    """A reader can tell what is waived, what is known, and what is about no incident."""
    whole = read(
        check_of(checks.waived(finding()), checks.known(finding()), checks.of_the_policy())
    )
    first, second, third = whole["findings"]
    assert first["waived"] == {"reason": "small team", "owner": "ada", "expires": "2026-02-01"}
    assert second["baseline"] == "existing"
    assert third["incident"] is None
    assert whole["waived"] == 1


def test_closed_incidents_come_with_their_measures() -> None:
    """Times are in seconds, and what was not measured is null."""
    whole = read(check_of(measures=checks.MEASURES, scope=Scope.CLOSED))
    waits = {"measured": 3, "without": 2, "unknown": 1, "slowest": 1007}
    times = {"median_seconds": 240.0, "longest_seconds": 1260.0}
    assert whole["measures"] == {"time_to_incident_manager": {**waits, **times}}
    assert whole["scope"]["incidents"] == "closed"
    none = replace(checks.MEASURES, median=None, longest=None, slowest=None)
    [empty] = read(check_of(measures=none, scope=Scope.CLOSED))["measures"].values()
    assert empty == {**waits, **dict.fromkeys([*times, "slowest"])}


@pytest.mark.parametrize("text", checks.HOSTILE.values(), ids=checks.HOSTILE)
def test_a_hostile_text_is_kept_and_steers_nothing(text: str) -> None:
    """A reader gets each text unchanged from a document that a terminal or CI can show."""
    shown = check_json(everything(text))
    assert shown.isascii()
    assert shown.replace("\n", "").isprintable()
    assert "##[" not in shown
    assert json.loads(shown)["findings"][0]["message"] == text
    assert complaints("check", shown) == []
