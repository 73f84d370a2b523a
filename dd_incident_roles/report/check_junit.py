"""``check --format junit``: a report that CI systems show as tests."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import UTC
from xml.etree import ElementTree as ET

from dd_incident_roles.policy.finding import BaselineState, Finding, NotEvaluated, Verdict, Waived
from dd_incident_roles.policy.rule import Rule, Scope
from dd_incident_roles.report.check_summary import cautions
from dd_incident_roles.report.checked import Checked
from dd_incident_roles.report.clean import clean
from dd_incident_roles.report.lines import named
from dd_incident_roles.report.waiver_words import until
from dd_incident_roles.roles.catalogue import Level
from dd_incident_roles.words import count_of

_FORBIDDEN = re.compile("[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
"""What XML 1.0 cannot hold, not even escaped (its production 2, Char)."""


def check_junit(checked: Checked) -> str:
    """A suite for each rule asked, with a test for each finding, or one that passes.

    What a waiver or a baseline covers is skipped, and what could not be looked at is an error in a
    suite of its own.
    """
    root = ET.Element("testsuites", name="dd-incident-roles check")
    for rule in checked.rules:
        root.append(_suite(f"{rule.id} {rule.name}", checked, list(_of_rule(rule, checked))))
    asked = {rule.id for rule in checked.rules}
    others = [finding for finding in checked.verdict.findings if finding.rule not in asked]
    for key, name in sorted({(finding.rule, finding.name) for finding in others}):
        found = [_finding(finding, checked) for finding in others if finding.rule == key]
        root.append(_suite(f"{key} {name}", checked, found))
    gaps = [_gap(gap) for gap in checked.verdict.not_evaluated]
    gaps += [_said_nothing(checked)] if checked.verdict.said_nothing else []
    if gaps:
        root.append(_suite("not evaluated", checked, gaps))
    _count(root)
    ET.indent(root)
    return f'<?xml version="1.0" encoding="UTF-8"?>\n{ET.tostring(root, encoding="unicode")}\n'


def _suite(name: str, checked: Checked, cases: list[ET.Element]) -> ET.Element:
    at = checked.now.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S")
    suite = ET.Element("testsuite", name=name, timestamp=at)
    for case in cases:
        case.set("classname", name)
        case.set("time", "0")
        suite.append(case)
    _count(suite)
    return suite


def _count(element: ET.Element) -> None:
    for attribute, tag in (
        ("tests", "testcase"),
        ("failures", "failure"),
        ("errors", "error"),
        ("skipped", "skipped"),
    ):
        element.set(attribute, str(sum(1 for _ in element.iter(tag))))
    element.set("time", "0")


def _of_rule(rule: Rule, checked: Checked) -> Iterator[ET.Element]:
    verdict = checked.verdict
    found = [finding for finding in verdict.findings if finding.rule == rule.id]
    yield from (_finding(finding, checked) for finding in found)
    unasked = [each for each in verdict.unasked if each.rule == rule.id]
    for each in unasked:
        about = f"{each.rule} {each.name}: {count_of(each.incidents, 'incident')} not asked about"
        yield _case(about, "skipped", message=each.reason)
    if not found:
        yield from _nothing_found(rule, verdict, sum(each.incidents for each in unasked))


def _nothing_found(rule: Rule, verdict: Verdict, unasked: int) -> Iterator[ET.Element]:
    """A test that passes, if the rule has answered; nothing seen is not nothing found."""
    asked = max(verdict.evaluated - unasked, 0)
    if rule.scope is Scope.POLICY:
        yield _case(f"{rule.id} {rule.name}: the policy")
    elif asked:
        yield _case(f"{rule.id} {rule.name}: {count_of(asked, 'incident')}")
    elif not unasked:
        yield _case(
            f"{rule.id} {rule.name}", "skipped", message="There was no incident to ask about."
        )


def _finding(finding: Finding, checked: Checked) -> ET.Element:
    name = _name(finding)
    match finding:
        case Finding(waived=Waived() as waived):
            by = f"waived by {waived.owner} {until(waived, checked.now)}: {waived.reason}"
            return _case(name, "skipped", message=by, lines=_lines(finding))
        case Finding(baseline=BaselineState.EXISTING):
            return _case(name, "skipped", message="known from the baseline", lines=_lines(finding))
        case Finding(level=Level.NOTE):
            return _case(name, "system-out", lines=_lines(finding))
        case _:
            level = finding.level.value
            return _case(
                name, "failure", type=level, message=finding.message, lines=_lines(finding)
            )


def _name(finding: Finding) -> str:
    """What is the same in every run, since readers keep a history by it."""
    about = finding.subject if finding.public_id is None else named(finding.public_id)
    parts = (about, finding.role or "", f"({finding.stream})" if finding.stream else "")
    return " ".join(part for part in parts if part) or finding.name


def _lines(finding: Finding) -> tuple[str, ...]:
    place = [f"{finding.place.file}:{finding.place.line}"] if finding.place else []
    return (finding.message, f"fix: {finding.fix}", *place)


def _gap(gap: NotEvaluated) -> ET.Element:
    return _case(named(gap.incident), "error", type="not evaluated", message=gap.reason)


def _said_nothing(checked: Checked) -> ET.Element:
    return _case("all", "error", type="not evaluated", message=" ".join(cautions(checked)))


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
    return _FORBIDDEN.sub("", clean(text))
