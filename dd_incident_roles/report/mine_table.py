"""``status --mine`` for a person: the roles first, then what waits for them."""

from __future__ import annotations

from collections.abc import Iterator

from rich import box
from rich.console import Group, RenderableType
from rich.table import Table
from rich.text import Text

from dd_incident_roles.report.clean import styled
from dd_incident_roles.report.lines import counted
from dd_incident_roles.report.mine_views import HeldRole, MineView
from dd_incident_roles.report.owed_text import owed_text
from dd_incident_roles.report.role_card import responsibilities
from dd_incident_roles.report.target_words import WORDS, display_name, footnotes
from dd_incident_roles.report.times import since


def mine_table(mine: MineView) -> Group:
    """What somebody holds, what that asks of them, and what they owe."""
    return Group(*_parts(mine))


def _parts(mine: MineView) -> Iterator[RenderableType]:
    if not mine.incidents and not mine.unread:
        nothing = "No incident is open." if mine.only_open else "There is no incident to show."
        yield Text(nothing)
        return
    if mine.held:
        yield styled(f"You ({mine.person.label}) hold {counted(len(mine.held), 'role')}.")
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
            since(held.since, mine.now),
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
