"""The official client, set up to speak through our session and by its rules."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

from dd_incident_roles.datadog.http import Session
from dd_incident_roles.datadog.transport import Answer
from dd_incident_roles.errors import ConfigurationError

if TYPE_CHECKING:
    from datadog_api_client import ApiClient


class RestClient:
    """Takes the place of ``ApiClient.rest_client``.

    Timeouts and repetition are the session's. Raises our own errors, never those of the official
    client, and ConfigurationError for a request to any address but the session's.
    """

    def __init__(self, session: Session) -> None:
        self._session = session
        # The official client clears its pools on closing; the session is closed by who opened it.
        self.pool_manager: dict[str, object] = {}

    def request(
        self,
        method: str,
        url: str,
        *,
        query_params: Sequence[tuple[str, object]] | None = None,
        headers: Mapping[str, str] | None = None,
        body: Mapping[str, object] | None = None,
        post_params: object = None,
        preload_content: bool = True,  # noqa: ARG002 - the official signature
        request_timeout: object = None,  # noqa: ARG002 - the official signature
    ) -> Answer:
        """Send one request of the official client."""
        if post_params:
            raise ConfigurationError("The official client wanted to send a form, not JSON.")
        base = self._session.base_url
        if not url.startswith(f"{base}/"):
            raise ConfigurationError(
                f"The official client wanted to send the keys elsewhere than to {base}."
            )
        return self._session.send(
            method.upper(),
            url.removeprefix(base),
            params=[(name, str(value)) for name, value in query_params or ()],
            body=body,
            headers=headers,
        )


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
