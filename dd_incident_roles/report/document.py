"""JSON documents: each names its schema, which may gain fields and never change one."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime

JsonValue = str | int | float | bool | None | Sequence["JsonValue"] | Mapping[str, "JsonValue"]
"""What can stand in a JSON document."""


def json_text(whole: Mapping[str, JsonValue]) -> str:
    """A JSON object as text, ending in a line break.

    Everything beyond ASCII is escaped, and so is what begins a command in a CI log, so that no text
    from outside can steer either; whoever reads the document gets it back unchanged.
    """
    text = json.dumps(whole, indent=2, ensure_ascii=True, allow_nan=False)
    return text.replace("##[", "#\\u0023[") + "\n"


def instant(at: datetime) -> str:
    """An instant in UTC as the documents write it."""
    return at.astimezone(UTC).isoformat().removesuffix("+00:00") + "Z"
