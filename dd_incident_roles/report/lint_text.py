"""``catalog lint`` for a person and for GitHub Actions: each problem at its place."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import PurePath

from rich.text import Text

from dd_incident_roles.configuration.lint import Lint
from dd_incident_roles.report.clean import styled
from dd_incident_roles.report.terminal import LEVEL_STYLES, below, joined
from dd_incident_roles.report.workflow import KINDS, relative_path, workflow_command
from dd_incident_roles.roles.catalogue import Level
from dd_incident_roles.words import count_of

_TITLE = "catalog lint"


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


def lint_github(lint: Lint, *, root: PurePath) -> str:
    """An annotation for each problem, the errors first; nothing where there is none.

    Files below ``root`` are named relative to it, as the web pages of a repository need it.
    """
    lines = []
    # GitHub shows only the first few of a step, so that the gravest have to lead.
    for problem in sorted(lint.problems, key=lambda each: each.level is not Level.ERROR):
        properties = {
            "file": relative_path(problem.file, root).as_posix(),
            **({} if problem.line is None else {"line": str(problem.line)}),
            "title": f"{_TITLE}: {problem.key}" if problem.key else _TITLE,
        }
        hint = (problem.hint,) if problem.hint else ()
        lines.append(workflow_command(KINDS[problem.level], properties, problem.message, *hint))
    return "".join(f"{line}\n" for line in lines)


def _lines(lint: Lint) -> Iterator[Text]:
    for problem in lint.problems:
        yield Text.assemble(
            styled(f"{problem.place}:"),
            " ",
            (problem.level.value, LEVEL_STYLES[problem.level]),
            " ",
            styled(problem.message),
        )
        if problem.hint:
            yield below(problem.hint)
    for file in lint.files:
        origin = "the shipped file, since none is set" if file.is_shipped else file.name
        yield styled(f"checked {file.kind}: {origin}")
    yield styled(lint_summary(lint), "bold")
