"""``status`` for a person: one table per incident, made to be read at three in the morning."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime

from rich.console import Group, RenderableType
from rich.table import Table
from rich.text import Text

from dd_incident_roles.report.clean import styled
from dd_incident_roles.report.documents.parts import TargetState
from dd_incident_roles.report.documents.status import Role, StatusView
from dd_incident_roles.report.targets import display_name, footnotes, state_text, target_names
from dd_incident_roles.report.terminal import table
from dd_incident_roles.words import incident_label, role_label, short_duration, since_label


def status_table(statuses: Sequence[StatusView], now: datetime) -> Group:
    """Every role of every incident with its holders, since when, and where that is true."""
    if not statuses:
        return Group(Text("There is no incident to show."))
    return Group(*(part for status in statuses for part in _incident(status, now)))


def _incident(status: StatusView, now: datetime) -> Iterator[RenderableType]:
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
    yield Text.assemble(
        styled(f"{incident_label(incident.public_id)} {incident.title}", "bold"),
        "  ",
        styled(" · ".join([incident.severity, incident.state, age, *marks])),
    )
    yield _table(status.rows, now)
    for note in (*footnotes(status.rows, incident.public_id), *status.notices):
        yield styled(note, "yellow")
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
        title, states = styled(role_label(row.title, row.stream)), [_state(row, t) for t in targets]
        for number, holder in enumerate(row.holders or (None,)):
            # A role with several holders is named once, at the first of them.
            first = number == 0
            shown.add_row(
                title if first else "",
                styled(holder.label) if holder else _nobody(row),
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
