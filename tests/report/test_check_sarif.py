"""What ``check --format sarif`` says to a code scanning service."""

from __future__ import annotations

import json
import re
from dataclasses import replace
from typing import Any

import pytest

from dd_incident_roles.policy.finding import BaselineState
from dd_incident_roles.policy.rules.ir001_no_incident_manager import NO_INCIDENT_MANAGER
from dd_incident_roles.report.check_sarif import MOST_RESULTS, check_sarif
from dd_incident_roles.report.check_summary import Checked
from dd_incident_roles.roles.catalogue import Level
from tests.report.checks import (
    HOSTILE,
    ROOT,
    checked,
    everything,
    finding,
    found,
    gaps,
    incomplete,
    known,
    many,
    of_the_policy,
    unasked,
    verdict,
    waived,
)
from tests.report.readers import sarif_complaints


def text_of(about: Checked) -> str:
    return check_sarif(about, root=ROOT, version="1.2.3")


def run(about: Checked) -> Any:
    (only,) = json.loads(text_of(about))["runs"]
    return only


def results(about: Checked) -> Any:
    return run(about)["results"]


def texts(notifications: Any) -> list[tuple[str, str]]:
    return [(each["level"], each["message"]["text"]) for each in notifications]


CASES = {
    "clean": checked(verdict()),
    "two errors": checked(found()),
    "of a private incident": checked(found("Secret deal", private=True)),
    "something in every part": everything(),
    "incomplete": checked(incomplete(gaps("No answer."))),
    "without a place": checked(verdict(replace(finding(), place=None))),
    "about the policy": checked(verdict(replace(of_the_policy(), place=None))),
    "no rules": checked(verdict(finding()), rules=()),
}


@pytest.mark.parametrize("about", CASES.values(), ids=CASES)
def test_the_log_keeps_the_schema_of_oasis(about: Checked) -> None:
    """Any reader of SARIF 2.1.0 takes it."""
    assert sarif_complaints(text_of(about)) == []


def test_a_result_has_all_of_a_finding() -> None:
    """A result names its rule, its line, its incident, and what to type."""
    about = finding(stream="database")
    assert results(checked(verdict(about))) == [
        {
            "ruleId": "IR010",
            "ruleIndex": 1,
            "level": "error",
            "message": {"text": "Nobody is Scribe of IR-1001."},
            "locations": [
                {
                    "physicalLocation": {
                        "artifactLocation": {"uri": "config/policy.yaml"},
                        "region": {"startLine": 12},
                    },
                    "logicalLocations": [{"name": "IR-1001", "kind": "resource"}],
                }
            ],
            "partialFingerprints": {
                "ddIncidentRoles/v1": about.fingerprint,
                "primaryLocationLineHash": f"{about.fingerprint}:1",
            },
            "suppressions": [],
            "properties": {
                "incident": 1001,
                "role": "scribe",
                "stream": "database",
                "since": "2026-01-01T14:10:00Z",
                "fix": "dd-incident-roles assign 1001 scribe PERSON",
            },
        }
    ]


def test_findings_of_one_line_are_alerts_of_their_own() -> None:
    """GitHub tells alerts apart by a hash, which stays when the policy and the words change."""
    first, second = finding(public_id=1001), finding(public_id=1002)
    again = finding("In other words.", public_id=1001, file="elsewhere.yaml")
    hashes = [
        each["partialFingerprints"]["primaryLocationLineHash"]
        for about in (verdict(first, second, first), verdict(again))
        for each in results(checked(about))
    ]
    assert hashes == [
        f"{first.fingerprint}:1",
        f"{second.fingerprint}:1",
        f"{first.fingerprint}:2",
        f"{first.fingerprint}:1",
    ]
    assert all(re.fullmatch(r"[0-9a-f]{1,16}:[1-9]\d*", each) for each in hashes)


def test_a_rule_is_described() -> None:
    """A reader without this program learns why a rule matters, and how to fix what it finds."""
    driver = run(checked(verdict()))["tool"]["driver"]
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
    about = verdict(*(finding(level=level) for level in Level))
    assert [each["level"] for each in results(checked(about))] == ["error", "warning", "note"]


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
    [shown] = results(checked(verdict(finding(file=file))))
    assert shown["locations"][0]["physicalLocation"]["artifactLocation"]["uri"] == uri


