"""The documents of ``roles``, ``explain`` and ``catalog lint`` as JSON: what is demanded."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import BeforeValidator, Field

from dd_incident_roles.policy.rule import Scope
from dd_incident_roles.report.documents.parts import Document, Lasting, Part, RuleId, field
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
    # Datadog keeps the commander as an attribute of the incident, and not as a role.
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

    written_by = "`roles list --format json` and `roles show --format json` write"

    roles: list[Role] = field("The roles, in the order of the catalogue.")


class RuleText(Part):
    """One rule."""

    id: RuleId = field("The id, which never changes its meaning.")
    name: str = field("The name.")
    title: str = field("What it finds.")
    why: str = field("Why that matters.")
    looks_at: str = field("What it looks at.")
    how_to_fix: str = field("What to do about a finding.")
    default_level: Level = field("How grave a finding is, unless the policy says otherwise.")
    grace_seconds: Lasting | None = field(
        "How long it lets something pass, in seconds, unless the policy says otherwise; null where "
        "it has no such time of its own.",
        source="grace",
    )
    scope: Scope = field("What it is asked about.")


class Explain(Document):
    """Rules of `check`."""

    written_by = "`explain --format json` writes"

    rules: list[RuleText] = field("The rule that was named, or all of them.")


class File(Part):
    """One file."""

    kind: str = field("What it is for, such as roles, policy or people.")
    file: str = field("The path of the file as it was given.", source="name")
    shipped: bool = field(
        "Whether it is the file that this program brings along.", source="is_shipped"
    )


class Problem(Part):
    """One problem."""

    level: Level = field("How grave it is.")
    file: str = field("The path of the file as it was given.")
    line: Annotated[int, Field(ge=1)] | None = field(
        "The line, counted from 1; null where the file cannot be read at all."
    )
    key: str | None = field("The key in the file, if it is about one.")
    message: str = field("What is wrong.")
    hint: str | None = field("What to do about it, if there is more to say.")


class Lint(Document):
    """What is wrong with the files of the configuration."""

    written_by = "`catalog lint --format json` writes"

    files: list[File] = field("The files that were looked at.")
    problems: list[Problem] = field(
        "What is wrong with them, or soon will be; empty where nothing is."
    )
