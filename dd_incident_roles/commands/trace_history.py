"""The history of an incident: what the record holds, and what Datadog's entries tell besides."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from types import MappingProxyType

from dd_incident_roles.commands.absent_incidents import why_unread
from dd_incident_roles.commands.application import Application
from dd_incident_roles.commands.look import Sight, look
from dd_incident_roles.commands.recorded_facts import observations
from dd_incident_roles.errors import IncidentRolesError, NotFound, UnknownIncident
from dd_incident_roles.history.history import History, history_of
from dd_incident_roles.model import (
    Assignment,
    Entry,
    Incident,
    IncidentId,
    Person,
    PersonKey,
    RoleKey,
)
from dd_incident_roles.policy.facts import Facts
from dd_incident_roles.timeline.change_entry import refuse_slip
from dd_incident_roles.timeline.replay import replay_entries


@dataclass(frozen=True, slots=True, kw_only=True)
class Traced:
    """A history, the people whom Datadog named, and why it could not be asked, if it could not."""

    history: History
    people: Mapping[PersonKey, Person] = field(default_factory=lambda: MappingProxyType({}))
    problem: IncidentRolesError | None = None


def trace_history(
    application: Application,
    incident_id: IncidentId,
    *,
    only: RoleKey | None = None,
    at: datetime | None = None,
) -> Traced:
    """The history of an incident as it would be once the record had caught up with Datadog.

    Nothing is changed. Where Datadog cannot be read, the record alone is traced. Raises
    UnknownIncident where neither knows the incident, and UsageError where ``at``, the moment that
    is asked about, is yet to come.
    """
    if at is not None:
        refuse_slip(at, application.clock())
    [seen] = look(application, [incident_id])
    if isinstance(seen, Sight):
        plan = seen.plan
        history = _history(
            application,
            seen.incident,
            intervals=seen.assignments,
            entries=replay_entries(plan.state.timeline, plan.timeline.edits).entries,
            people=plan.reading.people.values(),
            watched_since=application.record.first_seen(incident_id) or application.clock(),
            only=only,
        )
        return Traced(
            history=history,
            people=plan.reading.people,
            problem=next(iter(plan.reading.failures), None),
        )
    incident = application.record.incident(incident_id)
    error = why_unread(application, seen)
    if incident is None and error and not isinstance(error, NotFound):
        raise error
    if incident is None:
        raise UnknownIncident(incident_id)
    return Traced(history=recorded_history(application, incident, only=only), problem=error)


def recorded_history(
    application: Application, incident: Incident, *, only: RoleKey | None = None
) -> History:
    """The history of an incident as the record has it."""
    record = application.record
    return _history(
        application,
        incident,
        intervals=record.assignments(incident.id),
        entries=record.entries(incident.id),
        people=(),
        watched_since=record.first_seen(incident.id),
        only=only,
    )


def _history(
    application: Application,
    incident: Incident,
    *,
    intervals: Collection[Assignment],
    entries: Iterable[Entry],
    people: Iterable[Person],
    watched_since: datetime | None,
    only: RoleKey | None,
) -> History:
    known = {person.key: person for person in (*application.record.people(), *people)}
    facts = Facts(
        incident=incident,
        catalogue=application.catalogue_of(incident.id),
        observations=observations(application, incident),
        intervals=tuple(intervals),
        watched_since=watched_since,
    )
    return history_of(
        facts,
        entries=[entry for entry in entries if entry.deleted_at is None],
        people=[application.people.named(person) for person in known.values()],
        corrections=application.record.corrections(incident.id),
        now=application.now(),
        only=only,
    )
