"""The document of ``sync --format json``."""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum
from typing import Annotated

from dd_incident_roles.report.documents.parts import ByName, Count, Document, Instant, Part, field

_TARGET = "The system, such as datadog, or record for our own record."
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
    ROSTER = "roster"


class Change(Part):
    """One change."""

    incident: Count = field("The public id of the incident.")
    target: str = field(_TARGET)
    op: ChangeOp = field("What was done.")
    what: ChangeWhat = field("What was changed.")
    role: str | None = field(_ROLE, default=None)
    summary: str = field("The change in one sentence.")


class Conflict(Part):
    """One conflict."""

    incident: Count = field("The public id of the incident.")
    target: str = field(_TARGET)
    role: str = field("The key of the role.")
    wanted: str | None = field("The person that the record had; null for nobody.")
    standing: str | None = field("Who holds it now; null for nobody.")
    since: Instant = field("Since when it has been in conflict, in UTC.")


class Refusal(Part):
    """What the guard held back in one incident."""

    incident: int | None = field(
        "The public id of the incident; null if it is about all incidents."
    )
    target: str = field(_TARGET)
    reason: str = field("Why it was held back.")
    hint: str | None = field("What to type to allow it.", default=None)
    by_itself: Instant | None = field(
        "When it goes through without a flag if nothing changes; null if never.", default=None
    )


class RefusedWrite(Part):
    """One write that a target declined."""

    incident: Count = field("The public id of the incident.")
    target: str = field(_TARGET)
    op: ChangeOp = field("What was to be done.")
    what: ChangeWhat = field("What was to be changed.")
    role: str | None = field(_ROLE, default=None)
    entry: str | None = field("The key of the entry, if it is about one.", default=None)
    summary: str = field('Completes the sentence "the target refuses …".')
    reason: str = field("Why, in the words of the last answer.")
    hint: str | None = field("What to do about it, if anything.", default=None)
    since: Instant = field("When it was first refused, in UTC.")
    last: Instant = field("When it was last refused, in UTC.")
    tries: Count = field("How often it was sent.")
    next_try: Instant = field("When it is sent again even if nothing changed, in UTC.")


class Failure(Part):
    """One failure."""

    incident: int | str | None = field(
        "The public id of the incident, else the name that was typed; null if it is "
        "not about one incident."
    )
    target: str = field(_TARGET)
    error: str = field("What went wrong.")
    ambiguous: bool = field(
        "Whether a write may have been applied without an answer.", default=False
    )
    # Only a person is told not to send again what was turned down; programs read refused_writes.
    declined: bool = field(default=False, exclude=True)
    hint: str | None = field("What to do about it, if anything.", default=None)


class Notice(Part):
    """One notice."""

    incident: int | None = field(
        "The public id of the incident; null if it is about all incidents."
    )
    text: str = field("The notice.")


class Sync(Document):
    """What one sync did, or in a dry run would do."""

    written_by = "`sync --format json` writes"

    dry_run: bool = field("Whether nothing was written.")
    incidents: Count = field("How many incidents the run was about.")
    left_unread: Count = field(
        "How many of them were not read, because nothing moved since their last reading.", default=0
    )
    oldest_reading: Instant | None = field(
        "When the one of these that was read the longest ago was read; null if all were read.",
        default=None,
    )
    requests: Annotated[Mapping[str, Count], ByName] = field(
        "How many requests were sent to Datadog, by HTTP method."
    )
    changes: tuple[Change, ...] = field("What was changed, or would be in a dry run.", default=())
    conflicts: tuple[Conflict, ...] = field(
        "Roles that were changed on both sides and are not settled.", default=()
    )
    refused: tuple[Refusal, ...] = field(
        "Removals that were held back because there were too many; everything else was done.",
        default=(),
    )
    refused_writes: tuple[RefusedWrite, ...] = field(
        "Writes that a target refused, now or earlier, and that are still wanted.", default=()
    )
    failures: tuple[Failure, ...] = field("What could not be read or written.", default=())
    notices: tuple[Notice, ...] = field("Notices.", default=())
    place_requests: Annotated[Mapping[str, Annotated[Mapping[str, Count], ByName]], ByName] = field(
        "How many requests were sent to each issue tracker and chat, by its name and HTTP method.",
        default={},
    )

    @property
    def is_news(self) -> bool:
        """Whether something was done, refused or failed."""
        return bool(self.changes or self.refused or self.failures)
