"""Reading a timeline that somebody wrote as Markdown, or that we exported."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, time, tzinfo
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from dd_incident_roles.errors import ConfigurationError
from dd_incident_roles.model import NOTE
from dd_incident_roles.timeline.entry_text import unix_lines
from dd_incident_roles.timeline.file_entry import FileEntry
from dd_incident_roles.timeline.markdown_form import STAR, unescaped

_DATE = re.compile(r"(?<![\w-])\d{4}-\d{2}-\d{2}(?![\w-])")
_DAY = re.compile(r"(?:\w+,?\s+)?\d{4}-\d{2}-\d{2}(?:\s+\(?\w+\)?)?:?")
_HEADING = re.compile(r"#+\s.*|#+")
_ZONE = re.compile(r"Times are in (?P<zone>\S+)\.")
_OFFSET = r"(?:Z|[+-]\d{2}:?\d{2})?"
_ENTRY = re.compile(
    r"(?:[-*+]\s+)?"
    rf"(?P<time>\d{{4}}-\d{{2}}-\d{{2}}[T ]\d{{2}}:\d{{2}}(?::\d{{2}}(?:\.\d+)?)?\s?{_OFFSET}"
    rf"|\d{{1,2}}:\d{{2}}(?::\d{{2}})?{_OFFSET})"
    r"\s+(?P<text>\S.*)"
)
_KIND = re.compile(r"_\[(?P<kind>[^\]\n]+)\]_ ")
_AUTHOR = re.compile(r"\s+_\((?P<author>[^\n]+)\)_$")
_CONTINUED = re.compile(r"(?: {2}|\t)(?P<text>.*)")
_HINT = 'An entry is one line such as "14:03 text", below a line with the date.'


def read_markdown(text: str, *, file: str, zone: tzinfo | None) -> tuple[FileEntry, ...]:
    """Read the entries; times that name no zone are in ``zone``, else in the file's own or in UTC.

    Raises ConfigurationError that names the file and the line of what cannot be read.
    """
    return tuple(_finished(entry) for entry in _Reading(file, zone).entries(unix_lines(text)))


@dataclass(slots=True)
class _Reading:
    """A file on its way, with what its lines above say about those below."""

    file: str
    zone: tzinfo | None
    of_file: tzinfo = UTC
    day: date | None = None

    def entries(self, text: str) -> Iterator[FileEntry]:
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
            entry = self._line(line.strip(), number)
        if entry:
            yield entry

    def _line(self, said: str, number: int) -> FileEntry | None:
        """What one line begins, if it is an entry; else what it says about those below."""
        if begun := _ENTRY.fullmatch(said):
            at = self._moment(begun["time"], number)
            return _begun(at, begun["text"], f"{self.file}:{number}")
        if named := _ZONE.fullmatch(said):
            self.of_file = self.zone or self._zone(named["zone"], number)
        elif _DAY.fullmatch(said.lstrip("#").lstrip()):
            self.day = self._day(_DATE.findall(said)[0], number)
        elif _HEADING.fullmatch(said):
            self._under(_DATE.findall(said))
        else:
            raise ConfigurationError("is no entry", file=self.file, line=number, hint=_HINT)
        return None

    def _under(self, dates: list[str]) -> None:
        """A heading that names a day is about it; of several, nobody knows about which."""
        try:
            days = [date.fromisoformat(each) for each in dates]
        except ValueError:
            days = []
        if dates:
            self.day = days[0] if len(days) == 1 else None

    def _moment(self, when: str, line: int) -> datetime:
        zone = self.zone or self.of_file
        try:
            if _DATE.match(when[:10]):
                at = datetime.fromisoformat(re.sub(r"\s(?=Z|[+-])", "", when))
                return at if at.tzinfo else at.replace(tzinfo=zone)
            clock = time.fromisoformat(when if when[1] != ":" else f"0{when}")
        except ValueError:
            raise self._wrong(f"{when!r} is no time", line) from None
        if self.day is None:
            raise self._wrong(f"says {when} and nothing above says on which day", line)
        return datetime.combine(self.day, clock, tzinfo=clock.tzinfo or zone)

    def _day(self, text: str, line: int) -> date:
        try:
            return date.fromisoformat(text)
        except ValueError:
            raise self._wrong(f"{text!r} is no date", line) from None

    def _zone(self, name: str, line: int) -> tzinfo:
        try:
            return ZoneInfo(name)
        except (ZoneInfoNotFoundError, ValueError, OSError):
            raise self._wrong(f"{name!r} is no time zone that is known here", line) from None

    def _wrong(self, problem: str, line: int) -> ConfigurationError:
        return ConfigurationError(problem, file=self.file, line=line, hint=_HINT)


def _begun(at: datetime, text: str, place: str) -> FileEntry:
    important = text.startswith(STAR)
    said = text.removeprefix(STAR).lstrip()
    system = _KIND.match(said)
    said = said[system.end() :] if system else said
    named = _AUTHOR.search(said)
    return FileEntry(
        at=at,
        text=unescaped(said[: named.start()] if named else said),
        author=unescaped(named["author"]) if named else None,
        important=important,
        kind=system["kind"] if system else NOTE,
        place=place,
    )


def _finished(entry: FileEntry) -> FileEntry:
    return replace(entry, text=entry.text.strip())
