"""The document of ``status --mine --format json``."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime

from dd_incident_roles.report.documents.parts import Count, Document, Instant, Part, Person, field
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
        "Since when, in UTC; null where it was given in Datadog, which does not say since when."
    )
    summary: str = field("What the role is for; empty where nobody said so.", default="")
    responsibilities: tuple[str, ...] = field(
        "What its holder has to see to; empty for a role that was devised.", default=()
    )
    targets: Targets = field(
        "Each target by name, such as datadog, and how the role stands there.", default={}
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
    giver: Person | None = field("Who holds the role until it is accepted; null where nobody does.")
    receiver: Person = field("Who was asked.")
    proposed: Instant = field("When it was proposed, in UTC.")
    expires: Instant = field("By when it is to be accepted, in UTC.")
    note: str | None = field("What the receiver was told, if anything.")
    command: str = field(
        "What to type: to accept it, to take it back where it waits for somebody else, to decline "
        "it once its time is over, or to see who holds the role where it is void."
    )


class Task(Part):
    """A task of an incident in Datadog."""

    incident: Incident = field("The incident.")
    id: str = field("Its id in Datadog.")
    text: str = field("What is to be done; empty where Datadog shows no text.")
    due: Instant | None = field("By when, in UTC; null where that was not said.")
    overdue: bool = field("Whether it should have been done by now.")


class Finding(Part):
    """A finding of the check."""

    rule: str = field("The id of the rule, such as IR010.")
    name: str = field("The name of the rule.")
    level: Level = field("How much it matters.")
    incident: Count = field("The public id of the incident.", source="public_id")
    role: str | None = field("The key of the role that it is about, if it is about one.")
    stream: str | None = field("The stream of work that it is about, if it is about one.")
    message: str = field("What was found, in one sentence.")
    since: Instant = field("Since when that is so, in UTC.")
    fix: str = field("What to type about it.")
    fingerprint: str = field("What stays the same about the finding from run to run.")


class Gap(Part):
    """Something that could not be looked at."""

    incident: int | str = field("The public id of the incident, else what it was called by.")
    reason: str = field("What could not be looked at, and why.")
    hint: str | None = field("What to do about it, where something can be done.", default=None)


class Mine(Document):
    """What the person who asks holds and owes."""

    written_by = "`status --mine --format json` writes"

    person: Person = field("Who asks.")
    now: Instant = field("As of when this holds, in UTC.")
    incidents: Count = field("How many incidents were looked at.")
    roles: tuple[Role, ...] = field("The roles that the person holds, the gravest incident first.")
    handoffs_to_answer: tuple[Handoff, ...] = field(
        "What the person was asked to take over and has not answered, the oldest first."
    )
    handoffs_waiting: tuple[Handoff, ...] = field(
        "What the person asked somebody else to take over, and nobody answered, the oldest first."
    )
    handoffs_void: tuple[Handoff, ...] = field(
        "What the person was asked to take over, or wanted to hand over, and nobody can accept any "
        "more because the role changed hands otherwise; each until its time would have been over.",
        default=(),
    )
    tasks: tuple[Task, ...] = field(
        "The open tasks that the person is assigned to, the most overdue first, those without a "
        "due time last."
    )
    findings: tuple[Finding, ...] = field(
        "What the check has to say that is the person's to act on: about their roles, or anything "
        "where they are Incident Manager."
    )
    not_read: tuple[Gap, ...] = field(
        "What could not be looked at, so that the rest may lack something; the exit code is 3 then."
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
