"""``check`` for a person: each finding with what to type, then what was looked at."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime

from rich.text import Text

from dd_incident_roles.policy.finding import BaselineState, Evidence, Finding, SeenIn, Waived
from dd_incident_roles.policy.rules.ir09x_of_the_engine import NOT_EVALUATED
from dd_incident_roles.report.check_summary import cautions, measures_line, sum_of, unasked_lines
from dd_incident_roles.report.checked import Checked
from dd_incident_roles.report.clean import styled
from dd_incident_roles.report.lines import joined, named
from dd_incident_roles.report.waiver_words import until
from dd_incident_roles.roles.catalogue import Level
from dd_incident_roles.words import instant_label

_STYLES = {Level.ERROR: "bold red", Level.WARNING: "yellow", Level.NOTE: "cyan"}


def check_text(checked: Checked) -> Text:
    """What a check found, and what it could not look at."""
    return joined(_lines(checked))


def _lines(checked: Checked) -> Iterator[Text]:
    verdict = checked.verdict
    for finding in verdict.findings:
        if finding.rule == NOT_EVALUATED.id:
            # Its gaps are told below, one line each.
            continue
        yield from _finding(finding, checked.now)
    for gap in verdict.not_evaluated:
        yield Text.assemble(
            ("not evaluated", "bold red"), " ", styled(f"{named(gap.incident)}: {gap.reason}")
        )
    yield styled(sum_of(checked), "bold")
    for caution in cautions(checked):
        yield styled(caution, "bold yellow")
    for line in unasked_lines(checked):
        yield styled(line, "dim")
    if verdict.measures:
        yield styled(measures_line(verdict.measures))


def _finding(finding: Finding, now: datetime) -> Iterator[Text]:
    yield Text.assemble(
        (f"{finding.level.value} {finding.rule}", _STYLES[finding.level]),
        " ",
        styled(f"{_mark(finding)}{finding.message}"),
    )
    if finding.incident is None and finding.place:
        yield _below(f"{finding.place.file}:{finding.place.line}")
    match finding.waived:
        case Waived() as waived:
            yield _below(f"{until(waived, now)}: {waived.reason}")
        case None:
            for evidence in finding.evidence:
                yield _below(f"seen: {evidence_line(evidence, now)}", "dim")
            yield _below(f"fix: {finding.fix}")


def _mark(finding: Finding) -> str:
    known = "(known) " if finding.baseline is BaselineState.EXISTING else ""
    return known if finding.waived is None else f"{known}(waived by {finding.waived.owner}) "


def _below(text: str, style: str = "") -> Text:
    return Text.assemble("  ", styled(text, style))


def evidence_line(evidence: Evidence, now: datetime) -> str:
    """What was seen, about whom, where, and since when."""
    who = f"{evidence.who}: " if evidence.who else ""
    since = ""
    if evidence.since is not None:
        since = f" since {instant_label(evidence.since.astimezone(UTC), now.astimezone(UTC))}"
    return f"{who}{evidence.what}{since} ({_place(evidence.seen_in)})"


def _place(seen_in: SeenIn) -> str:
    match seen_in:
        case SeenIn.DATADOG:
            return "Datadog"
        case SeenIn.RECORD:
            return "the record"
        case SeenIn.TIMELINE:
            return "the timeline"
        case SeenIn.ISSUE:
            return "the issue"
        case SeenIn.CHAT:
            return "the chat"
        case SeenIn.POLICY:
            return "the policy"
