"""Who is on call: for a team, and by which schedules."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """A further step of an escalation, and the ids of those whom it pages."""

    id: str
    responders: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class OnCallTeam:
    """Who is on call for the team with this id."""

    id: str
    responders: tuple[str, ...] = ()
    steps: tuple[Step, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Layer:
    """A rotation: the id of each place in it with the user there, if there is one."""

    id: str
    name: str
    members: tuple[tuple[str, str | None], ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Schedule:
    """A schedule, whose layers together say who is on call when."""

    id: str
    name: str
    team_ids: tuple[str, ...] = ()
    tags: tuple[str, ...] = ()
    layers: tuple[Layer, ...] = ()
