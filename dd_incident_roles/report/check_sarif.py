"""``check --format sarif``: SARIF 2.1.0, as code scanning services read it."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterator, Mapping
from pathlib import PurePath
from urllib.parse import quote

from dd_incident_roles.policy.finding import BaselineState, Finding, NotEvaluated, Unasked
from dd_incident_roles.policy.policy import Rule
from dd_incident_roles.report.check_markdown import escape
from dd_incident_roles.report.check_summary import Checked, active_findings, cautions
from dd_incident_roles.report.clean import clean
from dd_incident_roles.report.documents.parts import JsonValue, instant
from dd_incident_roles.report.github import relative_path
from dd_incident_roles.report.terminal import name_of
from dd_incident_roles.words import command, count_of

MOST_RESULTS = 5_000
"""GitHub shows no more of one run."""

_SCHEMA = (
    "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json"
)


def check_sarif(checked: Checked, *, root: PurePath, version: str, most: int = MOST_RESULTS) -> str:
    """One run of the tool, with a result for each of so many findings, those that stand first.

    Files below ``root`` are named relative to it; ``version`` is that of this program.
    """
    verdict = checked.verdict
    index = {rule.id: number for number, rule in enumerate(checked.rules)}
    findings = [
        *active_findings(verdict),
        *(finding for finding in verdict.findings if not finding.is_active),
    ]
    results, seen = [], Counter[str]()
    for finding in findings[:most]:
        seen[finding.fingerprint] += 1
        results.append(_result(finding, index, root, seen[finding.fingerprint]))
    run: JsonValue = {
        "tool": {
            "driver": {
                "name": "dd-incident-roles",
                "version": version,
                "rules": [_rule(rule) for rule in checked.rules],
            }
        },
        "invocations": [_invocation(checked, index, max(len(findings) - most, 0))],
        "results": results,
        "properties": {
            "now": instant(checked.now),
            "described": clean(checked.described),
            "matched": checked.matched,
            "evaluated": verdict.evaluated,
            # Findings of a baseline that are gone are known by their fingerprints alone, and a
            # result of the state "absent" needs a message: so they are listed here.
            "resolved": list(verdict.resolved),
        },
    }
    log: JsonValue = {"$schema": _SCHEMA, "version": "2.1.0", "runs": [run]}
    # It may be printed to the log of a CI, which nothing in it may steer.
    return json.dumps(log, indent=2, ensure_ascii=True, allow_nan=False) + "\n"


def _result(finding: Finding, index: Mapping[str, int], root: PurePath, number: int) -> JsonValue:
    """One finding; ``number`` is the how many of its fingerprint it is."""
    states = {BaselineState.NEW: "new", BaselineState.EXISTING: "unchanged"}
    state = {} if finding.baseline is None else {"baselineState": states[finding.baseline]}
    suppressions = []
    if waived := finding.waived:
        # The same on every day, unlike the days that are left: alerts keep their history.
        why = f"{waived.reason} ({waived.owner}, until {waived.expires.isoformat()})"
        suppressions = [{"kind": "external", "status": "accepted", "justification": clean(why)}]
    return {
        "ruleId": finding.rule,
        **({"ruleIndex": index[finding.rule]} if finding.rule in index else {}),
        "level": finding.level.value,
        "message": _message(finding.message),
        "locations": list(_locations(finding, root)),
        "partialFingerprints": {
            "ddIncidentRoles/v1": finding.fingerprint,
            # The only one by which GitHub tells alerts apart. Where it is missing, the upload
            # fills it from the text of the line, which is the same for every incident.
            "primaryLocationLineHash": f"{finding.fingerprint}:{number}",
        },
        **state,
        # Never left out: without it a reader could not tell "not waived" from "not known".
        "suppressions": suppressions,
        "properties": {
            "incident": finding.public_id,
            "role": finding.role and clean(finding.role),
            "stream": finding.stream and clean(finding.stream),
            "since": instant(finding.since),
            "fix": clean(finding.fix),
        },
    }


def _locations(finding: Finding, root: PurePath) -> Iterator[JsonValue]:
    location: dict[str, JsonValue] = {}
    if finding.place:
        path = relative_path(finding.place.file, root)
        location["physicalLocation"] = {
            "artifactLocation": {
                # The colon of a relative path would end a scheme, so that it is quoted too.
                "uri": path.as_uri() if path.is_absolute() else quote(path.as_posix())
            },
            "region": {"startLine": finding.place.line},
        }
    if finding.public_id is not None:
        location |= _logical(finding.public_id)
    if location:
        yield location


def _logical(public_id: int) -> Mapping[str, JsonValue]:
    """An incident as a place; its number alone, so that a private one may be named too."""
    return {"logicalLocations": [{"name": name_of(public_id), "kind": "resource"}]}


def _invocation(checked: Checked, index: Mapping[str, int], left_out: int) -> JsonValue:
    """One call of the program; it succeeded if everything could be looked at.

    ``left_out`` counts the findings that had no room.
    """
    verdict = checked.verdict
    notices = list(cautions(checked))
    if left_out:
        count = count_of(left_out, "finding")
        notices.append(f"{count} left out here; --format json has all of them.")
    return {
        "executionSuccessful": not (verdict.not_evaluated or verdict.said_nothing),
        "toolExecutionNotifications": [
            *(_gap(gap) for gap in verdict.not_evaluated),
            *({"level": "warning", "message": _message(text)} for text in notices),
        ],
        "toolConfigurationNotifications": [_unasked(each, index) for each in verdict.unasked],
    }


def _gap(gap: NotEvaluated) -> JsonValue:
    text = f"Not evaluated: {name_of(gap.incident)}: {gap.reason}"
    notification: dict[str, JsonValue] = {"level": "error", "message": _message(text)}
    if isinstance(gap.incident, int):
        notification["locations"] = [_logical(gap.incident)]
    return notification


def _unasked(unasked: Unasked, index: Mapping[str, int]) -> JsonValue:
    number = index.get(unasked.rule)
    text = (
        f"{unasked.rule} {unasked.name} had nothing to check in "
        f"{count_of(unasked.incidents, 'incident')}: {unasked.reason}"
    )
    rule: dict[str, JsonValue] = {"id": unasked.rule}
    if number is not None:
        rule["index"] = number
    return {"level": "note", "message": _message(text), "associatedRule": rule}


def _rule(rule: Rule) -> JsonValue:
    """What the rule is called, why it matters, and how to fix what it finds."""
    return {
        "id": rule.id,
        "name": "".join(word.capitalize() for word in rule.name.split("-")),
        "shortDescription": {"text": rule.title},
        "fullDescription": {"text": rule.why},
        "help": {
            "text": f"{rule.how_to_fix}\n\nLooks at: {rule.looks_at}",
            "markdown": (
                f"{escape(rule.how_to_fix)}\n\n**Looks at:** {escape(rule.looks_at)}\n\n"
                f"`{command('explain', rule.id)}` says the same."
            ),
        },
        "defaultConfiguration": {"level": rule.default_level.value},
        "properties": {"tags": ["incident-roles", rule.name, rule.scope.value]},
    }


def _message(text: str) -> JsonValue:
    """A cleaned text; what would be an embedded link (SARIF 2.1.0, 3.11.6) is broken up."""
    return {"text": clean(text).replace("](", "] (")}
