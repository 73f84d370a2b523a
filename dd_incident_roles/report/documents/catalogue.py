"""The documents of ``roles``, ``explain`` and ``catalog`` as JSON: what is demanded."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import BeforeValidator, Field

from dd_incident_roles.policy.policy import Scope
from dd_incident_roles.report.documents import Document, Lasting, Part, RuleId, field
from dd_incident_roles.roles.catalogue import Holders, Level, NamedRole, Streams, describe
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
    when: InWords = field("The condition in words.")


class Requirement(Part):
    """One requirement."""

    when: InWords = field("The condition in words.")
    after: Length = field("How long it may be empty, such as 10m.")
    level: Level = field("The level of the finding if nobody holds it then.")


def _shown(role: object) -> object:
    # Datadog keeps the commander as an attribute of the incident, and not as a role.
    return role if isinstance(role, NamedRole) else "commander"


class Role(Part):
    """One role."""

    key: str = field("The key of the role.")
    title: str = field("Its title.")
    aliases: list[str] = field("Other names of it.")
    summary: str = field("What it is for, in a sentence.")
    responsibilities: list[str] = field("What its holder has to do.")
    holders: Holders = field("How many people can hold it.")
    streams: Streams = field("Whether it is held in streams of work.")
    suggested_streams: list[str] = field("Names of streams that are suggested for it.")
    datadog: Annotated[Literal["commander"] | DatadogRole, BeforeValidator(_shown)] = field(
        "How Datadog shows it: as the commander, or as a role with this name."
    )
    excludes: list[Exclusion] = field("Roles that the same person must not hold.")
    required: list[Requirement] = field("When an incident must have it; empty means never.")


class Roles(Document):
    """Roles of the catalogue."""

    written_by = "`roles list --format json` and `roles show --format json` write"

    roles: list[Role] = field("The roles, in the order of the catalogue.")


class RuleText(Part):
    """One rule."""

    id: RuleId = field("The id, whose meaning never changes.")
    name: str = field("The name.")
    title: str = field("What it finds.")
    why: str = field("Why that matters.")
    looks_at: str = field("What it looks at.")
    how_to_fix: str = field("How to fix a finding.")
    default_level: Level = field("The level of a finding, unless the policy sets another one.")
    grace_seconds: Lasting | None = field(
        "Its grace in seconds, unless the policy sets another one; null if it has no grace.",
        source="grace",
    )
    scope: Scope = field("What it checks.")


class Explain(Document):
    """Rules of `check`."""

    written_by = "`explain --format json` writes"

    rules: list[RuleText] = field("The rule that was named, or all of them.")


class File(Part):
    """One file."""

    kind: str = field("What it is for, such as roles, policy or people.")
    file: str = field("The path of the file as it was given.", source="name")
    shipped: bool = field(
        "Whether it is the file that is shipped with the program.", source="is_shipped"
    )


class Problem(Part):
    """One problem."""

    level: Level = field("Its level.")
    file: str = field("The path of the file as it was given.")
    line: Annotated[int, Field(ge=1)] | None = field(
        "The line, counted from 1; null if the file cannot be read at all."
    )
    key: str | None = field("The key in the file, if it is about one.")
    message: str = field("What is wrong.")
    hint: str | None = field("How to fix it, if that is not obvious.")


class Lint(Document):
    """What is wrong with the files of the configuration."""

    written_by = "`catalog lint --format json` writes"

    files: list[File] = field("The files that were checked.")
    problems: list[Problem] = field(
        "What is wrong with them, or will be soon; empty if nothing is."
    )


class Definition(Part):
    """One role or property field."""

    kind: Literal["role", "field"] = field("Whether it is a role or a property field.")
    name: str = field("Its name in Datadog.")
    role: str | None = field(
        "The key of the role in the catalogue; null if it is only in Datadog.",
        source="role.key",
        default=None,
    )
    step: Literal["create", "change", "delete", "equal", "keep", "stuck"] = field(
        "What is right to do: create it, change it, delete it; equal where both sides agree, keep "
        "where it is only in Datadog and stays, stuck where it differs and Datadog cannot change "
        "it."
    )
    id: str | None = field("Its id in Datadog; null if it is not there.")
    shown_single: bool | None = field(
        "Whether Datadog lets only one person hold the role; null for a field, or if it is not "
        "there."
    )
    wanted_single: bool | None = field(
        "Whether the catalogue lets only one person hold the role; null for a field, or if it has "
        "no such role."
    )
    made_here: bool = field("Whether this program made it, as its record has it.", source="is_ours")
    note: str | None = field("What else there is to say about it.")
    outcome: Literal["done", "refused", "failed", "in_doubt", "not_tried"] | None = field(
        "What became of the step: in_doubt where no answer came, failed where it certainly was not "
        "done; null if it was not to be done."
    )
    problem: str | None = field("What went wrong.")
    hint: str | None = field("What to do about that.")


class DefinedType(Part):
    """One incident type."""

    id: str = field("Its id in Datadog.", source="type.id")
    name: str = field("Its name.", source="type.name")
    is_default: bool = field(
        "Whether incidents have it that are declared without a type.", source="type.is_default"
    )
    has_fields: bool | None = field(
        "Whether the roles are shown in property fields; null if Datadog does not tell."
    )
    items: list[Definition] = field(
        "The roles and fields: those of the catalogue in its order, then those only in Datadog."
    )


class CatalogPlan(Document):
    """The catalogue and what Datadog defines for each incident type."""

    written_by = (
        "`catalog show --format json`, `catalog plan --format json` and `catalog apply --format "
        "json` write"
    )

    applied: bool = field("Whether the steps were taken, or are only planned.", source="is_applied")
    commander: str = field("The title of the role that Datadog shows as the commander.")
    prune: Literal["nothing", "ours", "all"] = field(
        "What of that which is only in Datadog is deleted."
    )
    types: list[DefinedType] = field("The incident types.")

    @classmethod
    def name(cls) -> str:
        """Two words."""
        return "catalog_plan"
