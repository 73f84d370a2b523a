"""The picture of a terminal in the README, made from what the program prints there."""

from __future__ import annotations

import io
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from types import MappingProxyType

from rich.console import Console
from rich.terminal_theme import TerminalTheme
from rich.text import Text

from tests.documents.pages import DOCS
from tests.documents.terminal import at_terminal
from tests.report.cases import Terminal as Screen

SHOWN = "ddir status 1001"
COLUMNS = 78
BEFORE = (
    (0, "assign 1001 tl bo@corp.example --stream database"),
    (2, "assign 1001 cm dan@corp.example"),
    (9, "handoff 1001 im carol@corp.example"),
    (3, "assign 1001 scribe eve@corp.example"),
    (4, "status"),
)
"""What happened before, and how many minutes after the line above it."""


def _theme(background: str, text: str, colours: str) -> TerminalTheme:
    return TerminalTheme(_rgb(background), _rgb(text), [_rgb(each) for each in colours.split()])


def _rgb(colour: str) -> tuple[int, int, int]:
    red, green, blue = bytes.fromhex(colour)
    return red, green, blue


THEMES: Mapping[Path, TerminalTheme] = MappingProxyType(
    {
        DOCS / "status-light.svg": _theme(
            "f6f8fa", "1f2328", "6e7781 cf222e 116329 9a6700 0969da 8250df 1b7c83 57606a"
        ),
        DOCS / "status-dark.svg": _theme(
            "0d1117", "e6edf3", "6e7681 ff7b72 3fb950 d29922 58a6ff bc8cff 39c5cf b1bac4"
        ),
    }
)

# No font is fetched from anywhere: each line has its length, whatever the font of the reader.
_SVG = """\
<svg viewBox="0 0 {width} {height}" xmlns="http://www.w3.org/2000/svg">
<style>
.{unique_id}-matrix {{ font-size: {char_height}px; font-family: ui-monospace, Menlo, monospace }}
{styles}
</style>
<defs>
<clipPath id="{unique_id}-clip-terminal">
<rect x="0" y="0" width="{terminal_width}" height="{terminal_height}" />
</clipPath>
{lines}
</defs>
{chrome}
<g transform="translate({terminal_x}, {terminal_y})" clip-path="url(#{unique_id}-clip-terminal)">
{backgrounds}
<g class="{unique_id}-matrix">
{matrix}
</g>
</g>
</svg>
"""


def pictures() -> Mapping[Path, str]:
    """The picture in each theme, as SVG."""
    printed = Text.from_ansi(_printed().rstrip())
    console = Console(record=True, width=COLUMNS, file=io.StringIO(), force_terminal=True)
    console.print(Text.assemble(("$ ", "dim"), SHOWN), printed, "", sep="\n")
    return {
        path: console.export_svg(
            title="", theme=theme, clear=False, code_format=_SVG, unique_id="terminal"
        )
        for path, theme in THEMES.items()
    }


def _printed() -> str:
    with at_terminal("", "") as terminal:
        product = terminal.product
        for minutes, line in BEFORE:
            terminal.clock.move(minutes=minutes)
            product.run(*line.split())
        on_screen = replace(product, screen=Screen)
        ran = on_screen.run(*SHOWN.split()[1:], TERM="xterm", COLUMNS=str(COLUMNS))
    return ran.stdout
