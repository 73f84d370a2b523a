"""What the official client sends through, so that it shares our session and its rules."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from dd_incident_roles.datadog.http import Session
from dd_incident_roles.errors import ConfigurationError


@dataclass(frozen=True, slots=True, kw_only=True)
class RestAnswer:
    """An answer under the names that the official client reads."""

    status: int
    headers: Mapping[str, str] = field(repr=False)
    data: bytes = field(repr=False)


class NoPools:
    """Stands where the official client looks for connection pools to empty on closing."""

    def clear(self) -> None:
        """Do nothing: the session is closed by whoever opened it."""


class RestClient:
    """Takes the place of ``ApiClient.rest_client``.

    Timeouts and repetition are the session's. Raises our own errors, never those of the official
    client, and ConfigurationError for a request to any address but the session's.
    """

    def __init__(self, session: Session) -> None:
        self._session = session
        self.pool_manager = NoPools()

    def request(
        self,
        method: str,
        url: str,
        *,
        query_params: Sequence[tuple[str, object]] | None = None,
        headers: Mapping[str, str] | None = None,
        body: object = None,
        post_params: object = None,
        preload_content: bool = True,  # noqa: ARG002 - the official signature
        request_timeout: object = None,  # noqa: ARG002 - the official signature
    ) -> RestAnswer:
        """Send one request of the official client."""
        if post_params:
            raise ConfigurationError("The official client wanted to send a form, not JSON.")
        answer = self._session.send(
            method.upper(),
            self._path(url),
            params=[(name, str(value)) for name, value in query_params or ()],
            body=None if body is None else json.dumps(body).encode(),
            headers=headers,
        )
        return RestAnswer(status=answer.status, headers=answer.headers, data=answer.body)

    def _path(self, url: str) -> str:
        base = self._session.base_url
        if not url.startswith(f"{base}/"):
            raise ConfigurationError(
                f"The official client wanted to send the keys elsewhere than to {base}."
            )
        return url.removeprefix(base)
