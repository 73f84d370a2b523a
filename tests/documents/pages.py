"""A page: its generated part, its sessions, and the calls of the program that it shows."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from difflib import SequenceMatcher, get_close_matches
from pathlib import Path

ROOT = Path(__file__).parents[2]
README = ROOT / "README.md"
DOCS = ROOT / "docs"
COMMANDS = DOCS / "commands.md"
PAGES = (README, *sorted(DOCS.glob("*.md")), ROOT / "CHANGELOG.md")
ELLIPSIS = "…"

_FENCED = re.compile(r"(?ms)^```(?P<language>\w*)(?: (?P<name>[\w-]+))?\n(?P<body>.*?)^```$")
_ENTRY = re.compile(r"(?ms)^\$ (?P<line>[^\n]*)\n(?P<shown>.*?)(?=^\$ |\Z)")
_MARKED = re.compile(r"(?ms)^<!-- (?P<name>\w+) -->\n(?P<body>.*?)^<!-- /(?P=name) -->$")
_IN_TEXT = re.compile(r"`((?:dd-incident-roles|ddir) [^`\n]+)`")
_IN_BLOCK = re.compile(r"(?<![\w.-])(?<!: )(?:[\w/.-]*/)?(?:dd-incident-roles|ddir),? [a-z-].*")
_END_OF_CALL = re.compile(r"\s(?:#|\|\|?|&&|>|;)(?:\s|$)|[\]`]")

KEY = re.compile(r"\b(?:(?:role-|dd:)[0-9a-f-]+|[a-z2-7]{10}\b)")
"""How an entry of a timeline is named: another one in each run."""

VARYING = (
    (re.compile(r"\b\d{4}-\d\d-\d\dT[\d:.]+Z"), "TIME"),
    (re.compile(r"\b(?:\d{4}-\d\d-\d\d )?\d\d:\d\d\b"), "TIME"),
    (re.compile(r"\b\d{4}-\d\d-\d\d\b"), "DAY"),
    (KEY, "KEY"),
    (re.compile(r"\b\d+ h \d+ min\b"), "LENGTH"),
    (re.compile(r"\b(?:under )?\d+ min\b"), "LENGTH"),
    (re.compile(r"\b\d+ (?:second|minute)s?\b"), "LENGTH"),
    (re.compile(r"\b\d+ GET\b"), "READINGS"),
)
"""What differs from run to run: times, names of entries, and how often the same is read."""


def fenced(text: str, *languages: str) -> tuple[str, ...]:
    """The bodies of the fenced blocks of some languages, in order."""
    return tuple(
        found["body"] for found in _FENCED.finditer(text) if found["language"] in languages
    )


def layout(line: str) -> str:
    """A line of an output without what differs from run to run."""
    for varying, word in VARYING:
        line = varying.sub(word, line)
    return line.rstrip()


def lasting(text: str) -> list[str]:
    """What lasts of the lines of an output, without rules and blanks, however they are spaced."""
    lines = (" ".join(layout(line).split()) for line in text.splitlines())
    return [line for line in lines if line.strip(" ─")]


def pieces(text: str) -> list[list[str]]:
    """What an output must have, in order, with anything in place of a line that is an ellipsis."""
    parts: list[list[str]] = [[]]
    for line in lasting(text):
        if line == ELLIPSIS:
            parts.append([])
        else:
            parts[-1].append(line)
    return parts


def fits(shown: str, printed: str) -> bool:
    """Whether an output is what a document shows of it, from its beginning to its end."""
    first, *others = pieces(shown)
    left = lasting(printed)
    if left[: len(first)] != first:
        return False
    left = left[len(first) :]
    if not others:
        return not left
    for part in others[:-1]:
        place = _place(part, left)
        if place is None:
            return False
        left = left[place + len(part) :]
    last = others[-1]
    return len(last) <= len(left) and left[len(left) - len(last) :] == last


def _place(part: list[str], lines: list[str]) -> int | None:
    starts = range(len(lines) - len(part) + 1)
    return next((start for start in starts if lines[start : start + len(part)] == part), None)


def renewed(shown: str, printed: str) -> str:
    """What a page shows of an output, brought up to date with what was printed.

    A line stays where only times, names or counts differ, and an ellipsis stays in its place.
    """
    before, now = shown.rstrip().splitlines(), printed.rstrip().splitlines()
    parts = SequenceMatcher(
        a=[layout(line) for line in before], b=[layout(line) for line in now], autojunk=False
    ).get_opcodes()
    lines: list[str] = []
    for part, start, end, first, last in parts:
        if part == "equal":
            lines += before[start:end]
        elif ELLIPSIS in before[start:end]:
            lines += _shortened(before[start:end], now[first:last])
        else:
            lines += now[first:last]
    text = "".join(f"{line.rstrip()}\n" for line in lines)
    return text if fits(text, printed) else printed.rstrip() + "\n"


def _shortened(before: list[str], now: list[str]) -> Iterator[str]:
    """An ellipsis, with what has become of the lines that stood beside it."""
    for line in before:
        if line == ELLIPSIS:
            yield line
        elif close := get_close_matches(line, now, 1):
            yield close[0]
            now = now[now.index(close[0]) + 1 :]


@dataclass(frozen=True, slots=True, kw_only=True)
class Typed:
    """A line that is typed in a session, and where in the page its output is shown."""

    line: str
    shown: str
    at: int


def sessions(text: str) -> dict[str, list[Typed]]:
    """What is typed in each session of a page, with what is shown of its output.

    The blocks of a session go on from one another, and have its name after their language.
    """
    found: dict[str, list[Typed]] = {}
    for block in _FENCED.finditer(text):
        if block["language"] == "console":
            found.setdefault(block["name"] or "", []).extend(
                Typed(
                    line=entry["line"],
                    shown=entry["shown"],
                    at=block.start("body") + entry.start("shown"),
                )
                for entry in _ENTRY.finditer(block["body"])
            )
    return found


def file_of(text: str, session: str) -> str | None:
    """The file that a session is typed beside: the block of YAML that has the session's name."""
    for block in _FENCED.finditer(text):
        if (block["language"], block["name"]) == ("yaml", session):
            return block["body"]
    return None


def marked(text: str, name: str) -> str:
    """The part between two markers; raises KeyError where there is none."""
    for found in _MARKED.finditer(text):
        if found["name"] == name:
            return found["body"]
    raise KeyError(name)


def with_marked(text: str, name: str, body: str) -> str:
    """The text with another part between the markers."""
    return text.replace(marked(text, name), body)


def rows(text: str, heading: str, first: str) -> list[list[str]]:
    """The cells of the table under a heading whose first column has this name, without its head."""
    section = re.split(rf"(?m)^#+ {re.escape(heading)}$", text)[1].split("\n## ", 1)[0]
    table = section.split(f"\n| {first} |", 1)[1].split("\n\n", 1)[0]
    return [_cells(line) for line in table.splitlines()[2:]]


def _cells(line: str) -> list[str]:
    return [cell.strip() for cell in line.strip().strip("|").split("|")]


def calls(text: str) -> Iterator[list[str]]:
    """The words of every call of the program in a document, after the program's own name."""
    yield from (_words(call) for call in _IN_TEXT.findall(text))
    for body in fenced(text, "text", "console", "sh", "crontab", "ini", "yaml"):
        yield from (_words(call) for call in _IN_BLOCK.findall(body))


def _words(call: str) -> list[str]:
    return [word.strip(",.") for word in _END_OF_CALL.split(call, maxsplit=1)[0].split()[1:]]
