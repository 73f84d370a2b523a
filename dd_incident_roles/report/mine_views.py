"""What somebody holds and owes, as values: filled in where the product is put together."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from dd_incident_roles.model import Incident
from dd_incident_roles.policy.finding import Finding
from dd_incident_roles.report.views import RoleRow


@dataclass(frozen=True, slots=True, kw_only=True)
class WhoView:
    """A person, by whatever is known of them."""

    email: str | None
    name: str | None

    @property
    def label(self) -> str:
        """How the person is named in a sentence."""
        return self.name or self.email or "somebody"


@dataclass(frozen=True, slots=True, kw_only=True)
class HeldRole:
    """A role that the person holds, and what it asks of them; ``row`` is that of ``status``."""

    incident: Incident
    row: RoleRow
    since: datetime
    summary: str = ""
    responsibilities: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class ProposedHandoff:
    """A handoff that nobody answered yet; ``giver`` is None where nobody holds the role.

    ``command`` accepts it, or takes it back where it waits for somebody else.
    """

    incident: Incident
    role: str
    title: str
    stream: str | None
    giver: WhoView | None
    receiver: WhoView
    proposed: datetime
    expires: datetime
    note: str | None
    command: str


@dataclass(frozen=True, slots=True, kw_only=True)
class OwedTask:
    """An open task that the person is assigned to."""

    incident: Incident
    id: str
    text: str
    due: datetime | None

    def is_overdue(self, now: datetime) -> bool:
        """Whether it should have been done by now."""
        return self.due is not None and self.due < now


@dataclass(frozen=True, slots=True, kw_only=True)
class Unread:
    """Something that could not be looked at, so that the answer may lack a part.

    ``incident`` is a public id, else what the incident was called by.
    """

    incident: int | str
    reason: str
    hint: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class MineView:
    """What somebody holds and owes in some incidents.

    ``incidents`` is how many were looked at, and ``only_open`` says that those are all open ones
    and not a choice. ``to_answer`` waits for the person, ``waiting`` for somebody else.
    """

    person: WhoView
    now: datetime
    incidents: int
    only_open: bool
    held: tuple[HeldRole, ...] = ()
    to_answer: tuple[ProposedHandoff, ...] = ()
    waiting: tuple[ProposedHandoff, ...] = ()
    tasks: tuple[OwedTask, ...] = ()
    findings: tuple[Finding, ...] = ()
    unread: tuple[Unread, ...] = ()

    @property
    def exit_code(self) -> int:
        """3 when something could not be looked at, else 0."""
        return 3 if self.unread else 0
