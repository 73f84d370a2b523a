"""GitLab's quick actions: commands inside a text, which GitLab takes out of it and carries out."""

from __future__ import annotations

import re
from dataclasses import dataclass
from itertools import count

COMMANDS = ("assign", "reassign", "unassign", "close", "reopen", "confidential")
_COMMAND = re.compile(rf"/(?P<name>{'|'.join(COMMANDS)}|shrug)(?: (?P<rest>.*))?\s*", re.IGNORECASE)
_OPENING_TAG = re.compile(r"<[^>/!][^>]*>")
_CLOSING_TAG = re.compile(r"</[^>]+>")
_SHRUG = (
    "\N{MACRON}\\\N{FULLWIDTH LOW LINE}(\N{KATAKANA LETTER TU})\N{FULLWIDTH LOW LINE}/\N{MACRON}"
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Taken:
    """A text without its commands, and the commands in their order: name and argument."""

    text: str
    commands: tuple[tuple[str, str], ...]


def take_commands(text: str) -> Taken:
    r"""Takes the commands out of a text that is about to be kept.

    A command is a line that begins with ``/`` and a known name, in any case of its letters. Between
    two lines of a code fence, of a single backtick, of ``>>>`` or of an HTML tag it is text; inside
    an HTML comment it is not. Every ``\r`` goes, and the white space at the end; ``/shrug`` puts a
    figure into the text (GitLab's source).
    """
    lines = text.replace("\r", "").split("\n")
    kept: list[str] = []
    commands: list[tuple[str, str]] = []
    literal_until = -1
    for number, line in enumerate(lines):
        if number > literal_until:
            literal_until = _end_of_block(lines, number)
        found = None if number <= literal_until else _COMMAND.fullmatch(line)
        if found is None:
            kept.append(line)
        elif (name := found["name"].lower()) == "shrug":
            kept.append(f"{found['rest'] or ''} {_SHRUG}".strip())
        else:
            commands.append((name, (found["rest"] or "").strip()))
    return Taken(text="\n".join(kept).rstrip(), commands=tuple(commands))


def _end_of_block(lines: list[str], start: int) -> int:
    """Finds the last line of the block that begins here, or -1; an open block is none."""
    first = lines[start]
    if _OPENING_TAG.fullmatch(first):
        closing = _CLOSING_TAG
    elif first.startswith("```"):
        closing = re.compile("```")
    elif first in {"`", ">>>"}:
        closing = re.compile(re.escape(first))
    else:
        return -1
    rest = zip(count(start + 1), lines[start + 1 :], strict=False)
    return next((number for number, line in rest if closing.fullmatch(line)), -1)
