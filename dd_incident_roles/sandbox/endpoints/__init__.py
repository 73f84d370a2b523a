"""The operations of the API, one file for each family of paths.

A new family is a file with its own ENDPOINTS and a line here.
"""

from __future__ import annotations

from dd_incident_roles.sandbox.endpoint import Endpoint
from dd_incident_roles.sandbox.endpoints import (
    fields,
    incidents,
    integrations,
    on_call,
    responders,
    role_assignments,
    roles,
    search,
    teams,
    timeline,
    todos,
    types,
    users,
)

ENDPOINTS: tuple[Endpoint, ...] = (
    # what has a fixed path comes before what has an id in the same place
    *search.ENDPOINTS,
    *role_assignments.ENDPOINTS,
    *roles.ENDPOINTS,
    *fields.ENDPOINTS,
    *types.ENDPOINTS,
    *incidents.ENDPOINTS,
    *responders.ENDPOINTS,
    *timeline.ENDPOINTS,
    *todos.ENDPOINTS,
    *integrations.ENDPOINTS,
    *users.ENDPOINTS,
    *teams.ENDPOINTS,
    *on_call.ENDPOINTS,
)
