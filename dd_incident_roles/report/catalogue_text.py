"""What is demanded, for a person: ``roles``, ``explain`` and ``catalog lint``."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING

from rich.text import Text

from dd_incident_roles.report import terminal
from dd_incident_roles.report.clean import as_text
from dd_incident_roles.report.terminal import Fit, Sheet
from dd_incident_roles.roles.catalogue import (
    Catalogue,
    Holders,
    NamedRole,
    Requirement,
    Role,
    Streams,
)
from dd_incident_roles.roles.conditions import describe
from dd_incident_roles.words import command, count_of, format_duration, role_label

if TYPE_CHECKING:
    # Who lists the roles waits for neither the rules nor the policy.
    from dd_incident_roles.configuration.lint import Lint
    from dd_incident_roles.policy.policy import Rule

ANY_INCIDENT = "INCIDENT"
"""What stands in a command for an incident that nobody named."""


def roles_table(catalogue: Catalogue) -> Sheet:
    """Every role: what it can be called, how many hold it, and when it is required."""
    names = dict.fromkeys(("Role", "Also called", "Holders"), Fit.NAME)
    shown = Sheet({**names, "Required": Fit.TEXT})
    for role in catalogue.roles:
        shown.add(
            as_text(role.title, "bold"),
            ", ".join([role.key, *role.aliases]),
            _held_by(role),
            Text("\n").join([as_text(_required(requirement)) for requirement in role.required])
            # An empty text is false.
            or Text("never", style="dim"),
        )
    return shown


def role_card(role: Role, catalogue: Catalogue) -> Text:
    """All that the catalogue says of a role, whatever the incident."""
    lines = list(_head(role, role.title))
    if role.responsibilities:
        lines += [Text(""), *responsibilities(role.responsibilities)]
    return terminal.join_lines([*lines, Text(""), *terminal.label_lines(_facts(role, catalogue))])


def taken_card(role: Role, incident: int | str, *, stream: str | None = None) -> Text:
    """What a role is for and how to hand it on, for whoever has just taken it in an incident."""
    lines = [*_head(role, role_label(role.title, stream)), *responsibilities(role.responsibilities)]
    facts = (*_streams(role), ("Hand it on", hand_on_command(role, incident, stream=stream)))
    return terminal.join_lines([*lines, *terminal.label_lines(facts)])


def hand_on_command(role: Role, incident: int | str, *, stream: str | None = None) -> str:
    """The command that hands a role to somebody else, who stands in it as PERSON."""
    return command("handoff", incident, role.short_name, "PERSON", stream=stream)


def responsibilities(texts: tuple[str, ...]) -> Iterator[Text]:
    """One line for each thing that a holder has to see to."""
    for text in texts:
        yield as_text(f"- {text}")


def _head(role: Role, title: str) -> Iterator[Text]:
    yield as_text(title, "bold")
    if role.summary:
        yield as_text(role.summary)


def _facts(role: Role, catalogue: Catalogue) -> Iterator[tuple[str, str]]:
    yield "Called", ", ".join([role.key, *role.aliases])
    yield "Held by", _held_by(role)
    yield from _streams(role)
    shown = role.datadog
    name = f'the role "{shown.name}"' if isinstance(shown, NamedRole) else "the commander"
    yield "In Datadog", name
    for exclusion in role.excludes:
        other = catalogue.role(exclusion.role).title
        yield "Not with", f"{other}, {describe(exclusion.when)}"
    for requirement in role.required:
        yield "Required", _required(requirement)
    yield "Hand it on", hand_on_command(role, ANY_INCIDENT)


def _streams(role: Role) -> Iterator[tuple[str, str]]:
    if role.streams is not Streams.NONE:
        names = ", ".join(role.suggested_streams)
        such = f", such as {names}" if names else ""
        yield "Streams", f"{role.streams.value}{such}"


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


def rules_table(rules: Iterable[Rule]) -> Sheet:
    """Every rule: its id and name, its level, and what it finds."""
    shown = Sheet({"Rule": Fit.WHOLE, "Name": Fit.WHOLE, "Level": Fit.WHOLE, "Finds": Fit.TEXT})
    for rule in rules:
        shown.add(as_text(rule.id, "bold"), rule.name, rule.default_level.value, rule.title)
    return shown


def rule_card(rule: Rule) -> Text:
    """What a rule finds, why that matters, what it looks at, and how to fix what it finds."""
    grace = rule.clock or "none"
    if rule.grace is not None:
        grace = f"{format_duration(rule.grace)}, unless the policy says otherwise"
    level = f"{rule.default_level.value}, unless the policy says otherwise"
    texts = (("Why", rule.why), ("Looks at", rule.looks_at), ("To fix", rule.how_to_fix))
    terms = (("Level", level), ("Grace", grace), ("Asked of", rule.scope.value))
    head = [as_text(f"{rule.id} {rule.name}", "bold"), as_text(rule.title), Text("")]
    lines = [*head, *terminal.label_lines(texts), Text(""), *terminal.label_lines(terms)]
    return terminal.join_lines(lines)


def lint_text(lint: Lint) -> Text:
    """Every problem with what to do about it, the files, and one sentence of what it came to."""
    lines = []
    for problem in lint.problems:
        level = (problem.level.value, terminal.LEVEL_STYLES[problem.level])
        lines.append(
            Text.assemble(as_text(f"{problem.place}:"), " ", level, " ", as_text(problem.message))
        )
        if problem.hint:
            lines.append(terminal.line_below(problem.hint))
    for file in lint.files:
        origin = "the shipped file, as none is set" if file.is_shipped else file.name
        lines.append(as_text(f"checked {file.kind}: {origin}"))
    return terminal.join_lines([*lines, as_text(lint_summary(lint), "bold")])


def lint_summary(lint: Lint) -> str:
    """What was checked, and how much is wrong."""
    looked_at = [
        count_of(len(lint.files), "file"),
        count_of(lint.roles, "role"),
        count_of(lint.waivers, "waiver"),
        # Where no such file is set, "0 people" would sound like an empty one.
        *([] if lint.people is None else [count_of(lint.people, "person", "people")]),
    ]
    found = [
        count_of(number, level)
        for number, level in ((lint.errors, "error"), (lint.warnings, "warning"))
        if number
    ]
    return f"{', '.join(looked_at)}: {', '.join(found) or 'no problems'}."
