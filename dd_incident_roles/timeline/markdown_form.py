"""The timeline as Markdown: a heading for each day, a line for each entry."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from datetime import tzinfo
from itertools import groupby

from dd_incident_roles.model import Entry
from dd_incident_roles.timeline.entry_text import on_one_line, without_controls

STAR = "\u2605"
"""What stands before an important entry."""

INDENT = "  "
"""What the further lines of an entry begin with."""

_BREAK = "\u200b"
_MENTION = re.compile(r"@(?=(?:channel|here|everyone|all)\b)", re.IGNORECASE)
_BROKEN_MENTION = re.compile(rf"@{_BREAK}")
_ESCAPED = re.compile(r"\\([\\<])")


def timeline_markdown(
    entries: Sequence[Entry], *, name: str, title: str | None, zone: tzinfo
) -> str:
    """Write entries, which are in order, so that reading them gives the same entries again."""
    return "\n".join(_lines(entries, name, title, zone)) + "\n"


def _lines(entries: Sequence[Entry], name: str, title: str | None, zone: tzinfo) -> Iterator[str]:
    about = f": {escaped(on_one_line(title))}" if title else ""
    yield f"# Timeline of {on_one_line(name)}{about}"
    yield ""
    yield f"Times are in {zone}."
    for day, of_day in groupby(entries, key=lambda entry: entry.at.astimezone(zone).date()):
        yield ""
        yield f"## {day.isoformat()}"
        yield ""
        for entry in of_day:
            yield from _entry(entry, zone)


def _entry(entry: Entry, zone: tzinfo) -> Iterator[str]:
    first, *further = escaped(without_controls(entry.text)).split("\n")
    mark = f"{STAR} " if entry.important else ""
    who = f" _({escaped(on_one_line(entry.author))})_" if entry.author else ""
    yield f"- {entry.at.astimezone(zone):%H:%M:%S} {mark}{first}{who}"
    for line in further:
        yield f"{INDENT}{line}".rstrip()


def escaped(text: str) -> str:
    """Take what would act out of a text: raw HTML, and mentions that would call everybody."""
    plain = text.replace("\\", "\\\\").replace("<", "\\<")
    return _MENTION.sub(f"@{_BREAK}", plain)


def unescaped(text: str) -> str:
    """Put back what was taken out."""
    return _ESCAPED.sub(r"\1", _BROKEN_MENTION.sub("@", text))
