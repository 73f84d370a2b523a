"""``history`` and ``correct``: who held what, and what people say about the past."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from types import MappingProxyType

from dd_incident_roles.application import Application
from dd_incident_roles.commands.naming import find_person, find_role, signed_entry
from dd_incident_roles.commands.reading import IncidentView, read_incidents, why_unread
from dd_incident_roles.commands.record_then_sync import Carried, Decision, record_then_sync
from dd_incident_roles.errors import IncidentRolesError, NotFound, UnknownIncident, UsageError
from dd_incident_roles.facts.recorded import history_from, recorded_history
from dd_incident_roles.history.history import History
from dd_incident_roles.model import IncidentId, Person, PersonKey, RoleKey
from dd_incident_roles.roles.assign import stream_for
from dd_incident_roles.roles.catalogue import Role
from dd_incident_roles.roles.statements import Correct, Correction
from dd_incident_roles.sync.entries.own_entries import CORRECTION
from dd_incident_roles.sync.state import IncidentState, PutEntry
from dd_incident_roles.timeline.change_entry import refuse_slip
from dd_incident_roles.timeline.entry_text import on_one_line, typed_line
from dd_incident_roles.words import role_label

NOBODY = "nobody"
"""An empty role, on the command line."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Traced:
    """A history, the people that Datadog named, and why it could not be asked, if it could not."""

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
    [seen] = read_incidents(application, [incident_id])
    if isinstance(seen, IncidentView):
        people = seen.plan.reading.people
        history = history_from(
            application,
            seen.incident,
            intervals=seen.assignments,
            entries=seen.timeline.entries,
            people=people.values(),
            watched_since=application.record.first_seen(incident_id) or application.clock(),
            only=only,
        )
        return Traced(history=history, people=people, problem=seen.problem)
    incident = application.record.incident(incident_id)
    error = why_unread(application, seen)
    if incident is None and error and not isinstance(error, NotFound):
        raise error
    if incident is None:
        raise UnknownIncident(incident_id)
    return Traced(history=recorded_history(application, incident, only=only), problem=error)


@dataclass(frozen=True, slots=True, kw_only=True)
class Corrected:
    """A correction that is in the record, and what became of its entry in Datadog."""

    role: Role
    holder: Person | None
    carried: Carried[Correction]


def correct_history(
    application: Application,
    incident: str,
    role: str,
    person: str,
    *,
    stream: str | None,
    since: datetime,
    until: datetime,
    reason: str,
    sync: bool,
) -> Corrected:
    """Add a correction, and an entry that tells of it.

    Raises UsageError for a stretch that is empty, not over yet or before the incident was declared,
    or without a reason.
    """
    named = find_role(application, incident, role)
    line = stream_for(named.role, stream) if stream is not None else None
    holder = None
    if person.strip().casefold() != NOBODY:
        holder = find_person(application, person).person
    now = application.clock()
    _expect_past(application, named.incident_id, since, until, now)
    because = typed_line(reason, what="reason")
    if because is None:
        raise UsageError("A correction needs a reason.", hint="Add --reason TEXT.")
    correction = Correction(
        id=application.new_id(),
        role=named.role.key,
        stream=line,
        person=holder.key if holder else None,
        since=since,
        until=until,
        reason=because,
        set_by=application.actor,
        recorded=now,
    )
    key = f"correction-{correction.id}"
    who = on_one_line(holder.label) if holder else "Nobody"
    text = (
        f"Correction: {who} was {role_label(named.role.title, line)} from {_minute(since)} to "
        f"{_minute(until)} UTC: {because}"
    )

    def decide(_state: IncidentState) -> Decision[Correction]:
        entry = signed_entry(application, key, text, kind=CORRECTION, at=now)
        edits = (Correct(correction=correction), PutEntry(entry=entry))
        return Decision(change=correction, edits=edits)

    people = {holder.key: holder} if holder else {}
    carried = record_then_sync(application, named.incident_id, decide, sync=sync, people=people)
    return Corrected(role=named.role, holder=holder, carried=carried)


def _expect_past(
    application: Application,
    incident_id: IncidentId,
    since: datetime,
    until: datetime,
    now: datetime,
) -> None:
    if until <= since:
        raise UsageError("The time ends before it begins.", hint="Give --until after --from.")
    known = application.record.incident(incident_id)
    # A correction can be the first that the record hears of an incident.
    incident = known or application.incidents.get(incident_id).incident
    # People type a moment to the minute, and may mean the one of the declaration.
    declared = incident.declared.replace(second=0, microsecond=0)
    if since < declared:
        raise UsageError(
            f"The incident was declared at {_minute(declared)} UTC; nobody held a role before.",
            hint="Give a later --from.",
        )
    if until > now:
        raise UsageError(
            "Only the past can be corrected.",
            hint="Whoever holds the role from now on is said with assign.",
        )


def _minute(at: datetime) -> str:
    return f"{at:%Y-%m-%d %H:%M}"
