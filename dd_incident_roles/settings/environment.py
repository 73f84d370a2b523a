"""The environment beyond our settings: what is passed on, what is secret, and what is wrong."""

from __future__ import annotations

import os
import ssl
from collections.abc import Iterator, Mapping
from difflib import get_close_matches
from importlib.util import find_spec
from pathlib import Path
from typing import Final
from urllib.parse import urlsplit

from dd_incident_roles.errors import ConfigurationError
from dd_incident_roles.settings.variables import CONFIG_VARIABLE, SECRETS, VARIABLES

_PREFIX: Final = "DD_"
_OURS: Final = "DD_INCIDENT_ROLES_"
_PROXIES: Final = ("https_proxy", "HTTPS_PROXY", "all_proxy", "ALL_PROXY")
_CERTIFICATES: Final = ("REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE")
"""In the order in which requests looks at them."""


def without_datadog(environ: Mapping[str, str] | None = None) -> dict[str, str]:
    """The environment without anything that names a Datadog, its keys or our settings."""
    environ = os.environ if environ is None else environ
    return {name: text for name, text in environ.items() if not name.startswith(_PREFIX)}


def secrets(environ: Mapping[str, str] | None = None) -> tuple[str, ...]:
    """The keys as they stand in the environment, longest first; for leaving them out of a text."""
    environ = os.environ if environ is None else environ
    texts = {environ.get(VARIABLES[name], "").strip() for name in SECRETS}
    return tuple(sorted(texts - {""}, key=lambda text: (-len(text), text)))


def unknown_variables(environ: Mapping[str, str] | None = None) -> tuple[ConfigurationError, ...]:
    """The variables that begin like ours and are none, as errors that do not show their values."""
    environ = os.environ if environ is None else environ
    known = {*VARIABLES.values(), CONFIG_VARIABLE}
    return tuple(
        ConfigurationError(f"is no setting.{_meant(name, known)}", file="the environment", key=name)
        for name in sorted(environ)
        if name.startswith(_OURS) and name not in known
    )


def _meant(name: str, known: set[str]) -> str:
    near = get_close_matches(name, sorted(known), n=1, cutoff=0.0)
    return f" Did you mean {near[0]}?" if near else ""


def check_way_out(api_url: str, environ: Mapping[str, str] | None = None) -> None:
    """Look at the proxy and the certificates that requests will take from the environment.

    Raises ConfigurationError that names the variable.
    """
    environ = os.environ if environ is None else environ
    url = urlsplit(api_url)
    if url.scheme.casefold() != "https" or not url.hostname:
        # Plain http is for this machine, and takes nothing from the environment.
        return
    for name in _first_set(_PROXIES, environ):
        _check_proxy(name, environ[name], url.hostname, environ)
    for name in _first_set(_CERTIFICATES, environ):
        _check_certificates(name, environ[name])


def _first_set(names: tuple[str, ...], environ: Mapping[str, str]) -> Iterator[str]:
    yield from [name for name in names if environ.get(name)][:1]


def _check_proxy(name: str, proxy: str, host: str, environ: Mapping[str, str]) -> None:
    scheme = proxy.partition("://")[0].casefold() if "://" in proxy else "http"
    if not scheme.startswith("socks") or _is_excepted(host, environ):
        return
    if find_spec("socks") is None:
        raise ConfigurationError(
            "names a SOCKS proxy, for which a package is missing",
            file="the environment",
            key=name,
            hint="Install it beside the program (pip install PySocks), name an http:// proxy, "
            f"or set NO_PROXY={host}.",
        )


def _is_excepted(host: str, environ: Mapping[str, str]) -> bool:
    """Whether the environment has a host asked without its proxy."""
    excepted = (environ.get("no_proxy") or environ.get("NO_PROXY") or "").casefold().split(",")
    names = [name.strip().removeprefix(".") for name in excepted if name.strip()]
    return any(name == "*" or f".{host.casefold()}".endswith(f".{name}") for name in names)


def _check_certificates(name: str, text: str) -> None:
    path = Path(text)
    try:
        if path.is_dir():
            return
        ssl.create_default_context(cafile=text)
    except OSError as error:
        reason = "holds no certificates" if isinstance(error, ssl.SSLError) else error.strerror
        raise ConfigurationError(
            f"names a file that cannot be used: {reason}",
            file="the environment",
            key=name,
            value=text,
            hint="Correct the path, or unset the variable to trust the usual authorities.",
        ) from error
