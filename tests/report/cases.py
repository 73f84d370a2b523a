"""Something to report about."""

from __future__ import annotations

import io
import json
from collections.abc import Mapping
from dataclasses import fields, is_dataclass, replace
from datetime import UTC, datetime
from enum import Enum
from typing import Any, TypeVar

from rich.console import Console, RenderableType

from dd_incident_roles.model import Incident, IncidentId, Person, PersonKey
from dd_incident_roles.report.documents import Part
from dd_incident_roles.report.terminal import open_console, show

DECLARED = datetime(2026, 1, 1, 14, 0, tzinfo=UTC)
NOW = datetime(2026, 1, 1, 15, 12, 30, tzinfo=UTC)

HOSTILE = "\x1b[2JDown\n::error::x [bold red]y[/] \u202egnp :fire: ##[error]"
"""A title that tries everything."""


def incident(
    title: str = "Checkout down", *, state: str = "active", severity: str = "SEV-1"
) -> Incident:
    """An incident declared at 14:00 UTC and last changed at 14:30."""
    return Incident(
        id=IncidentId("11111111-2222-3333-4444-555555555555"),
        public_id=1001,
        title=title,
        severity=severity,
        state=state,
        declared=DECLARED,
        modified=DECLARED.replace(minute=30),
    )


def named(key: PersonKey) -> Person:
    """What is known of a person by the key: a name as people write it, if it is no address."""
    return Person(key=key, name=key.partition("@")[0].title(), email=key if "@" in key else None)


AnyPart = TypeVar("AnyPart", bound=Part)


def changed(part: AnyPart, **values: object) -> AnyPart:
    """A part of a document with other values."""
    return part.model_copy(update=values)


def hostile(value: Any) -> Any:
    """The same value with ``HOSTILE`` in place of every text in it; names of members stay."""
    match value:
        case Enum():
            return value
        case str():
            return HOSTILE
        case tuple() | list() | frozenset():
            return type(value)(map(hostile, value))
        case Mapping():
            return {name: hostile(each) for name, each in value.items()}
        case Part():
            return changed(value, **{name: hostile(each) for name, each in vars(value).items()})
        case _ if is_dataclass(value) and not isinstance(value, type):
            kept = {each.name: hostile(getattr(value, each.name)) for each in fields(value)}
            return replace(value, **kept)
        case _:
            return value


def parsed(text: str) -> Any:
    """A JSON document as a reader gets it."""
    return json.loads(text)


def document(name: str, members: str) -> dict[str, Any]:
    """A document of a name as it is expected: its members as they are written in JSON."""
    return {"schema": f"dd-incident-roles/{name}/1", **parsed(f"{{{members}}}")}


def steers_nothing(text: str) -> bool:
    """Whether a text may be shown by a terminal and in the log of a CI."""
    begins_command = any(line.lstrip("- ").startswith("::") for line in text.splitlines())
    return not (begins_command or "##[" in text or set(text) & set("\x00\x1b\u202e\u2066"))


def printed(shown: RenderableType) -> str:
    """A report as it arrives in a pipe."""
    stream = io.StringIO()
    show(open_console(stream), shown)
    return stream.getvalue()


def on_terminal(shown: RenderableType, *, width: int) -> str:
    """A report as a terminal of some width shows it, without colours."""
    stream = io.StringIO()
    show(Console(file=stream, width=width, color_system=None), shown)
    return stream.getvalue()


class Terminal(io.StringIO):
    """A stream that says that it is a terminal."""

    def isatty(self) -> bool:
        """Always a terminal."""
        return True
