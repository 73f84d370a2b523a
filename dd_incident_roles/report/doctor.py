"""What ``doctor`` found: the document for programs, and a line for each thing for a person."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from itertools import groupby
from typing import Final, Literal

from rich.console import Console, ConsoleOptions, RenderableType, RenderResult
from rich.text import Text

from dd_incident_roles.report.documents import Document, Part, field
from dd_incident_roles.report.terminal import ALARM, CAUTION, as_group, as_text
from dd_incident_roles.words import clean

State = Literal["ok", "unused", "limit", "unseen", "fails"]
"""From what is well to what does not work; what could not be looked at is never well."""

BAD: frozenset[State] = frozenset({"fails", "unseen"})
WELL: frozenset[State] = frozenset({"ok", "unused"})


class Check(Part):
    """One thing that was looked at."""

    id: str = field("A word for it that never changes, such as keys.")
    group: str = field("What it belongs to, for people.")
    name: str = field("What it is called.")
    state: State = field(
        "ok; unused where nothing is set up that needs it; limit where it works with limits; "
        "unseen where nobody could look; fails where it does not work."
    )
    text: str = field("What was found, in a few words.")
    todo: str | None = field("What to do about it; null if nothing is to be done.", default=None)
    details: list[str] = field("More about it.", default=[])


class Doctor(Document):
    """Whether all that is set up works."""

    written_by = "`doctor --format json` writes"

    state: Literal["ok", "limits", "incomplete"] = field(
        "ok; limits where something works with limits; incomplete where something does not work, "
        "or could not be looked at."
    )
    checks: list[Check] = field("What was looked at, the groups one after the other.")

    @property
    def exit_code(self) -> int:
        """0 when all is well, 1 with limits, 3 when something does not work or was not seen."""
        return {"ok": 0, "limits": 1, "incomplete": 3}[self.state]


def doctor_document(checks: list[Check]) -> Doctor:
    """The document of some checks, with the worst of their states."""
    states = {check.state for check in checks}
    worst: Literal["ok", "limits", "incomplete"] = "limits" if "limit" in states else "ok"
    return Doctor(state="incomplete" if states & BAD else worst, checks=checks)


_SIGNS: Final[dict[State, tuple[str, str, str]]] = {
    "ok": ("✓", "ok", "green"),
    "unused": ("·", "unused", "dim"),
    "limit": ("!", "limit", CAUTION),
    "unseen": ("?", "unseen", ALARM),
    "fails": ("✗", "fails", ALARM),
}


@as_group
def doctor_text(
    document: Doctor, *, quiet: bool = False, whole: bool = False
) -> Iterator[RenderableType]:
    """Every check by group, or only what is not well; with details where all is wanted."""
    shown = [each for each in document.checks if not quiet or each.state not in WELL]
    width = max((len(clean(each.name)) for each in shown), default=0)
    for group, checks in groupby(shown, key=lambda each: each.group):
        yield as_text(group, "bold")
        for check in checks:
            yield _Line(check, width, whole=whole)
            if check.todo and (check.state not in WELL or whole):
                yield Text.assemble("    ", ("→ ", "dim"), as_text(check.todo))
        yield Text("")
    yield _summary(document)


class _Line:
    """One check: sign, word and name in columns, and beside them what was found, folded there."""

    def __init__(self, check: Check, width: int, *, whole: bool) -> None:
        self._check = check
        self._width = width
        self._details = check.details if whole else []

    def __rich_console__(self, console: Console, options: ConsoleOptions) -> RenderResult:
        sign, word, style = _SIGNS[self._check.state]
        head = Text.assemble(
            "  ", (f"{sign} {word:<7}", style), f"{clean(self._check.name):<{self._width}}", "  "
        )
        below = " " * len(head)
        room = max(20, options.max_width - len(head))
        for number, line in enumerate(as_text(self._check.text).wrap(console, room)):
            yield Text.assemble(below if number else head, line)
        for detail in self._details:
            for line in as_text(detail, "dim").wrap(console, room):
                yield Text.assemble(below, line)


def _summary(document: Doctor) -> Text:
    counted = Counter[str](each.state for each in document.checks)
    if document.state == "ok":
        return Text(f"All is well: {counted['ok']} ok, {counted['unused']} unused.", style="bold")
    parts = [
        f"{counted[state]} {words}"
        for state, words in (
            ("fails", "fail"),
            ("unseen", "could not be looked at"),
            ("limit", "with limits"),
            ("ok", "ok"),
            ("unused", "unused"),
        )
        if counted[state]
    ]
    works = "It works with limits" if document.state == "limits" else "Something does not work"
    if document.state == "incomplete" and not counted["fails"]:
        works = "Not everything could be looked at"
    style = ALARM if set(counted) & BAD else "bold"
    return Text(f"{works}: {', '.join(parts)}.", style=style)
