"""A timeline as Markdown: written with a heading for each day, and read as people write it."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime, time, tzinfo
from itertools import groupby

from dd_incident_roles.errors import ConfigurationError
from dd_incident_roles.model import NOTE, Entry
from dd_incident_roles.timeline import stamps
from dd_incident_roles.timeline.change_entry import on_one_line, unix_lines, visible_text
from dd_incident_roles.timeline.importing import FileEntry, FileTimeline, refuse_all
from dd_incident_roles.values import frozen

STAR = "\u2605"
"""The mark before an important entry."""

INDENT = "  "
"""What the further lines of an entry begin with."""

# A zero-width space behind the @: no chat and no forge takes that for a mention.
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
_MARK = re.compile(r"(?:>\s*)?(?:[-*+\u2022]\s+|\d{1,3}[.)]\s+)?")
_HEADING = re.compile(r"#+\s*(?P<title>.*)|(?:\*\*|__)(?P<bold>[^*_]+)(?:\*\*|__):?")
_ZONE = re.compile(
    r"[\[(*_]*(?:all )?times (?:are |shown |given )*(?:in )?(?P<zone>[^.]+?)\.?[\])*_]*\.?",
    re.IGNORECASE,
)
_DECORATION = re.compile(r"[-=*_]{3,}|[|\s:-]*-[|\s:-]*|(?:```|~~~)\w*")
_OURS = re.compile(r"Timeline of (?P<name>IR-\d+|[0-9a-f-]{36})\b")
_EXPORTED = re.compile(r"- (?P<clock>\d{2}:\d{2}:\d{2})(?P<zone>[+-]\d{4})? (?P<text>\S.*)")
_KIND = re.compile(r"_\[(?P<kind>[^\]\n]+)\]_ ")
_AUTHOR = re.compile(r"\s+_\((?P<author>[^\n]+)\)_$")
_TIME_COLUMN = re.compile(r"(?:date ?(?:/|and|&) ?)?time(?:stamp)?|when|at|utc", re.IGNORECASE)
_DATE_COLUMN = re.compile(r"date|day", re.IGNORECASE)
_AUTHOR_COLUMN = re.compile(r"author|who|by|actor|owner|person", re.IGNORECASE)
_HINT = (
    'An entry is one line such as "14:03 text", below a line with the date; '
    "cut everything else out of the file."
)


def timeline_markdown(
    entries: Sequence[Entry], *, name: str, title: str | None, zone: tzinfo
) -> str:
    """Write entries, which are in order, so that reading them gives the same entries again."""
    about = f": {escaped(on_one_line(title))}" if title else ""
    lines = [f"# Timeline of {on_one_line(name)}{about}", "", f"Times are in {zone}."]
    for day, of_day in groupby(entries, key=lambda entry: entry.at.astimezone(zone).date()):
        lines += ["", f"## {day.isoformat()}", ""]
        lines += [line for entry in of_day for line in _entry(entry, zone)]
    return "\n".join(lines) + "\n"


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
    """The time of day; where clocks are put back, an hour comes twice, and the offset differs."""
    twice = at.replace(fold=0).utcoffset() != at.replace(fold=1).utcoffset()
    return at.time().replace(microsecond=0).isoformat() + (f"{at:%z}" if twice else "")


def escaped(text: str) -> str:
    """Take what would act out of a text: raw HTML, images, commands, and calls to everybody."""
    return _MENTION.sub(f"@{_BREAK}", _ACTING.sub(r"\\\g<0>", text))


def unescaped(text: str) -> str:
    """Put back what was taken out."""
    return _ESCAPED.sub(r"\1", _BROKEN_MENTION.sub("@", text))


def read_markdown(text: str, *, file: str, zone: tzinfo | None) -> FileTimeline:
    """Read the entries; times that name no zone are in ``zone``, else in the file's own or in UTC.

    Raises ConfigurationError that names the file and every line that cannot be read.
    """
    reading = _Reading(file, zone)
    entries = tuple(replace(each, text=each.text.strip()) for each in reading.entries(text))
    refuse_all(reading.problems, file=file, hint=_HINT)
    return FileTimeline(entries=entries, incident=reading.incident)


@frozen
class _Columns:
    """Which columns of a table say when, who and what."""

    time: int
    day: int | None
    author: int | None
    what: tuple[int, ...]


@dataclass(slots=True)
class _Reading:
    """A file on its way, with what its lines above say about those below.

    ``latest`` is the newest moment of the present list, before which no time below it can be unless
    it names its day; ``is_prose`` says that the entry begun last is a heading with text below it.
    """

    file: str
    zone: tzinfo | None
    of_file: tzinfo = UTC
    day: date | None = None
    no_day: str = "nothing above says on which day"
    latest: datetime | None = None
    columns: _Columns | None = None
    incident: str | None = None
    is_prose: bool = False
    problems: list[ConfigurationError] = field(default_factory=list)

    def entries(self, text: str) -> Iterator[FileEntry]:
        """The entries that can be read; what cannot is among the problems."""
        entry: FileEntry | None = None
        indent, blanks = 0, 0
        for number, line in enumerate(unix_lines(text).split("\n"), start=1):
            if not line.strip():
                blanks += 1
                continue
            depth = _depth(line)
            # Whatever is indented below an entry belongs to it, even if it looks like a new one.
            if entry and (depth >= indent + 2 or self._goes_on(line)):
                kept = line if depth < indent + 2 else _outdented(line, indent + 2)
                entry = replace(entry, text=entry.text + "\n" * (blanks + 1) + unescaped(kept))
                blanks = 0
                continue
            blanks = 0
            if entry:
                yield entry
            entry, indent, self.is_prose = None, depth, False
            try:
                entry = self._line(line.strip(), number)
            except ValueError as error:
                self._refuse(str(error), number)
        if entry:
            yield entry

    def _refuse(self, problem: str, line: int) -> None:
        self.problems.append(ConfigurationError(problem, file=self.file, line=line, hint=_HINT))

    def _goes_on(self, line: str) -> bool:
        """Whether a line is the text below a heading that says when it happened."""
        said = line.strip()
        if not self.is_prose or _HEADING.fullmatch(said) or _DECORATION.fullmatch(said):
            return False
        return _stamp_or_none(_MARK.sub("", said, count=1)) is None

    def _line(self, said: str, number: int) -> FileEntry | None:
        """What one line begins, if it is an entry; else what it says about those below."""
        if _DECORATION.fullmatch(said):
            return None
        if heading := _HEADING.fullmatch(said):
            return self._heading((heading["title"] or heading["bold"] or "").strip(), number)
        if self.incident and (own := _EXPORTED.fullmatch(said)):
            # In an export of ours the text is all that follows the time, "UTC" and ":" too.
            clock = time.fromisoformat(own["clock"])
            return self._entry(stamps.Stamp(clock=clock, zone=own["zone"]), own["text"], number)
        bare = _MARK.sub("", said, count=1)
        if "|" in bare:
            # Below a head of columns each line with a bar is a row of them.
            if self.columns:
                return self._row(bare, self.columns, number)
            if self._begins_table(bare):
                return None
        self.columns = None
        if begun := stamps.read_stamp(bare):
            return self._entry(*begun, number)
        if named := _ZONE.fullmatch(said):
            self._in_zone(named["zone"])
        elif dates := stamps.dates_in(bare):
            self._day_line(bare, dates)
        else:
            raise ValueError("is not an entry")
        return None

    def _heading(self, title: str, number: int) -> FileEntry | None:
        """A heading can name the day, the zone, the incident, or the moment of the text below."""
        self.columns = self.latest = None
        if ours := _OURS.match(title):
            self.incident = ours["name"]
            return None
        if begun := stamps.read_stamp(title):
            self.is_prose = True
            return self._entry(*begun, number, is_heading=True)
        self._zone_of(title)
        dates = stamps.dates_in(title)
        if len(dates) == 1:
            self._on(dates[0])
        elif dates:
            # Nobody knows about which of them the times below it are.
            self.day, self.no_day = None, "the heading above names several days"
        return None

    def _day_line(self, said: str, dates: Sequence[str]) -> None:
        """A line that is a date and nothing more, but for the zone."""
        rest = said.strip(" *_:[]()").replace(dates[0], "", 1).strip(" *_:,()[]")
        weekday = re.fullmatch(r"[A-Z][a-z]{2,8}", rest)
        if len(dates) > 1 or (rest and not weekday and stamps.zone_in(rest) != rest):
            raise ValueError("is not an entry")
        self.latest = None
        self._zone_of(rest)
        self._on(dates[0])

    def _on(self, written: str) -> None:
        try:
            self.day = stamps.read_date(written)
        except ValueError as error:
            self.day, self.no_day = None, "the date above is not understood"
            raise ValueError(str(error)) from None

    def _zone_of(self, said: str) -> None:
        """A zone in a heading or a column is the zone of what is below it."""
        if named := stamps.zone_in(said):
            self._in_zone(named)

    def _in_zone(self, name: str) -> None:
        known = stamps.zone_in(name) or name.strip()
        # Midnight of any day: only an abbreviation of several zones depends on it.
        moment = datetime.combine(self.day or date(2000, 1, 1), datetime.min.time())
        self.of_file = stamps.find_zone(known, self.zone or UTC, moment)

    def _entry(
        self, stamp: stamps.Stamp, text: str, number: int, *, is_heading: bool = False
    ) -> FileEntry:
        zone = self.zone or self.of_file
        day = stamp.day or self.day
        if day is None:
            raise ValueError(f"says {stamp.clock:%H:%M}, and {self.no_day}")
        at, end = stamp.at(day, zone), stamp.ended(day, zone)
        if not text and not is_heading:
            raise ValueError("has a time and no text")
        before, self.latest = self.latest, at
        # A line that names its day may go back in time, and the lines below are of that day.
        if stamp.day:
            self.day = stamp.day
        elif before and at < before:
            raise ValueError(
                f"says {stamp.clock:%H:%M} below {before.astimezone(zone):%H:%M}: "
                "put the lines in order, or a line with the date between them"
            )
        until = f"(until {end:%H:%M} UTC) " if end else ""
        return _begun(at, text, f"{self.file}:{number}", before=until)

    def _begins_table(self, said: str) -> bool:
        """Whether a line names the columns of a table, one of which says when."""
        if _stamp_or_none(said):
            return False
        # Without its zone and its emphasis: "**Time** (UTC)" is Time.
        names = [re.sub(r"\s*[(\[].*", "", cell.strip(" *_")).strip(" *_") for cell in _cells(said)]
        times = [at for at, name in enumerate(names) if _TIME_COLUMN.fullmatch(name)]
        days = [at for at, name in enumerate(names) if _DATE_COLUMN.fullmatch(name)]
        authors = [at for at, name in enumerate(names) if _AUTHOR_COLUMN.fullmatch(name)]
        if not times and not days:
            return False
        used = {*times[:1], *days[:1], *authors[:1]}
        self.latest = None
        self._zone_of(_cells(said)[(times or days)[0]])
        # A column of dates without one of times has the times of day in it as well.
        self.columns = _Columns(
            time=(times or days)[0],
            day=days[0] if times and days else None,
            author=authors[0] if authors else None,
            what=tuple(at for at in range(len(names)) if at not in used),
        )
        return True

    def _row(self, said: str, columns: _Columns, number: int) -> FileEntry | None:
        cells = dict(enumerate(_cells(said)))
        when = cells.get(columns.time, "")
        text = " \u2014 ".join(cells[at] for at in columns.what if cells.get(at))
        if columns.day is not None and cells.get(columns.day):
            when = f"{cells[columns.day]} {when}".strip()
        # A row with a date and nothing else is a heading for those below it.
        if not text and stamps.dates_in(when) == [when]:
            self.latest = None
            self._on(when)
            return None
        begun = stamps.read_stamp(when)
        # More than a time in the column of times would be lost, or was meant otherwise.
        if begun is None or begun[1]:
            raise ValueError(f"has no time in its column ({when!r})")
        entry = self._entry(begun[0], text, number)
        signed = cells.get(columns.author) if columns.author is not None else None
        return replace(entry, author=signed) if signed else entry


def _stamp_or_none(text: str) -> tuple[stamps.Stamp, str] | None:
    """The moment with which a text begins, None where it is not one."""
    try:
        return stamps.read_stamp(text)
    except ValueError:
        return None


def _cells(said: str) -> list[str]:
    inner = said.strip().removeprefix("|")
    inner = inner[:-1] if inner.endswith("|") and not inner.endswith("\\|") else inner
    return [cell.replace("\\|", "|").strip() for cell in re.split(r"(?<!\\)\|", inner)]


def _depth(line: str) -> int:
    """How far a line is indented; a tab counts as two."""
    return sum(2 if each == "\t" else 1 for each in line[: len(line) - len(line.lstrip())])


def _outdented(line: str, by: int) -> str:
    """A line without so much of its indentation; what follows keeps its tabs."""
    while by > 0:
        line, by = line[1:], by - (2 if line[0] == "\t" else 1)
    return line


def _begun(at: datetime, text: str, place: str, *, before: str = "") -> FileEntry:
    important = text.startswith(STAR)
    said = text.removeprefix(STAR).lstrip()
    system = _KIND.match(said)
    said = said[system.end() :] if system else said
    named = _AUTHOR.search(said)
    return FileEntry(
        at=at,
        text=before + unescaped(said[: named.start()] if named else said),
        author=unescaped(named["author"]) if named else None,
        important=important,
        kind=system["kind"] if system else NOTE,
        place=place,
    )
