"""The documents of ``roles list`` and ``roles show`` as JSON."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Annotated, Literal

from pydantic import BeforeValidator

from dd_incident_roles.report.documents.parts import Document, Part, field
from dd_incident_roles.roles import catalogue
from dd_incident_roles.roles.catalogue import Holders, Level, NamedRole, Streams
from dd_incident_roles.roles.conditions import describe
from dd_incident_roles.words import format_duration


class DatadogRole(Part):
    """A role of a name."""

    role: str = field("The name of the role in Datadog.", source="name")


InWords = Annotated[str, BeforeValidator(describe)]
"""A condition in words."""

Length = Annotated[str, BeforeValidator(format_duration)]
"""A length of time such as 10m."""


class Exclusion(Part):
    """One such role."""

    role: str = field("The key of the other role.")
    when: InWords = field("In which incidents, in words.")


class Requirement(Part):
    """One requirement."""

    when: InWords = field("In which incidents, in words.")
    after: Length = field("How long it may stand empty, such as 10m.")
    level: Level = field("How grave it is if nobody holds it then.")


def _shown(role: object) -> object:
    return role if isinstance(role, NamedRole) else "commander"


class Role(Part):
    """One role."""

    key: str = field("The key by which the role is named.")
    title: str = field("Its title.")
    aliases: list[str] = field("What else it can be called.")
    summary: str = field("What it is for, in a sentence.")
    responsibilities: list[str] = field("What whoever holds it has to do.")
    holders: Holders = field("How many people can hold it.")
    streams: Streams = field("Whether it can be given for a stream of work.")
    suggested_streams: list[str] = field("Streams that are usual for it.")
    datadog: Annotated[Literal["commander"] | DatadogRole, BeforeValidator(_shown)] = field(
        "How Datadog shows it: as the commander, or as a role of a name."
    )
    excludes: list[Exclusion] = field("Roles that the same person must not hold.")
    required: list[Requirement] = field(
        "When an incident has to have it; never where this is empty."
    )


class Roles(Document):
    """Roles of the catalogue."""

    title = "roles"
    about = (
        "What `roles list --format json` and `roles show --format json` write: roles of the "
        "catalogue."
    )

    roles: list[Role] = field("The roles, in the order of the catalogue.")


def roles_json(roles: Iterable[catalogue.Role]) -> str:
    """Roles with all that the catalogue says of them."""
    return Roles.of({"roles": list(roles)})
