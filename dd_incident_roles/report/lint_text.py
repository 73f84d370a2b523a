"""``catalog lint`` for a person: each problem at its place, then what was checked."""

from __future__ import annotations

from collections.abc import Iterator

from rich.text import Text

from dd_incident_roles.configuration.lint import CheckedFile, Lint, Problem
from dd_incident_roles.report.clean import styled
from dd_incident_roles.report.lines import joined
from dd_incident_roles.roles.catalogue import Level
from dd_incident_roles.words import count_of

_STYLES = {Level.ERROR: "bold red", Level.WARNING: "yellow", Level.NOTE: "cyan"}


def lint_text(lint: Lint) -> Text:
    """Every problem with what to do about it, the files, and one sentence of what it came to."""
    return joined(_lines(lint))


def lint_summary(lint: Lint) -> str:
    """What was checked, and how much is wrong."""
    looked_at = [
        count_of(len(lint.files), "file"),
        count_of(lint.roles, "role"),
        count_of(lint.waivers, "waiver"),
        *([] if lint.people is None else [count_of(lint.people, "person", "people")]),
    ]
    found = [
        count_of(number, level)
        for number, level in ((lint.errors, "error"), (lint.warnings, "warning"))
        if number
    ]
    return f"{', '.join(looked_at)}: {', '.join(found) or 'nothing to complain about'}."


def _lines(lint: Lint) -> Iterator[Text]:
    for problem in lint.problems:
        yield from _problem(problem)
    for file in lint.files:
        yield _file(file)
    yield styled(lint_summary(lint), "bold")


def _problem(problem: Problem) -> Iterator[Text]:
    yield Text.assemble(
        styled(f"{problem.place}:"),
        " ",
        (problem.level.value, _STYLES[problem.level]),
        " ",
        styled(problem.message),
    )
    if problem.hint:
        yield Text.assemble("  ", styled(problem.hint))


def _file(file: CheckedFile) -> Text:
    origin = "the shipped file, since none is set" if file.is_shipped else file.name
    return styled(f"checked {file.kind}: {origin}")
