"""The operations of the API, one file for each family of paths."""

from __future__ import annotations

from dd_incident_roles.sandbox.endpoint import Endpoint
from dd_incident_roles.sandbox.endpoints import (
    fields,
    incidents,
    responders,
    role_assignments,
    roles,
    search,
    users,
)

ENDPOINTS: tuple[Endpoint, ...] = (
    # what has a fixed path comes before what has an id in the same place
    *search.ENDPOINTS,
    *role_assignments.ENDPOINTS,
    *roles.ENDPOINTS,
    *fields.ENDPOINTS,
    *incidents.ENDPOINTS,
    *responders.ENDPOINTS,
    *users.ENDPOINTS,
)
