"""Making the settings from environment, file and options, in rising precedence."""

from __future__ import annotations

import os
import re
import tomllib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from types import MappingProxyType

from platformdirs import user_data_path
from pydantic import ValidationError

from dd_incident_roles.errors import ConfigurationError
from dd_incident_roles.files import MIB, read_limited
from dd_incident_roles.settings.model import THIS_MACHINE, Settings
from dd_incident_roles.settings.variables import CONFIG_VARIABLE, PATHS, SECRETS, VARIABLES

_APPLICATION = "dd-incident-roles"
_RECORD = "record.sqlite3"
_SANDBOX_RECORD = "sandbox.sqlite3"
_WORDS: Mapping[str, str] = MappingProxyType(
    {
        "float_type": "must be a number",
        "int_type": "must be a whole number",
        "is_instance_of": "must be a path",
        "string_type": "must be a text",
        "tuple_type": "must be a list of texts",
    }
)
"""For faults that the library tells in words of Python."""


def load_settings(
    config_file: Path | None,
    options: Mapping[str, object],
    environ: Mapping[str, str] | None = None,
    user_data_dir: Path | None = None,
) -> Settings:
    """Read all settings; an option beats the environment, and the environment beats the file.

    The keys go only where environment, options or Datadog's own sites say: an ``api_url`` of a
    file must be the address that would be used without it.

    Without ``config_file`` the variable DD_INCIDENT_ROLES_CONFIG may name one; without ``environ``
    and ``user_data_dir`` those of the process are taken. Raises ConfigurationError that names the
    place of every fault, and never shows a secret.
    """
    environ = os.environ if environ is None else environ
    written = from_file(path) if (path := config_file or _configured(environ)) else ()
    typed = from_options(options)
    _check_names((*written, *typed))
    addresses = [given for given in written if given.setting == "api_url"]
    others = [given for given in written if given.setting != "api_url"]
    chosen = {given.setting: given for given in (*others, *from_environment(environ), *typed)}
    settings = _validated(chosen, user_data_dir)
    for given in addresses:
        _check_address(given, settings)
    return settings


def _validated(chosen: Mapping[str, Given], user_data_dir: Path | None) -> Settings:
    values = {setting: given.value for setting, given in chosen.items()}
    try:
        settings = Settings.model_validate({"store": _RECORD, **values})
    except ValidationError as error:
        # The cause is left out: it holds the values, secrets among them.
        raise _together(_refusals(error, chosen)) from None
    if "store" in values:
        return settings
    folder = user_data_dir or user_data_path(_APPLICATION, appauthor=False)
    # A local Datadog is one to try things on, and must leave the real record alone.
    name = _SANDBOX_RECORD if settings.belongs_to == THIS_MACHINE else _RECORD
    return settings.model_copy(update={"store": str(folder / name)})


def _check_address(given: Given, settings: Settings) -> None:
    """Refuse an address of a file, which may have come with a repository, for the keys."""
    if isinstance(given.written, str) and given.written.strip().rstrip("/") == settings.api_url:
        return
    raise given.refusal(
        f"a file cannot say where the keys go, which is {settings.api_url}",
        hint=f"If it is meant, set {VARIABLES['api_url']} to that address; "
        "else take the line out of the file.",
    )


def _configured(environ: Mapping[str, str]) -> Path | None:
    text = environ.get(CONFIG_VARIABLE, "").strip()
    return Path(text).expanduser() if text else None


def _check_names(given: Iterable[Given]) -> None:
    problems = [
        _misplaced(each) if _is_secret(each.setting) else _unknown(each)
        for each in given
        if each.setting not in VARIABLES or each.setting in SECRETS
    ]
    if problems:
        raise _together(problems)


def _is_secret(setting: str) -> bool:
    return setting.casefold().replace("-", "_").removeprefix("dd_") in SECRETS


def _misplaced(given: Given) -> ConfigurationError:
    return given.refusal(
        "keys come by environment only",
        hint="Set DD_API_KEY and DD_APP_KEY; replace a key that was written to a file.",
    )


def _unknown(given: Given) -> ConfigurationError:
    known = ", ".join(setting for setting in VARIABLES if setting not in SECRETS)
    return given.refusal("unknown setting", hint=f"Known settings: {known}.")


def _refusals(error: ValidationError, chosen: Mapping[str, Given]) -> list[ConfigurationError]:
    refusals: list[ConfigurationError] = []
    for fault in error.errors(include_url=False, include_context=False, include_input=False):
        setting = str(fault["loc"][0])
        told = fault["msg"].removeprefix("Value error, ").replace("Input should be", "must be")
        problem = _WORDS.get(fault["type"], told)
        if setting in chosen:
            refusals.append(chosen[setting].refusal(problem))
    return refusals


def _together(problems: Sequence[ConfigurationError]) -> ConfigurationError:
    if len(problems) == 1:
        return problems[0]
    hints = dict.fromkeys(problem.hint for problem in problems if problem.hint)
    return ConfigurationError(
        f"{len(problems)} settings are wrong: "
        + "; ".join(problem.message for problem in problems),
        hint=" ".join(hints) or None,
    )


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
