"""The origin tag: the visible last line by which our own entries are known again."""

from __future__ import annotations

import re

from dd_incident_roles.model import EntryKey
from dd_incident_roles.sync.entries.canon import digest_of_text
from dd_incident_roles.values import frozen

_DOT = "\u00b7"
_TAG = re.compile(
    r"\n*^[ \t]*(?:\u2014|--|&mdash;)[ \t]*(?P<author>[^\n]*?)[ \t]*\u00b7[ \t]*"
    r"(?:\[)?dd-incident-roles/(?P<key>[A-Za-z0-9:~._-]{1,80})"
    r"(?:\+(?P<check>[0-9a-f]{6}))?(?:\]\([^)\n]*\))?[ \t]*\s*\Z",
    re.MULTILINE,
)


@frozen
class Tagged:
    """A text without its tag, and what the tag said; ``key`` is None where there was none.

    ``statement`` is the part of the tag that is for programs, and ``check`` of the text below which
    it was put.
    """

    text: str
    key: EntryKey | None = None
    author: str | None = None
    statement: str | None = None
    check: str | None = None


def check_of(text: str) -> str:
    """What a tag says of a text, by which it is known whether people changed it since.

    Six digits, since GitLab and GitHub take seven for a commit.
    """
    return digest_of_text(text)[:6]


def with_tag(
    text: str,
    *,
    key: EntryKey,
    author: str | None,
    statement: str | None = None,
    check: str | None = None,
) -> str:
    """Put the tag under a text; a reader sees who wrote it, and where, and what a program reads."""
    name = " ".join((author or "").replace(_DOT, " ").split())
    whole = f"{key}+{check}" if check else key
    parts = (name, *([statement] if statement else []), f"dd-incident-roles/{whole}")
    return f"{text.rstrip()}\n\n\u2014 {f' {_DOT} '.join(parts)}"


def without_tag(text: str) -> Tagged:
    """Take the tag off; only a last line counts, so that a quotation is not taken for one.

    The tag is proof of nothing: anybody can type one, and nothing is allowed because of it.
    """
    found = _TAG.search(text)
    if found is None:
        return Tagged(text=text)
    # A name has no dot of this kind: the first one ends it.
    author, _, statement = found["author"].partition(_DOT)
    return Tagged(
        text=text[: found.start()],
        key=EntryKey(found["key"]),
        author=author.strip() or None,
        statement=statement.strip() or None,
        check=found["check"],
    )
