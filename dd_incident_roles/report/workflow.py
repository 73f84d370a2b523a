"""How GitHub Actions reads a log line as an annotation, and names the files of a repository.

The form is ``::error file=…,line=…,title=…::message`` on one line, in which percent signs and line
ends are escaped, and colons and commas in the properties too (document: "Workflow commands for
GitHub Actions").
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import PurePath
from types import MappingProxyType
from typing import Final

from dd_incident_roles.report.clean import clean
from dd_incident_roles.roles.catalogue import Level

KINDS: Final[Mapping[Level, str]] = MappingProxyType(
    {Level.ERROR: "error", Level.WARNING: "warning", Level.NOTE: "notice"}
)
"""What a level is called there, the gravest first."""


def workflow_command(kind: str, properties: Mapping[str, str], *paragraphs: str) -> str:
    """One annotation; each paragraph is shown on a line of its own, and no text can end it."""
    listed = ",".join(f"{name}={_property(value)}" for name, value in properties.items())
    message = "\n".join(clean(paragraph) for paragraph in paragraphs)
    return f"::{kind} {listed}::{_data(message)}"


def relative_path(file: str, root: PurePath) -> PurePath:
    """The path of a file below a root; a file that lies elsewhere keeps the path it has."""
    path = PurePath(file)
    return path.relative_to(root) if path.is_relative_to(root) else path


def _data(text: str) -> str:
    # The percent sign first, or the escapes themselves would be escaped.
    return text.replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A")


def _property(text: str) -> str:
    return _data(clean(text)).replace(":", "%3A").replace(",", "%2C")
