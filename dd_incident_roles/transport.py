"""The way out to one host: the address that is checked, and a session that goes nowhere else."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Mapping
from dataclasses import field
from functools import cache
from http.cookiejar import DefaultCookiePolicy
from ipaddress import ip_address
from pathlib import Path
from ssl import SSLContext
from typing import Any, Final, Protocol
from urllib.parse import urlsplit

import requests
from requests.adapters import HTTPAdapter
from requests.auth import AuthBase
from requests.structures import CaseInsensitiveDict
from requests.utils import DEFAULT_CA_BUNDLE_PATH, get_encoding_from_headers
from urllib3 import BaseHTTPResponse
from urllib3.connectionpool import ConnectionPool
from urllib3.exceptions import MaxRetryError
from urllib3.util.ssl_ import create_urllib3_context

from dd_incident_roles import __version__
from dd_incident_roles.errors import ConfigurationError
from dd_incident_roles.patience import Patience
from dd_incident_roles.values import frozen
from dd_incident_roles.words import shorten

NEVER_SENT: Final = (
    requests.ConnectTimeout,
    requests.exceptions.ProxyError,
    requests.exceptions.InvalidURL,
    requests.exceptions.InvalidHeader,
    requests.exceptions.InvalidSchema,
)
"""What requests raises before a request has left."""

_LONGEST_QUOTE: Final = 300


class Secret(Protocol):
    """A value that has to be asked for, such as pydantic's SecretStr."""

    def get_secret_value(self) -> str:
        """Return the value itself."""


@frozen
class Address:
    """Where requests go: ``url`` without a trailing slash, ``host`` for sentences."""

    url: str
    host: str
    secure: bool


Watch = Callable[[str, str, int | None, float], None]
"""Is told of each request: its method and path, the status, None without an answer, and seconds."""


@frozen
class Access:
    """How a tracker or a chat is reached: the address of its API, and the token."""

    base_url: str
    token: str | Secret = field(repr=False)
    patience: Patience
    watch: Watch | None = None


def parse_address(base_url: str, *, setting: str = "DD_INCIDENT_ROLES_API_URL") -> Address:
    """Return the checked address; ``setting`` is where it was written.

    Raises ConfigurationError for anything but https, or plain http to the loopback interface.
    """
    try:
        parts = urlsplit(base_url.strip())
        host, port = parts.hostname, parts.port
    except ValueError:
        raise _bad_address(setting, "is not a URL") from None
    if parts.username is not None or parts.password is not None:
        raise _bad_address(
            setting, "contains a user name or password, which would be sent with every request"
        )
    if not host or parts.scheme not in {"http", "https"} or parts.query or parts.fragment:
        raise _bad_address(setting, "is not an https URL", base_url)
    if parts.scheme == "http" and not _is_loopback(host):
        raise _bad_address(setting, "would send the keys unencrypted", base_url)
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


def _bad_address(setting: str, problem: str, value: str | None = None) -> ConfigurationError:
    hint = "Give an https URL such as https://api.datadoghq.com; http is only for this machine."
    return ConfigurationError(problem, key=setting, value=value, hint=hint)


def usable_secret(secret: str | Secret, *, setting: str, title: str) -> str:
    """Return a key or token without the space around it; ``title`` is the system that gave it.

    Raises ConfigurationError, without the value, where it is empty or no header could hold it.
    """
    value = (secret if isinstance(secret, str) else secret.get_secret_value()).strip()
    if not value:
        raise ConfigurationError("is empty", key=setting, hint=f"Set {setting} to a {title} key.")
    # requests names a header value that it cannot send in its own error, and that would be the key.
    if not (value.isascii() and value.isprintable()) or " " in value:
        raise ConfigurationError(
            "contains a space, a line break or another character that no key has",
            key=setting,
            hint=f"Copy {setting} again from {title}.",
        )
    return value


def reason_of(error: Exception) -> Exception | None:
    """What urllib3 gave up for, where that is why there is no answer."""
    inner = error.args[0] if error.args else None
    return inner.reason if isinstance(inner, MaxRetryError) else None


def quoted(text: str, secrets: Iterable[str]) -> str:
    """A foreign text on one line, without control characters or keys, and not too long."""
    for secret in secrets:
        text = text.replace(secret, "***")
    printable = "".join(character if character.isprintable() else " " for character in text)
    return shorten(" ".join(printable.split()), _LONGEST_QUOTE)


def open_transport(
    auth: AuthBase, address: Address, connections: int, watch: Watch | None = None
) -> requests.Session:
    """Return a session for one host, with as many connections as are used at once.

    ``auth`` puts the keys on each request; with one, requests does not consult ~/.netrc.
    """
    session = NoRedirects()
    session.auth = auth
    session.headers["User-Agent"] = f"dd-incident-roles/{__version__}"
    session.headers["Accept"] = "application/json"
    # A cookie would connect requests that must be independent.
    session.cookies.set_policy(DefaultCookiePolicy(allowed_domains=[]))
    # A proxy of the environment must not receive what is meant for this machine in clear text.
    session.trust_env = address.secure
    # Nothing is sent again here: a write without an answer may have been applied.
    adapter = OneHost(pool_connections=1, pool_maxsize=connections, max_retries=0, pool_block=True)
    adapter.watch, adapter.address = watch, address
    session.mount("https://", adapter)
    session.mount("http://", adapter)
    return session


