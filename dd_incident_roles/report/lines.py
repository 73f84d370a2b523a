"""Lines of plain text that a terminal may colour."""

from __future__ import annotations

from collections.abc import Iterable

from rich.text import Text


def joined(lines: Iterable[Text]) -> Text:
    """Lines as one text; each stays one line, however long, so that it can be searched for."""
    return Text("\n", no_wrap=True, overflow="ignore").join(lines)


def counted(number: int, one: str, many: str | None = None) -> str:
    """A number and its noun."""
    return f"{number} {one}" if number == 1 else f"{number} {many or one + 's'}"


def named(incident: int | str | None) -> str:
    """An incident by its public id, or by what it was called."""
    match incident:
        case int():
            return f"IR-{incident}"
        case str():
            return incident
        case None:
            return "all"
