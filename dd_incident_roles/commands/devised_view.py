"""The devised roles of an incident as a report shows them."""

from __future__ import annotations

from collections.abc import Mapping

from dd_incident_roles.commands.application import Application
from dd_incident_roles.commands.find_author import LOGIN
from dd_incident_roles.commands.find_person import known_person
from dd_incident_roles.model import IncidentId, RoleKey
from dd_incident_roles.report.devised_words import devised_notice
from dd_incident_roles.report.views import DevisedView
from dd_incident_roles.roles.devising import in_use
from dd_incident_roles.sync.devised import DevisedRole


def devised_view(devised: DevisedRole) -> DevisedView:
    """A devised role without what every role has."""
    return DevisedView(
        by=devised.devised_by,
        at=devised.devised,
        may_hold=devised.may_hold,
        until=devised.until,
    )


def devised_roles(
    application: Application, incident_id: IncidentId
) -> Mapping[RoleKey, DevisedRole]:
    """The roles that were devised for an incident, but for those that gave way to the catalogue."""
    devised = application.record.devised(incident_id)
    return {each.key: each for each in in_use(application.catalogue, devised)}


def notice_of(application: Application, devised: DevisedRole) -> str:
    """Who devised a role, who may hold it, and for how long."""

    def name(by: str) -> str:
        return called(application, by)

    return devised_notice(devised.title, devised_view(devised), name, application.clock())


def called(application: Application, by: str) -> str:
    """The name of somebody who was noted by e-mail, key or login."""
    known = known_person(application, by)
    return known.label if known.called or known.email else by.removeprefix(LOGIN)
