"""The timeline of an incident as rows that a report can show."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace

from dd_incident_roles.commands.absent_incidents import why_unread
from dd_incident_roles.commands.application import Application
from dd_incident_roles.commands.find_incident import find_incident
from dd_incident_roles.commands.look import Sight, look, unread_notice
from dd_incident_roles.errors import IncidentRolesError, NotFound, UnknownIncident
from dd_incident_roles.model import Entry, Incident, IncidentId
from dd_incident_roles.report.timeline_views import EntryRow, EntryTarget, TimelineView
from dd_incident_roles.report.views import TargetState
from dd_incident_roles.sync.entries.pair import local_digest
from dd_incident_roles.sync.entries.state import EntryLink, EntryState
from dd_incident_roles.sync.plan import Plan
from dd_incident_roles.timeline.keys import shown_keys
from dd_incident_roles.timeline.order import in_order
from dd_incident_roles.timeline.replay import replay_entries


@dataclass(frozen=True, slots=True, kw_only=True)
class SeenTimeline:
    """What the record holds of a timeline, or would hold once it had caught up with Datadog.

    ``plan`` is None where Datadog was not read; ``problem`` is why it could not be.
    """

    incident_id: IncidentId
    state: EntryState
    incident: Incident | None = None
    plan: Plan | None = None
    problem: IncidentRolesError | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ShownTimeline:
    """A timeline to show, and why it may lack what Datadog has."""

    view: TimelineView
    problem: IncidentRolesError | None = None

    @property
    def exit_code(self) -> int:
        """3 when Datadog could not be read, else 0."""
        return 3 if self.problem else 0


def show_timeline(application: Application, incident: str) -> ShownTimeline:
    """Look at a timeline and change nothing; what Datadog has and the record lacks is shown too.

    Where Datadog cannot be read the recorded entries are shown.
    """
    seen = see_timeline(application, find_incident(application, incident))
    keys = shown_keys([entry.key for entry in seen.state.entries])
    standings = _Standings(application.target.name, seen)
    view = TimelineView(
        incident_id=seen.incident_id,
        name=f"IR-{seen.incident.public_id}" if seen.incident else seen.incident_id,
        title=seen.incident.title if seen.incident else None,
        rows=tuple(
            EntryRow(entry=entry, key=keys[entry.key], targets=standings.of(entry))
            for entry in in_order(seen.state.entries)
        ),
        notices=_notices(seen),
    )
    return ShownTimeline(view=view, problem=seen.problem)


def see_timeline(application: Application, incident_id: IncidentId) -> SeenTimeline:
    """Read a timeline from Datadog beside the record; raises UnknownIncident."""
    [seen] = look(application, [incident_id])
    if isinstance(seen, Sight):
        plan = seen.plan
        return SeenTimeline(
            incident_id=incident_id,
            state=replay_entries(plan.state.timeline, plan.timeline.edits),
            incident=seen.incident,
            plan=plan,
            problem=next(iter(plan.reading.failures), None),
        )
    error = why_unread(application, seen)
    recorded = recorded_timeline(application, incident_id)
    if isinstance(error, NotFound) and recorded.incident is None:
        raise UnknownIncident(incident_id) from error
    return replace(recorded, problem=error)


def recorded_timeline(application: Application, incident_id: IncidentId) -> SeenTimeline:
    """The timeline as the record has it."""
    return SeenTimeline(
        incident_id=incident_id,
        state=application.record.state(incident_id, application.target.name).timeline,
        incident=application.record.incident(incident_id),
    )


class _Standings:
    """How each entry of the record compares with the target."""

    def __init__(self, target: str, seen: SeenTimeline) -> None:
        self.target = target
        self.links = {link.key: link for link in seen.state.links}
        listing = seen.plan.reading.timeline if seen.plan else None
        self.can_be_written = seen.plan is None or (listing is not None and listing.writable)

    def of(self, entry: Entry) -> Mapping[str, EntryTarget]:
        link = self.links.get(entry.key)
        if link is None:
            waits = TargetState.PENDING if self.can_be_written else TargetState.NOT_SUPPORTED
            return {self.target: EntryTarget(state=waits)}
        return {self.target: EntryTarget(state=_compared(entry, link), id=link.remote_id)}


def _compared(entry: Entry, link: EntryLink) -> TargetState:
    if link.altered:
        return TargetState.CONFLICT
    agreed = link.local_digest == local_digest(entry) and link.missing_since is None
    return TargetState.IN_SYNC if agreed else TargetState.PENDING


def _notices(seen: SeenTimeline) -> tuple[str, ...]:
    if seen.problem:
        return (unread_notice(seen.problem),)
    if seen.plan is None:
        return ()
    reason = seen.plan.reading.no_timeline
    return (*seen.plan.timeline.notices, *([f"{reason}."] if reason else []))
