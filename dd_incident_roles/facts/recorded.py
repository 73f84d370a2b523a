"""What the record says of incidents, open or closed, and of their history."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from dd_incident_roles.application import Application
from dd_incident_roles.history.held import Called, called_by_name
from dd_incident_roles.history.history import History, history_of, rows_of, with_history
from dd_incident_roles.model import (
    Assignment,
    Entry,
    Incident,
    Observation,
    Person,
    RoleKey,
    observe,
)
from dd_incident_roles.policy.facts import Facts, Holding, is_closed_since
from dd_incident_roles.policy.policy import NotEvaluated
from dd_incident_roles.roles.devising import with_devised

if TYPE_CHECKING:
    from dd_incident_roles.store.ahead import Past


def recorded_facts(application: Application, incident: Incident) -> Facts:
    """The facts of an open incident that need no reading."""
    return Facts(
        incident=incident,
        catalogue=application.catalogue_of(incident.id),
        holdings=tuple(
            holding_of(
                row,
                application.person(row.person),
                # What a clock that was ahead noted has begun by now.
                since=application.moment(row.since) or application.now(),
            )
            for row in application.record.assignments(incident.id)
            if row.is_open
        ),
        observations=observations(application, incident),
    )


def holding_of(
    row: Assignment, person: Person, *, since: datetime, pending: bool = False
) -> Holding:
    """The holding of an open interval in the record."""
    return Holding(
        role=row.role,
        person=person,
        since=since,
        source=row.source,
        stream=row.stream,
        pending=pending,
        set_by=row.set_by,
    )


def observations(application: Application, incident: Incident) -> tuple[Observation, ...]:
    """What the incident was observed to be, including the present observation."""
    known: list[Observation] = []
    for each in application.record.observations(incident.id):
        # What a clock that was ahead noted is dated as early as it can have been.
        earliest = known[-1].at if known else incident.declared
        at = application.moment(each.at) or earliest
        known.append(replace(each, at=max(at, earliest) if known else each.at))
    now = observe(incident, known, max(incident.declared, incident.modified))
    return (*known, now) if now else tuple(known)


def load_closed(
    application: Application, incidents: Iterable[Incident], *, within: timedelta, now: datetime
) -> tuple[tuple[Facts, ...], tuple[NotEvaluated, ...]]:
    """The facts of those incidents that were closed so long before a moment at the most.

    What is said of each comes from the record; the second part are those that it never saw.
    """
    chosen = [each for each in incidents if is_closed_since(each, now - within)]
    # People once and the pasts at once: asked for with each incident, they take as long as all.
    pasts = application.record.pasts([each.id for each in chosen])
    called = called_by_name(map(application.people.named, application.record.people()))
    facts, unread = [], []
    for incident in sorted(chosen, key=lambda each: each.public_id):
        is_judged = not (incident.is_open or incident.is_test)
        past = pasts.get(incident.id)
        if is_judged and past is None:
            reason = "this record never synced it, so it is not known who held which role"
            unread.append(NotEvaluated(incident=incident.public_id, reason=reason))
        else:
            facts.append(_closed(application, incident, past, called))
    return tuple(facts), tuple(unread)


def _closed(
    application: Application, incident: Incident, past: Past | None, called: Called
) -> Facts:
    devised = past.devised if past else ()
    facts = Facts(
        incident=incident,
        catalogue=with_devised(application.catalogue, devised),
        observations=past.observations if past else (),
        watched_since=past.first_seen if past else None,
        shows_private=application.policy.shows_private,
    )
    if past is None:
        return facts
    known = replace(
        facts,
        catalogue=with_devised(application.catalogue, devised, ever=True),
        intervals=past.assignments,
    )
    rows = rows_of(
        known,
        entries=[entry for entry in past.entries if entry.deleted_at is None],
        called=called,
        corrections=past.corrections,
    )
    return with_history(facts, rows)


def recorded_history(
    application: Application, incident: Incident, *, only: RoleKey | None = None
) -> History:
    """The history of an incident as the record has it."""
    record = application.record
    return history_from(
        application,
        incident,
        intervals=record.assignments(incident.id),
        entries=record.entries(incident.id),
        watched_since=record.first_seen(incident.id),
        only=only,
    )


def history_from(
    application: Application,
    incident: Incident,
    *,
    intervals: Iterable[Assignment],
    entries: Iterable[Entry],
    people: Iterable[Person] = (),
    watched_since: datetime | None,
    only: RoleKey | None,
) -> History:
    """The history of an incident from intervals and entries; ``people`` are those in Datadog."""
    known = {person.key: person for person in (*application.record.people(), *people)}
    facts = Facts(
        incident=incident,
        catalogue=application.catalogue_of(incident.id, ever=True),
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
