"""What ``check`` says to programs: its JSON, and SARIF for a code scanning service."""

from __future__ import annotations

import json
import re
from dataclasses import replace
from typing import Any

import pytest

from dd_incident_roles.policy.judge import Checked
from dd_incident_roles.policy.policy import BaselineState, NotEvaluated, Scope
from dd_incident_roles.policy.rules.ir001_no_incident_manager import NO_INCIDENT_MANAGER
from dd_incident_roles.report.check_ci import MOST_RESULTS, check_sarif
from dd_incident_roles.report.documents.check import check_json
from dd_incident_roles.roles.catalogue import Level
from tests.report import checks
from tests.report.cases import document
from tests.report.checks import check_of, everything, finding, unasked, waived
from tests.report.readers import complaints, sarif_complaints


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


def text_of(about: Checked, *, most: int = MOST_RESULTS) -> str:
    return check_sarif(about, root=checks.ROOT, version="1.2.3", most=most)


def run(about: Checked, *, most: int = MOST_RESULTS) -> Any:
    (only,) = json.loads(text_of(about, most=most))["runs"]
    return only


def results(about: Checked) -> Any:
    return run(about)["results"]


def invocation(about: Checked) -> tuple[bool, list[tuple[str, str]], list[tuple[str, str]]]:
    """Whether it succeeded, what the run says, and what it says of its rules."""
    (only,) = run(about)["invocations"]
    said = (only["toolExecutionNotifications"], only["toolConfigurationNotifications"])
    run_says, rules_say = (
        [(row["level"], row["message"]["text"]) for row in rows] for rows in said
    )
    return only["executionSuccessful"], run_says, rules_say


CASES = {
    "clean": check_of(),
    "two errors": checks.found(),
    "of a private incident": checks.found("Secret deal", private=True),
    "something in every part": everything(),
    "incomplete": check_of(not_evaluated=checks.gaps("No answer.")),
    "without a place": check_of(replace(finding(), place=None)),
    "about the policy": check_of(replace(checks.of_the_policy(), place=None)),
    "no rules": check_of(finding(), rules=()),
}


@pytest.mark.parametrize("about", CASES.values(), ids=CASES)
def test_the_log_keeps_the_schema_of_oasis(about: Checked) -> None:
    """Any reader of SARIF 2.1.0 takes it, and the same check gives the same log."""
    assert sarif_complaints(text_of(about)) == []
    assert text_of(about) == text_of(about)


def test_a_result_has_all_of_a_finding() -> None:
    """A result names its rule, its line, its incident, and what to type."""
    about = finding(stream="database")
    [shown] = results(check_of(about))
    assert shown.pop("partialFingerprints") == {
        "ddIncidentRoles/v1": about.fingerprint,
        "primaryLocationLineHash": f"{about.fingerprint}:1",
    }
    assert shown == json.loads("""{
        "ruleId": "IR010", "ruleIndex": 1, "level": "error",
        "message": {"text": "Nobody is Scribe of IR-1001."},
        "locations": [{
            "physicalLocation": {
                "artifactLocation": {"uri": "config/policy.yaml"}, "region": {"startLine": 12}},
            "logicalLocations": [{"name": "IR-1001", "kind": "resource"}]}],
        "suppressions": [],
        "properties": {
            "incident": 1001, "role": "scribe", "stream": "database",
            "since": "2026-01-01T14:10:00Z",
            "fix": "dd-incident-roles assign 1001 scribe PERSON"}}""")


def test_findings_of_one_line_are_alerts_of_their_own() -> None:
    """GitHub tells alerts apart by a hash, which stays when the policy and the words change."""
    first, second = finding(public_id=1001), finding(public_id=1002)
    again = finding("In other words.", public_id=1001, file="elsewhere.yaml")
    hashes = [
        each["partialFingerprints"]["primaryLocationLineHash"]
        for about in (check_of(first, second, first), check_of(again))
        for each in results(about)
    ]
    one, two = first.fingerprint, second.fingerprint
    assert hashes == [f"{one}:1", f"{two}:1", f"{one}:2", f"{one}:1"]
    assert all(re.fullmatch(r"[0-9a-f]{1,16}:[1-9]\d*", each) for each in hashes)


def test_a_rule_is_described() -> None:
    """A reader without this program learns why a rule matters, and how to fix what it finds."""
    driver = run(check_of())["tool"]["driver"]
    assert (driver["name"], driver["version"]) == ("dd-incident-roles", "1.2.3")
    assert [rule["id"] for rule in driver["rules"]] == ["IR001", "IR010", "IR099"]
    first = driver["rules"][0]
    assert first["name"] == "NoIncidentManager"
    assert first["shortDescription"]["text"] == NO_INCIDENT_MANAGER.title
    assert first["fullDescription"]["text"] == NO_INCIDENT_MANAGER.why
    assert first["help"]["text"].startswith(NO_INCIDENT_MANAGER.how_to_fix)
    assert "explain IR001" in first["help"]["markdown"]
    assert first["defaultConfiguration"] == {"level": "error"}
    assert "open incidents" in first["properties"]["tags"]


