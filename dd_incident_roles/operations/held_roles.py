"""The roles that one person holds in one incident, as the rows of ``status`` have them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import datetime

from dd_incident_roles.model import Person, RoleKey
from dd_incident_roles.operations.application import Application
from dd_incident_roles.operations.look import Sight
from dd_incident_roles.operations.recorded_facts import recorded_facts
from dd_incident_roles.operations.show_status import recorded_status, status_of
from dd_incident_roles.policy.facts import Facts
from dd_incident_roles.report.mine_views import HeldRole
from dd_incident_roles.report.views import RoleRow, StatusView
from dd_incident_roles.sync.result import IncidentResult

Seat = tuple[RoleKey, str | None]
"""A role, or one of its streams."""


def roles_held(application: Application, sight: Sight, person: Person) -> tuple[HeldRole, ...]:
    """What somebody holds in an incident that was read.

    They hold what Datadog no longer shows of them until that is believed.
    """
    recorded = {
        (row.role, row.stream): row.since
        for row in sight.facts.intervals
        if row.is_open and row.person == person.key
    }
    seats = {**recorded, **_seats(sight.facts, person)}
    return tuple(_held(status_of(application, sight), sight.facts, seats))


def roles_recorded(
    application: Application, result: IncidentResult, person: Person
) -> tuple[HeldRole, ...]:
    """What somebody was last recorded to hold in an incident that could not be read."""
    status = recorded_status(application, result)
    if status is None:
        return ()
    facts = recorded_facts(application, status.incident)
    return tuple(_held(status, facts, _seats(facts, person)))


def _seats(facts: Facts, person: Person) -> dict[Seat, datetime]:
    return {
        (holding.role, holding.stream): holding.since
        for holding in facts.holdings
        if holding.person.key == person.key
    }


def _held(status: StatusView, facts: Facts, seats: Mapping[Seat, datetime]) -> Iterator[HeldRole]:
    """The seats in the order of the catalogue; a role that it lost is known by its key alone."""
    rows = {(row.role, row.stream): row for row in status.rows}
    order = {role.key: number for number, role in enumerate(facts.catalogue.roles)}
    for key, stream in sorted(
        seats, key=lambda seat: (order.get(seat[0], len(order)), seat[1] or "")
    ):
        role = facts.catalogue.role(key) if facts.catalogue.has(key) else None
        yield HeldRole(
            incident=status.incident,
            row=rows.get((key, stream)) or RoleRow(role=key, title=facts.title(key), stream=stream),
            since=seats[key, stream],
            summary=role.summary if role else "",
            responsibilities=role.responsibilities if role else (),
        )
