"""``history`` and ``correct``: who held what, and what people say about the past."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime, timedelta

from dd_incident_roles.application import Application
from dd_incident_roles.commands import naming, reading
from dd_incident_roles.commands.record_then_sync import Carried, record_then_sync
from dd_incident_roles.commands.role_change import Decision
from dd_incident_roles.errors import IncidentRolesError, NotFound, UnknownIncident, UsageError
from dd_incident_roles.facts.recorded import history_from, recorded_history
from dd_incident_roles.model import IncidentId, Person, PersonKey, RoleKey
from dd_incident_roles.report.documents.history import History, history_document
from dd_incident_roles.roles import catalogue, ledger
from dd_incident_roles.sync.entries.identity import CORRECTION
from dd_incident_roles.sync.state import IncidentState
from dd_incident_roles.timeline.change_entry import on_one_line, refuse_slip, typed_line
from dd_incident_roles.words import role_label

NOBODY = "nobody"
"""An empty role, on the command line."""

_TICK = timedelta(microseconds=1)


def show_history(
    application: Application, incident: str, role: str | None, *, at: datetime | None = None
) -> tuple[History, IncidentRolesError | None]:
    """The history of an incident as it would be once the record had caught up with Datadog.

    Nothing is changed. Where Datadog cannot be read, the record alone is traced, and with it comes
    why. Raises UnknownIncident where neither knows the incident, and UsageError where ``at``, the
    moment that is asked about, is yet to come.
    """
    incident_id = naming.find_incident(application, incident)
    only = application.catalogue_of(incident_id, ever=True).find(role).key if role else None
    if at is not None:
        refuse_slip(at, application.clock())
    [seen] = reading.read_incidents(application, [incident_id])
    if isinstance(seen, reading.IncidentView):
        problem = seen.problem
    else:
        problem = reading.why_unread(application, seen)
    document = trace(application, seen, only=only, at=at, problem=problem)
    if document is None and problem and not isinstance(problem, NotFound):
        raise problem
    if document is None:
        raise UnknownIncident(incident_id)
    return document, problem


def trace(
    application: Application,
    seen: reading.Look,
    *,
    only: RoleKey | None = None,
    at: datetime | None = None,
    problem: IncidentRolesError | None = None,
) -> History | None:
    """The history of an incident that was looked at, or None where nobody ever saw it.

    One that could not be read is traced as the record has it; ``problem`` is what was in the way.
    """
    people: Mapping[PersonKey, Person] = {}
    if isinstance(seen, reading.IncidentView):
        people = seen.plan.reading.people
        first_seen = application.record.first_seen(seen.incident.id)
        history = history_from(
            application,
            seen.incident,
            intervals=seen.assignments,
            entries=seen.timeline.entries,
            people=people.values(),
            # What the record never saw is watched from now on.
            watched_since=first_seen or application.clock(),
            only=only,
        )
    elif recorded := application.record.incident(seen.incident_id):
        history = recorded_history(application, recorded, only=only)
    else:
        return None
    return history_document(
        history,
        lambda key: people.get(key) or application.person(key),
        at=at,
        notices=(reading.unread_notice(problem),) if problem else (),
    )


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
) -> tuple[catalogue.Role, Carried[ledger.Correction]]:
    """Add a correction to a role, and an entry that tells of it.

    Raises UsageError for a stretch that is empty, not over yet or before the incident was declared,
    or without a reason.
    """
    named = naming.find_role(application, incident, role)
    line = catalogue.stream_for(named.role, stream) if stream is not None else None
    holder = None
    if person.strip().casefold() != NOBODY:
        holder = naming.find_person(application, person).person
    now = application.clock()
    _expect_past(application, named.incident_id, since, until, now)
    if (because := typed_line(reason, what="reason")) is None:
        raise UsageError("A correction needs a reason.", hint="Add --reason TEXT.")
    correction = ledger.Correction(
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
    who = on_one_line(holder.label) if holder else "Nobody"
    text = (
        f"Correction: {who} was {role_label(named.role.title, line)} from {_minute(since)} to "
        f"{_minute(until)} UTC: {because}"
    )

    def decide(state: IncidentState) -> Decision[ledger.Correction]:
        key = f"correction-{correction.id}"
        # The later one counts, in every record: also where this clock was set back in between.
        last = max((each.recorded for each in state.corrections), default=now - _TICK)
        stated = replace(correction, recorded=max(now, last + _TICK))
        says = ledger.Correct(correction=stated)
        edits = naming.told(
            application, named.incident_id, key, text, kind=CORRECTION, at=now, says=says
        )
        return Decision(change=stated, edits=edits)

    people = {holder.key: holder} if holder else {}
    carried = record_then_sync(application, named.incident_id, decide, people=people)
    return named.role, carried


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
            hint="To say who holds the role from now on, use assign.",
        )


def _minute(at: datetime) -> str:
    return f"{at:%Y-%m-%d %H:%M}"
