"""``status`` for a person: one table per incident, made to be read at three in the morning."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime

from rich import box
from rich.console import Group, RenderableType
from rich.table import Table
from rich.text import Text

from dd_incident_roles.report.clean import styled
from dd_incident_roles.report.target_words import WORDS, display_name, footnotes
from dd_incident_roles.report.views import RoleRow, StatusView, TargetState
from dd_incident_roles.words import short_duration, since_label

_STYLES = {
    TargetState.IN_SYNC: "green",
    TargetState.PENDING: "yellow",
    TargetState.NOT_SUPPORTED: "yellow",
    TargetState.CONFLICT: "bold red",
}


def status_table(statuses: Sequence[StatusView], now: datetime) -> Group:
    """Every role of every incident with its holders, since when, and where that is true."""
    if not statuses:
        return Group(Text("There is no incident to show."))
    return Group(*(part for status in statuses for part in _incident(status, now)))


def _incident(status: StatusView, now: datetime) -> Iterator[RenderableType]:
    yield _header(status, now)
    yield _table(status, now)
    for note in footnotes(status.rows, status.incident.public_id):
        yield styled(note, "yellow")
    for notice in status.notices:
        yield styled(notice, "yellow")
    yield Text("")


def _header(status: StatusView, now: datetime) -> Text:
    incident = status.incident
    ended = incident.resolved or incident.modified
    age = (
        f"open for {short_duration(now - incident.declared)}"
        if incident.is_open
        else f"was open for {short_duration(ended - incident.declared)}"
    )
    marks = [
        mark for mark, is_so in (("private", incident.private), ("test", incident.is_test)) if is_so
    ]
    return Text.assemble(
        styled(f"IR-{incident.public_id} {incident.title}", "bold"),
        "  ",
        styled(" · ".join([incident.severity, incident.state, age, *marks])),
    )


def _table(status: StatusView, now: datetime) -> Table:
    targets = sorted({name for row in status.rows for name in row.targets})
    table = Table(box=box.SIMPLE_HEAD, pad_edge=False, header_style="dim")
    table.add_column("Role", overflow="fold")
    table.add_column("Holder", overflow="fold")
    table.add_column("Since (UTC)", no_wrap=True)
    for name in targets:
        table.add_column(f"In {display_name(name)}")
    for row in status.rows:
        states = [_state(row, name) for name in targets]
        holders = row.holders or (None,)
        for number, holder in enumerate(holders):
            first = number == 0
            table.add_row(
                _title(row) if first else "",
                styled(holder.label) if holder else _nobody(row),
                since_label(holder.since, now) if holder else "",
                *(states if first else [Text("")] * len(states)),
            )
    return table


def _title(row: RoleRow) -> Text:
    return styled(f"{row.title} ({row.stream})" if row.stream else row.title)


def _nobody(row: RoleRow) -> Text:
    if row.required:
        return Text("nobody (required)", style="bold red")
    return Text("nobody", style="dim")


def _state(row: RoleRow, target: str) -> Text:
    state = row.targets.get(target)
    # That both sides agree that nobody holds a role needs no word.
    if state is None or (
        not row.holders and state in (TargetState.IN_SYNC, TargetState.NOT_SUPPORTED)
    ):
        return Text("")
    return Text(WORDS[state], style=_STYLES[state])
