"""What people do in pages of Datadog that only tests need: teams, On-Call and to-dos."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace
from datetime import datetime
from types import MappingProxyType

from dd_incident_roles.sandbox.resources.relationships import Todo
from dd_incident_roles.sandbox.resources.teams import Layer, OnCallTeam, Schedule, Team
from dd_incident_roles.sandbox.sandbox import Sandbox


def add_team(sandbox: Sandbox, name: str, *people: str, team_id: str | None = None) -> str:
    """Add a team with these members, and return its id."""
    with sandbox.lock:
        now = sandbox.world.clock()
        team = Team(
            id=team_id or sandbox.world.ids(),
            name=name,
            handle=name.lower().replace(" ", "-"),
            created=now,
            modified=now,
            members=_ids(sandbox, people),
        )
        return sandbox.world.teams.put(team).id


def set_on_call(
    sandbox: Sandbox,
    team: str,
    *,
    primary: Iterable[str] = (),
    escalations: Iterable[Iterable[str]] = (),
) -> None:
    """Say who is on call for a team, and whom each further step pages."""
    with sandbox.lock:
        steps = {sandbox.world.ids(): _ids(sandbox, people) for people in escalations}
        row = OnCallTeam(
            id=_team(sandbox, team).id,
            responders=_ids(sandbox, primary),
            steps=MappingProxyType(steps),
        )
        sandbox.world.on_call_teams.put(row)


def add_schedule(
    sandbox: Sandbox,
    name: str,
    team: str,
    *,
    layers: Mapping[str, Iterable[str | None]] | None = None,
    tags: Iterable[str] = (),
) -> str:
    """Add a schedule of a team and return its id; a member of None is an empty place."""
    with sandbox.lock:
        ids, rows = sandbox.world.ids, []
        for layer, people in (layers or {}).items():
            members = tuple((ids(), each and sandbox.person(each).id) for each in people)
            rows.append(Layer(id=ids(), name=layer, members=members))
        row = Schedule(
            id=ids(),
            name=name,
            team_id=_team(sandbox, team).id,
            tags=tuple(tags),
            layers=tuple(rows),
        )
        return sandbox.world.schedules.put(row).id


def add_todo(
    sandbox: Sandbox,
    incident: int,
    content: str,
    assignees: Iterable[object] = (),
    due: datetime | None = None,
    *,
    by: str | None = None,
) -> str:
    """Add a task and return its id; assignees are "@" with a handle, or objects of a chat."""
    with sandbox.lock:
        author = sandbox.world.caller if by is None else sandbox.person(by).id
        row = Todo(
            **sandbox.world.stamp(author),
            incident_id=sandbox.incident(incident).id,
            content=content,
            assignees=tuple(assignees),
            due_date=due,
        )
        return sandbox.world.todos.put(row).id


def complete_todo(sandbox: Sandbox, todo: str, *, at: datetime | None = None) -> None:
    """Tick off a task; raise KeyError."""
    with sandbox.lock:
        row, now = sandbox.world.todos.get(todo), sandbox.world.clock()
        if row is None:
            raise KeyError(todo)
        sandbox.world.todos.put(replace(row, completed=at or now, modified=now))


def _team(sandbox: Sandbox, name: str) -> Team:
    teams, wanted = sandbox.world.teams, name.lower()
    return teams.first(lambda row: wanted in {row.name.lower(), row.handle.lower()}, name)


def _ids(sandbox: Sandbox, people: Iterable[str]) -> tuple[str, ...]:
    return tuple(sandbox.person(each).id for each in people)
