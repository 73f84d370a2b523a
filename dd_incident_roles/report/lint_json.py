"""The document of ``catalog lint --format json``."""

from __future__ import annotations

from dd_incident_roles.configuration.problem import CheckedFile, Lint, Problem
from dd_incident_roles.report.document import JsonValue, document


def lint_json(lint: Lint) -> str:
    """Which files were checked, and every problem of them."""
    return document(
        "lint",
        {
            "files": [_file(file) for file in lint.files],
            "problems": [_problem(problem) for problem in lint.problems],
        },
    )


def _file(file: CheckedFile) -> JsonValue:
    return {"kind": file.kind, "file": file.name, "shipped": file.is_shipped}


def _problem(problem: Problem) -> JsonValue:
    return {
        "level": problem.level.value,
        "file": problem.file,
        "line": problem.line,
        "key": problem.key,
        "message": problem.message,
        "hint": problem.hint,
    }
