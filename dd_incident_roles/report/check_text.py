"""``check`` for a person: each finding with what to type, then what was looked at."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from types import MappingProxyType

from rich.text import Text

from dd_incident_roles.policy.finding import BaselineState, Evidence, Finding, SeenIn
from dd_incident_roles.policy.rules.ir09x_of_the_engine import NOT_EVALUATED
from dd_incident_roles.report import check_summary
from dd_incident_roles.report.check_summary import Checked
from dd_incident_roles.report.clean import as_text
from dd_incident_roles.report.terminal import join_lines, level_line, line_below, name_of
from dd_incident_roles.words import instant_label

_PLACES = MappingProxyType(
    {
        SeenIn.DATADOG: "Datadog",
        SeenIn.RECORD: "the record",
        SeenIn.TIMELINE: "the timeline",
        SeenIn.ISSUE: "the issue",
        SeenIn.CHAT: "the chat",
        SeenIn.POLICY: "the policy",
    }
)


def check_text(checked: Checked) -> Text:
    """What a check found, and what it could not look at."""
    return join_lines(_lines(checked))


def _lines(checked: Checked) -> Iterator[Text]:
    verdict = checked.verdict
    for finding in verdict.findings:
        # What IR099 finds are the gaps, which have a line each below.
        if finding.rule != NOT_EVALUATED.id:
            yield from _finding(finding, checked.now)
    for gap in verdict.not_evaluated:
        reason = as_text(f"{name_of(gap.incident)}: {gap.reason}")
        yield Text.assemble(("not evaluated", "bold red"), " ", reason)
    yield as_text(check_summary.sum_of(checked), "bold")
    for caution in check_summary.cautions(checked):
        yield as_text(caution, "bold yellow")
    for line in check_summary.unasked_lines(checked):
        yield as_text(line, "dim")
    if verdict.measures:
        yield as_text(check_summary.measures_line(verdict.measures))


def _finding(finding: Finding, now: datetime) -> Iterator[Text]:
    known = "(known) " if finding.baseline is BaselineState.EXISTING else ""
    waived = f"(waived by {finding.waived.owner}) " if finding.waived else ""
    yield level_line(finding.level, finding.rule, f"{known}{waived}{finding.message}")
    # The line that demands a role helps nobody in an incident; what to type does.
    if finding.incident is None and finding.place:
        yield line_below(f"{finding.place.file}:{finding.place.line}")
    if finding.waived:
        yield line_below(f"{check_summary.until(finding.waived, now)}: {finding.waived.reason}")
    else:
        for evidence in finding.evidence:
            yield line_below(f"seen: {evidence_line(evidence, now)}", "dim")
        yield line_below(f"fix: {finding.fix}")


def evidence_line(evidence: Evidence, now: datetime) -> str:
    """What was seen, about whom, where, and since when."""
    who = f"{evidence.who}: " if evidence.who else ""
    since = f" since {instant_label(evidence.since, now)}" if evidence.since else ""
    return f"{who}{evidence.what}{since} ({_PLACES[evidence.seen_in]})"
