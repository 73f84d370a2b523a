"""The two keys of Datadog, and an answer that was not read yet."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import field
from hashlib import sha256

import requests
from requests.auth import AuthBase

from dd_incident_roles.transport import Secret, usable_secret
from dd_incident_roles.values import frozen


@frozen
class Answer:
    """Status, headers and undecoded body of one answer, with the request that it answers.

    ``path`` is without the query; looking a header up ignores case. The official client reads
    ``status``, ``headers`` and ``data`` under these names.
    """

    method: str
    path: str
    status: int
    headers: Mapping[str, str] = field(repr=False)
    data: bytes = field(repr=False)

    @property
    def ok(self) -> bool:
        """Whether the request was carried out."""
        return 200 <= self.status < 300

    @property
    def is_write(self) -> bool:
        """Whether the request may have changed something."""
        return is_write(self.method)


def is_write(method: str) -> bool:
    """Whether a request with this method may change something."""
    return method not in {"GET", "HEAD"}


class Credentials(AuthBase):
    """An API key and an application key; no representation of them shows either.

    As the session's ``auth`` they also keep requests from consulting ~/.netrc. Raises
    ConfigurationError when a key is empty or could not stand in an HTTP header.
    """

    def __init__(self, *, api_key: str | Secret, app_key: str | Secret) -> None:
        self._api_key = usable_secret(api_key, setting="DD_API_KEY", title="Datadog")
        self._app_key = usable_secret(app_key, setting="DD_APP_KEY", title="Datadog")

    def __repr__(self) -> str:
        return "Credentials(api_key=***, app_key=***)"

    def __reduce__(self) -> str:
        raise TypeError("Credentials are never written anywhere.")

    def __call__(self, request: requests.PreparedRequest) -> requests.PreparedRequest:
        """Add the keys to a request."""
        request.headers["DD-API-KEY"] = self._api_key
        request.headers["DD-APPLICATION-KEY"] = self._app_key
        return request

    def fingerprint(self, salt: str) -> str:
        """A text by which this pair of keys is known again, and which says nothing of them."""
        text = "\n".join((salt, self._api_key, self._app_key))
        return sha256(text.encode()).hexdigest()

    def for_official_client(self) -> dict[str, str]:
        """The keys under the names that the official client's configuration gives them."""
        return {"apiKeyAuth": self._api_key, "appKeyAuth": self._app_key}

    def secrets(self) -> Sequence[str]:
        """What must not appear in any text, the longer one first."""
        return sorted((self._api_key, self._app_key), key=len, reverse=True)
