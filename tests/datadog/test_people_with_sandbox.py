"""Todos, teams and On-Call over real HTTP, against the sandbox."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import UTC, datetime

import pytest

from dd_incident_roles.datadog.http import Session
from dd_incident_roles.datadog.on_call import OnCall
from dd_incident_roles.datadog.teams import Teams
from dd_incident_roles.datadog.todos import Todos
from dd_incident_roles.errors import Forbidden, NotFound
from dd_incident_roles.model import IncidentId
from dd_incident_roles.sandbox.endpoint import Permission
from dd_incident_roles.sandbox.outage import outage
from dd_incident_roles.sandbox.sandbox import Sandbox
from dd_incident_roles.sandbox.server import RunningSandbox
from dd_incident_roles.sandbox.switches import Switch

ANA, BO, DAN, EVE = (f"{name}@corp.example" for name in ("ana", "bo", "dan", "eve"))


@pytest.fixture
def running() -> Iterator[RunningSandbox]:
    """A server with the outage."""
    with RunningSandbox() as running:
        outage(running.sandbox)
        yield running


@pytest.fixture
def sandbox(running: RunningSandbox) -> Sandbox:
    """The state behind the server."""
    return running.sandbox


@pytest.fixture
def datadog(running: RunningSandbox, connect: Callable[[str], Session]) -> Session:
    """A session with the sandbox."""
    return connect(running.url)


def incident_id(sandbox: Sandbox, public_id: int = 1001) -> IncidentId:
    """The id of an incident of the sandbox."""
    return IncidentId(sandbox.incident(public_id).id)


def test_open_and_done_todos_are_told_apart(sandbox: Sandbox, datadog: Session) -> None:
    """What was given to whom until when is read, and what was done meanwhile."""
    due = datetime(2026, 2, 1, 12, tzinfo=UTC)
    slackbot = {"id": "USLACKBOT", "name": "Slackbot", "source": "slack"}
    first = sandbox.add_todo(1001, "Call the bank", [f"@{BO}", slackbot], due)
    second = sandbox.add_todo(1001, "Write the postmortem")
    sandbox.add_todo(1002, "Another incident's")
    sandbox.complete_todo(1001, first, at=due)
    bank, postmortem = Todos(datadog).of(incident_id(sandbox))
    assert (bank.id, bank.content, bank.due) == (first, "Call the bank", due)
    assert bank.assignees == (f"@{BO}", "Slackbot")
    assert (bank.completed, bank.is_open) == (due, False)
    assert (postmortem.id, postmortem.is_open) == (second, True)


def test_many_todos_are_all_read(sandbox: Sandbox, datadog: Session) -> None:
    """More todos than fit on one page are read page by page, each once."""
    added = [sandbox.add_todo(1001, f"Task {number}") for number in range(230)]
    assert [todo.id for todo in Todos(datadog).of(incident_id(sandbox))] == added
    assert datadog.requests == {"GET": 4}


def test_a_team_is_found_and_its_members_named(sandbox: Sandbox, datadog: Session) -> None:
    """A team is the same by name, handle and id; members come with e-mails and names."""
    team_id = sandbox.add_team("Incident Managers", ANA, BO)
    sandbox.add_team("Incident Managers in training", DAN)
    sandbox.set_status(BO, "Disabled")
    teams = Teams(datadog)
    for word in ("incident managers", "Incident-Managers", team_id.upper()):
        assert [team.id for team in teams.find(word)] == [team_id]
    # Datadog finds teams by their members too.
    assert teams.find(ANA) == ()
    members = teams.members(team_id)
    shown = [members.users[user_id] for user_id in members.user_ids]
    assert [(user.email, user.name, user.active) for user in shown] == [
        (ANA, "Ana", True),
        (BO, "Bo", False),
    ]


def test_a_large_team_is_read_whole(sandbox: Sandbox, datadog: Session) -> None:
    """More members than fit on one page, and more teams, are read page by page."""
    emails = [f"m{number}@corp.example" for number in range(230)]
    for email in emails:
        sandbox.add_person(email)
    for number in range(120):
        sandbox.add_team(f"Payments {number}")
    team_id = sandbox.add_team("Payments", *emails)
    teams = Teams(datadog)
    assert [team.id for team in teams.find("payments")] == [team_id]
    members = teams.members(team_id)
    assert [members.users[user_id].email for user_id in members.user_ids] == emails
    assert datadog.requests == {"GET": 2 + 3}


def test_who_is_on_call_is_named(sandbox: Sandbox, datadog: Session) -> None:
    """The first to be paged, and those after them, come with e-mails; a name can be missing."""
    team_id = sandbox.add_team("Payments", ANA, BO)
    sandbox.add_person("new@corp.example", status="Pending")
    sandbox.set_on_call("payments", primary=["new@corp.example"], escalations=[[BO], [DAN, EVE]])
    team = OnCall(datadog).of_team(team_id)
    emails = {user_id: user.email for user_id, user in team.users.items()}
    assert [emails[user_id] for user_id in team.responders] == ["new@corp.example"]
    assert [[emails[each] for each in step.responders] for step in team.escalations] == [
        [BO],
        [DAN, EVE],
    ]
    (new,) = (team.users[user_id] for user_id in team.responders)
    assert (new.name, new.status) == (None, "pending")


def test_a_team_without_on_call_has_nobody(sandbox: Sandbox, datadog: Session) -> None:
    """A team that pages nobody is empty, and an unknown team is not found."""
    team_id = sandbox.add_team("Payments", ANA)
    on_call = OnCall(datadog)
    assert on_call.of_team(team_id).responders == ()
    with pytest.raises(NotFound):
        on_call.of_team(incident_id(sandbox))


def test_the_layers_of_a_schedule_are_named(sandbox: Sandbox, datadog: Session) -> None:
    """The schedules of a team lead to the names of their layers, and to who is in them."""
    team_id = sandbox.add_team("Payments", ANA, BO)
    sandbox.add_team("Search", DAN)
    layers: dict[str, list[str | None]] = {"Primary": [ANA, None], "Shadow": [BO]}
    schedule_id = sandbox.add_schedule("Payments", "payments", layers=layers, tags=["tier:1"])
    sandbox.add_schedule("Search", "search")
    on_call = OnCall(datadog)
    assert on_call.schedules_of_team(team_id) == (schedule_id,)
    schedule = on_call.schedule(schedule_id)
    assert (schedule.name, schedule.tags) == ("Payments", ("tier:1",))
    ana, bo = sandbox.person(ANA).id, sandbox.person(BO).id
    assert [(layer.name, layer.members) for layer in schedule.layers] == [
        ("Primary", (ana,)),
        ("Shadow", (bo,)),
    ]


@pytest.mark.parametrize(
    ("switch", "kind"), [(Switch.MISSING, NotFound), (Switch.FORBIDDEN, Forbidden)]
)
def test_what_is_switched_off_is_said(
    switch: Switch, kind: type[Exception], sandbox: Sandbox, datadog: Session
) -> None:
    """An organisation without On-Call, teams or todos is told from one that has them empty."""
    team_id = sandbox.add_team("Payments", ANA)
    sandbox.switch(on_call=switch, teams=switch, todos=switch)
    with pytest.raises(kind):
        OnCall(datadog).of_team(team_id)
    with pytest.raises(kind):
        Teams(datadog).members(team_id)
    with pytest.raises(kind):
        Todos(datadog).of(incident_id(sandbox))


def test_each_reading_has_its_permission(sandbox: Sandbox, datadog: Session) -> None:
    """Keys without the permission for On-Call can still read teams."""
    team_id = sandbox.add_team("Payments", ANA)
    sandbox.withdraw(Permission.ON_CALL_READ)
    assert len(Teams(datadog).members(team_id).user_ids) == 1
    with pytest.raises(Forbidden):
        OnCall(datadog).of_team(team_id)
