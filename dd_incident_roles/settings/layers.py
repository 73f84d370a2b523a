"""The three layers of settings, each value with the place that it came from."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from dd_incident_roles.errors import ConfigurationError
from dd_incident_roles.files import MIB, read_limited
from dd_incident_roles.settings.variables import PATHS, SECRETS, VARIABLES

ENVIRONMENT = "the environment"
COMMAND_LINE = "the command line"

_WHOLE = re.compile(r"[-+]?[0-9]{1,18}", re.ASCII)
_NUMBER = re.compile(r"[-+]?[0-9]{1,18}(\.[0-9]{1,18})?", re.ASCII)
_LINE = re.compile(r"at line ([0-9]+)")


@dataclass(frozen=True, slots=True, kw_only=True)
class Given:
    """A setting as it was written and as the model takes it, and the place where it stands."""

    setting: str
    written: object = field(repr=False)
    value: object = field(repr=False)
    file: str
    key: str
    line: int | None = None

    def refusal(self, problem: str, *, hint: str | None = None) -> ConfigurationError:
        """The error that names the place, and the value where it cannot be a secret."""
        return ConfigurationError(
            problem,
            file=self.file,
            key=self.key,
            value=None if self._may_be_secret() else self.written,
            line=self.line,
            hint=hint,
        )

    def _may_be_secret(self) -> bool:
        # A key in the wrong place, or a password in an address, must reach neither screen nor log.
        is_known = self.setting in VARIABLES and self.setting not in SECRETS
        is_store_url = self.setting == "store" and "://" in str(self.written)
        return not is_known or is_store_url or "@" in str(self.written)


def from_environment(environ: Mapping[str, str]) -> tuple[Given, ...]:
    """The settings of our variables; an empty one counts as unset."""
    return tuple(
        Given(
            setting=setting,
            written=text.strip(),
            value=_read(setting, text.strip()),
            file=ENVIRONMENT,
            key=variable,
        )
        for setting, variable in VARIABLES.items()
        if (text := environ.get(variable, "")).strip()
    )


def from_options(options: Mapping[str, object]) -> tuple[Given, ...]:
    """The settings of the command line; None counts as unset."""
    return tuple(
        Given(
            setting=setting,
            written=str(value) if isinstance(value, Path) else value,
            value=_placed(setting, value, Path()),
            file=COMMAND_LINE,
            key=f"--{setting.replace('_', '-')}",
        )
        for setting, value in options.items()
        if value is not None
    )


def from_file(path: Path) -> tuple[Given, ...]:
    """The settings of a TOML file, whose paths start from its own folder.

    Raises ConfigurationError when it cannot be read or is not TOML.
    """
    text = _text(path)
    try:
        values = tomllib.loads(text)
    except (ValueError, RecursionError) as error:
        found = _LINE.search(str(error))
        line = int(found[1]) if found else None
        problem = f"is not valid TOML: {error}"
        raise ConfigurationError(problem, file=str(path), line=line) from error
    return tuple(
        Given(
            setting=setting,
            written=value,
            value=_placed(setting, value, path.parent),
            file=str(path),
            key=setting,
            line=_line_of(setting, text),
        )
        for setting, value in values.items()
    )


def _text(path: Path) -> str:
    try:
        return read_limited(path, most=MIB).decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise ConfigurationError("is not UTF-8 text", file=str(path)) from error


def _line_of(setting: str, text: str) -> int | None:
    place = re.search(rf"^[ \t]*\[*[ \t]*[\"']?{re.escape(setting)}\b", text, re.MULTILINE)
    return text.count("\n", 0, place.end()) + 1 if place else None


def _read(setting: str, text: str) -> object:
    """What a text of the environment stands for; what cannot be read is left to be refused."""
    match setting:
        case "concurrency" if _WHOLE.fullmatch(text):
            return int(text)
        case "timeout_seconds" | "absence_grace_seconds" if _NUMBER.fullmatch(text):
            return float(text)
        case "service_accounts":
            return tuple(part.strip() for part in text.split(",") if part.strip())
        case _:
            return _placed(setting, text, Path())


def _placed(setting: str, value: object, folder: Path) -> object:
    """The value with lists made immutable, and with paths that start from a folder."""
    match value:
        case list():
            return tuple(value)
        case str() | Path() if setting in PATHS and str(value).strip():
            return _path(value, folder)
        case str() | Path() if (
            setting == "store" and str(value).strip() and "://" not in str(value)
        ):
            return str(_path(value, folder))
        case _:
            return value


def _path(value: str | Path, folder: Path) -> Path:
    path = Path(value)
    try:
        return folder / path.expanduser()
    except RuntimeError:
        # The home of a user who does not exist; the file will be missing under its written name.
        return folder / path
