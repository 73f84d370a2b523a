"""The two shapes in which Datadog says what went wrong."""

from __future__ import annotations

from collections.abc import Iterator

from dd_incident_roles.datadog.wire.reader import Object, document, text
from dd_incident_roles.errors import UnexpectedAnswer


def error_messages(body: bytes) -> tuple[str, ...]:
    """Return what the body of a failed request says; nothing when it says nothing legible.

    ``{"errors": ["…"]}`` and ``{"errors": [{"title": "…", "detail": "…"}]}`` are both recorded.
    """
    try:
        answer = document(body)
    except UnexpectedAnswer:
        return ()
    return tuple(_messages(answer))


def _messages(answer: Object) -> Iterator[str]:
    errors = answer.get("errors")
    for error in errors if isinstance(errors, list) else [answer.get("error"), answer]:
        if isinstance(error, str):
            yield error
        elif isinstance(error, dict):
            title, detail = text(error, "title"), text(error, "detail")
            said = ": ".join(part for part in (title, detail) if part) or text(error, "message")
            if said:
                yield said
