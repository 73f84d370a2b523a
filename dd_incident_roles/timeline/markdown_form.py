"""The timeline as Markdown: a heading for each day, a line for each entry."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from datetime import datetime, tzinfo
from itertools import groupby

from dd_incident_roles.model import NOTE, Entry
from dd_incident_roles.timeline.entry_text import on_one_line, visible_text

STAR = "\u2605"
"""What stands before an important entry."""

INDENT = "  "
"""What the further lines of an entry begin with."""

_BREAK = "\u200b"
_MENTION = re.compile(r"@(?=(?:channel|here|everyone|all)\b)", re.IGNORECASE)
_BROKEN_MENTION = re.compile(rf"@{_BREAK}")
_ACTING = re.compile(
    r"\\"
    r"|<"  # raw HTML, and the mentions of a chat
    r"|_(?=[(\[])"  # our own marks of authors and kinds
    r"|!(?=\[)"  # an image, which is loaded from wherever it says
    r"|(?<=#)#(?=\[)|(?<!\S)::"  # commands in the log of a CI job
    rf"|(?<![^\n]){STAR}"
    r"|(?:(?<=\n)|(?<=\n )|(?<=\n  )|(?<=\n   ))/"  # quick actions of an issue
)
_ESCAPED = re.compile(rf"\\([\\<_!#:{STAR}/])")


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
    text = visible_text(entry.text)
    if not text:
        return
    first, *further = escaped(text).split("\n")
    mark = f"{STAR} " if entry.important else ""
    kind = f"_[{on_one_line(entry.kind)}]_ " if entry.kind != NOTE else ""
    author = on_one_line(entry.author or "")
    who = f" _({escaped(author)})_" if author else ""
    yield f"- {_clock(entry.at.astimezone(zone))} {mark}{kind}{first}{who}"
    for line in further:
        yield f"{INDENT}{line}".rstrip()


def _clock(at: datetime) -> str:
    """The time of day; where clocks are put back, an hour comes twice, and the offset tells."""
    twice = at.replace(fold=0).utcoffset() != at.replace(fold=1).utcoffset()
    return at.time().replace(microsecond=0).isoformat() + (f"{at:%z}" if twice else "")


def escaped(text: str) -> str:
    """Take what would act out of a text: raw HTML, images, commands, and calls to everybody."""
    return _MENTION.sub(f"@{_BREAK}", _ACTING.sub(r"\\\g<0>", text))


def unescaped(text: str) -> str:
    """Put back what was taken out."""
    return _ESCAPED.sub(r"\1", _BROKEN_MENTION.sub("@", text))
