"""A document: its generated part, its transcripts, and the calls of the program that it shows."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).parents[2]
README = ROOT / "README.md"
ELLIPSIS = "…"
PROMPT = "$ "

_FENCED = re.compile(r"(?ms)^```(?P<language>\w*)(?: (?P<name>[\w-]+))?\n(?P<body>.*?)^```$")
_MARKED = re.compile(r"(?ms)^<!-- (?P<name>\w+) -->\n(?P<body>.*?)^<!-- /(?P=name) -->$")
_IN_TEXT = re.compile(r"`(dd-incident-roles [^`\n]+)`")
_IN_BLOCK = re.compile(r"(?<![\w.-])(?<!: )(?:[\w/.-]*/)?dd-incident-roles,? [a-z-].*")
_END_OF_CALL = re.compile(r"\s(?:#|\|\|?|&&|>|;)(?:\s|$)|[\]`]")

VARYING = (
    (re.compile(r"\b\d{4}-\d\d-\d\dT[\d:.]+Z"), "TIME"),
    (re.compile(r"\b(?:\d{4}-\d\d-\d\d )?\d\d:\d\d\b"), "TIME"),
    (re.compile(r"\b\d{4}-\d\d-\d\d\b"), "DAY"),
    (re.compile(r"\b(?:role-|dd:)[0-9a-f-]+"), "KEY"),
    (re.compile(r"\b[a-z2-7]{10}\b"), "KEY"),
    (re.compile(r"\b\d+ h \d+ min\b"), "LENGTH"),
    (re.compile(r"\b(?:under )?\d+ min\b"), "LENGTH"),
    (re.compile(r"\b\d+ (?:second|minute)s?\b"), "LENGTH"),
    (re.compile(r"\b\d+ GET\b"), "READINGS"),
    (re.compile(r"\s+"), " "),
)
"""What differs from run to run: times, and how often concurrent work reads the same."""


def fenced(text: str, *languages: str) -> tuple[str, ...]:
    """The bodies of the fenced blocks of some languages, in order."""
    return tuple(
        found["body"] for found in _FENCED.finditer(text) if found["language"] in languages
    )


def lasting(text: str) -> list[str]:
    """The lines of an output without what differs from run to run, and without rules and blanks."""
    lines = []
    for line in text.splitlines():
        told = line
        for varying, word in VARYING:
            told = varying.sub(word, told)
        if told.strip(" ─"):
            lines.append(told.strip())
    return lines


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


def dialogue(body: str) -> Iterator[tuple[str, str]]:
    """The calls of a console block with what is shown of their output."""
    for entry in re.split(rf"^{re.escape(PROMPT)}", body, flags=re.MULTILINE)[1:]:
        call, _, output = entry.partition("\n")
        yield call, output


def sessions(text: str) -> dict[str, list[tuple[str, str]]]:
    """What is typed in each session of a document, with what is shown of its output.

    The blocks of a session go on from one another, and have its name after their language.
    """
    found: dict[str, list[tuple[str, str]]] = {}
    for block in _FENCED.finditer(text):
        if block["language"] == "console":
            found.setdefault(block["name"] or "", []).extend(dialogue(block["body"]))
    return found


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
    section = re.split(rf"(?m)^## {re.escape(heading)}$", text)[1].split("\n## ", 1)[0]
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
