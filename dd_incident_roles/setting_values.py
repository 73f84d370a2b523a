"""The kinds of values that settings have, each with the fault that it names."""

from __future__ import annotations

import re
from contextlib import suppress
from difflib import get_close_matches
from ipaddress import ip_address
from typing import Annotated, Final
from urllib.parse import unquote, urlsplit

from pydantic import AfterValidator, BeforeValidator, SecretStr

from dd_incident_roles.errors import UsageError
from dd_incident_roles.words import parse_duration

_KEY = re.compile(r"[!-~]+")
_QUOTES: Final = frozenset("\"'`\u2018\u2019\u201c\u201d")
_DATABASE_URL = re.compile(r"[a-z][a-z0-9+.\-]*://.+", re.ASCII | re.IGNORECASE)


DEFAULT_SITE: Final = "datadoghq.com"
SITES: Final = (
    DEFAULT_SITE,
    "us3.datadoghq.com",
    "us5.datadoghq.com",
    "ap1.datadoghq.com",
    "ap2.datadoghq.com",
    "uk1.datadoghq.com",
    "datadoghq.eu",
    "ddog-gov.com",
    "us2.ddog-gov.com",
)
"""Every site that the official client's configuration lists (2.62.0)."""


LEAST_HOOK_SECRET: Final = 16
"""How long a secret must be that nobody guesses while hooks are answered in milliseconds."""


def host_of(url: str) -> str | None:
    """The host of a URL, without a port; None if it has none."""
    try:
        return urlsplit(url).hostname
    except ValueError:
        return None


def site_of(host: str) -> str | None:
    """The site that a host such as ``app.``, ``api.`` or an organisation's subdomain belongs to."""
    name = host.casefold()
    fitting = [site for site in SITES if name == site or name.endswith(f".{site}")]
    # A host below us3.datadoghq.com is below datadoghq.com too.
    return max(fitting, key=len, default=None)


def is_loopback(host: str) -> bool:
    """Whether a host is this machine."""
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return host.casefold() == "localhost"


_PASSWORD: Final = re.compile(r"://[^/?#@]*?:([^/?#]*)@|[?&](?:ssl)?password=([^&#]*)")


def passwords_of(url: str) -> tuple[str, ...]:
    """The passwords in a database URL, as they are written there and as they are meant."""
    found = (plain or query for plain, query in _PASSWORD.findall(url))
    return tuple({form for each in found if each for form in (each, unquote(each))})


def _text(text: str) -> str:
    stripped = text.strip()
    if not stripped:
        raise ValueError("is empty")
    if not stripped.isprintable():
        raise ValueError("contains a control character")
    return stripped


def _site(text: str) -> str:
    site = text.casefold()
    if site in SITES:
        return site
    # People often give the URL of a page or of the API instead of the site.
    host = host_of(text if "://" in text else f"https://{text.strip()}") or text
    near = [site_of(host), *get_close_matches(host.casefold(), SITES, n=1, cutoff=0.7)]
    meant = next((f" Did you mean {each}?" for each in near if each), "")
    raise ValueError(
        f"is not a Datadog site.{meant} Known sites: {', '.join(SITES)}; for any other address "
        "set DD_INCIDENT_ROLES_API_URL"
    )


def _api_url(text: str) -> str:
    try:
        url = urlsplit(text)
        # Only reading the port checks it.
        _ = url.port
    except ValueError as error:
        raise ValueError("is not a URL") from error
    if url.scheme not in {"http", "https"} or not url.hostname:
        raise ValueError("must be a URL that begins with https://")
    if url.username is not None or url.password is not None:
        raise ValueError("must not contain a user name or password")
    if url.query or url.fragment or any(character.isspace() for character in text):
        raise ValueError("must have only a host, and a port and path where needed")
    if url.scheme == "http" and not is_loopback(url.hostname):
        raise ValueError("would send the keys unencrypted: plain http is only for this machine")
    return text.rstrip("/")


def _store(text: str) -> str:
    if "://" in text and not _DATABASE_URL.fullmatch(text):
        raise ValueError("is neither a path nor a database URL")
    return text


def _project(text: str) -> str:
    # Imported here, since few name one.
    from dd_incident_roles.places import parse_project

    try:
        return parse_project(text).text
    except UsageError as error:
        raise ValueError(f"{error} {error.hint}") from None


def _secret(secret: SecretStr) -> SecretStr:
    # `docker --env-file` keeps quotes, and copied keys end in a line break.
    value = secret.get_secret_value().strip()
    if value[:1] in _QUOTES or value[-1:] in _QUOTES:
        raise ValueError("has quotes around it: remove them")
    if not _KEY.fullmatch(value):
        raise ValueError("is not a key: it contains a space or another character that no key has")
    return SecretStr(value)


def _hook_secret(secret: SecretStr) -> SecretStr:
    # Whoever guesses it can have incidents looked at as often as they like.
    if len(secret.get_secret_value()) < LEAST_HOOK_SECRET:
        raise ValueError(
            f"is too short: a secret for hooks has at least {LEAST_HOOK_SECRET} characters"
        )
    return secret


def _seconds(value: object) -> object:
    """The seconds of a length of time such as ``5m``; anything else stays as it is."""
    with suppress(ValueError):
        return parse_duration(value).total_seconds() if isinstance(value, str) else value
    return value


Seconds = Annotated[float, BeforeValidator(_seconds)]
Text = Annotated[str, AfterValidator(_text)]
Secret = Annotated[SecretStr, AfterValidator(_secret)]
HookSecret = Annotated[Secret, AfterValidator(_hook_secret)]
Site = Annotated[Text, AfterValidator(_site)]
ApiUrl = Annotated[Text, AfterValidator(_api_url)]
Store = Annotated[Text, AfterValidator(_store)]
ProjectOfIssues = Annotated[Text, AfterValidator(_project)]
