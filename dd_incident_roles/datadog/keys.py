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
    """An API key and an application key, or a token in their place; none is ever shown.

    As the session's ``auth`` they also keep requests from consulting ~/.netrc. Raises
    ConfigurationError when one is missing, is empty or could not stand in an HTTP header.
    """

    def __init__(
        self,
        *,
        api_key: str | Secret | None = None,
        app_key: str | Secret | None = None,
        bearer_token: str | Secret | None = None,
    ) -> None:
        given = {"DD_BEARER_TOKEN": bearer_token}
        if bearer_token is None:
            given = {"DD_API_KEY": api_key, "DD_APP_KEY": app_key}
        self._texts = {
            setting: usable_secret(secret or "", setting=setting, title="Datadog")
            for setting, secret in given.items()
        }

    def __repr__(self) -> str:
        return "Credentials(***)"

    def __reduce__(self) -> str:
        raise TypeError("Credentials are never written anywhere.")

    @property
    def settings(self) -> Sequence[str]:
        """The variables that they come from, for sentences."""
        return tuple(self._texts)

    @property
    def is_token(self) -> bool:
        """Whether it is one token, of which the API key alone cannot be told."""
        return "DD_BEARER_TOKEN" in self._texts

    def __call__(self, request: requests.PreparedRequest) -> requests.PreparedRequest:
        """Add the keys to a request.

        A personal access token alone is enough (other clients).
        """
        if self.is_token:
            request.headers["Authorization"] = f"Bearer {self._texts['DD_BEARER_TOKEN']}"
        else:
            request.headers["DD-API-KEY"] = self._texts["DD_API_KEY"]
            request.headers["DD-APPLICATION-KEY"] = self._texts["DD_APP_KEY"]
        return request

    def fingerprint(self, salt: str) -> str:
        """A text by which these keys are known again, and which says nothing of them."""
        text = "\n".join((salt, *self._texts.values()))
        return sha256(text.encode()).hexdigest()

    def for_official_client(self) -> dict[str, str]:
        """The keys under the names that the official client's configuration gives them."""
        if self.is_token:
            # Something must stand there, lest it takes keys from the environment.
            return {"apiKeyAuth": "-", "appKeyAuth": "-"}
        return {"apiKeyAuth": self._texts["DD_API_KEY"], "appKeyAuth": self._texts["DD_APP_KEY"]}

    def secrets(self) -> Sequence[str]:
        """What must not appear in any text, the longer one first."""
        return sorted(self._texts.values(), key=len, reverse=True)
