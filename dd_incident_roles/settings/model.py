"""The settings as one immutable value."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Annotated, Final
from urllib.parse import SplitResult, urlsplit

from pydantic import AfterValidator, Field, SecretStr
from pydantic_settings import BaseSettings, PydanticBaseSettingsSource, SettingsConfigDict

from dd_incident_roles.errors import ConfigurationError
from dd_incident_roles.settings.sites import (
    DEFAULT_SITE,
    SITES,
    host_of,
    is_loopback,
    nearest_site,
    site_of,
)
from dd_incident_roles.settings.variables import VARIABLES

THIS_MACHINE: Final = "this machine"
"""Whose port changes from start to start, and so says nothing."""
TIMELINE_AUTO: Final = "auto"
TIMELINE_CHOICES: Final = (TIMELINE_AUTO, "required", "off")
LEAST_GRACE_SECONDS: Final = 10.0
"""Readings that lie closer together than this may be one slow reading."""

_KEY = re.compile(r"[!-~]+")
_QUOTES: Final = frozenset("\"'`\u2018\u2019\u201c\u201d")
_URL = re.compile(r"[a-z][a-z0-9+.\-]*://.+", re.ASCII | re.IGNORECASE)


def _said(text: str) -> str:
    said = text.strip()
    if not said:
        raise ValueError("is empty")
    if not said.isprintable():
        raise ValueError("has a control character in it")
    return said


def _timeline(text: str) -> str:
    if text not in TIMELINE_CHOICES:
        raise ValueError(f"must be one of {', '.join(TIMELINE_CHOICES)}")
    return text


def _site(text: str) -> str:
    site = text.casefold()
    if site in SITES:
        return site
    near = nearest_site(text)
    meant = f" Did you mean {near}?" if near else ""
    raise ValueError(
        f"is no site of Datadog.{meant} Known sites: {', '.join(SITES)}; "
        f"any other address goes into {VARIABLES['api_url']}"
    )


def _api_url(text: str) -> str:
    url = _split(text)
    if url.scheme not in {"http", "https"} or not url.hostname:
        raise ValueError("must be an address that begins with https://")
    if url.username is not None or url.password is not None:
        raise ValueError("must not have a user name or password in it")
    if url.query or url.fragment or any(character.isspace() for character in text):
        raise ValueError("must be only a host and, where needed, a port and a path")
    if url.scheme == "http" and not is_loopback(url.hostname):
        raise ValueError("would carry the keys in the clear: plain http is for this machine only")
    return text.rstrip("/")


def _split(text: str) -> SplitResult:
    try:
        url = urlsplit(text)
        _ = url.port
    except ValueError as error:
        raise ValueError("is not an address") from error
    return url


def _store(text: str) -> str:
    if "://" in text and not _URL.fullmatch(text):
        raise ValueError("is neither a path nor the URL of a database")
    return text


def _secret(secret: SecretStr) -> SecretStr:
    value = secret.get_secret_value().strip()
    if value[:1] in _QUOTES or value[-1:] in _QUOTES:
        raise ValueError("has quotes around it, which are no part of a key: remove them")
    if not _KEY.fullmatch(value):
        raise ValueError("is not a key: it has a space or another unusual character in it")
    return SecretStr(value)


Said = Annotated[str, AfterValidator(_said)]
Secret = Annotated[SecretStr, AfterValidator(_secret)]


@dataclass(frozen=True, slots=True, kw_only=True)
class Keys:
    """What opens Datadog's door; neither shows itself when it is printed."""

    api_key: SecretStr
    app_key: SecretStr


class Settings(BaseSettings):
    """Everything that can be set; ``load_settings`` makes it from environment, file and options.

    ``store`` is a path or an SQLAlchemy URL, which may have a password in it and is not shown.
    """

    model_config = SettingsConfigDict(
        frozen=True, extra="forbid", strict=True, hide_input_in_errors=True
    )

    api_key: Secret | None = None
    app_key: Secret | None = None
    site: Annotated[Said, AfterValidator(_site)] = DEFAULT_SITE
    api_url: Annotated[Said, AfterValidator(_api_url)] = Field(
        default_factory=lambda valid: f"https://api.{valid.get('site', DEFAULT_SITE)}"
    )
    store: Annotated[Said, AfterValidator(_store)] = Field(repr=False)
    roles: Path | None = None
    policy: Path | None = None
    people: Path | None = None
    concurrency: int = Field(default=8, ge=1, le=64)
    timeout_seconds: float = Field(default=30.0, gt=0, le=600, allow_inf_nan=False)
    absence_grace_seconds: float = Field(default=300.0, ge=0, le=604_800, allow_inf_nan=False)
    timeline: Annotated[str, AfterValidator(_timeline)] = TIMELINE_AUTO
    me: Said | None = None
    service_accounts: tuple[Said, ...] = ()

    @property
    def belongs_to(self) -> str:
        """The site that a record of this Datadog belongs to; "this machine" for a local one."""
        if is_loopback(host_of(self.api_url) or ""):
            return THIS_MACHINE
        return self.page_site

    @property
    def page_site(self) -> str:
        """The site whose pages show the incidents; an address that tells none hides it."""
        return site_of(host_of(self.api_url) or "") or self.site

    def shows_pages_of(self, host: str) -> bool:
        """Whether a page of a host can show an incident of the Datadog that is configured."""
        return host == host_of(self.api_url) or site_of(host) == self.page_site

    @property
    def absence_grace(self) -> timedelta:
        """How far apart two readings must lack something; only for this machine it can be 0."""
        is_here = self.belongs_to == THIS_MACHINE
        least = 0.0 if is_here else LEAST_GRACE_SECONDS
        return timedelta(seconds=max(least, self.absence_grace_seconds))

    def require_keys(self) -> Keys:
        """Both keys; raises ConfigurationError that names the variable of each that is missing."""
        if self.api_key is None or self.app_key is None:
            given = {"api_key": self.api_key, "app_key": self.app_key}
            missing = " and ".join(VARIABLES[name] for name, key in given.items() if key is None)
            raise ConfigurationError(
                "must be set to reach Datadog",
                file="the environment",
                key=missing,
                hint="The API key and the application key come by environment only.",
            )
        return Keys(api_key=self.api_key, app_key=self.app_key)

    @classmethod
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],  # noqa: ARG003 - the library's signature
        init_settings: PydanticBaseSettingsSource,
        env_settings: PydanticBaseSettingsSource,  # noqa: ARG003 - the library's signature
        dotenv_settings: PydanticBaseSettingsSource,  # noqa: ARG003 - the library's signature
        file_secret_settings: PydanticBaseSettingsSource,  # noqa: ARG003 - the library's signature
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        """Take only what is handed over: the layers know from where each value came."""
        return (init_settings,)
