"""Long texts cut to what a reader takes."""

from __future__ import annotations


def shorten(text: str, longest: int) -> str:
    """A text of at most so many characters, with an ellipsis where it was cut."""
    return text if len(text) <= longest else f"{text[: longest - 1]}…"
