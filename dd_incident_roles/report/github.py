"""``--format github`` of ``check`` and ``catalog lint``: annotations of a workflow run.

The form is ``::error file=…,line=…,title=…::message`` on one line, in which percent signs and line
ends are escaped, and colons and commas in the properties too (document: "Workflow commands for
GitHub Actions").
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import PurePath
from types import MappingProxyType
from typing import Final

from dd_incident_roles.configuration.lint import Lint
from dd_incident_roles.policy.finding import Finding, NotEvaluated
from dd_incident_roles.policy.rules.ir09x_of_the_engine import NOT_EVALUATED
from dd_incident_roles.report import check_summary
from dd_incident_roles.report.clean import clean
from dd_incident_roles.report.terminal import name_of
from dd_incident_roles.roles.catalogue import Level
from dd_incident_roles.words import count_of, shorten

MOST_PER_KIND = 10
"""GitHub drops what a step annotates beyond this, of each kind, without a word."""

LONGEST_MESSAGE = 4_000
LONGEST_FIX = 500

_KINDS: Final[Mapping[Level, str]] = MappingProxyType(
    {Level.ERROR: "error", Level.WARNING: "warning", Level.NOTE: "notice"}
)
"""What a level is called there, the gravest first."""

_LINT_TITLE = "catalog lint"


def check_github(checked: check_summary.Checked, *, root: PurePath) -> str:
    """Annotations for what stands, each on one line, then the sum as plain lines.

    Files below ``root`` are named relative to it, as the web pages of a repository need it.
    """
    return "".join(f"{line}\n" for line in _check_lines(checked, root))


def _check_lines(checked: check_summary.Checked, root: PurePath) -> Iterator[str]:
    verdict = checked.verdict
    for level, kind in _KINDS.items():
        # The gaps lead, so that no number of findings crowds out what was not looked at.
        annotations = [_gap(gap) for gap in verdict.not_evaluated if level is Level.ERROR]
        annotations += [
            _finding(finding, root)
            for finding in check_summary.active_findings(verdict)
            # What IR099 says of an incident its gaps have said already, and there is room for ten.
            if finding.level is level and finding.rule != NOT_EVALUATED.id
        ]
        yield from annotations[:MOST_PER_KIND]
        if (more := len(annotations) - MOST_PER_KIND) > 0:
            unshown = count_of(more, f"more {kind}")
            yield f"{unshown} not shown here; see the summary or --format json."
    yield clean(check_summary.sum_of(checked))
    yield from map(clean, check_summary.cautions(checked))
    yield from map(clean, check_summary.unasked_lines(checked))
    if verdict.measures:
        yield clean(check_summary.measures_line(verdict.measures))


def _gap(gap: NotEvaluated) -> str:
    text = clean(f"Not evaluated: {name_of(gap.incident)}: {gap.reason}")
    return _annotation("error", {"title": "not evaluated"}, shorten(text, LONGEST_MESSAGE))


def _finding(finding: Finding, root: PurePath) -> str:
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
