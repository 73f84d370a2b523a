"""The card of a role: what somebody who takes it has to know."""

from __future__ import annotations

from collections.abc import Iterator
from shlex import quote

from rich.text import Text

from dd_incident_roles.policy.words import short_name
from dd_incident_roles.report.clean import styled
from dd_incident_roles.report.lines import joined
from dd_incident_roles.report.role_words import held_by, required
from dd_incident_roles.roles.catalogue import Catalogue, NamedRole, Role, Streams
from dd_incident_roles.roles.conditions import describe

ANY_INCIDENT = "INCIDENT"
"""What stands in a command for an incident that nobody named."""


def role_card(role: Role, catalogue: Catalogue) -> Text:
    """All that the catalogue says of a role, whatever the incident."""
    duties = list(responsibilities(role.responsibilities))
    above = [Text(""), *duties] if duties else []
    return joined([*_head(role, role.title), *above, Text(""), *_facts(role, catalogue)])


def taken_card(role: Role, incident: int | str, *, stream: str | None = None) -> Text:
    """What a role is for and how to hand it on, for whoever has just taken it in an incident."""
    title = f"{role.title} ({stream})" if stream else role.title
    return joined(
        [
            *_head(role, title),
            *responsibilities(role.responsibilities),
            *_streams(role),
            _line("Hand it on", hand_on_command(role, incident, stream=stream)),
        ]
    )


def hand_on_command(role: Role, incident: int | str, *, stream: str | None = None) -> str:
    """The command that hands a role to somebody else, who stands in it as PERSON."""
    of_stream = f" --stream {quote(stream)}" if stream else ""
    return f"dd-incident-roles handoff {incident} {_called(role)} --to PERSON{of_stream}"


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
    yield _line("Held by", held_by(role))
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
        yield _line("Required", required(requirement))
    yield _line("Hand it on", hand_on_command(role, ANY_INCIDENT))


def _streams(role: Role) -> Iterator[Text]:
    if role.streams is Streams.NONE:
        return
    names = ", ".join(role.suggested_streams)
    such = f", such as {names}" if names else ""
    yield _line("Streams", f"{role.streams.value}{such}")


def _called(role: Role) -> str:
    # No two roles share a name, so one role by itself is called as it is among all of them.
    return short_name(Catalogue(roles=(role,), file=""), role.key)


def _line(label: str, value: str) -> Text:
    return Text.assemble((f"{label + ':':<12}", "dim"), styled(value))
