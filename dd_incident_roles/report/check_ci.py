"""``check`` for CI systems: annotations of GitHub (``catalog lint`` too), JUnit and SARIF.

The form of an annotation is ``::error file=…,line=…,title=…::message`` on one line, in which
percent signs and line ends are escaped, and colons and commas in the properties too (document:
"Workflow commands for GitHub Actions").
"""

from __future__ import annotations

import json
import re
from collections import Counter
from collections.abc import Iterator, Mapping
from datetime import UTC
from pathlib import PurePath
from types import MappingProxyType
from typing import Final
from urllib.parse import quote
from xml.etree import ElementTree as ET

from dd_incident_roles.configuration.configuration import Lint
from dd_incident_roles.policy.judge import Checked
from dd_incident_roles.policy.policy import (
    BaselineState,
    Finding,
    NotEvaluated,
    Rule,
    Scope,
    Unasked,
)
from dd_incident_roles.policy.rules.ir09x_of_the_engine import NOT_EVALUATED
from dd_incident_roles.report.check_markdown import escape
from dd_incident_roles.report.check_text import (
    active_findings,
    cautions,
    measures_line,
    sum_of,
    unasked_lines,
    until,
)
from dd_incident_roles.report.documents import JsonValue, instant
from dd_incident_roles.report.terminal import name_of
from dd_incident_roles.roles.catalogue import Level
from dd_incident_roles.words import clean, command, count_of, role_label, shorten

MOST_PER_KIND = 10
"""GitHub drops what a step annotates beyond this, of each kind, without a word."""

LONGEST_MESSAGE = 4_000
LONGEST_FIX = 500

_KINDS: Final[Mapping[Level, str]] = MappingProxyType(
    {Level.ERROR: "error", Level.WARNING: "warning", Level.NOTE: "notice"}
)
"""What a level is called there, the gravest first."""

_LINT_TITLE = "catalog lint"


def check_github(checked: Checked, *, root: PurePath) -> str:
    """Annotations for what stands, each on one line, then the sum as plain lines.

    Files below ``root`` are named relative to it, as the web pages of a repository need it.
    """
    return "".join(f"{line}\n" for line in _check_lines(checked, root))


def _check_lines(checked: Checked, root: PurePath) -> Iterator[str]:
    verdict = checked.verdict
    for level, kind in _KINDS.items():
        # The gaps lead, so that no number of findings crowds out what was not looked at.
        annotations = [
            _gap_annotation(gap) for gap in verdict.not_evaluated if level is Level.ERROR
        ]
        annotations += [
            _finding_annotation(finding, root)
            for finding in active_findings(verdict)
            # What IR099 says of an incident its gaps have said already, and there is room for ten.
            if finding.level is level and finding.rule != NOT_EVALUATED.id
        ]
        yield from annotations[:MOST_PER_KIND]
        if (more := len(annotations) - MOST_PER_KIND) > 0:
            unshown = count_of(more, f"more {kind}")
            yield f"{unshown} not shown here; see the summary or --format json."
    yield clean(sum_of(checked))
    yield from map(clean, cautions(checked))
    yield from map(clean, unasked_lines(checked))
    if verdict.measures:
        yield clean(measures_line(verdict.measures))


def _gap_annotation(gap: NotEvaluated) -> str:
    text = clean(f"Not evaluated: {name_of(gap.incident)}: {gap.reason}")
    return _annotation("error", {"title": "not evaluated"}, shorten(text, LONGEST_MESSAGE))


def _finding_annotation(finding: Finding, root: PurePath) -> str:
    properties = {"title": f"{finding.rule} {finding.name}"}
    if finding.place:
        properties["file"] = relative_path(finding.place.file, root).as_posix()
        properties["line"] = str(finding.place.line)
    # Cut apart: what to type must still be there behind a message of any length.
    message = shorten(clean(finding.message), LONGEST_MESSAGE)
    fix = shorten(clean(finding.fix), LONGEST_FIX)
    return _annotation(_KINDS[finding.level], properties, f"{message}  fix: {fix}")


def lint_github(lint: Lint, *, root: PurePath) -> str:
    """An annotation for each problem, the errors first; nothing where there is none.

    Files below ``root`` are named relative to it, as the web pages of a repository need it.
    """
    lines = []
    # GitHub shows only the first few of a step, so that the gravest have to lead.
    for problem in sorted(lint.problems, key=lambda each: each.level is not Level.ERROR):
        properties = {"file": relative_path(problem.file, root).as_posix()}
        # A file that cannot be read at all has no line to point at.
        if problem.line is not None:
            properties["line"] = str(problem.line)
        properties["title"] = f"{_LINT_TITLE}: {problem.key}" if problem.key else _LINT_TITLE
        hint = (problem.hint,) if problem.hint else ()
        lines.append(_annotation(_KINDS[problem.level], properties, problem.message, *hint))
    return "".join(f"{line}\n" for line in lines)


def _annotation(kind: str, properties: Mapping[str, str], *paragraphs: str) -> str:
    """One annotation; each paragraph is shown on a line of its own, and no text can end it."""
    listed = ",".join(
        f"{name}={_escaped(clean(value)).replace(':', '%3A').replace(',', '%2C')}"
        for name, value in properties.items()
    )
    # Cleaned one by one: the line end between two is ours, and none of theirs is left.
    message = "\n".join(clean(paragraph) for paragraph in paragraphs)
    return f"::{kind} {listed}::{_escaped(message)}"


def _escaped(text: str) -> str:
    # The percent sign first, or the escapes themselves would be escaped.
    return text.replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A")


