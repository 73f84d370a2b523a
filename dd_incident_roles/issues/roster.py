"""The part of an issue's description that is ours: who holds which role, between two marks.

On GitHub and GitLab the marks are HTML comments, which only people who edit see; Jira would show
them, so that they are plain lines there. What surrounds the block is people's, byte for byte.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final

from dd_incident_roles.issues.outgoing import outgoing
from dd_incident_roles.model import IncidentId
from dd_incident_roles.sync.place import Roster
from dd_incident_roles.words import incident_label, role_label, shorten

_BEGIN: Final = "dd-incident-roles keeps these roles up to date; edits between the marks are lost"
_END: Final = "end of the roles by dd-incident-roles"
_NOBODY: Final = "\N{EN DASH}"
_LONGEST_CELL: Final = 200

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
