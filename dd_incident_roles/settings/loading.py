"""Making the settings from environment, file and options, in rising precedence."""

from __future__ import annotations

import os
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from types import MappingProxyType

from platformdirs import user_data_path
from pydantic import ValidationError

from dd_incident_roles.errors import ConfigurationError
from dd_incident_roles.settings.layers import Given, from_environment, from_file, from_options
from dd_incident_roles.settings.model import THIS_MACHINE, Settings
from dd_incident_roles.settings.variables import CONFIG_VARIABLE, SECRETS, VARIABLES

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
