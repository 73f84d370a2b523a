"""Closed incidents as the record remembers them, and those that it never saw."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from dd_incident_roles.commands.application import Application
from dd_incident_roles.commands.history import recorded_history
from dd_incident_roles.commands.naming import check_choice, find_incident
from dd_incident_roles.history.held import SeenIn
from dd_incident_roles.model import Assignment, Incident, Source
from dd_incident_roles.policy.facts import Facts
from dd_incident_roles.policy.finding import NotEvaluated

CLOSED_INCIDENTS = "state:(resolved OR completed)"
"""The query that finds incidents that people have finished with (document)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Recalled:
    """What the record says of closed incidents; ``unread`` are those that it never looked at."""

    facts: tuple[Facts, ...]
    unread: tuple[NotEvaluated, ...]
    described: str


def recall_closed(
    application: Application,
    named: Sequence[str],
    *,
    query: str | None,
    within: timedelta,
    now: datetime,
) -> Recalled:
    """The incidents that were closed so long before a moment at the most, named or found.

    Datadog says which there are, so that one that nobody recorded is not passed over in silence;
    what is told of each comes from the record. Raises DatadogError when the search fails.
    """
    check_choice(named, query)
    earliest = now - within
    found = {
        incident.id: incident
        for incident in _closed(application, named, query)
        if is_closed_since(incident, earliest)
    }
    facts, unread = [], []
    for incident in sorted(found.values(), key=lambda each: each.public_id):
        is_judged = not (incident.is_open or incident.is_test)
        if is_judged and application.record.incident(incident.id) is None:
            reason = "the record never looked at it, so nothing is known of who held what"
            unread.append(NotEvaluated(incident=incident.public_id, reason=reason))
        else:
            facts.append(_recalled(application, incident))
    days = f"closed in the last {within.days} days"
    every = f"all that were {days}"
    chosen = f"query {query!r}, {days}" if query is not None else every
    return Recalled(
        facts=tuple(facts),
        unread=tuple(unread),
        described=f"the incidents that were named, {days}" if named else chosen,
    )


def _closed(application: Application, named: Sequence[str], query: str | None) -> list[Incident]:
    if named:
        ids = dict.fromkeys(find_incident(application, text) for text in named)
        return [application.incidents.get(each).incident for each in ids]
    searched = {
        reading.incident.id: reading.incident
        for reading in application.incidents.search(query or CLOSED_INCIDENTS)
    }
    if query is not None:
        return list(searched.values())
    recorded = {each.id: each for each in application.record.incidents()}
    return [each for each in {**recorded, **searched}.values() if not each.is_open]


def is_closed_since(incident: Incident, earliest: datetime) -> bool:
    """Whether an incident was closed at some moment or later; one that is open may still be."""
    return incident.is_open or (incident.resolved or incident.modified) >= earliest


def _intervals(application: Application, incident: Incident) -> Iterator[Assignment]:
    """Who held what by the history: with what entries tell besides, and as it was corrected."""
    for number, row in enumerate(recorded_history(application, incident).rows):
        yield Assignment(
            id=str(number),
            role=row.role,
            stream=row.stream,
            person=row.person,
            since=row.since or incident.declared,
            until=row.until,
            set_by=row.set_by or "",
            source=Source.CLI if row.seen_in is SeenIn.CLI else Source.DATADOG,
        )


def _recalled(application: Application, incident: Incident) -> Facts:
    record, incident_id = application.record, incident.id
    return Facts(
        incident=incident,
        catalogue=application.catalogue_of(incident_id),
        observations=record.observations(incident_id),
        intervals=tuple(_intervals(application, incident)),
        watched_since=record.first_seen(incident_id),
        shows_private=application.policy.shows_private,
    )
