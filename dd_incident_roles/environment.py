"""The environment beyond our settings: what is passed on, secret or wrong."""

from __future__ import annotations

import os
from collections.abc import Mapping
from contextlib import suppress
from difflib import get_close_matches
from importlib.util import find_spec
from pathlib import Path
from typing import Final
from urllib.parse import urlsplit

from dd_incident_roles.errors import ConfigurationError
from dd_incident_roles.files import read_secret
from dd_incident_roles.setting_values import passwords_of
from dd_incident_roles.settings import (
    CONFIG_VARIABLE,
    ENVIRONMENT,
    SECRET_FILES,
    SECRETS,
    TIMEZONE_VARIABLE,
    VARIABLES,
)

_PROXIES: Final = ("https_proxy", "HTTPS_PROXY", "all_proxy", "ALL_PROXY")
_CERTIFICATES: Final = ("REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE")
"""In the order in which requests reads them."""


def without_datadog(environ: Mapping[str, str] = os.environ) -> dict[str, str]:
    """The environment without anything that names a Datadog, its keys or our settings."""
    return {name: text for name, text in environ.items() if not name.startswith("DD_")}


def secrets(environ: Mapping[str, str] = os.environ) -> tuple[str, ...]:
    """The keys in the environment or its files, longest first, to remove them from a text."""
    texts = {environ.get(VARIABLES[name], "").strip() for name in SECRETS}
    texts |= {environ.get("PGPASSWORD", ""), *passwords_of(environ.get(VARIABLES["store"], ""))}
    for variable in SECRET_FILES.values():
        # A file that cannot be read gave no secret to the program either.
        with suppress(ConfigurationError):
            if environ.get(variable):
                found = read_secret(environ[variable])
                texts |= {found, *passwords_of(found)}
    # A shorter one that is part of a longer one would leave the rest of that behind.
    return tuple(sorted(texts - {""}, key=lambda text: (-len(text), text)))


def of_systemd(environ: Mapping[str, str] = os.environ) -> dict[str, str]:
    """What systemd tells a service about how it wants to be told how the service fares."""
    names = ("NOTIFY_SOCKET", "WATCHDOG_USEC", "WATCHDOG_PID")
    return {name: environ[name] for name in names if name in environ}


def shell_folders(environ: Mapping[str, str] = os.environ) -> tuple[Path, Path]:
    """Where the shells of this user look for data and for configuration (XDG)."""
    data, config = environ.get("XDG_DATA_HOME"), environ.get("XDG_CONFIG_HOME")
    home = Path.home()
    return Path(data or home / ".local" / "share"), Path(config or home / ".config")


def unknown_variables(environ: Mapping[str, str] = os.environ) -> tuple[ConfigurationError, ...]:
    """An error for each variable with our prefix that does not exist; without its value."""
    known = sorted(
        {*VARIABLES.values(), *SECRET_FILES.values(), CONFIG_VARIABLE, TIMEZONE_VARIABLE}
    )
    problems = []
    for name in sorted(environ):
        if name.startswith("DD_INCIDENT_ROLES_") and name not in known:
            # Without a cutoff there is always a nearest one.
            [near] = get_close_matches(name, known, n=1, cutoff=0.0)
            problem = f"is not a setting. Did you mean {near}?"
            problems.append(ConfigurationError(problem, file=ENVIRONMENT, key=name))
    return tuple(problems)


def check_way_out(api_url: str, environ: Mapping[str, str] = os.environ) -> None:
    """Check the proxy and the certificates that requests will take from the environment.

    Raises ConfigurationError that names the variable.
    """
    url = urlsplit(api_url)
    if url.scheme.casefold() != "https" or not url.hostname:
        # Plain http is only for this machine, and uses nothing from the environment.
        return
    # Only the first that is set counts, as for requests.
    for name in [name for name in _PROXIES if environ.get(name)][:1]:
        _check_proxy(name, environ[name], url.hostname, environ)
    for name in [name for name in _CERTIFICATES if environ.get(name)][:1]:
        _check_certificates(name, environ[name])


def _check_proxy(name: str, proxy: str, host: str, environ: Mapping[str, str]) -> None:
    # An address without a scheme is http to requests.
    scheme = proxy.partition("://")[0].casefold() if "://" in proxy else "http"
    # A host of the list, anything below it, or a star for everything.
    excepted = (environ.get("no_proxy") or environ.get("NO_PROXY") or "").casefold().split(",")
    hosts = [each.strip().removeprefix(".") for each in excepted if each.strip()]
    is_excepted = any(each == "*" or f".{host.casefold()}".endswith(f".{each}") for each in hosts)
    if scheme.startswith("socks") and not is_excepted and find_spec("socks") is None:
        raise ConfigurationError(
            "names a SOCKS proxy, which needs the package PySocks",
            file=ENVIRONMENT,
            key=name,
            hint="Install it beside this program (pip install PySocks), use an http:// proxy, "
            f"or set NO_PROXY={host}.",
        )


def _check_certificates(name: str, text: str) -> None:
    # Loaded only here: it takes longer than the rest of a command that asks nothing of anybody.
    import ssl

    try:
        if not Path(text).is_dir():
            ssl.create_default_context(cafile=text)
    except OSError as error:
        reason = "holds no certificates" if isinstance(error, ssl.SSLError) else error.strerror
        raise ConfigurationError(
            f"names a file that cannot be used: {reason}",
            file=ENVIRONMENT,
            key=name,
            value=text,
            hint="Correct the path, or unset the variable to trust the default certificate "
            "authorities.",
        ) from error
