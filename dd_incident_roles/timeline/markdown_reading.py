"""Reading a timeline that somebody wrote as Markdown, or that we exported."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace
from datetime import date, datetime, time, tzinfo

from dd_incident_roles.errors import ConfigurationError
from dd_incident_roles.timeline.entry_text import unix_lines
from dd_incident_roles.timeline.file_entry import FileEntry
from dd_incident_roles.timeline.markdown_form import STAR, unescaped

_DAY = re.compile(r"(?:#+\s*)?(?P<day>\d{4}-\d{2}-\d{2})\s*")
_HEADING = re.compile(r"#+\s.*|#+|Times are in .*\.")
_ENTRY = re.compile(
    r"(?:[-*+]\s+)?"
    r"(?P<time>\d{4}-\d{2}-\d{2}[T ]\d{1,2}:\d{2}(?::\d{2}(?:\.\d+)?)?\s?(?:Z|[+-]\d{2}:?\d{2})?"
    r"|\d{1,2}:\d{2}(?::\d{2})?)"
    r"\s+(?P<text>\S.*)"
)
_AUTHOR = re.compile(r"\s+_\((?P<author>[^\n]+)\)_$")
_CONTINUED = re.compile(r"(?: {2}|\t)(?P<text>.*)")
_HINT = 'An entry is one line such as "14:03 text", below a line with the date.'


def read_markdown(text: str, *, file: str, zone: tzinfo) -> tuple[FileEntry, ...]:
    """Read the entries; times that name no zone are in ``zone``.

    Raises ConfigurationError that names the file and the line of what cannot be read.
    """
    return tuple(_finished(entry) for entry in _entries(unix_lines(text), file, zone))


def _entries(text: str, file: str, zone: tzinfo) -> Iterator[FileEntry]:
    day: date | None = None
    entry: FileEntry | None = None
    blanks = 0
    for number, line in enumerate(text.split("\n"), start=1):
        if not line.strip():
            blanks += 1
            continue
        continued = _CONTINUED.fullmatch(line)
        if continued and entry:
            further = "\n" * (blanks + 1) + unescaped(continued["text"])
            entry, blanks = replace(entry, text=entry.text + further), 0
            continue
        blanks = 0
        if entry:
            yield entry
            entry = None
        said = line.strip()
        if heading := _DAY.fullmatch(said):
            day = _day(heading["day"], file, number)
        elif begun := _ENTRY.fullmatch(said):
            at = _moment(begun["time"], day, zone, file, number)
            entry = _begun(at, begun["text"], number)
        elif not _HEADING.fullmatch(said):
            raise ConfigurationError("is no entry", file=file, line=number, hint=_HINT)
    if entry:
        yield entry


def _begun(at: datetime, text: str, line: int) -> FileEntry:
    important = text.startswith(STAR)
    said = text.removeprefix(STAR).lstrip()
    named = _AUTHOR.search(said)
    return FileEntry(
        at=at,
        text=unescaped(said[: named.start()] if named else said),
        author=unescaped(named["author"]) if named else None,
        important=important,
        line=line,
    )


def _moment(when: str, day: date | None, zone: tzinfo, file: str, line: int) -> datetime:
    try:
        if "-" in when:
            at = datetime.fromisoformat(when.replace(" Z", "Z").replace(" +", "+"))
            return at if at.tzinfo else at.replace(tzinfo=zone)
        clock = time.fromisoformat(when.zfill(5) if when.count(":") == 1 else when.zfill(8))
    except ValueError:
        raise ConfigurationError(f"{when!r} is no time", file=file, line=line, hint=_HINT) from None
    if day is None:
        raise ConfigurationError(
            f"says {when} and nothing above says on which day", file=file, line=line, hint=_HINT
        )
    return datetime.combine(day, clock, tzinfo=zone)


def _day(text: str, file: str, line: int) -> date:
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise ConfigurationError(f"{text!r} is no date", file=file, line=line) from None


def _finished(entry: FileEntry) -> FileEntry:
    return replace(entry, text=entry.text.strip())