def test_each_level_is_one_of_sarif() -> None:
    """Errors, warnings and notes stay what they are."""
    about = check_of(*(finding(level=level) for level in Level))
    assert [each["level"] for each in results(about)] == ["error", "warning", "note"]


@pytest.mark.parametrize(
    ("file", "uri"),
    [
        ("config/policy.yaml", "config/policy.yaml"),
        ("./config/policy.yaml", "config/policy.yaml"),
        ("/work tree/config/a b.yaml", "config/a%20b.yaml"),
        ("/work trees/a.yaml", "file:///work%20trees/a.yaml"),
        ("/etc/dd roles/policy.yaml", "file:///etc/dd%20roles/policy.yaml"),
        ("config/ä.yaml", "config/%C3%A4.yaml"),
        ("a b#c?.yaml", "a%20b%23c%3F.yaml"),
        ("c:odd.yaml", "c%3Aodd.yaml"),
    ],
)
def test_a_file_below_the_root_is_named_relative_to_it(file: str, uri: str) -> None:
    """A service that knows only the repository finds the file; others keep their whole address."""
    [shown] = results(check_of(finding(file=file)))
    assert shown["locations"][0]["physicalLocation"]["artifactLocation"]["uri"] == uri


def test_a_waiver_is_a_suppression_and_every_other_result_says_that_it_has_none() -> None:
    """A service can tell what is waived from what is not, with owner, reason and end."""
    first, second = results(check_of(waived(finding()), finding(public_id=1002)))
    assert first["suppressions"] == []
    [suppression] = second["suppressions"]
    assert suppression.pop("justification") == "small team (ada, until 2026-02-01)"
    assert suppression == {"kind": "external", "status": "accepted"}


def test_a_baseline_gives_each_result_a_state() -> None:
    """New and known are told apart; without a baseline nothing is said of it."""
    new = replace(finding(), baseline=BaselineState.NEW)
    shown = run(check_of(checks.known(finding()), new, resolved=("0123456789abcdef",)))
    assert [each["baselineState"] for each in shown["results"]] == ["new", "unchanged"]
    assert shown["properties"]["resolved"] == ["0123456789abcdef"]
    assert all("baselineState" not in each for each in results(checks.found()))


def test_a_check_that_could_not_look_did_not_succeed() -> None:
    """What could not be looked at is an error of the run; findings are none."""
    about = check_of(not_evaluated=checks.gaps("No answer."))
    succeeded, said, _ = invocation(about)
    assert succeeded is False
    assert said[:3] == [
        ("error", "Not evaluated: IR-1004: No answer."),
        ("error", "Not evaluated: No answer.: No answer."),
        ("error", "Not evaluated: all: No answer."),
    ]
    first, second, *_ = run(about)["invocations"][0]["toolExecutionNotifications"]
    assert first["locations"][0]["logicalLocations"][0]["name"] == "IR-1004"
    assert "locations" not in second
    assert invocation(checks.found()) == (True, [], [])


def test_a_check_that_says_nothing_did_not_succeed() -> None:
    """Where no rule had anything to look at the run says so, and each rule why."""
    silence = "None of the rules asked had anything to look at, so this says nothing."
    lacking = "IR020 topic-stale had nothing to check in 2 incidents: no chat is connected"
    about = check_of(unasked=(unasked(),), said_nothing=True)
    assert invocation(about) == (False, [("warning", silence)], [("note", lacking)])


def test_an_unasked_rule_is_pointed_at() -> None:
    """A notification names its rule, by its place too where the run describes it."""
    about = check_of(unasked=(unasked(), unasked(rule="IR010", name="role-vacant")))
    said = run(about)["invocations"][0]["toolConfigurationNotifications"]
    rules = [each["associatedRule"] for each in said]
    assert rules == [{"id": "IR020"}, {"id": "IR010", "index": 1}]


def test_no_more_results_than_a_service_shows() -> None:
    """Beyond five thousand the waived ones go first, and the run says how many are left out."""
    assert MOST_RESULTS == 5_000
    findings = checks.many(20)
    shown = run(check_of(waived(finding()), waived(finding()), *findings), most=20)
    assert len(shown["results"]) == 20
    assert all(each["suppressions"] == [] for each in shown["results"])
    (left_out,) = shown["invocations"][0]["toolExecutionNotifications"]
    said = "2 findings left out here; --format json has all of them."
    assert (left_out["level"], left_out["message"]["text"]) == ("warning", said)
    assert sarif_complaints(json.dumps({"version": "2.1.0", "runs": [shown]})) == []
    assert "left out" not in text_of(check_of(*findings), most=20)


@pytest.mark.parametrize("text", checks.HOSTILE.values(), ids=checks.HOSTILE)
def test_a_hostile_text_is_shown_as_text(text: str) -> None:
    """No text breaks the log, makes a link, or steers the CI log that it may be printed to."""
    about = everything(text)
    shown = text_of(about)
    assert sarif_complaints(shown) == []
    assert shown.isascii()
    assert "##[" not in shown
    assert not {"\\u001b", "\\u202e", "\\u2066"} & set(shown.split('"'))
    assert "](" not in "".join(each["message"]["text"] for each in results(about))
    assert len(results(about)) == len(results(everything()))
