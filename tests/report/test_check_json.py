"""The document of ``check``."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from dd_incident_roles.policy.coverage import Measures
from dd_incident_roles.policy.finding import NotEvaluated
from dd_incident_roles.policy.rule import Scope
from dd_incident_roles.report.documents.check import check_json
from tests.report.cases import parsed
from tests.report.checks import (
    HOSTILE,
    checked,
    everything,
    finding,
    found,
    known,
    of_the_policy,
    unasked,
    verdict,
    waived,
)
from tests.report.readers import complaints


def test_the_document_has_the_agreed_form() -> None:
    """Every field of the check document is there, under its name."""
    whole = found()
    about = replace(
        whole,
        findings=whole.findings[:1],
        not_evaluated=(NotEvaluated(incident=1002, reason="No answer."),),
        skipped_tests=1,
        unasked=(unasked(),),
        resolved=("0123456789abcdef",),
    )
    assert parsed(check_json(checked(about, matched=2))) == {
        "schema": "dd-incident-roles/check/1",
        "evaluated": 1,
        "now": "2026-01-01T15:00:00Z",
        "scope": {"incidents": "open", "described": "query 'state:active'", "matched": 2},
        "rules": ["IR001", "IR010", "IR099"],
        "findings": [
            {
                "rule": "IR001",
                "name": "no-incident-manager",
                "level": "error",
                "incident": {
                    "id": "00000000-0000-0000-0000-000000001001",
                    "public_id": 1001,
                    "title": "Checkout down",
                },
                "role": "incident_manager",
                "stream": None,
                "message": 'Nobody is Incident Manager of IR-1001 "Checkout down" (SEV-1), '
                "open for 1 hour; one was due after 5 minutes.",
                "since": "2026-01-01T14:00:00Z",
                "fix": "dd-incident-roles assign 1001 im PERSON",
                "fingerprint": whole.findings[0].fingerprint,
                "waived": None,
                "baseline": None,
                "evidence": [
                    {
                        "what": "Incident Manager is required always",
                        "who": None,
                        "since": "2026-01-01T14:00:00Z",
                        "seen_in": "policy",
                    }
                ],
                "place": {"file": "roles.yaml", "line": 1},
            }
        ],
        "waived": 0,
        "resolved": ["0123456789abcdef"],
        "not_evaluated": [{"incident": 1002, "reason": "No answer."}],
        "rules_not_evaluated": [
            {
                "rule": "IR020",
                "name": "topic-stale",
                "reason": "no chat is connected",
                "incidents": 2,
            }
        ],
        "said_nothing": False,
        "measures": None,
        "skipped": {"test": 1, "closed": 0, "open": 0},
    }


def test_waivers_baseline_and_the_policy_have_their_fields() -> None:
    """A reader can tell what is waived, what is known, and what is about no incident."""
    about = verdict(waived(finding()), known(finding()), of_the_policy())
    first, second, third = parsed_findings(check_json(checked(about)))
    assert first["waived"] == {"reason": "small team", "owner": "ada", "expires": "2026-02-01"}
    assert second["baseline"] == "existing"
    assert third["incident"] is None
    assert '"waived": 1,' in check_json(checked(about))


def test_closed_incidents_come_with_their_measures() -> None:
    """Times are in seconds, and what was not measured is null."""
    measures = Measures(
        measured=1,
        without=2,
        unknown=3,
        median=timedelta(minutes=4),
        longest=timedelta(minutes=4, seconds=1),
        slowest=1007,
    )
    about = checked(replace(verdict(), measures=measures), scope=Scope.CLOSED)
    shown = parsed(check_json(about))
    assert shown["measures"] == {
        "time_to_incident_manager": {
            "measured": 1,
            "without": 2,
            "unknown": 3,
            "median_seconds": 240.0,
            "longest_seconds": 241.0,
            "slowest": 1007,
        }
    }
    assert shown["scope"] == {
        "incidents": "closed",
        "described": "query 'state:active'",
        "matched": 1,
    }


@pytest.mark.parametrize("text", HOSTILE.values(), ids=HOSTILE)
def test_a_hostile_text_is_kept_and_steers_nothing(text: str) -> None:
    """A reader gets each text unchanged from a document that a terminal or CI can show."""
    document = check_json(everything(text))
    assert document.isascii()
    assert document.replace("\n", "").isprintable()
    assert "##[" not in document
    assert parsed_findings(document)[0]["message"] == text
    assert complaints("check", document) == []


def test_a_private_incident_is_named_by_its_number_alone() -> None:
    """The title of a private incident is null, and nothing of what was seen is told."""
    document = check_json(checked(found("Secret deal", private=True)))
    assert "Secret" not in document
    assert all(each["evidence"] == [] for each in parsed_findings(document))
    assert complaints("check", document) == []


def parsed_findings(text: str) -> list[dict[str, object]]:
    found = parsed(text)["findings"]
    assert isinstance(found, list)
    return found
