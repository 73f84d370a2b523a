"""The official client, set up to speak through our session."""

from __future__ import annotations

from typing import TYPE_CHECKING

from dd_incident_roles.datadog.rest_client import RestClient

if TYPE_CHECKING:
    from datadog_api_client import ApiClient

    from dd_incident_roles.datadog.http import Session


def official_client(session: Session) -> ApiClient:
    """Return the official client with the session's address and keys, answering in raw bytes.

    Typed calls build and check the request; what they return is the rest client's answer, because
    the typed models are slow and stumble over values that they do not know. The environment has no
    say: an explicit host keeps ``DD_SITE`` out, explicit keys keep ``DD_API_KEY`` out.
    """
    # Imported here because `--help` must not pay for it.
    from datadog_api_client import ApiClient, Configuration

    configuration = Configuration(  # type: ignore[no-untyped-call] # theirs has no annotations
        host=session.base_url,
        api_key=session.credentials.for_official_client(),
        enable_retry=False,
        preload_content=False,
        # The session asks for compressed answers by itself.
        compress=False,
    )
    # An operation that the switch does not know is called without the warning that enabling it
    # would bring with every call, and it does not matter which ones the installed version has.
    configuration.unstable_operations.values.clear()
    client = ApiClient(configuration)
    client.rest_client = RestClient(session)
    return client
