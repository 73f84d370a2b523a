"""The origin tag: the visible last line by which our own entries are known again."""

from __future__ import annotations

import re
from dataclasses import dataclass

from dd_incident_roles.model import EntryKey

_TAG = re.compile(
    r"\n*^[ \t]*(?:\u2014|--|&mdash;)[ \t]*(?P<author>[^\n]*?)[ \t]*\u00b7[ \t]*"
    r"(?:\[)?dd-incident-roles/(?P<key>[A-Za-z0-9:~._-]{1,80})(?:\]\([^)\n]*\))?[ \t]*\s*\Z",
    re.MULTILINE,
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Tagged:
    """A text without its tag, and what the tag said; ``key`` is None where there was none."""

    text: str
    key: EntryKey | None = None
    author: str | None = None


def with_tag(text: str, *, key: EntryKey, author: str | None) -> str:
    """Put the tag under a text; a reader sees who wrote it and where."""
    name = " ".join((author or "").replace("\u00b7", " ").split())
    return f"{text.rstrip()}\n\n\u2014 {name} \u00b7 dd-incident-roles/{key}"


def without_tag(text: str) -> Tagged:
    """Take the tag off; only a last line counts, so that a quotation is not taken for one.

    The tag is proof of nothing: anybody can type one, and nothing is allowed because of it.
    """
    found = _TAG.search(text)
    if found is None:
        return Tagged(text=text)
    return Tagged(
        text=text[: found.start()],
        key=EntryKey(found["key"]),
        author=found["author"] or None,
    )
