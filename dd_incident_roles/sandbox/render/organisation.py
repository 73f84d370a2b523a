"""Incident types and teams."""

from __future__ import annotations

from dd_incident_roles.sandbox.render.shapes import Json, reference, resource
from dd_incident_roles.sandbox.render.times import newer, older
from dd_incident_roles.sandbox.state.belongings import Team
from dd_incident_roles.sandbox.state.settings import IncidentType

TYPES = "incident_types"
TEAMS = "team"
_MEETING_PLACES = ("google_chat", "google_meet", "microsoft_teams", "zoom")


def incident_type(row: IncidentType) -> Json:
    """Renders an incident type; its times are in camel case (recording)."""
    links: Json = {
        "created_by_user": reference("users", row.created_by),
        "last_modified_by_user": reference("users", row.last_modified_by),
    }
    links |= {f"{place}_configuration": {"data": None} for place in _MEETING_PLACES}
    return resource(
        TYPES,
        row.id,
        {
            "createdAt": newer(row.created),
            "createdBy": row.created_by,
            "description": row.description,
            "is_default": row.is_default,
            "lastModifiedBy": row.last_modified_by,
            "modifiedAt": newer(row.modified),
            "name": row.name,
            "prefix": row.prefix,
        },
        links,
    )


def team(row: Team) -> Json:
    """Renders a team."""
    place = f"/api/v2/team/{row.id}"
    return resource(
        TEAMS,
        row.id,
        {
            "name": row.name,
            "handle": row.handle,
            "summary": None,
            "description": None,
            "avatar": None,
            "banner": None,
            "visible_modules": [],
            "hidden_modules": [],
            "created_at": older(row.created),
            "modified_at": older(row.modified),
            "user_count": len(row.members),
            "link_count": 0,
        },
        {
            "team_links": {"links": {"related": f"{place}/links"}},
            "user_team_permissions": {"links": {"related": f"{place}/permission-settings"}},
        },
    )


def membership(row: Team, user_id: str, *, provisioned_by: str) -> Json:
    """Renders that a user is a member of a team."""
    return resource(
        "team_memberships",
        f"TeamMembership-{row.id}-{row.members.index(user_id) + 1}",
        {"role": None, "provisioned_by": None, "provisioned_by_id": provisioned_by},
        {"user": reference("users", user_id)},
    )
