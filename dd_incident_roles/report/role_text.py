"""``roles`` for a person: the table of all, and the card of one for who looks it up or takes it."""

from __future__ import annotations

from collections.abc import Iterator

from rich.table import Table
from rich.text import Text

from dd_incident_roles.policy.words import short_name
from dd_incident_roles.report.clean import styled
from dd_incident_roles.report.terminal import joined, labelled, table
from dd_incident_roles.roles.catalogue import (
    Catalogue,
    Holders,
    NamedRole,
    Requirement,
    Role,
    Streams,
)
from dd_incident_roles.roles.conditions import describe
from dd_incident_roles.words import command, format_duration, role_label

ANY_INCIDENT = "INCIDENT"
"""What stands in a command for an incident that nobody named."""

_LABEL_WIDTH = 12


def roles_table(catalogue: Catalogue) -> Table:
    """Every role: what it can be called, how many hold it, and when it is required."""
    headings = ("Role", "Also called", "Holders", "Required")
    shown = table(*headings, folded=headings)
    for role in catalogue.roles:
        shown.add_row(
            styled(role.title, "bold"),
            styled(", ".join([role.key, *role.aliases])),
            styled(_held_by(role)),
            Text("\n").join([styled(_required(requirement)) for requirement in role.required])
            or Text("never", style="dim"),
        )
    return shown


def role_card(role: Role, catalogue: Catalogue) -> Text:
    """All that the catalogue says of a role, whatever the incident."""
    duties = list(responsibilities(role.responsibilities))
    above = [Text(""), *duties] if duties else []
    return joined([*_head(role, role.title), *above, Text(""), *_facts(role, catalogue)])


def taken_card(role: Role, incident: int | str, *, stream: str | None = None) -> Text:
    """What a role is for and how to hand it on, for whoever has just taken it in an incident."""
    return joined(
        [
            *_head(role, role_label(role.title, stream)),
            *responsibilities(role.responsibilities),
            *_streams(role),
            _line("Hand it on", hand_on_command(role, incident, stream=stream)),
        ]
    )


def hand_on_command(role: Role, incident: int | str, *, stream: str | None = None) -> str:
    """The command that hands a role to somebody else, who stands in it as PERSON."""
    # No two roles share a name, so one role by itself is called as it is among all of them.
    called = short_name(Catalogue(roles=(role,), file=""), role.key)
    return command("handoff", incident, called, "--to", "PERSON", stream=stream)


def responsibilities(texts: tuple[str, ...]) -> Iterator[Text]:
    """One line for each thing that a holder has to see to."""
    for text in texts:
        yield styled(f"- {text}")


def _head(role: Role, title: str) -> Iterator[Text]:
    yield styled(title, "bold")
    if role.summary:
        yield styled(role.summary)


def _facts(role: Role, catalogue: Catalogue) -> Iterator[Text]:
    yield _line("Called", ", ".join([role.key, *role.aliases]))
    yield _line("Held by", _held_by(role))
    yield from _streams(role)
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
    yield _line("Hand it on", hand_on_command(role, ANY_INCIDENT))


def _streams(role: Role) -> Iterator[Text]:
    if role.streams is not Streams.NONE:
        names = ", ".join(role.suggested_streams)
        such = f", such as {names}" if names else ""
        yield _line("Streams", f"{role.streams.value}{such}")


def _held_by(role: Role) -> str:
    """How many people hold a role, or each of its streams, at one time."""
    number = "one person" if role.holders is Holders.ONE else "several people"
    match role.streams:
        case Streams.NONE:
            return number
        case Streams.OPTIONAL:
            return f"{number}, or {number} per stream"
        case Streams.REQUIRED:
            return f"{number} per stream"


def _required(requirement: Requirement) -> str:
    """When a role has to be held, how soon, and how much that matters."""
    grace = f"after {format_duration(requirement.after)}" if requirement.after else "at once"
    return f"{describe(requirement.when)}, {grace} ({requirement.level.value})"


def _line(label: str, value: str) -> Text:
    return labelled(label, value, _LABEL_WIDTH)
