"""The address of Datadog's API, checked before any key is sent to it."""

from __future__ import annotations

from dataclasses import dataclass
from ipaddress import ip_address
from urllib.parse import urlsplit

from dd_incident_roles.errors import ConfigurationError

_SETTING = "DD_INCIDENT_ROLES_API_URL"
_HINT = "Give an https address such as https://api.datadoghq.com; http only for this machine."


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
        raise _refusal("is not an address") from None
    if parts.username is not None or parts.password is not None:
        raise _refusal("carries a user name or password, which would be sent with every request")
    if not host or parts.scheme not in {"http", "https"} or parts.query or parts.fragment:
        raise _refusal("is not the https address of an API", base_url)
    if parts.scheme == "http" and not is_loopback(host):
        raise _refusal("would send the keys in clear text", base_url)
    name = f"[{host}]" if ":" in host else host
    return Address(
        url=f"{parts.scheme}://{name}{f':{port}' if port else ''}{parts.path.rstrip('/')}",
        host=f"{name}:{port}" if port else name,
        secure=parts.scheme == "https",
    )


def is_loopback(host: str) -> bool:
    """Whether ``host`` can only be this machine: localhost, 127.0.0.0/8 or ::1."""
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return host.casefold() == "localhost"


def _refusal(problem: str, value: str | None = None) -> ConfigurationError:
    return ConfigurationError(problem, key=_SETTING, value=value, hint=_HINT)