class Header(AuthBase):
    """Puts one header on requests below an address, and on no others, or none at all.

    With it, requests does not consult ~/.netrc.
    """

    def __init__(self, name: str | None = None, value: str = "", *, below: str = "") -> None:
        self._name = name
        self._value = value
        self._below = f"{below}/"

    def __repr__(self) -> str:
        return "Header(***)"

    def __call__(self, request: requests.PreparedRequest) -> requests.PreparedRequest:
        """Add the header to a request."""
        if self._name and (request.url or "").startswith(self._below):
            request.headers[self._name] = self._value
        return request


class OneHost(HTTPAdapter):
    """Sends requests to one host, and tells of each what became of it.

    The way there is found once, and the certificates that are trusted are loaded once, where
    requests does both for every request or connection.
    """

    watch: Watch | None = None
    address = Address(url="", host="", secure=False)
    _pool: ConnectionPool | None = None

    def send(
        self, request: requests.PreparedRequest, *given: Any, **named: Any
    ) -> requests.Response:
        """Send one request."""
        if self.watch is None:
            return super().send(request, *given, **named)
        began, answer = time.monotonic(), None
        try:
            answer = super().send(request, *given, **named)
        finally:
            status = None if answer is None else answer.status_code
            path = urlsplit(request.url or "").path
            self.watch(request.method or "", path, status, time.monotonic() - began)
        return answer

    def get_connection_with_tls_context(
        self, request: requests.PreparedRequest, *given: Any, **named: Any
    ) -> ConnectionPool:
        """The connections to the host; a request to any other finds its own way."""
        is_ours = (request.url or "").startswith(f"{self.address.url}/")
        if is_ours and self._pool:
            return self._pool
        found = super().get_connection_with_tls_context(request, *given, **named)
        if is_ours:
            self._pool = found
        return found

    def build_connection_pool_key_attributes(
        self, request: requests.PreparedRequest, verify: bool | str, cert: Any = None
    ) -> tuple[Any, Any]:
        """What distinguishes connections; the certificates are those that are loaded already."""
        host, secrecy = super().build_connection_pool_key_attributes(request, verify, cert)
        if verify and host["scheme"] == "https":
            secrecy = {"cert_reqs": "CERT_REQUIRED", "ssl_context": trusting(verify)}
        return host, secrecy

    def cert_verify(self, conn: Any, url: str, verify: bool | str, cert: Any) -> None:
        """Nothing: the connections of a host know what they trust; any other is set up as ever."""
        if conn is not self._pool or not verify:
            super().cert_verify(conn, url, verify, cert)  # type: ignore[no-untyped-call] # theirs has no annotations

    def request_url(
        self, request: requests.PreparedRequest, proxies: Mapping[str, str] | None
    ) -> str:
        """What the first line asks for; only where a proxy reads it, that is the whole address."""
        if self.address.secure or not proxies:
            return request.path_url
        return super().request_url(request, proxies)

    def build_response(
        self, req: requests.PreparedRequest, resp: BaseHTTPResponse
    ) -> requests.Response:
        """The answer as requests makes it, without looking for cookies, which nobody keeps."""
        answer = _Answer()
        answer.status_code, answer.reason = resp.status, resp.reason or ""
        answer.raw, answer.url, answer.request = resp, req.url or "", req
        return answer


class _Answer(requests.Response):
    """An answer whose headers are taken over when somebody looks at them."""

    def __init__(self) -> None:
        super().__init__()
        # Python asks __getattr__ only for what is not there.
        del self.headers, self.encoding

    def __getattr__(self, name: str) -> Any:
        match name:
            case "headers":
                self.headers = CaseInsensitiveDict(self.raw.headers)
            case "encoding":
                self.encoding = get_encoding_from_headers(self.headers)
            case _:
                raise AttributeError(name)
        return self.__dict__[name]


@cache
def trusting(verify: bool | str) -> SSLContext:
    """What is trusted: a bundle or folder of certificates, else the bundle that requests brings."""
    bundle = Path(DEFAULT_CA_BUNDLE_PATH if verify is True else str(verify))
    if not bundle.exists():
        raise FileNotFoundError(f"There is no bundle of certificates at {bundle}.")
    context = create_urllib3_context()
    if bundle.is_dir():
        context.load_verify_locations(capath=bundle)
    else:
        context.load_verify_locations(cafile=bundle)
    return context


class NoRedirects(requests.Session):
    """Never works out where a redirect leads, so that nothing can follow it.

    This is the one place that keeps the keys from another host; the answer is then refused.
    """

    def get_redirect_target(self, resp: requests.Response) -> None:  # noqa: ARG002 - overrides
        """Return nothing, whatever the answer says."""
        return
