"""What is demanded, for a person: ``roles``, ``explain`` and ``catalog``."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING, Final

from rich.console import RenderableType
from rich.text import Text

from dd_incident_roles.report.terminal import (
    ALARM,
    CAUTION,
    LEVEL_STYLES,
    Fit,
    Sheet,
    as_group,
    as_text,
    join_lines,
    label_lines,
    line_below,
)
from dd_incident_roles.roles.catalogue import (
    Catalogue,
    Holders,
    NamedRole,
    Requirement,
    Role,
    Streams,
    describe,
)
from dd_incident_roles.words import (
    clause,
    command,
    count_of,
    format_duration,
    join_names,
    role_label,
)

if TYPE_CHECKING:
    # Who lists the roles waits for neither the rules nor the policy nor the documents.
    from dd_incident_roles.configuration.configuration import Lint
    from dd_incident_roles.policy.policy import Rule
    from dd_incident_roles.report.documents.catalogue import CatalogPlan, DefinedType, Definition

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
    return join_lines([*lines, Text(""), *label_lines(_facts(role, catalogue))])


def taken_card(role: Role, incident: int | str, *, stream: str | None = None) -> Text:
    """What a role is for and how to hand it on, for whoever has just taken it in an incident."""
    lines = [*_head(role, role_label(role.title, stream)), *responsibilities(role.responsibilities)]
    facts = (*_streams(role), ("Hand it on", hand_on_command(role, incident, stream=stream)))
    return join_lines([*lines, *label_lines(facts)])


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
    lines = [*head, *label_lines(texts), Text(""), *label_lines(terms)]
    return join_lines(lines)


def lint_text(lint: Lint) -> Text:
    """Every problem with what to do about it, the files, and one sentence of what it came to."""
    lines = []
    for problem in lint.problems:
        level = (problem.level.value, LEVEL_STYLES[problem.level])
        lines.append(
            Text.assemble(as_text(f"{problem.place}:"), " ", level, " ", as_text(problem.message))
        )
        if problem.hint:
            lines.append(line_below(problem.hint))
    for file in lint.files:
        origin = "the shipped file, as none is set" if file.is_shipped else file.name
        lines.append(as_text(f"checked {file.kind}: {origin}"))
    return join_lines([*lines, as_text(lint_summary(lint), "bold")])


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


_STEPS: Final = {
    "create": ("+ create", "green"),
    "change": ("~ change", CAUTION),
    "delete": ("- delete", ALARM),
    "stuck": ("! stuck", ALARM),
    "keep": ("  only there", "dim"),
    "equal": ("  equal", "dim"),
}
_OUTCOMES: Final = {
    "refused": ("! refused", ALARM),
    "failed": ("! failed", ALARM),
    "in_doubt": ("? in doubt", CAUTION),
    "not_tried": ("! not tried", CAUTION),
}
_DONE: Final = {"create": "+ created", "change": "~ changed", "delete": "- deleted"}
_HOLDERS: Final = {True: "one person", False: "several people", None: ""}


@as_group
def catalogue_table(document: CatalogPlan, again: str) -> Iterator[RenderableType]:
    """Each role as the catalogue and as Datadog have it, by incident type.

    ``again`` is the command that brings both into agreement.
    """
    for kind in document.types:
        yield _heading(kind)
        fields = {each.role: each for each in kind.items if each.kind == "field" and each.role}
        shown = Sheet(
            {"Role": Fit.NAME, "Catalogue": Fit.NAME, "Datadog": Fit.NAME, "Field": Fit.NAME}
        )
        shown.add(as_text(document.commander, "bold"), "the commander", "the commander", "")
        for each in kind.items:
            if each.kind == "field" and each.role:
                continue
            there = _HOLDERS[each.shown_single] if each.kind == "role" else "a field"
            field = fields.get(each.role) if each.role else None
            is_missing = each.id is None
            shown.add(
                as_text(each.name, "bold"),
                _HOLDERS[each.wanted_single] if each.role else as_text("not there", "dim"),
                Text("not there", style=ALARM)
                if is_missing
                else as_text(there, CAUTION if each.step == "change" else ""),
                "" if field is None else "there" if field.id else Text("not there", ALARM),
            )
        yield shown
    yield from _footer(document, again)


@as_group
def plan_text(
    document: CatalogPlan, *, again: str | None, whole: bool = False
) -> Iterator[RenderableType]:
    """What is to be done in each incident type, or what became of it.

    ``again`` is the command that does it, or does the rest, None where that is asked for. What is
    equal is counted, and listed where the ``whole`` of it is wanted.
    """
    for kind in document.types:
        listed = [each for each in kind.items if whole or each.step != "equal"]
        yield _heading(kind)
        if not listed:
            yield line_below(f"equal: {_counted(kind.items)}")
            continue
        shown = Sheet({"Step": Fit.WHOLE, "What": Fit.WHOLE, "Name": Fit.NAME, "": Fit.TEXT})
        for each in listed:
            sign, style = _sign(each)
            shown.add(Text(sign, style=style), each.kind, as_text(each.name, "bold"), _detail(each))
        yield shown
    yield from _problems(document)
    yield from _footer(document, again)


def _heading(kind: DefinedType) -> Text:
    default = ", which incidents have by default" if kind.is_default else ""
    return as_text(f'Incident type "{kind.name}"{default}', "bold")


def _sign(item: Definition) -> tuple[str, str]:
    if item.outcome is None:
        return _STEPS[item.step]
    if item.outcome == "done":
        return _DONE[item.step], _STEPS[item.step][1]
    return _OUTCOMES[item.outcome]


def _detail(item: Definition) -> str:
    match item.step:
        case "create" | "equal":
            said = _HOLDERS[item.wanted_single]
        case "change" if item.shown_single != item.wanted_single:
            said = f"{_HOLDERS[item.shown_single]} → {_HOLDERS[item.wanted_single]}"
        case "delete" | "keep" if not item.note:
            said = f"made by {'this program' if item.made_here else 'somebody else'}"
            if item.step == "keep":
                flag = "--prune" if item.made_here else "--prune=all"
                said += f"; {flag} deletes it"
        case _:
            said = ""
    return "; ".join(part for part in (said, item.note) if part)


def _problems(document: CatalogPlan) -> Iterator[Text]:
    """What went wrong, each once, with what to do about it."""
    items = [item for kind in document.types for item in kind.items if item.problem]
    for problem, hint in dict.fromkeys((item.problem, item.hint) for item in items):
        names = [item.name for item in items if item.problem == problem]
        yield Text.assemble(
            ("Error: ", ALARM), as_text(f"{join_names(names)}: {clause(problem or '')}.")
        )
        if hint:
            yield line_below(hint)


def _footer(document: CatalogPlan, again: str | None) -> Iterator[Text]:
    items = [item for kind in document.types for item in kind.items]
    steps = Counter[str](item.step for item in items)
    outcomes = Counter(item.outcome for item in items)
    rest = [
        f"{steps[step]} {word}"
        for step, word in (("equal", "equal"), ("keep", "only in Datadog"), ("stuck", "stuck"))
        if steps[step]
    ]
    if document.applied:
        done = Counter(item.step for item in items if item.outcome == "done")
        words = [f"{number} {_DONE[step][2:]}" for step, number in done.items()]
        failed = sum(
            number for outcome, number in outcomes.items() if outcome not in {None, "done"}
        )
        words += [f"{failed} not done"] if failed else []
        yield _sentence(words or ["Nothing was to be done"], rest)
        if failed:
            yield as_text(f"To go on: {again}")
        return
    planned = [f"{steps[step]} to {step}" for step in _DONE if steps[step]]
    yield _sentence(planned or ["Nothing to do"], rest)
    if len(document.types) > 1 and steps["create"]:
        yield Text("Each incident type has roles of its own: a role cannot move to another type.")
    if planned and again:
        yield as_text(f"To do it: {again}")


def _sentence(*parts: list[str]) -> Text:
    return as_text("; ".join(", ".join(part) for part in parts if part) + ".", "bold")


def _counted(items: Iterable[Definition]) -> str:
    kinds = Counter(item.kind for item in items)
    return join_names(count_of(number, kind) for kind, number in kinds.items()) or "nothing"
