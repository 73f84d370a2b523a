"""Workflow commands of GitHub Actions, by which a log line becomes an annotation.

The form is ``::error file=…,line=…,title=…::message`` on one line, in which percent signs and line
ends are escaped, and colons and commas in the properties too (document: "Workflow commands for
GitHub Actions").
"""

from __future__ import annotations

from collections.abc import Mapping

from dd_incident_roles.report.clean import clean


def workflow_command(kind: str, properties: Mapping[str, str], *paragraphs: str) -> str:
    """One annotation; each paragraph is shown on a line of its own, and no text can end it."""
    listed = ",".join(f"{name}={_property(value)}" for name, value in properties.items())
    message = "\n".join(clean(paragraph) for paragraph in paragraphs)
    return f"::{kind} {listed}::{_data(message)}"


def _data(text: str) -> str:
    # The percent sign first, or the escapes themselves would be escaped.
    return text.replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A")


def _property(text: str) -> str:
    return _data(clean(text)).replace(":", "%3A").replace(",", "%2C")
