"""The address of a PostgreSQL database: what libpq is told, and what people are."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import field
from ipaddress import ip_address
from types import MappingProxyType
from typing import Final

from sqlalchemy.engine import URL, make_url
from sqlalchemy.exc import ArgumentError

from dd_incident_roles.errors import ConfigurationError
from dd_incident_roles.values import frozen

DRIVERS: Final = frozenset({"postgresql", "postgresql+psycopg"})
_EXAMPLE: Final = "postgresql+psycopg://ddir@db.example/incident_roles"
_PLAIN: Final = frozenset({"disable", "allow", "prefer"})
_DEFAULTS: Final[Mapping[str, str]] = MappingProxyType(
    {
        "client_encoding": "utf8",
        "connect_timeout": "10",
        # A host that vanishes is noticed within a minute, and not after the two hours of Linux.
        "keepalives": "1",
        "keepalives_idle": "30",
        "keepalives_interval": "10",
        "keepalives_count": "3",
        "tcp_user_timeout": "30000",
    }
)


@frozen
class Address:
    """Where a record is in PostgreSQL.

    ``name`` is for sentences; ``arguments`` are libpq's, and may have a password among them.
    """

    name: str
    arguments: Mapping[str, str] = field(repr=False)
    may_be_plain: bool


def is_postgresql(location: str) -> bool:
    """Whether a location is the URL of a PostgreSQL database, well formed or not."""
    return location.partition("://")[0].partition("+")[0].casefold() in {"postgresql", "postgres"}


def parse_address(location: str, defaults: Mapping[str, str]) -> Address:
    """Parse a URL; raises ConfigurationError, which never quotes it.

    ``defaults`` are what libpq takes for what the URL leaves out, by its own variables and files.
    """
    try:
        url = make_url(location)
    except (ArgumentError, ValueError):
        raise _refusal("is not a database URL", f"Give one such as {_EXAMPLE}.") from None
    if url.drivername not in DRIVERS:
        raise _refusal(
            f"names the driver {url.drivername}, and this program uses psycopg",
            f"Give a URL such as {_EXAMPLE}.",
        )
    given = dict(_given(url))
    hosts = _hosts(given, defaults)
    may_be_plain = all(map(_is_here, hosts))
    if not may_be_plain:
        # Where nothing is set, libpq says "prefer".
        usual = defaults.get("sslmode", "prefer")
        mode = given.get("sslmode") or ("require" if usual == "prefer" else usual)
        if mode in _PLAIN:
            raise _refusal(
                f"would reach {', '.join(hosts)} without TLS (sslmode={mode}), and only this "
                "machine may be reached plainly",
                "Use sslmode=verify-full with sslrootcert=FILE, or at least sslmode=require.",
            )
        given["sslmode"] = mode
    user = f"{given['user']}@" if "user" in given else ""
    name = f"postgresql://{user}{','.join(hosts)}/{given.get('dbname', '')}"
    return Address(name=name, arguments={**_DEFAULTS, **given}, may_be_plain=may_be_plain)


def _given(url: URL) -> Iterator[tuple[str, str]]:
    parts = {
        "user": url.username,
        "password": url.password,
        "host": url.host,
        "port": url.port,
        "dbname": url.database,
    }
    yield from ((name, str(part)) for name, part in parts.items() if part)
    # Several hosts are written one by one, each perhaps with its port.
    for name, value in url.query.items():
        yield name, value if isinstance(value, str) else ",".join(value)


def _hosts(given: Mapping[str, str], defaults: Mapping[str, str]) -> list[str]:
    """The hosts that may be connected to; a service that the URL names may have any."""
    if "service" in given:
        return [f"the service {given['service']}"]
    # An address is what libpq connects to, even one that is set beside the URL.
    named = [options.get(name) for name in ("hostaddr", "host") for options in (given, defaults)]
    return next((each for each in named if each), "/").split(",")


def _is_here(host: str) -> bool:
    """Whether a host is this machine: loopback, or a folder with a socket."""
    try:
        return ip_address(host).is_loopback
    except ValueError:
        # With an at sign libpq names an abstract socket of Linux.
        return not host or host.casefold() == "localhost" or host[0] in "/@"


def _refusal(problem: str, hint: str) -> ConfigurationError:
    return ConfigurationError(problem, key="store", hint=hint)
