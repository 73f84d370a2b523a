"""``check`` for a person: incident by incident, the worst first, each finding with what to type."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime

from rich.style import StyleType

from dd_incident_roles.policy.facts import LONGEST_TITLE
from dd_incident_roles.policy.finding import BaselineState, Evidence, Finding, rank
from dd_incident_roles.policy.rules.ir09x_of_the_engine import NOT_EVALUATED
from dd_incident_roles.report import check_summary
from dd_incident_roles.report.check_summary import Checked
from dd_incident_roles.report.clean import clean
from dd_incident_roles.report.terminal import (
    ALARM,
    CAUTION,
    LEVEL_STYLES,
    Line,
    Lines,
    name_of,
)
from dd_incident_roles.roles.catalogue import Level
from dd_incident_roles.words import incident_label, instant_label, shorten

_INDENT = ("  ", "")
_LONG = 20
"""A report of more lines begins with what it comes to, since its end is what a terminal shows."""


def check_text(checked: Checked) -> Lines:
    """What a check found, and what it could not look at."""
    lines, sums = list(_lines(checked)), list(_sums(checked))
    first = sums[:1] if len(lines) > _LONG else []
    return Lines(lines=[*first, *([()] if first else []), *lines, *sums])


def _lines(checked: Checked) -> Iterator[Line]:
    about: dict[str, list[Finding]] = {}
    for finding in checked.verdict.findings:
        # What IR099 finds are the gaps, which have a line each below.
        if finding.rule != NOT_EVALUATED.id:
            about.setdefault(_about(finding), []).append(finding)
    for subject, findings in sorted(about.items(), key=lambda each: _gravity(each[1])):
        yield _line(subject, "bold")
        for finding in findings:
            yield from _finding(finding, checked.now)
        yield ()
    for gap in checked.verdict.not_evaluated:
        reason = _line(f"{name_of(gap.incident)}: {gap.reason}")
        yield (("not evaluated", ALARM), (" ", ""), *reason)


def _line(text: str, style: StyleType = "") -> Line:
    return ((clean(text), style),)


def _about(finding: Finding) -> str:
    """What a finding is listed under."""
    if finding.incident is None or finding.subject:
        return "The policy" if finding.incident is None else "The organisation"
    return f"{incident_label(finding.incident.public_id)} {finding.incident.title or '(private)'}"


def _gravity(findings: list[Finding]) -> tuple[int, ...]:
    """By the gravest that stands, then by how many there are of it, the worst first."""
    levels = [rank(finding.level) for finding in findings if finding.is_active]
    worst = min(levels, default=len(Level))
    return worst, -levels.count(worst)


def _sums(checked: Checked) -> Iterator[Line]:
    yield _line(check_summary.sum_of(checked), "bold")
    for caution in check_summary.cautions(checked):
        yield _line(caution, f"bold {CAUTION}")
    for line in check_summary.unasked_lines(checked):
        yield _line(line, "dim")
    if checked.verdict.measures:
        yield _line(check_summary.measures_line(checked.verdict.measures))


def _finding(finding: Finding, now: datetime) -> Iterator[Line]:
    known = "(known) " if finding.baseline is BaselineState.EXISTING else ""
    waived = f"(waived by {finding.waived.owner}) " if finding.waived else ""
    message = finding.message
    if finding.incident and finding.incident.title:
        # The line above the findings of an incident has its title.
        message = message.replace(f' "{shorten(finding.incident.title, LONGEST_TITLE)}"', "")
    level, style = finding.level, LEVEL_STYLES[finding.level]
    said = clean(f"{known}{waived}{message}")
    yield (_INDENT, (f"{level.value} {finding.rule}", style), (f" {said}", ""))
    # The line that demands a role helps nobody in an incident; what to type does.
    if finding.incident is None and finding.place:
        yield _below(f"{finding.place.file}:{finding.place.line}")
    if finding.waived:
        yield _below(f"{check_summary.until(finding.waived, now)}: {finding.waived.reason}")
    else:
        for evidence in finding.evidence:
            yield _below(f"seen: {evidence_line(evidence, now)}", "dim")
        yield _below(f"fix: {finding.fix}")


def _below(text: str, style: StyleType = "") -> Line:
    return (_INDENT, _INDENT, (clean(text), style))


def evidence_line(evidence: Evidence, now: datetime) -> str:
    """What was seen, about whom, where, and since when."""
    who = f"{evidence.who}: " if evidence.who else ""
    since = f" since {instant_label(evidence.since, now)}" if evidence.since else ""
    return f"{who}{evidence.what}{since} ({evidence.seen_in.place})"
