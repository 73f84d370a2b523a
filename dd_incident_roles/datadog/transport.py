"""The keys, the address that they go to, and the requests session that carries them there."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from hashlib import sha256
from http.cookiejar import DefaultCookiePolicy
from ipaddress import ip_address
from typing import Protocol
from urllib.parse import urlsplit

import requests
from requests.adapters import HTTPAdapter
from requests.auth import AuthBase

from dd_incident_roles import __version__
from dd_incident_roles.errors import ConfigurationError


@dataclass(frozen=True, slots=True, kw_only=True)
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


class Secret(Protocol):
    """A value that has to be asked for, such as pydantic's SecretStr."""

    def get_secret_value(self) -> str:
        """Return the value itself."""


class Credentials(AuthBase):
    """An API key and an application key; no representation of them shows either.

    As the session's ``auth`` they also keep requests from consulting ~/.netrc. Raises
    ConfigurationError when a key is empty or could not stand in an HTTP header.
    """

    def __init__(self, *, api_key: str | Secret, app_key: str | Secret) -> None:
        self._api_key = _usable(api_key, "DD_API_KEY")
        self._app_key = _usable(app_key, "DD_APP_KEY")

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


def _usable(key: str | Secret, name: str) -> str:
    value = (key if isinstance(key, str) else key.get_secret_value()).strip()
    if not value:
        raise ConfigurationError("is empty", key=name, hint=f"Set {name} to a Datadog key.")
    # requests names a header value that it cannot send in its own error, and that would be the key.
    if not (value.isascii() and value.isprintable()) or " " in value:
        raise ConfigurationError(
            "contains a space, a line break or another character that no key has",
            key=name,
            hint=f"Copy {name} again from Datadog.",
        )
    return value


@dataclass(frozen=True, slots=True, kw_only=True)
class Address:
    """Where requests go: ``url`` without a trailing slash, ``host`` for sentences."""

    url: str
    host: str
    secure: bool


def parse_address(base_url: str) -> Address:
    """Return the checked address.

    Raises ConfigurationError for anything but https, or plain http to the loopback interface.
    """
    try:
        parts = urlsplit(base_url.strip())
        host, port = parts.hostname, parts.port
    except ValueError:
        raise _bad_address("is not a URL") from None
    if parts.username is not None or parts.password is not None:
        raise _bad_address(
            "contains a user name or password, which would be sent with every request"
        )
    if not host or parts.scheme not in {"http", "https"} or parts.query or parts.fragment:
        raise _bad_address("is not an https URL", base_url)
    if parts.scheme == "http" and not _is_loopback(host):
        raise _bad_address("would send the keys unencrypted", base_url)
    name = f"[{host}]" if ":" in host else host
    return Address(
        url=f"{parts.scheme}://{name}{f':{port}' if port else ''}{parts.path.rstrip('/')}",
        host=f"{name}:{port}" if port else name,
        secure=parts.scheme == "https",
    )


def _is_loopback(host: str) -> bool:
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return host.casefold() == "localhost"


def _bad_address(problem: str, value: str | None = None) -> ConfigurationError:
    hint = "Give an https URL such as https://api.datadoghq.com; http is only for this machine."
    return ConfigurationError(problem, key="DD_INCIDENT_ROLES_API_URL", value=value, hint=hint)


def open_transport(
    credentials: Credentials, address: Address, connections: int
) -> requests.Session:
    """Return a session for one host, with as many connections as are used at once."""
    session = _NoRedirects()
    session.auth = credentials
    session.headers["User-Agent"] = f"dd-incident-roles/{__version__}"
    session.headers["Accept"] = "application/json"
    # A cookie would connect requests that must be independent.
    session.cookies.set_policy(DefaultCookiePolicy(allowed_domains=[]))
    # A proxy of the environment must not receive what is meant for this machine in clear text.
    session.trust_env = address.secure
    adapter = HTTPAdapter(
        pool_connections=1, pool_maxsize=connections, max_retries=0, pool_block=True
    )
    session.mount("https://", adapter)
    session.mount("http://", adapter)
    return session


class _NoRedirects(requests.Session):
    """Never works out where a redirect leads, so that nothing can follow it.

    This is the one place that keeps the keys from another host; the answer is then refused.
    """

    def get_redirect_target(self, resp: requests.Response) -> None:  # noqa: ARG002 - overrides
        return None