def relative_path(file: str, root: PurePath) -> PurePath:
    """The path of a file below a root; a file that lies elsewhere keeps the path it has."""
    path = PurePath(file)
    return path.relative_to(root) if path.is_relative_to(root) else path


_FORBIDDEN = re.compile("[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
"""What XML 1.0 cannot hold, not even escaped (its production 2, Char)."""


def check_junit(checked: Checked) -> str:
    """A suite for each rule asked, with a test for each finding, or one that passes.

    What a waiver or a baseline covers is skipped, and what could not be looked at is an error in a
    suite of its own.
    """
    verdict = checked.verdict
    asked = {(rule.id, rule.name): rule for rule in checked.rules}
    ids = {rule.id for rule in checked.rules}
    others = {(each.rule, each.name) for each in verdict.findings if each.rule not in ids}
    cases = {
        f"{rule} {name}": [
            *(_test_case(each, checked) for each in verdict.findings if each.rule == rule),
            *_without_findings(asked.get((rule, name)), checked),
        ]
        for rule, name in (*asked, *sorted(others))
    }
    gaps = [
        _case(name_of(gap.incident), "error", type="not evaluated", message=gap.reason)
        for gap in verdict.not_evaluated
    ]
    if verdict.said_nothing:
        message = " ".join(cautions(checked))
        # Without it the report would be green, although nothing was looked at.
        gaps.append(_case("all", "error", type="not evaluated", message=message))
    if gaps:
        cases["not evaluated"] = gaps
    root = ET.Element("testsuites", name="dd-incident-roles check")
    # The schema of JUnit reports allows no zone in a timestamp.
    at = checked.now.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S")
    for suite_name, found in cases.items():
        suite = ET.SubElement(root, "testsuite", name=suite_name, timestamp=at)
        for case in found:
            case.set("classname", suite_name)
            # The schema asks for a time of every test, and a rule has none worth telling.
            case.set("time", "0")
            suite.append(case)
        _count(suite)
    _count(root)
    ET.indent(root)
    return f'<?xml version="1.0" encoding="UTF-8"?>\n{ET.tostring(root, encoding="unicode")}\n'


def _count(element: ET.Element) -> None:
    for attribute, tag in (
        ("tests", "testcase"),
        ("failures", "failure"),
        ("errors", "error"),
        ("skipped", "skipped"),
    ):
        element.set(attribute, str(sum(1 for _ in element.iter(tag))))
    element.set("time", "0")


def _without_findings(rule: Rule | None, checked: Checked) -> Iterator[ET.Element]:
    """Where a rule was not asked; and a test that passes, if it has answered and found nothing."""
    if rule is None:
        return
    verdict, name = checked.verdict, f"{rule.id} {rule.name}"
    unasked = [each for each in verdict.unasked if each.rule == rule.id]
    for each in unasked:
        about = f"{name}: {count_of(each.incidents, 'incident')} not checked"
        yield _case(about, "skipped", message=each.reason)
    if any(finding.rule == rule.id for finding in verdict.findings):
        return
    # Nothing seen is not nothing found: a rule that was asked about nothing has not passed.
    asked = max(verdict.evaluated - sum(each.incidents for each in unasked), 0)
    if rule.scope is Scope.POLICY:
        yield _case(f"{name}: the policy")
    elif asked:
        yield _case(f"{name}: {count_of(asked, 'incident')}")
    elif not unasked:
        yield _case(name, "skipped", message="There was no incident to check.")


def _test_case(finding: Finding, checked: Checked) -> ET.Element:
    # The name is the same in every run, since readers keep a history by it.
    about = finding.subject if finding.public_id is None else name_of(finding.public_id)
    role = role_label(finding.role or "", finding.stream).strip()
    name = f"{about} {role}".strip() or finding.name
    place = [f"{finding.place.file}:{finding.place.line}"] if finding.place else []
    lines = (finding.message, f"fix: {finding.fix}", *place)
    if waived := finding.waived:
        by = f"waived by {waived.owner} {until(waived, checked.now)}: {waived.reason}"
        return _case(name, "skipped", message=by, lines=lines)
    if finding.baseline is BaselineState.EXISTING:
        return _case(name, "skipped", message="known from the baseline", lines=lines)
    if finding.level is Level.NOTE:
        return _case(name, "system-out", lines=lines)
    level = finding.level.value
    return _case(name, "failure", type=level, message=finding.message, lines=lines)


def _case(
    name: str, outcome: str | None = None, *, lines: tuple[str, ...] = (), **attributes: str
) -> ET.Element:
    case = ET.Element("testcase", name=_xml(name))
    if outcome:
        written = {key: _xml(value) for key, value in attributes.items()}
        child = ET.SubElement(case, outcome, written)
        child.text = "\n".join(_xml(line) for line in lines) or None
    return case


def _xml(text: str) -> str:
    # Cleaned first: what is left of an escape sequence would be shown as text.
    return _FORBIDDEN.sub("", clean(text))


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
            *(_gap_notification(gap) for gap in verdict.not_evaluated),
            *({"level": "warning", "message": _message(text)} for text in notices),
        ],
        "toolConfigurationNotifications": [
            _unasked_notification(each, index) for each in verdict.unasked
        ],
    }


def _gap_notification(gap: NotEvaluated) -> JsonValue:
    text = f"Not evaluated: {name_of(gap.incident)}: {gap.reason}"
    notification: dict[str, JsonValue] = {"level": "error", "message": _message(text)}
    if isinstance(gap.incident, int):
        notification["locations"] = [_logical(gap.incident)]
    return notification


def _unasked_notification(unasked: Unasked, index: Mapping[str, int]) -> JsonValue:
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
