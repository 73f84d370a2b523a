"""``status`` for a person: a table per incident, or what somebody holds and owes."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime

from rich.console import Group, RenderableType
from rich.table import Table
from rich.text import Text

from dd_incident_roles.report.catalogue_text import responsibilities
from dd_incident_roles.report.clean import as_text
from dd_incident_roles.report.documents.mine import Handoff, Mine, Task
from dd_incident_roles.report.documents.parts import TargetState
from dd_incident_roles.report.documents.status import Role, StatusView
from dd_incident_roles.report.targets import display_name, footnotes, state_text, target_names
from dd_incident_roles.report.terminal import join_lines, level_line, line_below, name_of, table
from dd_incident_roles.words import (
    count_of,
    incident_label,
    instant_label,
    role_label,
    short_duration,
    since_label,
)


def status_table(statuses: Sequence[StatusView], now: datetime) -> Group:
    """Every role of every incident with its holders, since when, and where that is true."""
    if not statuses:
        return Group(Text("There is no incident to show."))
    return Group(*(part for status in statuses for part in _incident(status, now)))


def _incident(status: StatusView, now: datetime) -> Iterator[RenderableType]:
    incident = status.incident
    # Datadog does not always say when an incident was resolved; its last change is near.
    ended = incident.resolved or incident.modified
    age = (
        f"open for {short_duration(now - incident.declared)}"
        if incident.is_open
        else f"was open for {short_duration(ended - incident.declared)}"
    )
    marks = [
        mark for mark, is_so in (("private", incident.private), ("test", incident.is_test)) if is_so
    ]
    yield Text.assemble(
        as_text(f"{incident_label(incident.public_id)} {incident.title}", "bold"),
        "  ",
        as_text(" · ".join([incident.severity, incident.state, age, *marks])),
    )
    yield _table(status.rows, now)
    for note in (*footnotes(status.rows, incident.public_id), *status.notices):
        yield as_text(note, "yellow")
    yield Text("")


def _table(rows: Sequence[Role], now: datetime) -> Table:
    targets = target_names(row.targets for row in rows)
    shown = table(
        *("Role", "Holder", "Since (UTC)"),
        *(f"In {display_name(name)}" for name in targets),
        folded=("Role", "Holder"),
        unbroken=("Since (UTC)",),
    )
    for row in rows:
        title, states = (
            as_text(role_label(row.title, row.stream)),
            [_state(row, t) for t in targets],
        )
        for number, holder in enumerate(row.holders or (None,)):
            # A role with several holders is named once, at the first of them.
            first = number == 0
            shown.add_row(
                title if first else "",
                as_text(holder.label) if holder else _nobody(row),
                since_label(holder.since, now) if holder else "",
                *(states if first else [Text("")] * len(states)),
            )
    return shown


def _nobody(row: Role) -> Text:
    if row.required:
        return Text("nobody (required)", style="bold red")
    return Text("nobody", style="dim")


def _state(row: Role, target: str) -> Text:
    state = row.targets.get(target)
    # That both sides agree that nobody holds a role needs no word.
    if not row.holders and state in (TargetState.IN_SYNC, TargetState.NOT_SUPPORTED):
        return Text("")
    return state_text(state)


def mine_table(mine: Mine) -> Group:
    """What somebody holds, what that asks of them, and what they owe."""
    return Group(*_parts(mine))


def _parts(mine: Mine) -> Iterator[RenderableType]:
    if not mine.incidents and not mine.not_read:
        nothing = "No incident is open." if mine.only_open else "There is no incident to show."
        yield Text(nothing)
        return
    if mine.roles:
        yield as_text(f"You ({mine.person.label}) hold {count_of(len(mine.roles), 'role')}.")
        yield _held_table(mine)
        notes = list(_footnotes(mine))
        yield from [*notes, Text("")] if notes else []
        yield from _duties(mine)
    else:
        yield Text(_nothing_held(mine))
    yield owed_text(mine)


def _nothing_held(mine: Mine) -> str:
    kind = "open incident" if mine.only_open else "incident"
    if mine.incidents == 1:
        return f"You hold no role in {'the' if mine.only_open else 'this'} {kind}."
    these = "the" if mine.only_open else "these"
    return f"You hold no role in {these} {count_of(mine.incidents, kind)}."


def _held_table(mine: Mine) -> Table:
    targets = target_names(held.targets for held in mine.roles)
    shown = table(
        *("Role", "Incident", "Since (UTC)"),
        *(f"In {display_name(name)}" for name in targets),
        folded=("Role", "Incident"),
        unbroken=("Since (UTC)",),
    )
    for held in mine.roles:
        shown.add_row(
            as_text(role_label(held.title, held.stream)),
            as_text(f"{incident_label(held.incident.public_id)} {held.incident.title}"),
            since_label(held.since, mine.now),
            *(state_text(held.targets.get(name), plain=True) for name in targets),
        )
    return shown


def _footnotes(mine: Mine) -> Iterator[Text]:
    for public_id in dict.fromkeys(held.incident.public_id for held in mine.roles):
        rows = [held for held in mine.roles if held.incident.public_id == public_id]
        for note in footnotes(rows, public_id):
            yield as_text(note, "yellow")


def _duties(mine: Mine) -> Iterator[Text]:
    """What each role asks for, once for all incidents in which it asks for the same."""
    duties = [(held.title, held.summary, held.responsibilities) for held in mine.roles]
    # The same role in two incidents asks for the same.
    for title, summary, texts in dict.fromkeys(duties):
        yield as_text(title, "bold")
        if summary and not texts:
            yield as_text(summary)
        yield from responsibilities(texts)
        yield Text("")


def owed_text(mine: Mine) -> Text:
    """Handoffs, tasks and findings that wait; a sentence where nothing does."""
    sections = (
        ("To answer", [line for each in mine.handoffs_to_answer for line in _asked(each, mine)]),
        (
            "Waiting for others",
            [line for each in mine.handoffs_waiting for line in _waiting(each, mine)],
        ),
        ("Tasks", [_task(each, mine.now) for each in mine.tasks]),
        (
            "To act on",
            [
                line
                for each in mine.findings
                for line in (
                    level_line(each.level, each.rule, each.message),
                    line_below(f"fix: {each.fix}"),
                )
            ],
        ),
        (
            "Not read, so there may be more",
            [
                line
                for each in mine.not_read
                for line in (
                    as_text(f"{name_of(each.incident)}: {each.reason}", "bold red"),
                    *([line_below(each.hint)] if each.hint else []),
                )
            ],
        ),
    )
    lines: list[Text] = []
    for heading, items in sections:
        if items:
            lines += [Text("")] if lines else []
            lines += [Text(heading, style="bold"), *items]
    return join_lines(lines) if lines else Text("Nothing waits for you.")


def _asked(handoff: Handoff, mine: Mine) -> Iterator[Text]:
    asked = f"{handoff.giver.label} asks you" if handoff.giver else "You are asked"
    yield as_text(f"{asked} to take over {_what(handoff)}{_times(handoff, mine.now)}.")
    yield from _more(handoff, "accept it")


def _waiting(handoff: Handoff, mine: Mine) -> Iterator[Text]:
    meanwhile = "nobody holds it"
    if handoff.giver is not None:
        is_own = handoff.giver == mine.person
        meanwhile = "you are" if is_own else f"{handoff.giver.label} is"
        meanwhile += " responsible"
    yield as_text(
        f"{handoff.receiver.label} is asked to take over {_what(handoff)}"
        f"{_times(handoff, mine.now)}; {meanwhile} until then."
    )
    yield from _more(handoff, "take it back")


def _more(handoff: Handoff, act: str) -> Iterator[Text]:
    if handoff.note:
        yield line_below(f"note: {handoff.note}")
    yield line_below(f"{act}: {handoff.command}")


def _what(handoff: Handoff) -> str:
    seat = role_label(handoff.title, handoff.stream)
    return f"{seat} of {incident_label(handoff.incident.public_id)}"


def _times(handoff: Handoff, now: datetime) -> str:
    is_due = "was" if handoff.expires <= now else "is"
    return (
        f", since {instant_label(handoff.proposed, now)} "
        f"({short_duration(now - handoff.proposed)}); "
        f"the answer {is_due} due by {instant_label(handoff.expires, now)}"
    )


def _task(task: Task, now: datetime) -> Text:
    when, style = "no due time", "dim"
    if task.due is not None:
        due = instant_label(task.due, now)
        when, style = f"due {due} (in {short_duration(task.due - now)})", ""
        if task.overdue:
            when = f"overdue since {due} ({short_duration(now - task.due)})"
            style = "bold red"
    text = f"{incident_label(task.incident.public_id)} {task.text or '(no text)'}"
    return Text.assemble((when, style), " ", as_text(text))
