"""Who is on call, and schedules; the teams' answer and a schedule alone are recorded."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import datetime

from dd_incident_roles.sandbox.render.shapes import Json, reference, references, resource
from dd_incident_roles.sandbox.state.on_call import Layer, OnCallTeam, Schedule
from dd_incident_roles.sandbox.state.people import User
from dd_incident_roles.sandbox.state.world import World

STEPS = "escalation_policy_steps"


def on_call_team(row: OnCallTeam, at: datetime) -> Json:
    """Renders who is on call for a team; the id is of this team at this moment (recording)."""
    return {
        "id": f"{row.id}-{int(at.timestamp())}",
        "type": "team_oncall_responders",
        "relationships": {
            "escalations": references(STEPS, (step.id for step in row.steps)),
            "responders": references("users", row.responders),
        },
    }


def steps(row: OnCallTeam) -> list[Json]:
    """Renders the steps of an escalation as they are included (client)."""
    return [
        {
            "id": step.id,
            "type": STEPS,
            "relationships": {"responders": references("users", step.responders)},
        }
        for step in row.steps
    ]


def paged_users(world: World, user_ids: Iterable[str]) -> list[Json]:
    """Renders users as On-Call includes them: "" for no name, a small status (recording)."""
    users = (world.users.get(user_id) for user_id in dict.fromkeys(user_ids))
    return [_user(user) for user in users if user is not None]


def schedule(row: Schedule) -> Json:
    """Renders a schedule; one without tags does not say so (recording)."""
    attributes: Json = {"name": row.name, "time_zone": "UTC"}
    if row.tags:
        attributes["tags"] = list(row.tags)
    return resource(
        "schedules",
        row.id,
        attributes,
        {
            "layers": references("layers", (layer.id for layer in row.layers)),
            "teams": references("teams", row.team_ids),
        },
    )


def listed_schedule(row: Schedule) -> Json:
    """Renders a schedule as the listing does, without its layers (client)."""
    return {**schedule(row), "relationships": {"teams": references("teams", row.team_ids)}}


def layer(row: Layer) -> Json:
    """Renders a layer as it is included (client)."""
    return resource(
        "layers",
        row.id,
        {"name": row.name},
        {"members": references("members", (place_id for place_id, _ in row.members))},
    )


def places(row: Layer) -> Iterator[Json]:
    """Renders the places in a layer as they are included; one can be empty (client)."""
    for place_id, user_id in row.members:
        yield {
            "id": place_id,
            "type": "members",
            "relationships": {"user": reference("users", user_id)},
        }


def _user(row: User) -> Json:
    return resource(
        "users",
        row.id,
        {"email": row.email, "name": row.name or "", "status": row.status.lower()},
    )