def test_a_waiver_is_a_suppression_and_every_other_result_says_that_it_has_none() -> None:
    """A service can tell what is waived from what is not, with owner, reason and end."""
    first, second = results(checked(verdict(waived(finding()), finding(public_id=1002))))
    assert first["suppressions"] == []
    assert second["suppressions"] == [
        {
            "kind": "external",
            "status": "accepted",
            "justification": "small team (ada, until 2026-02-01)",
        }
    ]


def test_a_baseline_gives_each_result_a_state() -> None:
    """New and known are told apart; without a baseline nothing is said of it."""
    new = replace(finding(), baseline=BaselineState.NEW)
    about = replace(verdict(known(finding()), new), resolved=("0123456789abcdef",))
    shown = run(checked(about))
    assert [each["baselineState"] for each in shown["results"]] == ["new", "unchanged"]
    assert shown["properties"]["resolved"] == ["0123456789abcdef"]
    assert all("baselineState" not in each for each in results(checked(found())))


def test_a_check_that_could_not_look_did_not_succeed() -> None:
    """What could not be looked at is an error of the run, and names the incident."""
    (invocation,) = run(checked(incomplete(gaps("No answer."))))["invocations"]
    assert invocation["executionSuccessful"] is False
    told = invocation["toolExecutionNotifications"]
    assert texts(told)[:3] == [
        ("error", "Not evaluated: IR-1004: No answer."),
        ("error", "Not evaluated: No answer.: No answer."),
        ("error", "Not evaluated: all: No answer."),
    ]
    assert told[0]["locations"][0]["logicalLocations"][0]["name"] == "IR-1004"
    assert "locations" not in told[1]


def test_findings_are_no_failure_of_the_run() -> None:
    """A check that found something went well."""
    (invocation,) = run(checked(found()))["invocations"]
    assert invocation == {
        "executionSuccessful": True,
        "toolExecutionNotifications": [],
        "toolConfigurationNotifications": [],
    }


def test_a_check_that_says_nothing_did_not_succeed() -> None:
    """Where no rule had anything to look at the run says so, and each rule why."""
    about = replace(verdict(), unasked=(unasked(),), said_nothing=True)
    (invocation,) = run(checked(about))["invocations"]
    assert invocation["executionSuccessful"] is False
    assert texts(invocation["toolExecutionNotifications"]) == [
        ("warning", "None of the rules asked had anything to look at, so this says nothing.")
    ]
    assert texts(invocation["toolConfigurationNotifications"]) == [
        ("note", "IR020 topic-stale had nothing to look at in 2 incidents: no chat is connected")
    ]


def test_an_unasked_rule_is_pointed_at() -> None:
    """A notification names its rule, by its place too where the run describes it."""
    about = replace(verdict(), unasked=(unasked(), unasked(rule="IR010", name="role-vacant")))
    (invocation,) = run(checked(about))["invocations"]
    told = invocation["toolConfigurationNotifications"]
    assert [each["associatedRule"] for each in told] == [
        {"id": "IR020"},
        {"id": "IR010", "index": 1},
    ]


def test_no_more_results_than_a_service_shows() -> None:
    """Beyond five thousand the waived ones go first, and the run says how many are left out."""
    whole = many(MOST_RESULTS)
    about = replace(whole, findings=(waived(finding()), waived(finding()), *whole.findings))
    shown = run(checked(about))
    assert len(shown["results"]) == MOST_RESULTS
    assert all(each["suppressions"] == [] for each in shown["results"])
    assert texts(shown["invocations"][0]["toolExecutionNotifications"]) == [
        ("warning", "2 findings left out here; --format json has all of them.")
    ]
    few = {**shown, "results": shown["results"][:2]}
    assert sarif_complaints(json.dumps({"version": "2.1.0", "runs": [few]})) == []


def test_as_many_results_as_a_service_shows_are_all_there() -> None:
    """Nothing is said of what is left out where nothing is."""
    assert "left out" not in text_of(checked(many(MOST_RESULTS)))


@pytest.mark.parametrize("text", HOSTILE.values(), ids=HOSTILE)
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


def test_a_private_incident_is_named_by_its_number_alone() -> None:
    """A service learns the public id of a private incident, and nothing else of it."""
    shown = text_of(checked(found("Secret deal", private=True)))
    assert "IR-1001 (private)" in shown
    assert "Secret" not in shown
    assert "00000000-0000" not in shown


def test_the_same_check_gives_the_same_log() -> None:
    """Nothing in it depends on the run."""
    assert text_of(everything()) == text_of(everything())
