"""What the reports show, as values: filled in where the product is put together."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from types import MappingProxyType

from dd_incident_roles.model import Incident, PersonKind


class TargetState(StrEnum):
    """How what the record holds of a role compares with what a target shows."""

    IN_SYNC = "in_sync"
    PENDING = "pending"
    NOT_SUPPORTED = "not_supported"
    CONFLICT = "conflict"


class ChangeOp(StrEnum):
    """What was done to something, in the words of the JSON documents."""

    CREATE = "create"
    UPDATE = "update"
    DELETE = "delete"
    ASSIGN = "assign"
    UNASSIGN = "unassign"
    HANDOVER = "handover"
    LINK = "link"


class ChangeWhat(StrEnum):
    """What something was done to."""

    ENTRY = "entry"
    ASSIGNMENT = "assignment"
    COMMANDER = "commander"
    RESPONDER = "responder"
    TOPIC = "topic"
    ASSIGNEE = "assignee"


@dataclass(frozen=True, slots=True, kw_only=True)
class HolderView:
    """One person in a role; ``source`` is where that was first seen.

    ``account`` is the id of the account in Datadog, and ``kind`` what stands behind it.
    """

    email: str | None
    name: str | None
    since: datetime
    source: str
    account: str | None = None
    kind: PersonKind = PersonKind.UNKNOWN

    @property
    def label(self) -> str:
        """How the person is shown: by name and e-mail, as far as they are known.

        The e-mail of a service account may be a person's as well, and is left out.
        """
        if self.kind is PersonKind.SERVICE_ACCOUNT:
            return f"{self.name or self.email or self.account} (service account)"
        if self.name and self.email and self.name != self.email:
            return f"{self.name} <{self.email}>"
        return self.name or self.email or "(unknown)"


@dataclass(frozen=True, slots=True, kw_only=True)
class DevisedView:
    """Who devised a role for the incident, and on what terms; ``until`` None is for good.

    ``may_hold`` are those who may hold it, by e-mail or key; empty where everybody may.
    """

    by: str
    at: datetime
    may_hold: tuple[str, ...] = ()
    until: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class RoleRow:
    """One role of one incident, or one of its streams, held or empty.

    ``reasons`` say of a target that does not show the role why not; ``devised`` is None for a role
    of the catalogue.
    """

    role: str
    title: str
    stream: str | None = None
    required: bool = False
    holders: tuple[HolderView, ...] = ()
    targets: Mapping[str, TargetState] = field(default_factory=lambda: MappingProxyType({}))
    reasons: Mapping[str, str] = field(default_factory=lambda: MappingProxyType({}))
    devised: DevisedView | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class StatusView:
    """Who holds which role in one incident; ``notices`` are what else there is to know."""

    incident: Incident
    rows: tuple[RoleRow, ...]
    notices: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class ChangeView:
    """One change that a sync made, or in a dry run would make; ``summary`` is a sentence."""

    incident: int
    target: str
    op: ChangeOp
    what: ChangeWhat
    summary: str
    role: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ConflictView:
    """A role that was changed on both sides; ``standing`` holds it now, ``wanted`` gave way."""

    incident: int
    target: str
    role: str
    wanted: str | None
    standing: str | None
    since: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class RefusalView:
    """What the guard held back, and what to type if it is meant.

    ``by_itself`` is when it goes through without that, if it stays so.
    """

    incident: int | None
    target: str
    reason: str
    hint: str | None = None
    by_itself: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class FailureView:
    """Something that could not be read or written.

    ``incident`` is a public id, else what the incident was called by; None where it was not about
    one. ``ambiguous`` says that the write may have been applied all the same, ``declined`` that it
    was turned down, so that to send it again at once is of no use.
    """

    incident: int | str | None
    target: str
    error: str
    ambiguous: bool = False
    declined: bool = False
    hint: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class NoticeView:
    """Something to know that is neither a change nor a failure."""

    incident: int | None
    text: str


@dataclass(frozen=True, slots=True, kw_only=True)
class RefusedWriteView:
    """A write that a target declined, now or earlier, and that is still wanted; it rests.

    ``summary`` is what comes after the name of the target, ``next_try`` when it is sent again
    although nothing changed.
    """

    incident: int
    target: str
    op: ChangeOp
    what: ChangeWhat
    summary: str
    reason: str
    since: datetime
    last: datetime
    tries: int
    next_try: datetime
    role: str | None = None
    entry: str | None = None
    hint: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class SyncView:
    """What one sync did, or in a dry run would do; ``incidents`` is how many it looked at."""

    dry_run: bool
    incidents: int
    requests: Mapping[str, int]
    changes: tuple[ChangeView, ...] = ()
    conflicts: tuple[ConflictView, ...] = ()
    refused: tuple[RefusalView, ...] = ()
    refused_writes: tuple[RefusedWriteView, ...] = ()
    failures: tuple[FailureView, ...] = ()
    notices: tuple[NoticeView, ...] = ()

    @property
    def is_news(self) -> bool:
        """Whether something was done, refused or failed."""
        return bool(self.changes or self.refused or self.failures)
