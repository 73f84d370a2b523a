"""What reports for people are made of, and the terminal or whatever takes its place."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from datetime import datetime
from enum import Enum, auto
from functools import wraps
from types import MappingProxyType
from typing import Final, ParamSpec, TextIO

from rich import box
from rich.cells import cell_len
from rich.console import Console, ConsoleOptions, Group, RenderableType, RenderResult
from rich.padding import Padding
from rich.segment import Segment, Segments
from rich.style import StyleType
from rich.table import Table
from rich.text import Text

from dd_incident_roles.model import Incident
from dd_incident_roles.roles.catalogue import Level
from dd_incident_roles.values import frozen
from dd_incident_roles.words import PROGRAM, clean, incident_label, short_duration

Asked = ParamSpec("Asked")

ALARM: Final = "bold red"
"""Somebody has to act: a required role is empty, something is wrong or could not be done."""

CAUTION: Final = "yellow"
"""Somebody has to know."""

LEVEL_STYLES: Final[Mapping[Level, str]] = MappingProxyType(
    {Level.ERROR: ALARM, Level.WARNING: CAUTION, Level.NOTE: "cyan"}
)

_NARROW: Final = 60
"""In fewer columns than this there are no tables."""

_WORD = r"\S+\s*"
_WORD_AMONG_WIDE = r"(?:[\u3000-\uffdc]|[^\s\u3000-\uffdc]+)\s*"

_WIDTH_OF_A_PIPE = 200
_USUAL = 80
_GAP = 2


def open_console(stream: TextIO, *, no_color: bool = False) -> Console:
    """A console that writes to a stream, in colour only where a terminal wants it.

    Markup and emoji codes are never read in what it prints. A pipe or file gets lines wide enough
    that a table is not cut.
    """
    is_terminal = stream.isatty()
    return Console(
        file=stream,
        # Rich takes a pipe for 80 columns, in which it would cut names and addresses.
        width=None if is_terminal else _WIDTH_OF_A_PIPE,
        color_system="auto" if is_terminal and not no_color else None,
        # None leaves it to NO_COLOR, which False would overrule.
        no_color=no_color or None,
        soft_wrap=not is_terminal,
        # What is printed comes from outside, where brackets and colons are only text.
        markup=False,
        emoji=False,
        highlight=False,
    )


def show(console: Console, shown: RenderableType) -> None:
    """Print a report; in a pipe a sentence is one line, however long, so that it can be found."""
    parts = shown.renderables if isinstance(shown, Group) else [shown]
    for part in parts:
        if isinstance(part, Text | Lines) and console.soft_wrap and console.color_system is None:
            # In a pipe it stays as it is: rich would lay out each line of a long report.
            console.print(Segments([Segment(f"{part.plain}\n")]), soft_wrap=True)
        elif isinstance(part, Lines):
            show(console, part.__rich__())
        elif isinstance(part, Text):
            fitting = part if console.soft_wrap else _fitted(part, console)
            console.print(fitting, soft_wrap=True)
        else:
            # A table needs the width that a soft wrap would take from it.
            console.print(part, soft_wrap=False)


def _fitted(text: Text, console: Console) -> Text:
    """The same in lines that fit; no word and no command is broken, so that both can be copied."""
    lines: list[Text] = []
    for line in text.split("\n", allow_blank=True):
        if cell_len(line.plain) <= console.width:
            lines.append(line)
            continue
        indent = len(line) - len(line.plain.lstrip())
        below = " " * (indent + 2)
        place = line.plain.find(f"{PROGRAM} ")
        sentence, typed = line.divide([place]) if place > indent else (line, Text())
        if place == indent:
            sentence, typed = Text(), line
        wrapped = _by_words(sentence[indent:], console.width - len(below))
        for number, piece in enumerate(wrapped):
            piece.rstrip()
            lines.append(Text.assemble(below if number else " " * indent, piece))
        if typed and wrapped and len(lines[-1]) + 1 + cell_len(typed.plain) <= console.width:
            lines[-1].append(" ").append_text(typed)
        elif typed:
            lines.append(Text.assemble(below, typed) if wrapped else typed)
    return Text("\n").join(lines)


def as_group(parts: Callable[Asked, Iterator[RenderableType]]) -> Callable[Asked, Group]:
    """Make one report of what a function yields."""

    # As rich.console.group does it, which forgets what the function takes.
    @wraps(parts)
    def grouped(*args: Asked.args, **named: Asked.kwargs) -> Group:
        return Group(*parts(*args, **named))

    return grouped


Line = tuple[tuple[str, StyleType], ...]
"""A line as texts that are cleaned, each with its style."""


@frozen
class Lines:
    """A report of many lines, each of which stays one; a pipe gets it without rich's layout."""

    lines: Sequence[Line]

    @property
    def plain(self) -> str:
        """The report without styles."""
        return "\n".join(["".join([text for text, _ in line]) for line in self.lines])

    def __rich__(self) -> Text:
        """The report with styles."""
        return join_lines(Text.assemble(*line) for line in self.lines)


