"""``catalog lint`` as annotations of GitHub Actions, one line for each problem."""

from __future__ import annotations

from pathlib import PurePath

from dd_incident_roles.configuration.lint import Lint, Problem
from dd_incident_roles.report.relative_path import relative_path
from dd_incident_roles.report.workflow_command import workflow_command
from dd_incident_roles.roles.catalogue import Level

_KINDS = {Level.ERROR: "error", Level.WARNING: "warning", Level.NOTE: "notice"}
_TITLE = "catalog lint"


def lint_github(lint: Lint, *, root: PurePath) -> str:
    """An annotation for each problem, the errors first; nothing where there is none.

    GitHub shows only the first few of a step, so that the gravest have to lead. Files below
    ``root`` are named relative to it, as the web pages of a repository need it.
    """
    gravest_first = sorted(lint.problems, key=lambda problem: problem.level is not Level.ERROR)
    return "".join(f"{_annotation(problem, root)}\n" for problem in gravest_first)


def _annotation(problem: Problem, root: PurePath) -> str:
    properties = {
        "file": relative_path(problem.file, root).as_posix(),
        **({} if problem.line is None else {"line": str(problem.line)}),
        "title": f"{_TITLE}: {problem.key}" if problem.key else _TITLE,
    }
    hint = (problem.hint,) if problem.hint else ()
    return workflow_command(_KINDS[problem.level], properties, problem.message, *hint)
