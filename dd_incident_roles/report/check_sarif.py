"""``check --format sarif``: SARIF 2.1.0, as code scanning services read it."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from pathlib import PurePath

from dd_incident_roles.policy.finding import BaselineState, Finding, NotEvaluated, Unasked
from dd_incident_roles.policy.rule import Rule
from dd_incident_roles.report.check_summary import cautions, standing_findings
from dd_incident_roles.report.checked import Checked
from dd_incident_roles.report.clean import clean
from dd_incident_roles.report.document import JsonValue, instant
from dd_incident_roles.report.lines import named
from dd_incident_roles.report.markdown_text import escaped
from dd_incident_roles.report.relative_path import relative_uri
from dd_incident_roles.report.waiver_words import waiver_sentence
from dd_incident_roles.words import count_of

MOST_RESULTS = 5_000
"""GitHub shows no more of one run."""

_SCHEMA = (
    "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json"
)


def check_sarif(checked: Checked, *, root: PurePath, version: str) -> str:
    """One run of the tool, with a result for each finding, those that stand first.

    Files below ``root`` are named relative to it; ``version`` is that of this program.
    """
    # Findings of a baseline that are gone are known by their fingerprints alone, and a result of
    # the state "absent" needs a message: they are listed in the properties of the run instead.
    verdict = checked.verdict
    index = {rule.id: number for number, rule in enumerate(checked.rules)}
    ordered = [
        *standing_findings(verdict),
        *(finding for finding in verdict.findings if not finding.stands),
    ]
    run: JsonValue = {
        "tool": {
            "driver": {
                "name": "dd-incident-roles",
                "version": version,
                "rules": [sarif_rule(rule) for rule in checked.rules],
            }
        },
        "invocations": [
            sarif_invocation(checked, index, left_out=max(len(ordered) - MOST_RESULTS, 0))
        ],
        "results": [
            _result(finding, index, root, number)
            for finding, number in _numbered(ordered[:MOST_RESULTS])
        ],
        "properties": {
            "now": instant(checked.now),
            "described": clean(checked.described),
            "matched": checked.matched,
            "evaluated": verdict.evaluated,
            "resolved": list(verdict.resolved),
        },
    }
    log: JsonValue = {"$schema": _SCHEMA, "version": "2.1.0", "runs": [run]}
    return json.dumps(log, indent=2, ensure_ascii=True, allow_nan=False) + "\n"


def _numbered(findings: Iterable[Finding]) -> Iterator[tuple[Finding, int]]:
    """Each finding, and the how many of its fingerprint it is."""
    seen: Counter[str] = Counter()
    for finding in findings:
        seen[finding.fingerprint] += 1
        yield finding, seen[finding.fingerprint]


def _result(finding: Finding, index: Mapping[str, int], root: PurePath, number: int) -> JsonValue:
    return {
        "ruleId": finding.rule,
        **({"ruleIndex": index[finding.rule]} if finding.rule in index else {}),
        "level": finding.level.value,
        "message": message(finding.message),
        "locations": list(_locations(finding, root)),
        "partialFingerprints": {
            "ddIncidentRoles/v1": finding.fingerprint,
            # The only one by which GitHub tells alerts apart. Where it is missing, the upload
            # fills it from the text of the line, which is the same for every incident.
            "primaryLocationLineHash": f"{finding.fingerprint}:{number}",
        },
        **_baseline(finding),
        # Never left out: without it a reader could not tell "not waived" from "not known".
        "suppressions": list(_suppressions(finding)),
        "properties": {
            "incident": finding.public_id,
            "role": _cleaned(finding.role),
            "stream": _cleaned(finding.stream),
            "since": instant(finding.since),
            "fix": clean(finding.fix),
        },
    }


def _locations(finding: Finding, root: PurePath) -> Iterator[JsonValue]:
    physical: Mapping[str, JsonValue] = {}
    if finding.place:
        uri = relative_uri(finding.place.file, root)
        physical = {
            "physicalLocation": {
                "artifactLocation": {"uri": uri},
                "region": {"startLine": finding.place.line},
            }
        }
    number = finding.public_id
    logical = {} if number is None else {"logicalLocations": [logical_location(number)]}
    if physical or logical:
        yield {**physical, **logical}


def _baseline(finding: Finding) -> Mapping[str, JsonValue]:
    match finding.baseline:
        case None:
            return {}
        case BaselineState.NEW:
            return {"baselineState": "new"}
        case BaselineState.EXISTING:
            return {"baselineState": "unchanged"}


def _suppressions(finding: Finding) -> Iterator[JsonValue]:
    if finding.waived:
        yield {
            "kind": "external",
            "status": "accepted",
            "justification": clean(waiver_sentence(finding.waived)),
        }


def _cleaned(text: str | None) -> str | None:
    return None if text is None else clean(text)


def sarif_invocation(checked: Checked, index: Mapping[str, int], *, left_out: int) -> JsonValue:
    """One call of the program; ``left_out`` counts the findings that had no room.

    It succeeded if everything could be looked at, whatever was found.
    """
    verdict = checked.verdict
    return {
        "executionSuccessful": not (verdict.not_evaluated or verdict.said_nothing),
        "toolExecutionNotifications": [
            *(_gap(gap) for gap in verdict.not_evaluated),
            *_notices(checked, left_out),
        ],
        "toolConfigurationNotifications": [_unasked(each, index) for each in verdict.unasked],
    }


def _gap(gap: NotEvaluated) -> JsonValue:
    told = message(f"Not evaluated: {named(gap.incident)}: {gap.reason}")
    match gap.incident:
        case int() as number:
            locations = [{"logicalLocations": [logical_location(number)]}]
            return {"level": "error", "message": told, "locations": locations}
        case _:
            return {"level": "error", "message": told}


def _notices(checked: Checked, left_out: int) -> Iterator[JsonValue]:
    for caution in cautions(checked):
        yield {"level": "warning", "message": message(caution)}
    if left_out:
        text = f"{count_of(left_out, 'finding')} left out here; --format json has all of them."
        yield {"level": "warning", "message": message(text)}


def _unasked(unasked: Unasked, index: Mapping[str, int]) -> JsonValue:
    text = (
        f"{unasked.rule} {unasked.name} had nothing to look at in "
        f"{count_of(unasked.incidents, 'incident')}: {unasked.reason}"
    )
    number = index.get(unasked.rule)
    return {
        "level": "note",
        "message": message(text),
        "associatedRule": {
            "id": unasked.rule,
            **({} if number is None else {"index": number}),
        },
    }


def sarif_rule(rule: Rule) -> JsonValue:
    """What the rule is called, why it matters, and how to fix what it finds."""
    return {
        "id": rule.id,
        "name": "".join(word.capitalize() for word in rule.name.split("-")),
        "shortDescription": {"text": rule.title},
        "fullDescription": {"text": rule.why},
        "help": {
            "text": f"{rule.how_to_fix}\n\nLooks at: {rule.looks_at}",
            "markdown": (
                f"{escaped(rule.how_to_fix)}\n\n**Looks at:** {escaped(rule.looks_at)}\n\n"
                f"`dd-incident-roles explain {rule.id}` says the same."
            ),
        },
        "defaultConfiguration": {"level": rule.default_level.value},
        "properties": {"tags": ["incident-roles", rule.name, rule.scope.value]},
    }


def message(text: str) -> JsonValue:
    """A cleaned text; what would be an embedded link (SARIF 2.1.0, 3.11.6) is broken up."""
    return {"text": clean(text).replace("](", "] (")}


def logical_location(public_id: int) -> JsonValue:
    """An incident as a place; its number alone, so that a private one may be named too."""
    return {"name": named(public_id), "kind": "resource"}
