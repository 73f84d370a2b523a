"""What somebody would write in an afternoon: the open incidents and who is responding to each.

One request after the other, with the official typed client; it compares nothing and keeps nothing.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from typing import Any

from datadog_api_client import ApiClient, Configuration
from datadog_api_client.v2.api.incidents_api import IncidentsApi
from datadog_api_client.v2.model.incident_related_object import IncidentRelatedObject

PAGE = 100


def main() -> None:
    """Print a line for each open incident."""
    configuration: Any = Configuration(  # type: ignore[no-untyped-call] # theirs has no annotations
        host=os.environ["DD_INCIDENT_ROLES_API_URL"],
        api_key={
            "apiKeyAuth": os.environ["DD_API_KEY"],
            "appKeyAuth": os.environ["DD_APP_KEY"],
        },
    )
    for operation in ("search_incidents", "get_incident", "list_incident_responders"):
        configuration.unstable_operations[operation] = True
    with ApiClient(configuration) as client:
        incidents: Any = IncidentsApi(client)  # type: ignore[no-untyped-call] # the same
        for incident_id in open_incidents(incidents):
            found = incidents.get_incident(incident_id, include=[IncidentRelatedObject.USERS])
            responders = incidents.list_incident_responders(incident_id)
            title = found.data.attributes.title
            print(f"{title}: {len(responders.data)} responders")


def open_incidents(incidents: Any) -> Iterator[str]:
    """The ids of the open incidents, page by page."""
    offset, total = 0, 1
    while offset < total:
        page = incidents.search_incidents(
            "state:(active OR stable)", page_size=PAGE, page_offset=offset
        ).data.attributes
        for each in page.incidents:
            yield each.data.id
        offset, total = offset + PAGE, page.total


if __name__ == "__main__":
    main()
