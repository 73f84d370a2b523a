"""How an entry is known again: its canonical form, the tag of ours, and what its key tells."""

from __future__ import annotations

import hashlib
import re
import unicodedata
from collections.abc import Mapping
from datetime import UTC, datetime
from functools import lru_cache
from types import MappingProxyType
from typing import Final, NewType

from dd_incident_roles.model import NOTE, EntryKey
from dd_incident_roles.values import frozen

Digest = NewType("Digest", str)
"""A short fingerprint of an entry's canonical form."""


@lru_cache(maxsize=1024)
def canonical_text(text: str) -> str:
    """The text without what renderers and servers change: forms, line ends, trailing blanks."""
    plain = unicodedata.normalize("NFC", text).replace("\r\n", "\n").replace("\r", "\n")
    return "\n".join(line.rstrip() for line in plain.split("\n")).strip("\n")


_NUMBERS = re.compile(r"\d\S*(?: [a-z]+)?")
"""Times, and lengths of time with their units."""


def without_times(text: str) -> str:
    """The text without what a program says anew at each look: times and other numbers."""
    return " ".join(_NUMBERS.sub("", canonical_text(text)).split())


# A plan looks at each entry several times.
@lru_cache(maxsize=1024)
def digest_of(*, text: str, at: datetime, important: bool) -> Digest:
    """Fingerprint what an entry says, when it happened (to the second) and whether it matters."""
    moment = at.astimezone(UTC).replace(microsecond=0).isoformat()
    content = "\x1f".join([canonical_text(text), moment, str(important)])
    return Digest(hashlib.sha256(content.encode()).hexdigest()[:24])


def digest_of_text(text: str) -> Digest:
    """Fingerprint the text alone, for a target that shows nothing else of an entry."""
    return Digest(hashlib.sha256(canonical_text(text).encode()).hexdigest()[:24])


def mark_of(*parts: object) -> str:
    """A fingerprint of values that are written the same way in every process."""
    return hashlib.sha256(repr(parts).encode()).hexdigest()[:32]


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


ROLE_CHANGE: Final = "role_change"
"""The kind of an entry that says who took over a role."""

HANDOFF: Final = "handoff"
"""The kind of an entry about a handoff that was proposed or declined."""

FINDING: Final = "finding"
"""The kind of an entry about a finding of the check."""

CORRECTION: Final = "correction"
"""The kind of an entry that says who really held a role in the past."""

ROLE_DEVISED: Final = "role_devised"
"""The kind of an entry about a role that was devised for the incident."""

PLACE: Final = "place"
"""The kind of an entry about where the incident is shown beside Datadog."""

FINDING_KEY: Final = "finding-"
"""How the keys of our entries about findings begin."""

# Datadog keeps our entries as notes: after the record was lost, only the key in the tag tells them
# from what people wrote.
_BEGINNINGS: Final[Mapping[str, str]] = MappingProxyType(
    {
        "role-": ROLE_CHANGE,
        "handoff-": HANDOFF,
        FINDING_KEY: FINDING,
        "correction-": CORRECTION,
        "devised-": ROLE_DEVISED,
        "place-": PLACE,
    }
)


def kind_of_own(key: EntryKey) -> str:
    """The kind of an entry of ours; what a person wrote here is a note."""
    return next((kind for start, kind in _BEGINNINGS.items() if key.startswith(start)), NOTE)
