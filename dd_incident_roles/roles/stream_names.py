"""The names of streams: one spelling for each, whoever types it."""

from __future__ import annotations

import unicodedata

from dd_incident_roles.errors import UsageError

LONGEST_STREAM_NAME = 64
"""The most characters that the name of a stream can have."""

_UNSEEN = frozenset({"Cc", "Cf", "Cs", "Zl", "Zp"})


def stream_name(text: str) -> str:
    """Give the one spelling of a stream's name, trimmed and in lower case; raises UsageError."""
    name = unicodedata.normalize("NFC", unicodedata.normalize("NFC", text.strip()).casefold())
    if not name:
        raise UsageError("The name of a stream cannot be empty.")
    if len(name) > LONGEST_STREAM_NAME:
        raise UsageError(
            f"The name of a stream has at most {LONGEST_STREAM_NAME} characters, "
            f"and this one has {len(name)}."
        )
    if any(unicodedata.category(character) in _UNSEEN for character in name):
        raise UsageError(f"The name of a stream has a control character in it: {name!r}.")
    return name
