"""What ``doctor`` makes of what it has read: pure checks, each of which says what to do."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from dd_incident_roles.errors import Forbidden, IncidentRolesError
from dd_incident_roles.report.doctor import WELL, Check, State
from dd_incident_roles.values import frozen

HERE: Final = "This machine"
DATADOG: Final = "Datadog"
ALLOWED: Final = "Permissions"
SHOWN: Final = "Roles and timeline"
ELSEWHERE: Final = "Issues and chat"
RECORD: Final = "Record"
GROUPS: Final = (HERE, DATADOG, ALLOWED, SHOWN, ELSEWHERE, RECORD)
"""The groups in the order in which they are shown."""

AGAIN: Final = "Look again: dd-incident-roles doctor"

Problem = IncidentRolesError
"""Why something could not be looked at."""


@frozen(kw_only=False)
class Subject:
    """What a check is about: a word for programs, and the group and the name for people."""

    word: str
    group: str
    name: str

    def being(
        self, state: State, text: str, todo: str | None = None, details: Sequence[str] = ()
    ) -> Check:
        """It is so; what is not well always says what to do."""
        if state not in WELL:
            todo = todo or AGAIN
        return Check(
            id=self.word,
            group=self.group,
            name=self.name,
            state=state,
            text=text,
            todo=todo,
            details=list(details),
        )

    def ok(self, text: str, details: Sequence[str] = ()) -> Check:
        """It is as it should be."""
        return self.being("ok", text, details=details)

    def unused(self, text: str, todo: str | None = None) -> Check:
        """Nothing is set up that needs it."""
        return self.being("unused", text, todo)

    def limit(self, text: str, todo: str | None, details: Sequence[str] = ()) -> Check:
        """It works with limits."""
        return self.being("limit", text, todo, details)

    def unseen(self, text: str, todo: str | None) -> Check:
        """Nobody could look, for a reason that is said."""
        return self.being("unseen", text, todo)

    def fails(self, text: str, todo: str | None, details: Sequence[str] = ()) -> Check:
        """It does not work."""
        return self.being("fails", text, todo, details)

    def not_seen(self, why: Problem | None) -> Check:
        """Nobody could look, because of an error."""
        if isinstance(why, Forbidden):
            # The first sentence names the permission; the rest is for whoever asked for one thing.
            needed = (why.hint or "").partition(". ")[0].rstrip(".")
            return self.unseen(
                "the keys are not allowed to read it", f"{needed}." if needed else None
            )
        return self.unseen(why.message if why else "nobody could look", why.hint if why else None)
