"""The description of an issue: what it begins with, and the part in it that is ours.

Ours says who holds which role, between two marks. On GitHub and GitLab the marks are HTML comments,
which only people who edit see; Jira would show them, so that they are plain lines there. What
surrounds the block is people's, byte for byte. An issue that is created for an incident begins with
a template, which has places for what the incident says.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from typing import Final

from dd_incident_roles.errors import ConfigurationError
from dd_incident_roles.issues.outgoing import outgoing
from dd_incident_roles.model import IncidentId
from dd_incident_roles.sync.place import Roster
from dd_incident_roles.values import frozen
from dd_incident_roles.words import did_you_mean, incident_label, role_label, shorten

_BEGIN: Final = "dd-incident-roles keeps these roles up to date; edits between the marks are lost"
_END: Final = "end of the roles by dd-incident-roles"
_NOBODY: Final = "\N{EN DASH}"
_LONGEST_CELL: Final = 200

_PLACEHOLDER = re.compile(r"\$\{([^}\n]*)\}?")
_KNOWN: Final = ("number", "title", "severity", "url")
_BUILT_IN: Final = """\
${number} ${title}

This issue belongs to the incident ${number} (${severity}): ${url}

Its assignee is the Incident Manager.
"""

_LINE = re.compile(r"[^\n]*\n?")
_FENCE = re.compile(r" {0,3}(`{3,}|~{3,})(.*)")


def roster_block(target: str, *, number: int, url: str | None, roster: Roster) -> str:
    """The block for a tracker: a table, or a list in Jira.

    Nothing in it tells when it was written, so that it changes only with the roles.
    """
    label = incident_label(number)
    rows = [
        (
            _cell(target, role_label(row.title, row.stream)),
            _cell(target, ", ".join(each.label for each in row.people)) or _NOBODY,
        )
        for row in roster
        if row.people or row.required
    ]
    begin, end = _marks(target)
    if target == "jira":
        head = f"Roles of {label}{f' ({url})' if url else ''}"
        return "\n".join([begin, head, *(f"- {role}: {people}" for role, people in rows), end])
    head = f"**Roles of [{label}]({url})**" if url else f"**Roles of {label}**"
    table = ["| Role | Who |", "|---|---|", *(f"| {role} | {people} |" for role, people in rows)]
    return "\n".join([begin, head, "", *table, "", end])


def block_of(target: str, description: str) -> str | None:
    """The first whole block of a description, with plain line ends; None where there is none."""
    span = _span(target, description)
    return None if span is None else description[slice(*span)].replace("\r\n", "\n")


def with_block(target: str, description: str, block: str) -> str:
    """The description with the block in place of the one that it has, else in front of all else.

    In front, no code fence that somebody left open can swallow it. A block with the same words is
    left as it is.
    """
    span = _span(target, description)
    if span is None:
        return f"{block}\n\n{description}" if description else block
    if block_of(target, description) == block:
        return description
    start, end = span
    return f"{description[:start]}{block}{description[end:]}"


def without_block(target: str, description: str) -> str:
    """The description without the block, and without the line that set it apart."""
    span = _span(target, description)
    if span is None:
        return description
    start, end = span
    after = description[end:]
    return description[:start] + re.sub(r"\A(?:\r?\n){1,2}", "", after)


def created_mark(incident: IncidentId) -> str:
    """The words in a description by which an issue that we created is found again."""
    return f"dd-incident-roles/incident-{incident}"


def _marks(target: str) -> tuple[str, str]:
    if target == "jira":
        return f"--- {_BEGIN} ---", f"--- {_END} ---"
    return f"<!-- {_BEGIN} -->", f"<!-- {_END} -->"


def _span(target: str, description: str) -> tuple[int, int] | None:
    """Where the first block is that has both marks, with nothing but its own between them."""
    begin, end = _marks(target)
    start: int | None = None
    for at, line in _lines_outside_fences(description):
        if line == begin:
            start = at
        elif line == end and start is not None:
            return start, at + len(line)
    return None


def _lines_outside_fences(text: str) -> Iterator[tuple[int, str]]:
    """Each line that no code fence encloses, without its end, and where it begins."""
    fence = ""
    for match in _LINE.finditer(text):
        line = match[0].rstrip("\r\n")
        found = _FENCE.fullmatch(line)
        if fence:
            if found and found[1].startswith(fence) and not found[2].strip():
                fence = ""
        elif found and not (found[1][0] == "`" and "`" in found[2]):
            fence = found[1]
        else:
            yield match.start(), line


def _cell(target: str, text: str) -> str:
    plain = outgoing(target, shorten(" ".join(text.split()), _LONGEST_CELL), longest=1_000)
    return plain if target == "jira" else plain.replace("\\", "\\\\").replace("|", "\\|")


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
