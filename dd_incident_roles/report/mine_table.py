"""``status --mine`` for a person: the roles first, then what waits for them."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime

from rich import box
from rich.console import Group, RenderableType
from rich.table import Table
from rich.text import Text

from dd_incident_roles.policy.finding import Finding
from dd_incident_roles.report.clean import styled
from dd_incident_roles.report.lines import joined, named
from dd_incident_roles.report.mine_views import (
    HeldRole,
    MineView,
    OwedTask,
    ProposedHandoff,
    Unread,
)
from dd_incident_roles.report.role_card import responsibilities
from dd_incident_roles.report.target_words import WORDS, display_name, footnotes
from dd_incident_roles.roles.catalogue import Level
from dd_incident_roles.words import count_of, instant_label, short_duration, since_label


def mine_table(mine: MineView) -> Group:
    """What somebody holds, what that asks of them, and what they owe."""
    return Group(*_parts(mine))


def _parts(mine: MineView) -> Iterator[RenderableType]:
    if not mine.incidents and not mine.unread:
        nothing = "No incident is open." if mine.only_open else "There is no incident to show."
        yield Text(nothing)
        return
    if mine.held:
        yield styled(f"You ({mine.person.label}) hold {count_of(len(mine.held), 'role')}.")
        yield _table(mine)
        notes = list(_footnotes(mine))
        yield from [*notes, Text("")] if notes else []
        yield from _duties(mine)
    else:
        yield Text(_nothing_held(mine))
    yield owed_text(mine)


def _nothing_held(mine: MineView) -> str:
    kind = "open incident" if mine.only_open else "incident"
    number = "" if mine.incidents == 1 else f"{mine.incidents} "
    these = "the" if mine.only_open else "this" if mine.incidents == 1 else "these"
    return f"You hold no role in {these} {number}{kind if mine.incidents == 1 else f'{kind}s'}."


def _table(mine: MineView) -> Table:
    targets = sorted({name for held in mine.held for name in held.row.targets})
    table = Table(box=box.SIMPLE_HEAD, pad_edge=False, header_style="dim")
    table.add_column("Role", overflow="fold")
    table.add_column("Incident", overflow="fold")
    table.add_column("Since (UTC)", no_wrap=True)
    for name in targets:
        table.add_column(f"In {display_name(name)}")
    for held in mine.held:
        incident = held.incident
        table.add_row(
            styled(_called(held)),
            styled(f"IR-{incident.public_id} {incident.title}"),
            since_label(held.since, mine.now),
            *(_state(held, name) for name in targets),
        )
    return table


def _state(held: HeldRole, target: str) -> str:
    state = held.row.targets.get(target)
    return "" if state is None else WORDS[state]


def _footnotes(mine: MineView) -> Iterator[Text]:
    for public_id in dict.fromkeys(held.incident.public_id for held in mine.held):
        rows = [held.row for held in mine.held if held.incident.public_id == public_id]
        for note in footnotes(rows, public_id):
            yield styled(note, "yellow")


def _duties(mine: MineView) -> Iterator[Text]:
    """What each role asks for, once for all incidents in which it asks for the same."""
    duties = [(held.row.title, held.summary, held.responsibilities) for held in mine.held]
    for title, summary, texts in dict.fromkeys(duties):
        yield styled(title, "bold")
        if summary and not texts:
            yield styled(summary)
        yield from responsibilities(texts)
        yield Text("")


def _called(held: HeldRole) -> str:
    return f"{held.row.title} ({held.row.stream})" if held.row.stream else held.row.title


_STYLES = {Level.ERROR: "bold red", Level.WARNING: "yellow", Level.NOTE: "cyan"}


def owed_text(mine: MineView) -> Text:
    """Handoffs, tasks and findings that wait; a sentence where nothing does."""
    sections = [
        ("To answer", [_to_answer(each, mine.now) for each in mine.to_answer]),
        ("Waiting for others", [_waiting(each, mine) for each in mine.waiting]),
        ("Tasks", [_task(each, mine.now) for each in mine.tasks]),
        ("To act on", [_finding(each) for each in mine.findings]),
        ("Not read, so there may be more", [_unread(each) for each in mine.unread]),
    ]
    told = [(heading, items) for heading, items in sections if items]
    if not told:
        return Text("Nothing waits for you.")
    lines: list[Text] = []
    for heading, items in told:
        lines += [Text("")] if lines else []
        lines.append(Text(heading, style="bold"))
        lines += [line for item in items for line in item]
    return joined(lines)


def _to_answer(handoff: ProposedHandoff, now: datetime) -> Iterator[Text]:
    asked = f"{handoff.giver.label} asks you" if handoff.giver else "You are asked"
    yield styled(f"{asked} to take over {_what(handoff)}{_times(handoff, now)}.")
    yield from _more(handoff, "accept it")


def _waiting(handoff: ProposedHandoff, mine: MineView) -> Iterator[Text]:
    yield styled(
        f"{handoff.receiver.label} is asked to take over {_what(handoff)}"
        f"{_times(handoff, mine.now)}; {_meanwhile(handoff, mine)} until then."
    )
    yield from _more(handoff, "take it back")


def _meanwhile(handoff: ProposedHandoff, mine: MineView) -> str:
    if handoff.giver is None:
        return "nobody holds it"
    is_own = handoff.giver == mine.person
    return "you are responsible" if is_own else f"{handoff.giver.label} is responsible"


def _more(handoff: ProposedHandoff, act: str) -> Iterator[Text]:
    if handoff.note:
        yield _below(f"note: {handoff.note}")
    yield _below(f"{act}: {handoff.command}")


def _what(handoff: ProposedHandoff) -> str:
    stream = f" ({handoff.stream})" if handoff.stream else ""
    return f"{handoff.title}{stream} of IR-{handoff.incident.public_id}"


def _times(handoff: ProposedHandoff, now: datetime) -> str:
    is_due = "was" if handoff.expires <= now else "is"
    return (
        f", since {instant_label(handoff.proposed, now)} "
        f"({short_duration(now - handoff.proposed)}); "
        f"the answer {is_due} due by {instant_label(handoff.expires, now)}"
    )


def _task(task: OwedTask, now: datetime) -> Iterator[Text]:
    when, style = _due(task, now)
    yield Text.assemble(
        (when, style), " ", styled(f"IR-{task.incident.public_id} {task.text or '(no text)'}")
    )


def _due(task: OwedTask, now: datetime) -> tuple[str, str]:
    if task.due is None:
        return "no due time", "dim"
    if task.is_overdue(now):
        return (
            f"overdue since {instant_label(task.due, now)} ({short_duration(now - task.due)})",
            "bold red",
        )
    return f"due {instant_label(task.due, now)} (in {short_duration(task.due - now)})", ""


def _finding(finding: Finding) -> Iterator[Text]:
    yield Text.assemble(
        (f"{finding.level.value} {finding.rule}", _STYLES[finding.level]),
        " ",
        styled(finding.message),
    )
    yield _below(f"fix: {finding.fix}")


def _unread(unread: Unread) -> Iterator[Text]:
    yield styled(f"{named(unread.incident)}: {unread.reason}", "bold red")
    if unread.hint:
        yield _below(unread.hint)


def _below(text: str) -> Text:
    return Text.assemble("  ", styled(text))
