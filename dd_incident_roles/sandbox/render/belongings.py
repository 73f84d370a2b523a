"""Todos and integrations, each in the shape of its back-end."""

from __future__ import annotations

from dd_incident_roles.sandbox.render.shapes import Json, reference, resource
from dd_incident_roles.sandbox.render.times import newer, older
from dd_incident_roles.sandbox.render.user import nested_user
from dd_incident_roles.sandbox.state.belongings import Integration, Todo
from dd_incident_roles.sandbox.state.world import World

TODOS = "incident_todos"
INTEGRATIONS = "incident_integrations"


def todo(row: Todo) -> Json:
    """Renders a todo as the list does: ids of users, no users (recording)."""
    return resource(
        TODOS,
        row.id,
        {
            **_todo_attributes(row),
            "created_by_uuid": row.created_by,
            "last_modified_by_uuid": row.last_modified_by,
        },
        _authors(row.created_by, row.last_modified_by),
    )


def todo_written(world: World, row: Todo, *, created: bool) -> Json:
    """Renders a todo as POST and PATCH do: with users; POST without their ids (recording)."""
    attributes: Json = {
        **_todo_attributes(row),
        "created_by": nested_user(world, row.created_by),
        "created_by_uuid": None if created else row.created_by,
        "last_modified_by": nested_user(world, row.last_modified_by),
        "last_modified_by_uuid": None if created else row.last_modified_by,
    }
    return resource(TODOS, row.id, attributes, _authors(row.created_by, row.last_modified_by))


def integration(row: Integration) -> Json:
    """Renders an integration as GET does: times of the newer back-end, no users (recording)."""
    return resource(
        INTEGRATIONS,
        row.id,
        {
            "created": newer(row.created),
            "modified": newer(row.modified),
            "created_by_uuid": row.created_by,
            "last_modified_by_uuid": row.last_modified_by,
            "incident_id": row.incident_id,
            "integration_type": row.integration_type,
            "status": row.status,
            "metadata": dict(row.metadata),
        },
        _authors(row.created_by, row.last_modified_by),
    )


def integration_written(world: World, row: Integration) -> Json:
    """Renders an integration as POST and PATCH do: older times, with users (recording)."""
    return resource(
        INTEGRATIONS,
        row.id,
        {
            "created": older(row.created),
            "modified": older(row.modified),
            "created_by": nested_user(world, row.created_by),
            "created_by_uuid": row.created_by,
            "last_modified_by": nested_user(world, row.last_modified_by),
            "last_modified_by_uuid": row.last_modified_by,
            "incident_id": row.incident_id,
            "integration_type": row.integration_type,
            "status": row.status,
            "metadata": dict(row.metadata),
        },
        _authors(row.created_by, row.last_modified_by),
    )


def _todo_attributes(row: Todo) -> Json:
    return {
        "created": older(row.created),
        "modified": older(row.modified),
        "completed": None if row.completed is None else older(row.completed),
        "due_date": None if row.due_date is None else older(row.due_date),
        "assignees": list(row.assignees),
        "content": row.content,
        "incident_id": row.incident_id,
    }


def _authors(created_by: str, last_modified_by: str) -> Json:
    return {
        "created_by_user": reference("users", created_by),
        "last_modified_by_user": reference("users", last_modified_by),
    }
