"""The document of ``suggest --format json``."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field

from dd_incident_roles.report.documents.parts import Count, Document, Part, field

_EMAIL = "The e-mail, if it is known."
_NAME = "The name, if it is known."
_FOUND = 'Where they were found, such as "on call for sre".'


class Incident(Part):
    """An incident."""

    id: str = field("Its id in Datadog.")
    public_id: Count = field("Its public id, the number after IR-.")
    title: str = field("Its title.")
    severity: str = field("Its severity as Datadog writes it, such as SEV-1.")
    state: str = field("Its state as Datadog writes it, such as active.")


class Holder(Part):
    """One holder."""

    email: str | None = field(_EMAIL, source="person.email")
    name: str | None = field(_NAME, source="person.called")
    stream: str | None = field("The stream of work; null for the role itself.")


class Candidate(Part):
    """Somebody who could take the role."""

    email: str | None = field(_EMAIL, source="person.email")
    name: str | None = field(_NAME, source="person.called")
    found: list[str] = field(_FOUND)
    on_call: bool = field("Whether a page to a team reaches them first.")
    holds: list[str] = field("The titles of the roles that they already hold in the incident.")
    qualified: bool | None = field(
        "Whether they are in the team that the role requires; null if it requires "
        "none, or the team could not be read."
    )
    warning: str | None = field("A warning about them, if any.")
    command: str = field("What to type to assign them.")


class LeftOut(Part):
    """Somebody who is not proposed."""

    email: str | None = field(_EMAIL, source="person.email")
    name: str | None = field(_NAME, source="person.called")
    found: list[str] = field(_FOUND)
    reason: str = field("Why not, to follow the name in a sentence.")


class LaterTiers(Part):
    """The later tiers of one team."""

    team: str = field("The team as it is named in the catalogue.")
    number: Annotated[int, Field(ge=1)] = field("How many people.")


class Unread(Part):
    """One thing that could not be read."""

    what: str = field("What it is.")
    reason: str = field("Why it could not be read.")


class Role(Part):
    """A role and whom to ask for it."""

    role: str = field("The key of the role.", source="role.key")
    title: str = field("The title of the role.", source="role.title")
    required: bool = field("Whether the incident must have it now.")
    has_places: bool = field("Whether the catalogue says where to find people.")
    holders: list[Holder] = field(
        "Who holds it; nobody is proposed for a role that is held, unless --all is given."
    )
    candidates: list[Candidate] = field("Who is proposed, the best first.", source="proposed")
    left_out: list[LeftOut] = field("Who was found but is not proposed.")
    later_tiers: list[LaterTiers] = field(
        "How many people a page reaches only later; they are not proposed."
    )
    unread: list[Unread] = field("What could not be read.")


class Suggest(Document):
    """Whom to ask for a role. Nobody is assigned."""

    written_by = "`suggest --format json` writes"

    incident: Incident = field("The incident that was asked for.")
    complete: bool = field("Whether everything could be read.", source="is_whole")
    roles: list[Role] = field("One for each role that was asked for.")
