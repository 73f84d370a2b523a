"""The sentences about an incident's issue and its chat room."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING

from dd_incident_roles.model import EntryKey
from dd_incident_roles.roles.catalogue import Role
from dd_incident_roles.sync.plan import IncidentResult, SyncState
from dd_incident_roles.sync.targets import CreateEntry, RemoteChange, Show, UpdateEntry
from dd_incident_roles.words import clause, join_names

if TYPE_CHECKING:
    from dd_incident_roles.places import Place
    from dd_incident_roles.report.sentences import Message, Progress


def shown_in(places: Sequence[str]) -> str:
    """That some places show something, such as ``Datadog and OPS-1 show it.``"""
    return f"{join_names(places)} {'shows' if len(places) == 1 else 'show'} it."


def entry_key(write: RemoteChange) -> EntryKey | None:
    """The entry that a write put into a place; None of one that took it away, or of a role."""
    return write.entry.key if isinstance(write, CreateEntry | UpdateEntry) else None


def role_shown(seen: Sequence[str], places: Iterable[IncidentResult], role: Role) -> str:
    """Which issues and rooms show a role beside those where it is seen, and why others do not.

    A room that is archived shows no role any more, which is nothing to tell each time.
    """
    shown, lacking = list(seen), list[str]()
    for each in places:
        if each.place and (each.failures or each.role_states):
            is_shown, why = _how_shown(each, role)
            if is_shown:
                shown.append(each.place)
            else:
                lacking.append(f"{each.place} does not{f': {clause(why)}' if why else ''}")
    parts = [*([clause(shown_in(shown))] if shown else []), *lacking]
    return f"{'; '.join(parts)}." if parts else ""


def _how_shown(place: IncidentResult, role: Role) -> tuple[bool, str | None]:
    if place.failures:
        return False, place.failures[0].error.message
    state = next((each for each in place.role_states if each.role == role.key), None)
    if state is None:
        return False, "it shows only the Incident Manager"
    return state.state is SyncState.IN_SYNC, state.reason


def place_linked(
    progress: Progress, place: Place | None, *, before: Place | None, doubt: str | None
) -> Message:
    """Where an incident is shown now, or no longer."""
    if place is None:
        truth = f"{progress.name} is no longer linked to {before.label if before else 'it'}."
        return progress.message(truth, progress.in_timeline(), after=[progress.unshared("that")])
    instead = f", and no longer to {before.label}" if before and before != place else ""
    when = "already" if before == place else f"now{instead}"
    truth = f"{progress.name} is linked to {place.label} {when}"
    done = [
        write.summary
        for each in progress.places
        for write in each.writes
        if isinstance(write, Show)
    ]
    shown = f": {join_names(done)}." if done else "."
    return progress.message(
        truth + shown,
        progress.in_timeline(),
        before=progress.notices,
        after=[doubt, progress.unshared("the link")],
    )
