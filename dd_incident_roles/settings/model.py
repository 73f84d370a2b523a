"""The settings as one immutable value."""

from __future__ import annotations

import re
from dataclasses import dataclass
from ipaddress import ip_address
from pathlib import Path
from typing import Annotated, Final
from urllib.parse import SplitResult, urlsplit

from pydantic import AfterValidator, Field, SecretStr
from pydantic_settings import BaseSettings, PydanticBaseSettingsSource, SettingsConfigDict

from dd_incident_roles.errors import ConfigurationError
from dd_incident_roles.settings.variables import VARIABLES

DEFAULT_SITE: Final = "datadoghq.com"
TIMELINE_AUTO: Final = "auto"
TIMELINE_CHOICES: Final = (TIMELINE_AUTO, "required", "off")
_HOST = re.compile(r"(?!-)[a-z0-9-]{1,63}(?<!-)(\.(?!-)[a-z0-9-]{1,63}(?<!-))+", re.ASCII)
_KEY = re.compile(r"[!-~]+")
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
    if not _HOST.fullmatch(site) or len(site) > 249:
        raise ValueError("must be the host name of a Datadog site, such as datadoghq.eu")
    return site


def _api_url(text: str) -> str:
    url = _split(text)
    if url.scheme not in {"http", "https"} or not url.hostname:
        raise ValueError("must be an address that begins with https://")
    if url.username is not None or url.password is not None:
        raise ValueError("must not have a user name or password in it")
    if url.query or url.fragment or any(character.isspace() for character in text):
        raise ValueError("must be only a host and, where needed, a port and a path")
    if url.scheme == "http" and not _is_loopback(url.hostname):
        raise ValueError("would carry the keys in the clear: plain http is for this machine only")
    return text.rstrip("/")


def _split(text: str) -> SplitResult:
    try:
        url = urlsplit(text)
        _ = url.port
    except ValueError as error:
        raise ValueError("is not an address") from error
    return url


def _is_loopback(host: str) -> bool:
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


def _store(text: str) -> str:
    if "://" in text and not _URL.fullmatch(text):
        raise ValueError("is neither a path nor the URL of a database")
    return text


def _secret(secret: SecretStr) -> SecretStr:
    value = secret.get_secret_value().strip()
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
