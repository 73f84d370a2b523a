"""The text of an issue that is created for an incident, with places for what the incident says."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from typing import Final

from dd_incident_roles.errors import ConfigurationError
from dd_incident_roles.values import frozen
from dd_incident_roles.words import did_you_mean, incident_label

_PLACEHOLDER = re.compile(r"\$\{([^}\n]*)\}?")
_KNOWN: Final = ("number", "title", "severity", "url")
_BUILT_IN: Final = """\
${number} ${title}

This issue belongs to the incident ${number} (${severity}): ${url}

Its assignee is the Incident Manager.
"""


@frozen
class IssueTemplate:
    """A title of one line and a description, with ``${number}`` and the like in both."""

    title: str
    description: str

    def fill(
        self,
        *,
        number: int,
        title: str,
        severity: str,
        url: str | None,
        clean: Callable[[str], str],
    ) -> tuple[str, str]:
        """The title and the description of an issue.

        ``clean`` makes a text from outside harmless in the tracker. The template is the
        organisation's own, and may mention people.
        """
        values = {
            "number": incident_label(number),
            "title": clean(title),
            "severity": clean(severity),
            "url": url or incident_label(number),
        }
        # The title of an incident has one line, but nothing makes sure of it.
        return " ".join(_filled(self.title, values).split()), _filled(self.description, values)


def parse_template(text: str, *, file: str) -> IssueTemplate:
    """Read a template: its first line is the title, the rest the description.

    Raises ConfigurationError with file and line.
    """
    lines = text.removeprefix("\ufeff").splitlines()
    for number, line in enumerate(lines, start=1):
        for match in _PLACEHOLDER.finditer(line):
            if match[0] != f"${{{match[1]}}}" or match[1] not in _KNOWN:
                near = did_you_mean(match[1], {name: f"${{{name}}}" for name in _KNOWN})
                known = f"Known are {', '.join(f'${{{name}}}' for name in _KNOWN)}."
                problem = f"{match[0]} stands for nothing"
                hint = f"{near} {known}".strip()
                raise ConfigurationError(problem, file=file, line=number, hint=hint)
    title, rest = (lines[0].strip(), lines[1:]) if lines else ("", [])
    if not title:
        raise ConfigurationError("the first line, which is the title, is empty", file=file, line=1)
    return IssueTemplate(title=title, description="\n".join(rest).strip("\n"))


def built_in_template() -> IssueTemplate:
    """The template for those who have none of their own."""
    return parse_template(_BUILT_IN, file="the built-in template")


def _filled(text: str, values: Mapping[str, str]) -> str:
    return _PLACEHOLDER.sub(lambda match: values[match[1]], text)
