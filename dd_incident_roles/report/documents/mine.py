"""The document of ``status --mine --format json``."""

from __future__ import annotations

from dd_incident_roles.report.documents.parts import (
    Count,
    Document,
    Instant,
    Part,
    Person,
    field,
)
from dd_incident_roles.report.documents.status import Targets
from dd_incident_roles.report.mine_views import MineView
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
    role: str = field("The key of the role.", source="row.role")
    title: str = field("The title of the role.", source="row.title")
    stream: str | None = field(_STREAM, source="row.stream")
    since: Instant = field("Since when, in UTC.")
    summary: str = field("What the role is for; empty where nobody said so.")
    responsibilities: list[str] = field(
        "What its holder has to see to; empty for a role that was devised."
    )
    targets: Targets = field(
        "Each target by name, such as datadog, and how the role stands there.",
        source="row.targets",
    )


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
        "What to type: to accept it, or to take it back where it waits for somebody else."
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
    hint: str | None = field("What to do about it, where something can be done.")


class Mine(Document):
    """What the person who asks holds and owes."""

    title = "mine"
    about = "What `status --mine --format json` writes: what the person who asks holds and owes."

    person: Person = field("Who asks.")
    now: Instant = field("As of when this holds, in UTC.")
    incidents: Count = field("How many incidents were looked at.")
    roles: list[Role] = field("The roles that the person holds, the gravest incident first.")
    handoffs_to_answer: list[Handoff] = field(
        "What the person was asked to take over and has not answered, the oldest first."
    )
    handoffs_waiting: list[Handoff] = field(
        "What the person asked somebody else to take over, and nobody answered, the oldest first."
    )
    tasks: list[Task] = field(
        "The open tasks that the person is assigned to, the most overdue first, those without a "
        "due time last."
    )
    findings: list[Finding] = field(
        "What the check has to say that is the person's to act on: about their roles, or anything "
        "where they are Incident Manager."
    )
    not_read: list[Gap] = field(
        "What could not be looked at, so that the rest may lack something; the exit code is 3 then."
    )


def mine_json(mine: MineView) -> str:
    """What somebody holds and owes."""
    return Mine.text(
        {
            "person": mine.person,
            "now": mine.now,
            "incidents": mine.incidents,
            "roles": mine.held,
            "handoffs_to_answer": mine.to_answer,
            "handoffs_waiting": mine.waiting,
            "tasks": [
                {
                    "incident": task.incident,
                    "id": task.id,
                    "text": task.text,
                    "due": task.due,
                    "overdue": task.is_overdue(mine.now),
                }
                for task in mine.tasks
            ],
            "findings": mine.findings,
            "not_read": mine.unread,
        }
    )
