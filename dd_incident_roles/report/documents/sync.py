"""The document of ``sync --format json``."""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum
from typing import Annotated

from dd_incident_roles.report.documents.parts import ByName, Count, Document, Instant, Part, field

_TARGET = "The system, such as datadog, or record for our own."
_ROLE = "The key of the role, if it is about one."


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


class Change(Part):
    """One change."""

    incident: Count = field("The public id of the incident.")
    target: str = field(_TARGET)
    op: ChangeOp = field("What was done.")
    what: ChangeWhat = field("What it was done to.")
    role: str | None = field(_ROLE, default=None)
    summary: str = field("The change in one sentence.")


class Conflict(Part):
    """One conflict."""

    incident: Count = field("The public id of the incident.")
    target: str = field(_TARGET)
    role: str = field("The key of the role.")
    wanted: str | None = field("Whom the record had; null for nobody.")
    standing: str | None = field("Who holds it now; null for nobody.")
    since: Instant = field("Since when it is not settled, in UTC.")


class Refusal(Part):
    """What the guard held back in one incident."""

    incident: int | None = field("The public id of the incident; null where it is about all.")
    target: str = field(_TARGET)
    reason: str = field("Why it was held back.")
    hint: str | None = field("What to type if it is meant.", default=None)
    by_itself: Instant | None = field(
        "When it goes through by itself if it stays so; null where it never does.", default=None
    )


class RefusedWrite(Part):
    """One write that a target declined."""

    incident: Count = field("The public id of the incident.")
    target: str = field(_TARGET)
    op: ChangeOp = field("What was to be done.")
    what: ChangeWhat = field("What it was to be done to.")
    role: str | None = field(_ROLE, default=None)
    entry: str | None = field("The key of the entry, if it is about one.", default=None)
    summary: str = field("What comes after: the target refuses.")
    reason: str = field("Why, in the words of the last answer.")
    hint: str | None = field("What to do about it, if anything can be done.", default=None)
    since: Instant = field("When it was declined first, in UTC.")
    last: Instant = field("When it was declined last, in UTC.")
    tries: Count = field("How often it was sent.")
    next_try: Instant = field("When it is sent again although nothing changed, in UTC.")


class Failure(Part):
    """One failure."""

    incident: int | str | None = field(
        "The public id of the incident, else what it was called by; null where it is about no "
        "single one."
    )
    target: str = field(_TARGET)
    error: str = field("What went wrong.")
    ambiguous: bool = field(
        "Whether a write may have been applied although no answer came.", default=False
    )
    # Only a person is told not to send again what was turned down; programs read refused_writes.
    declined: bool = field(default=False, exclude=True)
    hint: str | None = field("What to do about it, if anything can be done.", default=None)


class Notice(Part):
    """One notice."""

    incident: int | None = field("The public id of the incident; null where it is about all.")
    text: str = field("What there is to know.")


class Sync(Document):
    """What one sync did, or in a dry run would do."""

    written_by = "`sync --format json` writes"

    dry_run: bool = field("Whether nothing was written.")
    incidents: Count = field("How many incidents were looked at.")
    requests: Annotated[Mapping[str, Count], ByName] = field(
        "How many requests were made, by HTTP method."
    )
    changes: tuple[Change, ...] = field("What was changed, or in a dry run would be.", default=())
    conflicts: tuple[Conflict, ...] = field(
        "Roles that were changed on both sides and are not settled.", default=()
    )
    refused: tuple[Refusal, ...] = field(
        "What would destroy too much and was held back; everything else was done.", default=()
    )
    refused_writes: tuple[RefusedWrite, ...] = field(
        "The writes that a target declined, now or earlier, and that are still wanted.", default=()
    )
    failures: tuple[Failure, ...] = field("What could not be read or written.", default=())
    notices: tuple[Notice, ...] = field("What else there is to know.", default=())

    @property
    def is_news(self) -> bool:
        """Whether something was done, refused or failed."""
        return bool(self.changes or self.refused or self.failures)
