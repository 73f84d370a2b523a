"""A created issue says what its template says, with the incident's own words made harmless."""

from __future__ import annotations

import pytest

from dd_incident_roles.errors import ConfigurationError
from dd_incident_roles.issues.texts import built_in_template, parse_template


def test_a_template_is_filled() -> None:
    """Values that look like placeholders stay text, and the template's own mention stays alive."""
    text = "\ufeff[${severity}] ${number}: ${title}\r\n\r\n/label ~a\n@oncall {panel} ${url}\n"
    filled = parse_template(text, file="issue.md").fill(
        number=1001,
        title="Down\n@all ${url}",
        severity="SEV-1",
        url="https://app.example/1001",
        clean=lambda text: text.replace("@", "(at)"),
    )
    assert filled == (
        "[SEV-1] IR-1001: Down (at)all ${url}",
        "/label ~a\n@oncall {panel} https://app.example/1001",
    )


@pytest.mark.parametrize(
    ("text", "line", "message", "hint"),
    [
        ("A\n\n${titel}", 3, "${titel} stands for nothing", "Did you mean ${title}?"),
        ("${number", 1, "${number stands for nothing", "Known are ${number}, ${title}"),
        ("A ${}", 1, "${} stands for nothing", "${severity}, ${url}."),
        ("", 1, "the first line, which is the title, is empty", ""),
        (" \nA", 1, "the first line, which is the title, is empty", ""),
    ],
)
def test_a_fault_is_named_with_its_line(text: str, line: int, message: str, hint: str) -> None:
    """Nobody finds an unknown placeholder in an issue at night."""
    with pytest.raises(ConfigurationError) as caught:
        parse_template(text, file="issue.md")
    assert str(caught.value) == f"issue.md:{line}: {message}"
    assert hint in (caught.value.hint or "")


def test_there_is_a_template_for_everybody() -> None:
    """Without a page of the incident, its number stands there instead."""
    title, description = built_in_template().fill(
        number=7, title="Down", severity="SEV-2", url=None, clean=str
    )
    assert title == "IR-7 Down"
    assert "IR-7 (SEV-2): IR-7" in description
