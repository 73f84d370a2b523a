"""When two entries say the same: a digest over what people wrote, and nothing else."""

from __future__ import annotations

import hashlib
import re
import unicodedata
from datetime import UTC, datetime
from functools import lru_cache
from typing import NewType

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
