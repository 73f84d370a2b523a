"""The terminal, or whatever stands in for it."""

from __future__ import annotations

from typing import TextIO

from rich.console import Console, Group, RenderableType
from rich.text import Text

_WIDTH_OF_A_PIPE = 200


def open_console(stream: TextIO, *, no_color: bool = False) -> Console:
    """A console that writes to a stream, in colour only where a terminal wants it.

    Markup and emoji codes are never read in what it prints. A pipe or file gets lines wide enough
    that a table is not cut.
    """
    is_terminal = stream.isatty()
    return Console(
        file=stream,
        width=None if is_terminal else _WIDTH_OF_A_PIPE,
        color_system="auto" if is_terminal and not no_color else None,
        no_color=no_color or None,
        markup=False,
        emoji=False,
        highlight=False,
    )


def show(console: Console, shown: RenderableType) -> None:
    """Print a report; a sentence is never broken, so that a command in it can be pasted."""
    parts = shown.renderables if isinstance(shown, Group) else [shown]
    for part in parts:
        console.print(part, soft_wrap=isinstance(part, Text))
