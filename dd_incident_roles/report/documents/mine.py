"""The document of ``status --mine --format json``."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime

from dd_incident_roles.report.documents import Count, Document, Instant, Part, Person, field
from dd_incident_roles.report.documents.status import Targets
from dd_incident_roles.roles.catalogue import Level

_STREAM = "The stream of work; null for the role itself."


class Incident(Part):
    """An incident."""

    id: str = field("Its id in Datadog.")
    public_id: Count = field("Its public id, the number after IR-.")
    title: str = field("Its title.")


class Role(Part):
    """A role that the person holds."""

    incident: Incident = field("The incident.")
    role: str = field("The key of the role.")
    title: str = field("The title of the role.")
    stream: str | None = field(_STREAM, default=None)
    since: Instant | None = field(
        "Since when, in UTC; null if it was assigned in Datadog, which does not say since when."
    )
    summary: str = field("What the role is for; empty if that was not given.", default="")
    responsibilities: tuple[str, ...] = field(
        "What its holder has to do; empty for a devised role.", default=()
    )
    targets: Targets = field(
        "The state of the role in each target, by name, such as datadog.", default={}
    )
    # Said below the table; the document of status has it for programs.
    reasons: Mapping[str, str] = field(default={}, exclude=True)

    @property
    def is_held(self) -> bool:
        """Whether anybody holds it: the person does."""
        return True


class Handoff(Part):
    """A proposed handoff that nobody answered."""

    incident: Incident = field("The incident.")
    role: str = field("The key of the role.")
    title: str = field("The title of the role.")
    stream: str | None = field(_STREAM)
    giver: Person | None = field("Who holds the role until it is accepted; null if nobody does.")
    receiver: Person = field("Who was asked.")
    proposed: Instant = field("When it was proposed, in UTC.")
    expires: Instant = field("The deadline for accepting it, in UTC.")
    note: str | None = field("The note to the receiver, if any.")
    command: str = field(
        "What to type: to accept it, to take it back where it waits for somebody else, to decline "
        "it once its time is over, or to see who holds the role where it is void."
    )


class Task(Part):
    """A task of an incident in Datadog."""

    incident: Incident = field("The incident.")
    id: str = field("Its id in Datadog.")
    text: str = field("The text of the task; empty if Datadog shows none.")
    due: Instant | None = field("The due time, in UTC; null if there is none.")
    overdue: bool = field("Whether it is overdue.")


class Finding(Part):
    """A finding of the check."""

    rule: str = field("The id of the rule, such as IR010.")
    name: str = field("The name of the rule.")
    level: Level = field("Its level.")
    incident: Count = field("The public id of the incident.", source="public_id")
    role: str | None = field("The key of the role that it is about, if it is about one.")
    stream: str | None = field("The stream of work that it is about, if it is about one.")
    message: str = field("The finding, in one sentence.")
    since: Instant = field("Since when, in UTC.")
    fix: str = field("What to type to fix it.")
    fingerprint: str = field("Identifies the finding from run to run.")


class Gap(Part):
    """Something that could not be looked at."""

    incident: int | str = field("The public id of the incident, else the name that was typed.")
    reason: str = field("What could not be read, and why.")
    hint: str | None = field("What to do about it, if anything.", default=None)


class Mine(Document):
    """What the person who asks holds and owes."""

    written_by = "`status --mine --format json` writes"

    person: Person = field("Who asks.")
    now: Instant = field("The time of this document, in UTC.")
    incidents: Count = field("How many incidents were read.")
    roles: tuple[Role, ...] = field(
        "The roles that the person holds, the most severe incident first."
    )
    handoffs_to_answer: tuple[Handoff, ...] = field(
        "Handoffs to the person that they have not answered, the oldest first."
    )
    handoffs_waiting: tuple[Handoff, ...] = field(
        "Handoffs by the person that nobody has answered, the oldest first."
    )
    handoffs_void: tuple[Handoff, ...] = field(
        "What the person was asked to take over, or wanted to hand over, and nobody can accept any "
        "more because the role changed hands otherwise; each until its time would have been over.",
        default=(),
    )
    tasks: tuple[Task, ...] = field(
        "The open tasks of the person, the most overdue first, those without a due time last."
    )
    findings: tuple[Finding, ...] = field(
        "Findings that the person has to act on: about their roles, and all of "
        "incidents that they manage."
    )
    not_read: tuple[Gap, ...] = field(
        "What could not be read, so that this document may be incomplete; the exit code is then 3."
    )
    # The report for people says so where nothing is held, and programs know what they asked for.
    only_open: bool = field(exclude=True)

    @property
    def exit_code(self) -> int:
        """3 when something could not be looked at, else 0."""
        return 3 if self.not_read else 0


def is_overdue(due: datetime | None, now: datetime) -> bool:
    """Whether a task should have been done by now; at the very moment it is due it is not late."""
    return due is not None and due < now
