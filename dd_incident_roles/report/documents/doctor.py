"""The document of ``doctor --format json``: what was looked at, and what to do about it."""

from __future__ import annotations

from typing import Literal

from dd_incident_roles.report.documents.parts import Document, Part, field

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
