"""The document of ``status --format json``."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Annotated

from dd_incident_roles.model import PersonKind
from dd_incident_roles.report.documents.parts import ByName, Count, Document, Instant, Part, field
from dd_incident_roles.report.views import StatusView, TargetState

Targets = Annotated[Mapping[str, TargetState], ByName]
"""How what is recorded of a role compares with what each target shows."""


class Holder(Part):
    """One person."""

    email: str | None = field("The e-mail, if it is known.")
    name: str | None = field("The name, if it is known.")
    since: Instant = field("Since when, in UTC.")
    source: str = field("Where it was first seen, such as cli or datadog.")
    account: str | None = field(
        "The id of the account in Datadog, if there is one and it is known."
    )
    kind: PersonKind = field("What stands behind it; external is somebody without an account.")


class Devised(Part):
    """How a role was devised for one incident."""

    by: str = field("Who devised it, as recorded.")
    at: Instant = field("When it was last devised, in UTC.")
    may_hold: list[str] = field("Who may hold it, by e-mail or key; empty where everybody may.")
    until: Instant | None = field("When it lapses, in UTC; null if it does not.")


class Role(Part):
    """A role, held or empty."""

    role: str = field("The key of the role.")
    title: str = field("The title of the role.")
    stream: str | None = field("The stream of work; null for the role itself.")
    required: bool = field("Whether the incident has to have it now.")
    holders: list[Holder] = field("Who holds it; empty where nobody does.")
    targets: Targets = field("Each target by name, such as datadog, and how the role stands there.")
    reasons: Annotated[Mapping[str, str], ByName] = field(
        "Why a target does not show the role, by the name of the target, where there is a reason."
    )
    devised: Devised | None = field(
        "How it was devised for this incident; null for a role of the catalogue."
    )


class Incident(Part):
    """An incident and its roles."""

    id: str = field("Its id in Datadog.", source="incident.id")
    public_id: Count = field("Its public id, the number after IR-.", source="incident.public_id")
    title: str = field("Its title.", source="incident.title")
    severity: str = field(
        "Its severity as Datadog writes it, such as SEV-1.", source="incident.severity"
    )
    state: str = field("Its state as Datadog writes it, such as active.", source="incident.state")
    declared: Instant = field("When it was declared, in UTC.", source="incident.declared")
    roles: list[Role] = field("One for each role and stream, empty ones too.", source="rows")
    notices: list[str] = field("What else there is to know.")


class Status(Document):
    """Who holds which role now."""

    title = "status"
    about = "What `status --format json` writes: who holds which role now."

    incidents: list[Incident] = field("One for each incident that was asked about.")


def status_json(statuses: Sequence[StatusView]) -> str:
    """Who holds which role in each incident, one row per role and stream."""
    return Status.text({"incidents": statuses})
