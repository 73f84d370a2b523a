"""The document of ``status --format json``."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Annotated

from dd_incident_roles import model
from dd_incident_roles.model import PersonKind
from dd_incident_roles.report.documents import (
    ByName,
    Count,
    Document,
    Instant,
    Part,
    TargetState,
    field,
)
from dd_incident_roles.values import frozen

Targets = Annotated[Mapping[str, TargetState], ByName]
"""How what is recorded of a role compares with what each target shows."""


class Holder(Part):
    """One person."""

    email: str | None = field("The e-mail, if it is known.")
    name: str | None = field("The name, if it is known.")
    since: Instant | None = field(
        "Since when, in UTC; null if it was assigned in Datadog, which does not say since when."
    )
    source: str = field("Where it was first seen, such as cli or datadog.")
    account: str | None = field(
        "The id of the account in Datadog, if there is one and it is known.", default=None
    )
    kind: PersonKind = field(
        "The kind of account; external is a person without one.",
        default=PersonKind.UNKNOWN,
    )

    def called_by(self, call: Callable[[str | None, str | None], str]) -> str:
        """How the person is shown, where ``call`` says it by name and e-mail."""
        if self.kind is PersonKind.SERVICE_ACCOUNT:
            # Its e-mail may be a person's as well, who would be taken for the holder.
            return f"{self.name or self.email or self.account} (service account)"
        return call(self.name, self.email)


class Devised(Part):
    """How a role was devised for one incident."""

    by: str = field("Who devised it, as recorded.")
    at: Instant = field("When it was last devised, in UTC.")
    may_hold: tuple[str, ...] = field(
        "Who may hold it, by e-mail or key; empty means everyone.", default=()
    )
    until: Instant | None = field("When it expires, in UTC; null if it does not.", default=None)


class Role(Part):
    """A role, held or empty."""

    role: str = field("The key of the role.")
    title: str = field("The title of the role.")
    stream: str | None = field("The stream of work; null for the role itself.", default=None)
    required: bool = field("Whether the incident must have it now.", default=False)
    holders: tuple[Holder, ...] = field("Who holds it; empty if nobody does.", default=())
    targets: Targets = field(
        "The state of the role in each target, by name, such as datadog.", default={}
    )
    reasons: Annotated[Mapping[str, str], ByName] = field(
        "Why a target does not show the role, by the name of the target, if there is a reason.",
        default={},
    )
    called: str = field("The name to type for it.", default="")
    devised: Devised | None = field(
        "How it was devised for this incident; null for a role of the catalogue.", default=None
    )

    @property
    def is_held(self) -> bool:
        """Whether anybody holds it."""
        return bool(self.holders)


class Place(Part):
    """An issue or a chat room that the incident is shown in."""

    target: str = field("The system, such as github or slack.")
    label: str = field("What people call it.")
    url: str | None = field("Its page; null where that is not known.", default=None)
    named_by: str = field(
        "Who says so: link by hand or when it was created, or datadog.", default="link"
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
    url: str | None = field("Its page in Datadog; null for a Datadog on this machine.")
    roles: list[Role] = field("One for each role and stream, including empty ones.", source="rows")
    notices: list[str] = field("Notices.")
    places: list[Place] = field("The issue and the chat room that it is shown in.", default=[])


class Status(Document):
    """Who holds which role now."""

    written_by = "`status --format json` writes"

    incidents: list[Incident] = field("One for each incident that was asked for.")


@frozen
class StatusView:
    """Who holds which role in one incident; ``notices`` are what else there is to know.

    ``url`` is its page in Datadog, None where it has none. One that was not read is shown as the
    record has it.
    """

    incident: model.Incident
    rows: tuple[Role, ...]
    notices: tuple[str, ...] = ()
    url: str | None = None
    is_read: bool = True
    places: tuple[Place, ...] = ()
