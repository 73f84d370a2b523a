"""Writing the report of a check in the format that was asked for, to stdout or to a file."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Final

from dd_incident_roles import __version__
from dd_incident_roles.cli.invocation import Invocation
from dd_incident_roles.cli.opening import show
from dd_incident_roles.cli.saying import say
from dd_incident_roles.files import write_private

if TYPE_CHECKING:
    from dd_incident_roles.report.checked import Checked

SHAPES: Final = ("text", "json", "sarif", "junit", "github", "markdown")
"""The formats, that for people first."""


def report(invocation: Invocation, checked: Checked, shape: str, output: Path | None) -> None:
    """Write a report; raises UsageError where the file cannot be written."""
    from dd_incident_roles.report.check_text import check_text

    if output is not None:
        write_private(output, _rendered(checked, shape).rstrip("\n") + "\n")
    elif shape == "text":
        show(invocation, check_text(checked))
    else:
        say(_rendered(checked, shape))


def _rendered(checked: Checked, shape: str) -> str:
    match shape:
        case "json":
            from dd_incident_roles.report.documents.check import check_json

            return check_json(checked)
        case "sarif":
            from dd_incident_roles.report.check_sarif import check_sarif

            return check_sarif(checked, version=__version__, root=Path.cwd())
        case "junit":
            from dd_incident_roles.report.check_junit import check_junit

            return check_junit(checked)
        case "github":
            from dd_incident_roles.report.check_github import check_github

            return check_github(checked, root=Path.cwd())
        case "markdown":
            from dd_incident_roles.report.check_markdown import check_markdown

            return check_markdown(checked)
        case _:
            from dd_incident_roles.report.check_text import check_text

            return check_text(checked).plain