def join_lines(lines: Iterable[Text]) -> Text:
    """Lines as one text; each stays one line, however long, so that it can be searched for."""
    return Text("\n", no_wrap=True, overflow="ignore").join(lines)


def incident_line(incident: Incident, *facts: str) -> Text:
    """The line above what is shown of an incident: which one, how grave, in which state."""
    title = as_text(f"{incident_label(incident.public_id)} {incident.title}", "bold")
    state = " · ".join([incident.severity, incident.state, *facts])
    return Text.assemble(title, "  ", as_text(state))


def incident_facts(incident: Incident, now: datetime) -> Iterator[str]:
    """How long an incident is or was open, and whether it is private or a test."""
    # Datadog does not always say when an incident was resolved; its last change is near.
    ended = now if incident.is_open else incident.resolved or incident.modified
    length = short_duration(ended - incident.declared)
    yield f"{'open' if incident.is_open else 'was open'} for {length}"
    marks = {"private": incident.private, "test": incident.is_test}
    yield from (mark for mark, is_so in marks.items() if is_so)


def line_below(text: str, style: StyleType = "") -> Text:
    """A line that belongs to the one above it."""
    return Text.assemble("  ", as_text(text, style))


def label_lines(facts: Iterable[tuple[str, str]]) -> Iterator[Text]:
    """The lines of a card: what each is about, then in a column what there is to say."""
    facts = tuple(facts)
    width = max(len(label) for label, _ in facts) + len(": ")
    for label, value in facts:
        yield Text.assemble((f"{label + ':':<{width}}", "dim"), as_text(value))


def _words(text: str) -> Iterator[re.Match[str]]:
    """What is not broken; Chinese and Japanese know no blanks, and break anywhere."""
    # The expression for those takes 10 ms to compile, and few texts need it.
    is_wide = max(text, default="") >= "\u3000"
    return re.finditer(_WORD_AMONG_WIDE if is_wide else _WORD, text)


def _by_words(text: Text, width: int) -> list[Text]:
    """A text in lines of at most some width, but for a word that is longer."""
    breaks, used = [], 0
    for word in _words(text.plain):
        if used and used + cell_len(word[0].rstrip()) > width:
            breaks.append(word.start())
            used = 0
        used += cell_len(word[0])
    return list(text.divide(breaks)) if text else []


class Fit(Enum):
    """What becomes of a column where there is little room."""

    WHOLE = auto()
    """It is never broken, such as a time or a key."""
    NAME = auto()
    """It is broken between words before a text becomes hard to read."""
    TEXT = auto()
    """It gives way last."""


class Sheet:
    """Rows of cells, each under a heading; a column without any content is left out.

    It is a table where that fits; else, and on a narrow terminal, each row is a few lines.
    """

    def __init__(self, columns: Mapping[str, Fit]) -> None:
        self._columns = columns
        self._rows: list[tuple[Text, ...]] = []

    def add(self, *cells: Text | str) -> None:
        """Add a row; what is no rich text is cleaned."""
        row = [cell if isinstance(cell, Text) else as_text(cell) for cell in cells]
        self._rows.append(tuple(row))

    def __rich_console__(self, console: Console, options: ConsoleOptions) -> RenderResult:
        """The rows in as many columns as the terminal has."""
        places = [
            place
            for place, cells in enumerate(zip(*self._rows, strict=True))
            if any(cell.plain for cell in cells)
        ]
        columns = [list(self._columns.items())[place] for place in places]
        rows = [[row[place] for place in places] for row in self._rows]
        widths = _widths(columns, rows, options.max_width)
        yield Text("")
        if widths is None:
            for row in rows:
                yield from _listed(columns, row, options.max_width)
        else:
            made = Table(
                box=box.SIMPLE_HEAD,
                show_edge=False,
                padding=(0, 1, 0, 0),
                pad_edge=False,
                header_style="dim",
            )
            for (heading, _), width in zip(columns, widths, strict=True):
                made.add_column(heading, width=width, overflow="fold")
            for row in rows:
                made.add_row(*row)
            yield made
        yield Text("")


