"""The resources of the API, one file for each: its rows, how they are shown, asked and acted on.

A new resource is a file with its own ENDPOINTS and a line here.
"""

from __future__ import annotations

from dd_incident_roles.sandbox.api import Endpoint
from dd_incident_roles.sandbox.resources import (
    fields,
    github,
    gitlab,
    incidents,
    jira,
    relationships,
    roles,
    search,
    slack,
    teams,
    timeline,
    users,
)

ENDPOINTS: tuple[Endpoint, ...] = (
    # What has a fixed path comes before what has an id in the same place.
    *search.ENDPOINTS,
    *roles.ENDPOINTS,
    *fields.ENDPOINTS,
    *incidents.ENDPOINTS,
    *timeline.ENDPOINTS,
    *relationships.ENDPOINTS,
    *users.ENDPOINTS,
    *teams.ENDPOINTS,
    *github.ENDPOINTS,
    *gitlab.ENDPOINTS,
    *jira.ENDPOINTS,
    *slack.ENDPOINTS,
)
