"""Text from outside made fit for an error message: short, printable, and without keys."""

from __future__ import annotations

from collections.abc import Sequence

LONGEST = 300
"""How many characters of a foreign text an error message carries."""


def presentable(text: str, secrets: Sequence[str] = ()) -> str:
    """Return ``text`` on one line, without control characters or keys, cut at 300 characters."""
    for secret in secrets:
        text = text.replace(secret, "***")
    printable = "".join(character if character.isprintable() else " " for character in text)
    joined = " ".join(printable.split())
    return joined if len(joined) <= LONGEST else f"{joined[: LONGEST - 1]}…"
