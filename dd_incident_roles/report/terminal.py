"""What reports for people are made of, and the terminal or whatever takes its place."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping
from types import MappingProxyType
from typing import Final, TextIO

from rich import box
from rich.console import Console, Group, RenderableType
from rich.style import StyleType
from rich.table import Table
from rich.text import Text

from dd_incident_roles.model import Incident
from dd_incident_roles.report.clean import as_text
from dd_incident_roles.roles.catalogue import Level
from dd_incident_roles.words import incident_label

LEVEL_STYLES: Final[Mapping[Level, str]] = MappingProxyType(
    {Level.ERROR: "bold red", Level.WARNING: "yellow", Level.NOTE: "cyan"}
)

_WIDTH_OF_A_PIPE = 200


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
        # What is printed comes from outside, where brackets and colons are only text.
        markup=False,
        emoji=False,
        highlight=False,
    )


def show(console: Console, shown: RenderableType) -> None:
    """Print a report; a sentence is never broken, so that a command in it can be pasted."""
    # A table needs the width that a soft wrap would take from it; a sentence must not be broken.
    parts = shown.renderables if isinstance(shown, Group) else [shown]
    for part in parts:
        console.print(part, soft_wrap=isinstance(part, Text))


def join_lines(lines: Iterable[Text]) -> Text:
    """Lines as one text; each stays one line, however long, so that it can be searched for."""
    return Text("\n", no_wrap=True, overflow="ignore").join(lines)


def incident_line(incident: Incident, *facts: str) -> Text:
    """The line above what is shown of an incident: which one, how grave, in which state."""
    title = as_text(f"{incident_label(incident.public_id)} {incident.title}", "bold")
    state = " · ".join([incident.severity, incident.state, *facts])
    return Text.assemble(title, "  ", as_text(state))


def line_below(text: str, style: StyleType = "") -> Text:
    """A line that belongs to the one above it."""
    return Text.assemble("  ", as_text(text, style))


def label_lines(facts: Iterable[tuple[str, str]]) -> Iterator[Text]:
    """The lines of a card: what each is about, then in a column what there is to say."""
    facts = tuple(facts)
    width = max(len(label) for label, _ in facts) + len(": ")
    for label, value in facts:
        yield Text.assemble((f"{label + ':':<{width}}", "dim"), as_text(value))


def level_line(level: Level, rule: str, text: str) -> Text:
    """The line of a finding or a problem, its level in colour."""
    return Text.assemble(as_text(f"{level.value} {rule}", LEVEL_STYLES[level]), " ", as_text(text))


def table(*headings: str, folded: Collection[str] = (), unbroken: Collection[str] = ()) -> Table:
    """An empty table in the style of all; a long word is cut, ``folded``, or never ``unbroken``."""
    made = Table(box=box.SIMPLE_HEAD, pad_edge=False, header_style="dim")
    for heading in headings:
        made.add_column(
            heading,
            overflow="fold" if heading in folded else "ellipsis",
            no_wrap=heading in unbroken,
        )
    return made


def name_of(incident: int | str | None) -> str:
    """An incident by its public id, or by what it was called."""
    if isinstance(incident, int):
        return incident_label(incident)
    # A list that could not be read is about no single incident.
    return "all" if incident is None else incident
