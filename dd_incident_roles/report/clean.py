"""The one way for text from outside to reach a terminal or a log."""

from __future__ import annotations

import re
import unicodedata

from rich.style import StyleType
from rich.text import Text

_ESCAPE_SEQUENCES = re.compile(
    r"(?:\x1b\[|\x9b)[0-?]*[ -/]*[@-~]"  # colours, cursor movements
    r"|(?:\x1b[\]PX^_]|[\x9d\x90\x98\x9e\x9f]).*?(?:\x07|\x1b\\|\x9c|$)"  # titles, links, clipboard
    r"|\x1b[ -/]*[0-~]",
    re.DOTALL,
)
_COMMAND_AT_START = re.compile(r"(?<!\S)::(?=\w)")
_JOINERS = {"\u200c", "\u200d"}
"""Invisible, and yet part of how emoji and several scripts are written."""


def clean(text: str) -> str:
    """Make a text harmless, on one line: it is shown, and commands nothing.

    Control characters, escape sequences, overrides of the writing direction and invisible
    characters are left out, and the workflow commands of a CI log are broken up.
    """
    plain = text
    # Printable ASCII has nothing to leave out, and is most of what there is to show.
    if not (text.isascii() and text.isprintable()):
        plain = "".join(_shown(character) for character in _ESCAPE_SEQUENCES.sub("", text))
    # GitHub takes "##[" for a command wherever it stands in a line, and "::" only at its start.
    plain = plain.replace("##[", "# #[")
    if "::" in plain:
        plain = _COMMAND_AT_START.sub(": :", plain)
    return plain.strip()


def as_text(text: str, style: StyleType = "") -> Text:
    """A cleaned text that rich shows as it is, without reading markup or emoji codes in it."""
    return Text(clean(text), style=style)


def _shown(character: str) -> str:
    match unicodedata.category(character):
        case "Zs" | "Zl" | "Zp":
            return " "
        case "Cc":
            return " " if character.isspace() else ""
        case "Cf":
            return character if character in _JOINERS else ""
        case "Cs":
            return "\N{REPLACEMENT CHARACTER}"
        case _:
            return character
