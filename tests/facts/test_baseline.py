"""The findings of an earlier check are known, whatever became of them."""

from __future__ import annotations

import json
from dataclasses import replace

import pytest

from dd_incident_roles.errors import ConfigurationError
from dd_incident_roles.facts.snapshot_file import read_baseline
from dd_incident_roles.policy.judge import Checked
from dd_incident_roles.policy.policy import Verdict
from dd_incident_roles.policy.rules import RULES
from dd_incident_roles.report.documents.check import check_json
from tests.policy.cases import at, facts, incident, verdict_of
from tests.report.checks import WAIVER


def report(verdict: Verdict) -> str:
    """What `check --format json` writes."""
    return check_json(
        Checked(
            verdict=verdict,
            now=at(60),
            rules=tuple(RULES.values()),
            described="open incidents",
            matched=2,
        )
    )


def test_the_fingerprints_of_an_earlier_check_are_read() -> None:
    """All findings of a real report are known, waived ones too, and what was not checked is not."""
    unsure = facts(incident(public_id=2), responders=None)
    verdict = verdict_of(RULES.values(), [facts(), unsure], at(60))
    rules = {finding.rule for finding in verdict.findings}
    assert {"IR001", "IR099"} <= rules
    first, *rest = verdict.findings
    waived = replace(verdict, findings=(replace(first, waived=WAIVER), *rest))
    known = {each.fingerprint for each in verdict.findings if each.rule != "IR099"}
    assert read_baseline(report(waived).encode(), file="b.json") == known


def test_a_clean_check_knows_nothing() -> None:
    """A report without findings is a baseline too."""
    document = report(verdict_of(RULES.values(), [], at(60)))
    assert read_baseline(document.encode(), file="b.json") == frozenset()


NO_BASELINE = {
    "no JSON": ("IR-1001 is fine", "b.json: is not valid JSON"),
    "a list": ("[]", "b.json: is not a JSON object"),
    "no schema": ("{}", "b.json: schema: is not a report of check"),
    "a snapshot": (
        json.dumps({"schema": "dd-incident-roles/snapshot/1"}),
        "b.json: schema ('dd-incident-roles/snapshot/1'): is not a report of check",
    ),
    "no findings": (
        json.dumps({"schema": "dd-incident-roles/check/1"}),
        "b.json: findings: is missing",
    ),
    "no fingerprint": (
        json.dumps({"schema": "dd-incident-roles/check/1", "findings": [{"rule": "IR001"}]}),
        "b.json: findings[0].fingerprint: is missing",
    ),
}


@pytest.mark.parametrize(("content", "said"), NO_BASELINE.values(), ids=NO_BASELINE.keys())
def test_what_is_no_baseline_is_said(content: str, said: str) -> None:
    """Anything else is refused with the command that makes one."""
    with pytest.raises(ConfigurationError) as caught:
        read_baseline(content.encode(), file="b.json")
    assert caught.value.message.startswith(said)
    assert caught.value.hint == (
        "Make one with: "
        "dd-incident-roles check --format json --output baseline.json --fail-on never"
    )
