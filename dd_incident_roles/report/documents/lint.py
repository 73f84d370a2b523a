"""The document of ``catalog lint --format json``."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field

from dd_incident_roles.configuration.lint import Lint
from dd_incident_roles.report.documents.parts import Document, Part, field
from dd_incident_roles.roles.catalogue import Level


class File(Part):
    """One file."""

    kind: str = field("What it is for, such as roles, policy or people.")
    file: str = field("The path of the file as it was given.", source="name")
    shipped: bool = field(
        "Whether it is the file that this program brings along.", source="is_shipped"
    )


class Problem(Part):
    """One problem."""

    level: Level = field("How grave it is.")
    file: str = field("The path of the file as it was given.")
    line: Annotated[int, Field(ge=1)] | None = field(
        "The line, counted from 1; null where the file cannot be read at all."
    )
    key: str | None = field("The key in the file, if it is about one.")
    message: str = field("What is wrong.")
    hint: str | None = field("What to do about it, if there is more to say.")


class LintReport(Document):
    """What is wrong with the files of the configuration."""

    title = "lint"
    about = (
        "What `catalog lint --format json` writes: what is wrong with the files of the "
        "configuration."
    )

    files: list[File] = field("The files that were looked at.")
    problems: list[Problem] = field(
        "What is wrong with them, or soon will be; empty where nothing is."
    )


def lint_json(lint: Lint) -> str:
    """Which files were checked, and every problem of them."""
    return LintReport.of(lint)
