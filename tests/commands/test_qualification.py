"""The warning about somebody who is not in the team that a role asks for."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from dd_incident_roles.application import Application
from dd_incident_roles.commands.assign import LIFETIME, qualification_warning
from dd_incident_roles.model import INCIDENT_MANAGER, Person, PersonKey
from dd_incident_roles.roles.catalogue import Role
from dd_incident_roles.sandbox.sandbox import Sandbox
from dd_incident_roles.sandbox.world import Switch
from dd_incident_roles.store.opening import open_record
from tests.sandbox.acts import add_team

ANA, BO, TEAM = "ana@corp.example", "bo@corp.example", "incident-managers"
NOT_IN = "Bo is not in the team incident-managers, whose members should be Incident Manager."
UNKNOWN = "Could not check whether Ana is in the team incident-managers, whose members should be"


@pytest.fixture(autouse=True)
def team(sandbox: Sandbox) -> str:
    """The team of the Incident Managers, in which Ana is and Bo is not."""
    return add_team(sandbox, "Incident Managers", ANA)


@pytest.fixture
def role(application: Application) -> Role:
    """The Incident Manager, with a team."""
    manager = application.catalogue.role(INCIDENT_MANAGER)
    return replace(manager, qualified_team=TEAM)


def warned(application: Application, role: Role, email: str) -> str | None:
    """The warning about somebody as a command finds them."""
    return qualification_warning(application, role, application.directory.find(email).person)


def test_only_who_is_not_in_the_team_is_warned_of(application: Application, role: Role) -> None:
    """The account of a person is looked up where it is not known; nobody can tell without one."""
    assert warned(application, role, ANA) is None
    assert warned(application, role, BO) == NOT_IN
    for email, warning in ((ANA, None), (BO, NOT_IN)):
        known = Person(key=PersonKey(email), name=email.partition("@")[0].title(), email=email)
        assert qualification_warning(application, role, known) == warning
    unknown = Person(key=PersonKey("zoe@corp.example"))
    assert (qualification_warning(application, role, unknown) or "").startswith(
        "Could not check whether zoe@corp.example is in the team"
    )


def test_a_role_without_a_team(application: Application, role: Role, sandbox: Sandbox) -> None:
    """Nobody is warned of, and Datadog is not asked."""
    bo = application.directory.find(BO).person
    sandbox.forget_requests()
    assert qualification_warning(application, replace(role, qualified_team=None), bo) is None
    assert sandbox.requests.count() == 0


def test_teams_that_cannot_be_read(application: Application, role: Role, sandbox: Sandbox) -> None:
    """That nobody could look is said, and forgotten as soon as somebody can."""
    for switch in (Switch.MISSING, Switch.FORBIDDEN):
        sandbox.switch(teams=switch)
        assert (warned(application, role, ANA) or "").startswith(UNKNOWN)
    sandbox.switch(teams=Switch.ON)
    assert warned(application, role, ANA) is None


def test_not_exactly_one_team(application: Application, role: Role, sandbox: Sandbox) -> None:
    """A slip in the catalogue warns and stops nobody, and of two teams none is guessed."""
    add_team(sandbox, "Incident Managers", BO)
    for named, reason in (("incident-manager", "no team has"), (TEAM, "several teams have")):
        warning = warned(application, replace(role, qualified_team=named), ANA)
        assert (warning or "").endswith(f": {reason} this name in Datadog.")


def test_a_team_is_believed_for_a_quarter_of_an_hour(
    application: Application, role: Role, sandbox: Sandbox, tmp_path: Path
) -> None:
    """Datadog is asked once, and again when the time is over."""
    began = application.clock()
    times = [began]
    with open_record(str(tmp_path / "clocked.sqlite3"), clock=lambda: times[-1]) as record:
        clocked = replace(application, record=record, clock=lambda: times[-1])
        assert warned(clocked, role, BO) == NOT_IN
        with sandbox.lock:
            [team] = sandbox.world.teams
            members = (*team.members, sandbox.person(BO).id)
            sandbox.world.teams.put(replace(team, members=members))
        times.append(began + LIFETIME - timedelta(seconds=1))
        assert warned(clocked, role, BO) == NOT_IN
        times.append(began + LIFETIME + timedelta(seconds=1))
        assert warned(clocked, role, BO) is None
