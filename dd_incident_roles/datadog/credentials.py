"""The two keys of Datadog, held where nothing prints them."""

from __future__ import annotations

from collections.abc import Sequence
from hashlib import sha256
from typing import Protocol

from dd_incident_roles.errors import ConfigurationError


class Secret(Protocol):
    """A value that has to be asked for, such as pydantic's SecretStr."""

    def get_secret_value(self) -> str:
        """Return the value itself."""


class Credentials:
    """An API key and an application key; no representation of it shows them.

    Raises ConfigurationError when a key is empty or could not stand in an HTTP header.
    """

    __slots__ = ("_api_key", "_app_key")

    def __init__(self, *, api_key: str | Secret, app_key: str | Secret) -> None:
        self._api_key = _usable(api_key, "DD_API_KEY")
        self._app_key = _usable(app_key, "DD_APP_KEY")

    def __repr__(self) -> str:
        return "Credentials(api_key=***, app_key=***)"

    def __reduce__(self) -> str:
        raise TypeError("Credentials are never written anywhere.")

    def headers(self) -> dict[str, str]:
        """The headers that Datadog reads the keys from."""
        return {"DD-API-KEY": self._api_key, "DD-APPLICATION-KEY": self._app_key}

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


def _usable(key: str | Secret, name: str) -> str:
    value = (key if isinstance(key, str) else key.get_secret_value()).strip()
    if not value:
        raise ConfigurationError("is empty", key=name, hint=f"Set {name} to a key of Datadog.")
    # requests names a header value that it cannot send in its own error, and that would be the key.
    if not (value.isascii() and value.isprintable()) or " " in value:
        raise ConfigurationError(
            "holds a blank, a line break or another character that no key has",
            key=name,
            hint=f"Copy {name} again from Datadog.",
        )
    return value
