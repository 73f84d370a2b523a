"""Text on its way to an issue: nothing in it calls anybody, links back or commands, and it fits.

What is put in is taken out again when the text comes back, so that our own words are never taken
for an edit: ``incoming(target, outgoing(target, text, ...))`` is ``canonical(text)``.

- A mention or a reference gets an invisible word joiner behind its first character. Nothing that
  can be seen serves: GitHub looks for both in what is rendered, where an escape is gone.
- A line that begins with a slash gets a space in front of it. GitLab takes only a line that begins
  with the slash itself for a quick action, so that one behind ``>`` is none. It takes away carriage
  returns first, and an open code fence protects nothing (server source,
  quick_actions/extractor.rb): each such line counts, whatever surrounds it. On GitHub, bots of many
  projects go by the same form.
- Jira Cloud shows text as it is, and the adapter for Data Center escapes its own markup.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

from dd_incident_roles.sync.entries.identity import canonical_text

CUT: Final = "\n\n\u2026 (cut here; Datadog has the whole text)"
"""Ends a text that was too long."""

_JOINER: Final = "\u2060"
_LINE_ENDS = re.compile("\r\n|[\r\x0b\x0c\x85\u2028\u2029]")
_KEPT: Final = frozenset("\n\t\u200c\u200d")
"""Line ends and tabs, and the invisible joiners of emoji and of several scripts."""

_SLASH = re.compile(r"^(?= */)", re.MULTILINE)
_SPACED_SLASH = re.compile(r"^ (?= */)", re.MULTILINE)
_MARKDOWN: Final = (
    # A mention, but for the @ of an e-mail; the renderer takes an underscore for emphasis.
    r"(?<![A-Za-z0-9])@(?=\S)",
    # HTML and its comments; an entity, which may stand for any of the others.
    r"<(?=[A-Za-z/!?])",
    r"&(?=#?[A-Za-z0-9]+;)",
    # The address of an issue, a change or a commit, which becomes a reference.
    r"https?:(?=//\S{1,500}?/(?:-/\w+|issues|pulls?|merge_requests|commits?|discussions)/)",
)
_ALIVE: Final[Mapping[str, re.Pattern[str]]] = MappingProxyType(
    {
        "github": re.compile(
            "|".join((*_MARKDOWN, r"#(?=[0-9])", r"\bGH(?=-[0-9])")), re.IGNORECASE
        ),
        "gitlab": re.compile(
            "|".join(
                (
                    *_MARKDOWN,
                    r"[#!&](?=[0-9])",
                    r"\bGL(?=-[0-9])",
                    r"\[(?=(?:issue|epic|merge_request|work_item):)",
                )
            ),
            re.IGNORECASE,
        ),
    }
)
_COMMIT = re.compile(r"\b(?=[0-9]*[a-f])(?=[a-f]*[0-9])[0-9a-f]{7,40}\b", re.IGNORECASE)
"""A commit of GitLab notes where it is mentioned; a number alone is more often none."""


def canonical(text: str) -> str:
    """The text without what no tracker keeps, or nobody may send: controls and hidden characters.

    Overrides of the writing direction are among them, and every other end of a line becomes one.
    """
    lines = _LINE_ENDS.sub("\n", text)
    return canonical_text("".join(_kept(character) for character in lines))


def outgoing(target: str, text: str, *, longest: int, footer: str = "") -> str:
    """The text as it is sent to a tracker, at most ``longest`` characters as the tracker counts.

    What is too long is cut, with a mark that says so; the footer stays whole.
    """
    whole = canonical(text + footer)
    sent = _harmless(target, whole)
    if _length(target, sent) <= longest:
        return sent
    end = canonical(CUT + footer)
    kept = canonical(text)
    room = longest
    while kept:
        kept = _cut(target, kept, room)
        sent = _harmless(target, f"{kept.rstrip()}\n\n{end}")
        if (over := _length(target, sent) - longest) <= 0:
            return sent
        # What was put in, and the end, take their room from the text.
        room = _length(target, kept) - max(over // 2, 1)
    return _cut(target, _harmless(target, end), longest)


def incoming(target: str, text: str) -> str:
    """The text that a tracker shows, without what ``outgoing`` put in."""
    plain = canonical(text)
    return _SPACED_SLASH.sub("", plain) if target in _ALIVE else plain


def _harmless(target: str, plain: str) -> str:
    if target not in _ALIVE:
        return plain
    sent = _ALIVE[target].sub(rf"\g<0>{_JOINER}", plain)
    if target == "gitlab":
        # No piece is as long as the shortest id, lest a part that is left becomes one.
        sent = _COMMIT.sub(lambda found: _JOINER.join(re.findall(".{1,6}", found[0])), sent)
    return _SLASH.sub(" ", sent)


def _kept(character: str) -> str:
    match unicodedata.category(character):
        case "Cc" | "Cf" if character not in _KEPT:
            return ""
        case "Cs":
            return "\N{REPLACEMENT CHARACTER}"
        case _:
            return character


def _length(target: str, text: str) -> int:
    # Jira counts as Java does (unverified): a character beyond the first plane is two.
    return len(text.encode("utf-16-le")) // 2 if target == "jira" else len(text)


def _cut(target: str, text: str, room: int) -> str:
    """The beginning of a text that fits, and that ends with a whole character as people see it."""
    end = min(len(text), max(room, 0))
    if target == "jira":
        # Half of a pair at the end is dropped, not sent.
        units = text.encode("utf-16-le")[: 2 * max(room, 0)]
        end = len(units.decode("utf-16-le", errors="ignore"))
    least = max(0, end - 32)
    while least < end < len(text) and (
        unicodedata.category(text[end]).startswith("M") or "\u200d" in text[end - 1 : end + 1]
    ):
        end -= 1
    return text[:end]
