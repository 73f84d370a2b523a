"""Incidents as the board is given them; each builder shows only what a test cares for."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace
from datetime import datetime

from dd_incident_roles.model import Assignment
from dd_incident_roles.policy.clock import is_required
from dd_incident_roles.policy.facts import Facts
from dd_incident_roles.policy.policy import Finding, IncidentRef, Verdict
from dd_incident_roles.report.board.board import Board, Seen, Unread, board_of
from dd_incident_roles.report.documents.history import history_document
from dd_incident_roles.report.documents.status import Holder, Place, Role, StatusView
from dd_incident_roles.roles.catalogue import Level
from tests.history.stories import history
from tests.policy.cases import CATALOGUE, at, incident
from tests.policy.cases import seen as observed
from tests.report import checks
from tests.report.cases import named

NOW = at(60)


def looked(
    *intervals: Assignment,
    public_id: int = 1001,
    severity: str = "SEV-1",
    title: str = "Checkout down",
    state: str = "active",
    private: bool = False,
    is_read: bool = True,
    notices: tuple[str, ...] = (),
    places: tuple[Place, ...] = (),
    url: str | None = "https://app.datadoghq.eu/incidents/1001",
    first_look: float = 0,
    now: datetime = NOW,
) -> Seen:
    """An incident that was watched from some minute on, with who held what."""
    about = incident(severity, public_id=public_id, title=title, state=state, private=private)
    facts = Facts(
        incident=replace(about, resolved=None if about.is_open else at(45)),
        catalogue=CATALOGUE,
        observations=(observed(0, severity, state=state),),
        responders=frozenset(),
        intervals=intervals,
        watched_since=at(first_look),
    )
    people = [named(each) for each in {row.person for row in intervals}]
    traced = history(facts, people=tuple(people), now=(now - at(0)).total_seconds() / 60)
    return Seen(
        status=StatusView(
            incident=facts.incident,
            rows=tuple(_rows(facts, now)),
            notices=notices,
            url=url,
            places=places,
            is_read=is_read,
        ),
        facts=facts,
        history=history_document(traced, named),
    )


def _rows(facts: Facts, now: datetime) -> Iterable[Role]:
    for role in facts.catalogue.roles:
        held = [row for row in facts.intervals if row.role == role.key and row.is_open]
        streams = sorted({row.stream for row in held}, key=lambda name: name or "") or [None]
        for stream in streams:
            yield Role(
                role=role.key,
                title=role.title,
                stream=stream,
                called=role.key,
                required=is_required(facts, role, now),
                holders=tuple(
                    Holder(
                        email=row.person,
                        name=named(row.person).name,
                        since=row.since,
                        source="cli",
                    )
                    for row in held
                    if row.stream == stream
                ),
            )


def found(about: Seen | None, level: Level = Level.ERROR, message: str = "Nobody.") -> Finding:
    """A finding about the scribe of an incident, or about the policy."""
    incident = IncidentRef.of(about.status.incident) if about else None
    return replace(checks.finding(message, level=level), incident=incident)


def board(
    *incidents: Seen,
    findings: Sequence[Finding] = (),
    unread: Sequence[Unread] = (),
    notes: Sequence[str] = (),
    shows_private: bool = False,
    now: datetime = NOW,
) -> Board:
    """The board an hour after the declaration."""
    return board_of(
        incidents,
        verdict=Verdict(findings=tuple(findings), not_evaluated=(), evaluated=len(incidents)),
        unread=unread,
        notes=notes,
        catalogue=CATALOGUE,
        shows_private=shows_private,
        now=now,
    )
