"""The document of ``history --format json``; lengths of time are in seconds."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field

from dd_incident_roles.history.held import Basis, SeenIn
from dd_incident_roles.report.documents.parts import Document, Instant, Part, Seconds, field
from dd_incident_roles.report.history_views import HistoryView
from dd_incident_roles.roles.catalogue import Level

_ROLE = "The key of the role in the catalogue."
_TITLE = "What the role is called."
_BEGAN = "When it began, in UTC; null for at the declaration or earlier."
_LASTS = "When it ended, in UTC; null if it lasts."


class Person(Part):
    """Somebody."""

    name: str = field(
        "How the person is called: by name, else by e-mail or handle.", source="label"
    )
    email: str | None = field("The e-mail, if it is known.")


class Held(Part):
    """One stretch in which a person held a role."""

    role: str = field(_ROLE)
    title: str = field(_TITLE)
    stream: str | None = field("The stream in which it was held, if in one.")
    holder: Person = field("Who held it.")
    since: Instant | None = field(_BEGAN, source="since", name="from")
    until: Instant | None = field(
        "When it ended, in UTC; that instant is no longer part of it. Null if it lasts."
    )
    seconds: Seconds = field(
        "How long it lasted, in seconds, from the declaration and to the end of the incident, or "
        "to now, where it has no bounds of its own.",
        source="length",
    )
    set_by: str | None = field("Who gave the role, or stated the correction, if that is known.")
    ended_by: str | None = field("Who ended it, if it ended and that is known.")
    seen_in: SeenIn = field("Where it was first seen.")
    basis: Basis = field(
        "How it is known: from the record, inferred from what Datadog noted in its timeline before "
        "the record first looked, or from a correction."
    )
    reason: str | None = field("The reason of a correction.")


class Gap(Part):
    """A stretch in which a role was required and nobody is known to have held it."""

    role: str = field(_ROLE, source="gap.role")
    title: str = field(_TITLE)
    since: Instant = field("When it began, in UTC.", source="gap.stretch.began", name="from")
    until: Instant | None = field(_LASTS)
    seconds: Seconds = field(
        "How long it lasted, or has lasted, in seconds.", source="gap.stretch.length"
    )
    allowed_seconds: Seconds = field(
        "How long the requirement lets the role stand empty, in seconds.",
        source="gap.requirement.after",
    )
    level: Level = field("How much the requirement matters.", source="gap.requirement.level")
    too_long: bool = field("Whether it lasted longer than is allowed.", source="gap.is_too_long")
    sure: bool = field(
        "False where the requirement hangs on how many people responded, which nobody remembers.",
        source="gap.is_sure",
    )
    watched: bool = field(
        "False before the record first looked: somebody may have held the role, and nothing tells "
        "of it."
    )


class Overlap(Part):
    """A stretch in which several people held what one person at a time is to hold."""

    role: str = field(_ROLE, source="overlap.role")
    title: str = field(_TITLE)
    stream: str | None = field("The stream, if it was in one.", source="overlap.stream")
    people: list[Person] = field("Who held it at once.")
    since: Instant | None = field(_BEGAN, source="overlap.since", name="from")
    until: Instant | None = field(_LASTS, source="overlap.until")


class Wait(Part):
    """How long after the declaration the first Incident Manager came."""

    seconds: Seconds | None = field(
        "How long, in seconds; null if there was none, or if it is not known.", source="length"
    )
    known: bool = field(
        "Whether it is known; if not, the record first looked too late to tell.",
        source="is_known",
    )


class Coverage(Part):
    """How far a role was covered while it was required."""

    role: str = field(_ROLE)
    required_seconds: Seconds = field(
        "How long it was required, in seconds, without the time of which nothing is known.",
        source="required",
    )
    held_seconds: Seconds = field("How long somebody then held it, in seconds.", source="held")
    unknown_seconds: Seconds = field(
        "How long it was required before the record first looked, and nothing tells of a holder, "
        "in seconds.",
        source="unknown",
    )
    fraction: Annotated[float, Field(ge=0, le=1)] | None = field(
        "The share that was covered; null where that is not known."
    )


class Handoffs(Part):
    """How often a role went from one person to another without a gap."""

    role: str = field(_ROLE)
    number: Annotated[int, Field(ge=1)] = field("How often.")


class Total(Part):
    """How long a person held at least one role."""

    person: Person = field("Who it was.")
    seconds: Seconds = field("How long, in seconds, within the incident.")


class Durations(Part):
    """How long things took."""

    incident_manager_after: Wait | None = field(
        "How long after the declaration the first Incident Manager came; null where another role "
        "was asked for."
    )
    coverage: list[Coverage] = field("How far each role was covered that was required at any time.")
    handoffs: list[Handoffs] = field(
        "Each role that went from one person to another without a gap."
    )
    people: list[Total] = field("How long each person held at least one role, the longest first.")


class History(Document):
    """Who held which role of an incident when, what lacked, and how long it took."""

    title = "history"
    about = (
        "What `history --format json` writes: who held which role of an incident when, what "
        "lacked, and how long it took."
    )

    incident: str = field("The id of the incident in Datadog.", source="incident.id")
    public_id: int = field(
        "The number of the incident, as in IR-1001.", source="incident.public_id"
    )
    incident_title: str = field("The title of the incident.", source="incident.title", name="title")
    declared: Instant = field("When the incident was declared, in UTC.", source="incident.declared")
    first_seen: Instant | None = field(
        "When the record first looked at the incident, in UTC, if that is known. What came before "
        "is inferred or not known."
    )
    role: str | None = field(
        "The key of the one role that was asked for; null for all of them.", source="only"
    )
    at: Instant | None = field(
        "The moment that was asked for, in UTC. Then the document has what was so at that moment, "
        "and no durations; null for the whole history."
    )
    rows: list[Held] = field(
        "Who held what when, corrections included: role by role, the oldest first."
    )
    recorded: list[Held] = field("The same before any correction.")
    gaps: list[Gap] = field(
        "Each stretch in which a role was required and nobody is known to have held it, once for "
        "each requirement."
    )
    overlaps: list[Overlap] = field(
        "Each stretch in which several people held what one person at a time is to hold."
    )
    durations: Durations | None = field("How long things took; null where a moment was asked for.")
    notices: list[str] = field("What else there is to know, as sentences.")


def history_json(history: HistoryView) -> str:
    """Who held what when, what lacked, and how long it took."""
    incident, durations = history.incident, history.durations
    return History.text(
        {
            "incident": {
                "id": incident.id,
                "public_id": incident.public_id,
                "title": incident.title,
                "declared": incident.declared,
            },
            "first_seen": history.first_seen,
            "only": history.only,
            "at": history.at,
            "rows": history.rows,
            "recorded": history.recorded,
            "gaps": history.gaps,
            "overlaps": history.overlaps,
            "durations": durations
            and {
                "incident_manager_after": durations.wait,
                "coverage": durations.coverage,
                "handoffs": durations.handoffs,
                "people": [
                    {"person": history.people[each.person], "seconds": each.length}
                    for each in durations.totals
                ],
            },
            "notices": history.notices,
        }
    )
