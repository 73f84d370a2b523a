"""``check --format github``: annotations of a workflow run, and a few lines for its log."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import PurePath

from dd_incident_roles.policy.finding import Finding, NotEvaluated
from dd_incident_roles.policy.rules.ir09x_of_the_engine import NOT_EVALUATED
from dd_incident_roles.report.check_summary import (
    Checked,
    cautions,
    measures_line,
    standing_findings,
    sum_of,
    unasked_lines,
)
from dd_incident_roles.report.clean import clean
from dd_incident_roles.report.terminal import name_of
from dd_incident_roles.report.workflow import KINDS, relative_path, workflow_command
from dd_incident_roles.roles.catalogue import Level
from dd_incident_roles.words import count_of, shorten

MOST_PER_KIND = 10
"""GitHub drops what a step annotates beyond this, of each kind, without a word."""

LONGEST_MESSAGE = 4_000
LONGEST_FIX = 500


def check_github(checked: Checked, *, root: PurePath) -> str:
    """Annotations for what stands, each on one line, then the sum as plain lines.

    Files below ``root`` are named relative to it, as the web pages of a repository need it.
    """
    return "".join(f"{line}\n" for line in _lines(checked, root))


def _lines(checked: Checked, root: PurePath) -> Iterator[str]:
    verdict = checked.verdict
    for level, kind in KINDS.items():
        annotations = [_gap(gap) for gap in verdict.not_evaluated if level is Level.ERROR]
        annotations += [
            _finding(finding, root)
            for finding in standing_findings(verdict)
            # What IR099 says of an incident its gaps have said already, and there is room for ten.
            if finding.level is level and finding.rule != NOT_EVALUATED.id
        ]
        yield from annotations[:MOST_PER_KIND]
        if (more := len(annotations) - MOST_PER_KIND) > 0:
            unshown = count_of(more, f"more {kind}")
            yield f"{unshown} not shown here; see the summary or --format json."
    plain = [sum_of(checked), *cautions(checked), *unasked_lines(checked)]
    if verdict.measures:
        plain.append(measures_line(verdict.measures))
    yield from (clean(line) for line in plain)


def _gap(gap: NotEvaluated) -> str:
    text = clean(f"Not evaluated: {name_of(gap.incident)}: {gap.reason}")
    return workflow_command("error", {"title": "not evaluated"}, shorten(text, LONGEST_MESSAGE))


def _finding(finding: Finding, root: PurePath) -> str:
    properties = {"title": f"{finding.rule} {finding.name}"}
    if finding.place:
        properties["file"] = relative_path(finding.place.file, root).as_posix()
        properties["line"] = str(finding.place.line)
    message = shorten(clean(finding.message), LONGEST_MESSAGE)
    fix = shorten(clean(finding.fix), LONGEST_FIX)
    return workflow_command(KINDS[finding.level], properties, f"{message}  fix: {fix}")
