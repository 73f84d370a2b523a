"""Lines of plain text that a terminal may colour."""

from __future__ import annotations

from collections.abc import Iterable

from rich.text import Text

from dd_incident_roles.words import incident_label


def joined(lines: Iterable[Text]) -> Text:
    """Lines as one text; each stays one line, however long, so that it can be searched for."""
    return Text("\n", no_wrap=True, overflow="ignore").join(lines)


def named(incident: int | str | None) -> str:
    """An incident by its public id, or by what it was called."""
    match incident:
        case int():
            return incident_label(incident)
        case str():
            return incident
        case None:
            return "all"
