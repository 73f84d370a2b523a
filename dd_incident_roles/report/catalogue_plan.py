"""``catalog show``, ``plan`` and ``apply`` for a person: what both sides have, and what is done."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator
from typing import Final

from rich.console import Group, RenderableType
from rich.text import Text

from dd_incident_roles.report.clean import as_text
from dd_incident_roles.report.documents.catalogue import CatalogPlan, DefinedType, Definition
from dd_incident_roles.report.terminal import ALARM, CAUTION, Fit, Sheet, line_below
from dd_incident_roles.words import clause, count_of, join_names

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


def catalogue_table(document: CatalogPlan, again: str) -> Group:
    """Each role as the catalogue and as Datadog have it, by incident type.

    ``again`` is the command that brings both into agreement.
    """
    return Group(*_shown(document, again))


def _shown(document: CatalogPlan, again: str) -> Iterator[RenderableType]:
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


def plan_text(document: CatalogPlan, *, again: str | None, whole: bool = False) -> Group:
    """What is to be done in each incident type, or what became of it.

    ``again`` is the command that does it, or does the rest, None where that is asked for. What is
    equal is counted, and listed where the ``whole`` of it is wanted.
    """
    return Group(*_planned(document, again, whole=whole))


def _planned(document: CatalogPlan, again: str | None, *, whole: bool) -> Iterator[RenderableType]:
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
