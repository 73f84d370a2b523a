"""Handoffs that nobody answered yet, in which one person has a part."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from shlex import quote

from dd_incident_roles.model import Assignment, Incident, IncidentId, Person, PersonKey
from dd_incident_roles.operations.application import Application
from dd_incident_roles.policy.words import short_name
from dd_incident_roles.report.mine_views import ProposedHandoff, WhoView
from dd_incident_roles.roles.ledger import open_holdings
from dd_incident_roles.roles.proposing import still_stands
from dd_incident_roles.sync.handoff import Handoff


@dataclass(frozen=True, slots=True, kw_only=True)
class OpenHandoffs:
    """What the person is asked to take over, and what somebody else is asked by them."""

    to_answer: tuple[ProposedHandoff, ...]
    waiting: tuple[ProposedHandoff, ...]


def owed_handoffs(
    application: Application,
    incidents: Mapping[IncidentId, Incident],
    person: Person,
    *,
    people: Mapping[PersonKey, Person],
    intervals: Mapping[IncidentId, Sequence[Assignment]],
) -> OpenHandoffs:
    """The open handoffs of some incidents, the oldest first, as the record has them.

    ``people`` are those whom Datadog showed just now, and whom the record may not know yet;
    ``intervals`` are those of the incidents that were read, as they then are.
    """
    known = {**people, person.key: person}
    proposed = [
        (incidents[incident_id], handoff)
        for incident_id, handoff in application.record.open_handoffs()
        if incident_id in incidents and not _is_overtaken(handoff, intervals.get(incident_id, ()))
    ]
    return OpenHandoffs(
        to_answer=tuple(
            _view(application, known, incident, handoff, "accept {incident} {role}")
            for incident, handoff in proposed
            if handoff.receiver == person.key
        ),
        waiting=tuple(
            _view(application, known, incident, handoff, "decline {incident} {role}")
            for incident, handoff in proposed
            if handoff.receiver != person.key and _is_theirs(application, handoff, person)
        ),
    )


def who_view(person: Person) -> WhoView:
    """A person as the reports name them."""
    return WhoView(email=person.email or person.key, name=person.called)


def _is_overtaken(handoff: Handoff, rows: Sequence[Assignment]) -> bool:
    """Whether somebody else holds the role by now, so that there is nothing left to hand over."""
    return bool(open_holdings(rows, handoff.role)) and not still_stands(handoff, rows)


def _is_theirs(application: Application, handoff: Handoff, person: Person) -> bool:
    return handoff.giver == person.key or handoff.proposed_by in {person.key, application.actor}


def _view(
    application: Application,
    known: Mapping[PersonKey, Person],
    incident: Incident,
    handoff: Handoff,
    words: str,
) -> ProposedHandoff:
    def who(key: PersonKey) -> WhoView:
        return who_view(known.get(key) or application.person(key))

    called = short_name(application.catalogue_of(incident.id), handoff.role)
    typed = words.format(incident=incident.public_id, role=called)
    of_stream = f" --stream {quote(handoff.stream)}" if handoff.stream else ""
    return ProposedHandoff(
        incident=incident,
        role=handoff.role,
        title=application.role_title(incident.id, handoff.role),
        stream=handoff.stream,
        giver=None if handoff.giver is None else who(handoff.giver),
        receiver=who(handoff.receiver),
        proposed=handoff.proposed,
        expires=handoff.expires,
        note=handoff.note,
        command=f"dd-incident-roles handoff {typed}{of_stream}",
    )
