"""The text of an entry as it was typed, made fit to be kept."""

from __future__ import annotations

import unicodedata

from dd_incident_roles.errors import UsageError
from dd_incident_roles.sync.entries.identity import canonical_text, without_tag
from dd_incident_roles.values import frozen

LONGEST_TEXT = 10_000
LONGEST_NOTE = 2000
"""A note or a reason is read in the middle of an incident; more than this nobody reads."""

_KEPT = frozenset("\n\t")
_JOINERS = frozenset("\u200c\u200d")
"""Invisible, and yet part of how emoji and several scripts are written."""


@frozen
class EntryText:
    """A text that can be kept; ``stripped`` is how many control characters were left out."""

    text: str
    stripped: int = 0

    @property
    def notices(self) -> tuple[str, ...]:
        """What to say about it."""
        if not self.stripped:
            return ()
        noun = "character was" if self.stripped == 1 else "characters were"
        return (f"{self.stripped} control {noun} left out of the text.",)


def entry_text(typed: str) -> EntryText:
    """Make what was typed fit to be kept; raises UsageError for nothing and for too much."""
    lines = unix_lines(typed)
    text = without_controls(lines)
    said = text.strip()
    if not said:
        raise UsageError("The text of the entry is empty.", hint="Say what happened.")
    if len(said) > LONGEST_TEXT:
        raise UsageError(
            f"The text has {len(said)} characters; an entry can have {LONGEST_TEXT}.",
            hint="Attach long output elsewhere, and put a link into the timeline.",
        )
    return EntryText(text=said, stripped=len(lines) - len(text))


def typed_line(typed: str | None, *, what: str = "note") -> str | None:
    """A note, a reason or the like on one line; None where nothing is said.

    Raises UsageError for one that is too long.
    """
    said = on_one_line(typed or "")
    if len(said) > LONGEST_NOTE:
        raise UsageError(
            f"The {what} has {len(said)} characters; it can have {LONGEST_NOTE}.",
            hint=f"Write an entry with timeline add, and mention it in the {what}.",
        )
    return said or None


def unix_lines(text: str) -> str:
    """The text with one kind of line break."""
    return text.replace("\r\n", "\n").replace("\r", "\n")


def without_controls(text: str) -> str:
    """Leave out control characters, but for line breaks and tabs, and halves of characters."""
    return "".join(_kept(character) for character in text)


def visible_text(text: str) -> str:
    """A text from outside as it can go into a file: nothing in it that nobody sees."""
    plain = without_controls(unix_lines(text))
    seen = (each for each in plain if unicodedata.category(each) != "Cf" or each in _JOINERS)
    return canonical_text("".join(seen)).strip()


def readable_text(text: str) -> str:
    """The text without what its footer says for programs; who signed it stays.

    Datadog may name no author, and then an entry of another record keeps its footer as its text.
    """
    tagged = without_tag(text)
    if tagged.key is None:
        return text
    return f"{tagged.text}\n\u2014 {tagged.author}" if tagged.author else tagged.text


def on_one_line(text: str) -> str:
    """A name or a title, without anything that would break its line."""
    return " ".join(visible_text(text).split())


def _kept(character: str) -> str:
    if character in _KEPT:
        return character
    match unicodedata.category(character):
        case "Cc":
            return ""
        case "Cs":
            # Half a character cannot be written as UTF-8, and would stop every later reader.
            return "\N{REPLACEMENT CHARACTER}"
        case _:
            return character
