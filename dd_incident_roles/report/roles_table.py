"""``roles list`` and ``roles show`` for a person."""

from __future__ import annotations

from collections.abc import Iterator

from rich import box
from rich.table import Table
from rich.text import Text

from dd_incident_roles.report.clean import styled
from dd_incident_roles.report.lines import joined
from dd_incident_roles.roles.catalogue import (
    Catalogue,
    Holders,
    NamedRole,
    Requirement,
    Role,
    Streams,
)
from dd_incident_roles.roles.describe import describe
from dd_incident_roles.roles.durations import format_duration


def roles_table(catalogue: Catalogue) -> Table:
    """Every role: what it can be called, how many hold it, and when it is required."""
    table = Table(box=box.SIMPLE_HEAD, pad_edge=False, header_style="dim")
    for heading in ("Role", "Also called", "Holders", "Required"):
        table.add_column(heading, overflow="fold")
    for role in catalogue.roles:
        table.add_row(
            styled(role.title, "bold"),
            styled(", ".join([role.key, *role.aliases])),
            styled(_holders(role)),
            Text("\n").join([styled(_required(requirement)) for requirement in role.required])
            or Text("never", style="dim"),
        )
    return table


def role_card(role: Role, catalogue: Catalogue) -> Text:
    """What somebody who takes a role has to know about it."""
    return joined(_card(role, catalogue))


def _card(role: Role, catalogue: Catalogue) -> Iterator[Text]:
    yield styled(role.title, "bold")
    yield styled(role.summary)
    yield Text("")
    for responsibility in role.responsibilities:
        yield styled(f"- {responsibility}")
    yield Text("")
    yield _line("Called", ", ".join([role.key, *role.aliases]))
    yield _line("Held by", _holders(role))
    if role.suggested_streams:
        yield _line("Streams", f"such as {', '.join(role.suggested_streams)}")
    match role.datadog:
        case NamedRole(name=name):
            yield _line("In Datadog", f'the role "{name}"')
        case _:
            yield _line("In Datadog", "the commander")
    for exclusion in role.excludes:
        other = catalogue.role(exclusion.role).title
        yield _line("Not with", f"{other}, {describe(exclusion.when)}")
    for requirement in role.required:
        yield _line("Required", _required(requirement))


def _line(label: str, value: str) -> Text:
    return Text.assemble((f"{label + ':':<12}", "dim"), styled(value))


def _holders(role: Role) -> str:
    number = "one person" if role.holders is Holders.ONE else "several people"
    match role.streams:
        case Streams.NONE:
            return number
        case Streams.OPTIONAL:
            return f"{number}, or {number} per stream"
        case Streams.REQUIRED:
            return f"{number} per stream"


def _required(requirement: Requirement) -> str:
    grace = f"after {format_duration(requirement.after)}" if requirement.after else "at once"
    return f"{describe(requirement.when)}, {grace} ({requirement.level.value})"