def _widths(columns: list[tuple[str, Fit]], rows: list[list[Text]], most: int) -> list[int] | None:
    """How wide each column of a table is, None where there is no room for a table."""
    room = most - _GAP * (len(columns) - 1)
    widths, words = [], []
    for place, (heading, _) in enumerate(columns):
        cells = [heading, *(row[place].plain for row in rows)]
        widths.append(min(room, max(cell_len(line) for cell in cells for line in cell.split("\n"))))
        words.append(max(cell_len(word[0]) for cell in cells for word in _words(cell)))
    whole_words = [min(max(word, 10), 24) for word in words]
    for fit, least in (
        (Fit.TEXT, [44] * len(words)),
        (Fit.NAME, whole_words),
        (Fit.TEXT, [18] * len(words)),
        # With a little less room, lines of their own are easier to read than broken words.
        (Fit.NAME, [10] * len(words) if most >= _USUAL else whole_words),
    ):
        while sum(widths) > room:
            able = [
                place
                for place, (_, own) in enumerate(columns)
                if own is fit and widths[place] > least[place]
            ]
            if not able:
                break
            widths[max(able, key=widths.__getitem__)] -= 1
    return widths if most >= _NARROW and sum(widths) <= room else None


def _listed(
    columns: list[tuple[str, Fit]], row: list[Text], width: int
) -> Iterator[RenderableType]:
    """A row as a few lines: the first two cells, then texts, then what else there is to know."""
    name, beside = Text.assemble(row[0], style="bold"), row[1:2]
    head = Text("  ").join(filter(None, [name, *beside]))
    if name and cell_len(head.plain) <= width and "\n" not in head.plain:
        yield head
    else:
        yield from [name] if name else []
        yield from map(_indented, filter(None, beside))
    further = [(*columns[place], cell) for place, cell in enumerate(row) if place > 1 and cell]
    yield from (_indented(cell) for _, fit, cell in further if fit is Fit.TEXT)
    facts = [
        Text.assemble((f"{heading}: ", "dim"), cell)
        for heading, fit, cell in further
        if fit is not Fit.TEXT
    ]
    yield from map(_indented, _filled(facts, width - _GAP))


def _filled(facts: list[Text], width: int) -> Iterator[Text]:
    """As many facts on each line as there is room for."""
    line = Text()
    for fact in facts:
        if line and cell_len(line.plain) + len("; ") + cell_len(fact.plain) > width:
            yield line
            line = Text()
        line = Text("; ").join([line, fact]) if line else fact
    if line:
        yield line


def _indented(text: Text) -> Padding:
    return Padding(text, (0, 0, 0, _GAP), expand=False)


def name_of(incident: int | str | None) -> str:
    """An incident by its public id, or by what it was called."""
    if isinstance(incident, int):
        return incident_label(incident)
    # A list that could not be read is about no single incident.
    return "all" if incident is None else incident


Call = Callable[[str | None, str | None], str]
"""Says how to call somebody, by what is known of name and e-mail."""


def calling(people: Iterable[tuple[str | None, str | None]]) -> Call:
    """How to call people of whom a name and an e-mail may be known: by name.

    Where two of them have the same name, with the e-mail.
    """
    known: dict[str, set[str]] = {}
    for name, email in people:
        # A name alone, as Datadog's timeline has it, is nobody else.
        if name and email:
            known.setdefault(name.casefold(), set()).add(email)

    def call(name: str | None, email: str | None) -> str:
        alike = known.get((name or "").casefold(), set()) - {email}
        return f"{name} <{email}>" if email and alike else name or email or "(unknown)"

    return call


def as_text(text: str, style: StyleType = "") -> Text:
    """A cleaned text that rich shows as it is, without reading markup or emoji codes in it."""
    return Text(clean(text), style=style)
