"""Where a role or an entry is true: the short word in a table, and what it means below."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from types import MappingProxyType
from typing import TYPE_CHECKING, Final

from rich.text import Text

from dd_incident_roles.report.documents import TargetState
from dd_incident_roles.report.terminal import ALARM, CAUTION
from dd_incident_roles.words import clause, command

if TYPE_CHECKING:
    from dd_incident_roles.report.documents import mine, status

_WORDS: Final[Mapping[TargetState, tuple[str, str]]] = MappingProxyType(
    {
        TargetState.IN_SYNC: ("in sync", "green"),
        TargetState.PENDING: ("pending", CAUTION),
        TargetState.NOT_SUPPORTED: ("recorded here", CAUTION),
        TargetState.CONFLICT: ("conflict", ALARM),
        TargetState.NOT_KNOWN: ("not known", CAUTION),
    }
)
"""What a state is called in a table, and its colour."""

_NAMES: Final = MappingProxyType(
    {
        "datadog": "Datadog",
        "github": "GitHub",
        "gitlab": "GitLab",
        "jira": "Jira",
        "record": "the record",
        "slack": "Slack",
    }
)


def display_name(target: str) -> str:
    """A target as people spell it."""
    return _NAMES.get(target, target)


def target_names(rows: Iterable[Mapping[str, object]]) -> list[str]:
    """The targets that any of some rows knows, which are the further columns of their table."""
    return sorted({name for row in rows for name in row})


def state_text(state: TargetState | None, *, plain: bool = False) -> Text:
    """The word for a state in a table, in its colour unless the table is ``plain``."""
    if state is None:
        return Text("")
    word, style = _WORDS[state]
    return Text(word, style="" if plain else style)


def footnotes(rows: Sequence[status.Role | mine.Role], public_id: int) -> Iterator[str]:
    """One sentence for each target and state that needs one, with what to type about it."""
    for target in target_names(row.targets for row in rows):
        shown = display_name(target)
        # A row with a reason of its own is not simply on its way.
        waiting = [row for row in rows if target not in row.reasons]
        if titles := _titles(waiting, target, TargetState.PENDING):
            yield (
                f"pending: recorded here, not yet in {shown}: {titles}. "
                f"Run: {command('sync', public_id)}"
            )
        unshown: dict[str, list[status.Role | mine.Role]] = {}
        for row in rows:
            reason = row.reasons.get(target, f"recorded here; {shown} cannot show the role")
            unshown.setdefault(reason, []).append(row)
        for reason, concerned in unshown.items():
            if titles := _titles(concerned, target, TargetState.NOT_SUPPORTED):
                yield f"{reason}: {titles}."
        if target != "datadog":
            yield from _of_place(rows, target, public_id)
        elif titles := _titles(rows, target, TargetState.CONFLICT):
            yield (
                f"conflict: the role was changed here and in {shown}: {titles}. "
                f"Settle it: {command('assign', public_id, 'ROLE', 'PERSON')}"
            )


def _of_place(
    rows: Sequence[status.Role | mine.Role], target: str, public_id: int
) -> Iterator[str]:
    """What an issue or a room shows other than what is recorded, and why it is not written."""
    shown = display_name(target)
    told: dict[str, list[status.Role | mine.Role]] = {}
    for row in rows:
        state, reason = row.targets.get(target), row.reasons.get(target)
        if state is TargetState.PENDING and reason:
            told.setdefault(f"pending in {shown}: {clause(reason)}", []).append(row)
        elif state is TargetState.CONFLICT:
            told.setdefault(f"conflict: {clause(reason or shown)}", []).append(row)
    for text, concerned in told.items():
        titles = ", ".join(dict.fromkeys(row.title for row in concerned))
        fix = ""
        if text.startswith("conflict"):
            fix = f" Settle it: {command('assign', public_id, 'ROLE', 'PERSON')}"
        yield f"{text}: {titles}.{fix}"


def _titles(rows: Sequence[status.Role | mine.Role], target: str, state: TargetState) -> str:
    # That a target cannot show a role matters only where there is somebody to show.
    concerned = [
        row.title
        for row in rows
        if row.targets.get(target) is state
        and (row.is_held or state is not TargetState.NOT_SUPPORTED)
    ]
    return ", ".join(dict.fromkeys(concerned))
