"""``check --format junit``: a report that CI systems show as tests."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import UTC
from xml.etree import ElementTree as ET

from dd_incident_roles.policy.finding import BaselineState, Finding
from dd_incident_roles.policy.policy import Rule, Scope
from dd_incident_roles.report.check_summary import Checked, cautions, until
from dd_incident_roles.report.clean import clean
from dd_incident_roles.report.terminal import name_of
from dd_incident_roles.roles.catalogue import Level
from dd_incident_roles.words import count_of, role_label

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
            *(_finding(each, checked) for each in verdict.findings if each.rule == rule),
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


def _finding(finding: Finding, checked: Checked) -> ET.Element:
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
