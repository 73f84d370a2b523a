"""The settings of the product, from environment, file and options.

pydantic checks the values. Which layer each came from is kept here, since every fault is shown with
its place (a file and line, a variable, an option), and a value that may be a secret never is.
"""

from __future__ import annotations

import os
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import field
from datetime import timedelta
from pathlib import Path
from types import MappingProxyType
from typing import TYPE_CHECKING, Final, Literal

from pydantic import BaseModel, ConfigDict, Field, SecretStr, ValidationError

from dd_incident_roles.errors import ConfigurationError
from dd_incident_roles.files import MIB, read_limited, read_secret
from dd_incident_roles.setting_values import (
    DEFAULT_SITE,
    ApiUrl,
    HookSecret,
    ProjectOfIssues,
    Seconds,
    Secret,
    Site,
    Store,
    Text,
    host_of,
    is_loopback,
    passwords_of,
    site_of,
)
from dd_incident_roles.values import frozen

if TYPE_CHECKING:
    from dd_incident_roles.places import IssueProject, TargetName

TIMEZONE_VARIABLE: Final = "DD_INCIDENT_ROLES_TIMEZONE"
"""The zone of whoever reads and types, which is no setting of a file that others share."""

CONFIG_VARIABLE: Final = "DD_INCIDENT_ROLES_CONFIG"
"""Names the settings file; it is not a setting itself."""

THIS_MACHINE: Final = "this machine"
"""The site of every local Datadog: its port changes from start to start."""

LEAST_GRACE_SECONDS: Final = 10.0
"""Two readings with less time between them may be one slow reading."""

ENVIRONMENT: Final = "the environment"
"""What a message calls the place of a variable."""

_APPLICATION: Final = "dd-incident-roles"
_RECORD: Final = "record.sqlite3"
_SANDBOX_RECORD: Final = "sandbox.sqlite3"
_PATHS: Final = frozenset({"roles", "policy", "people", "issue_template"})
# Bounded, since int() refuses, or crawls through, thousands of digits.
_WHOLE = re.compile(r"[-+]?[0-9]{1,18}", re.ASCII)
_NUMBER = re.compile(r"[-+]?[0-9]{1,18}(\.[0-9]{1,18})?", re.ASCII)
_TOML_LINE = re.compile(r"at line ([0-9]+)")
_WORDS: Mapping[str, str] = MappingProxyType(
    {
        "float_type": "must be a number",
        "int_type": "must be a whole number",
        "is_instance_of": "must be a path",
        "string_type": "must be text",
        "tuple_type": "must be a list of text values",
    }
)
"""For errors that the library describes in Python terms."""


class Settings(BaseModel):
    """Everything that can be set; ``load_settings`` makes it from environment, file and options.

    ``store`` is a path or an SQLAlchemy URL, which may have a password in it and is not shown.
    """

    # An error of the library would quote its input, keys included.
    model_config = ConfigDict(frozen=True, extra="forbid", strict=True, hide_input_in_errors=True)

    api_key: Secret | None = None
    app_key: Secret | None = None
    bearer_token: Secret | None = None
    site: Site = DEFAULT_SITE
    api_url: ApiUrl = Field(
        # Of the site, which comes before it and may itself be wrong.
        default_factory=lambda valid: f"https://api.{valid.get('site', DEFAULT_SITE)}"
    )
    store: Store = Field(repr=False)
    roles: Path | None = None
    policy: Path | None = None
    people: Path | None = None
    concurrency: int = Field(default=16, ge=1, le=64)
    timeout_seconds: Seconds = Field(default=30.0, gt=0, le=600, allow_inf_nan=False)
    absence_grace_seconds: Seconds = Field(default=300.0, ge=0, le=604_800, allow_inf_nan=False)
    timeline: Literal["auto", "required", "off"] = "auto"
    me: Text | None = None
    incident: Text | None = None
    service_accounts: tuple[Text, ...] = ()
    github_url: ApiUrl = "https://api.github.com"
    github_token: Secret | None = None
    gitlab_url: ApiUrl = "https://gitlab.com"
    gitlab_token: Secret | None = None
    jira_url: ApiUrl | None = None
    jira_user: Text | None = None
    jira_token: Secret | None = None
    slack_url: ApiUrl = "https://slack.com/api"
    slack_token: Secret | None = None
    datadog_hook_secret: HookSecret | None = None
    github_hook_secret: HookSecret | None = None
    gitlab_hook_secret: HookSecret | None = None
    jira_hook_secret: HookSecret | None = None
    slack_hook_secret: HookSecret | None = None
    issue_authority: Literal["propose", "follow", "mirror"] = "propose"
    issue_comments: Literal["on", "off"] | None = None
    issue_public: Literal["assignee", "allow"] = "assignee"
    issue_project: ProjectOfIssues | None = None
    issue_template: Path | None = None

    @property
    def belongs_to(self) -> str:
        """The site that a record of this Datadog belongs to; "this machine" for a local one."""
        return THIS_MACHINE if is_loopback(host_of(self.api_url) or "") else self.page_site

    @property
    def page_site(self) -> str:
        """The site whose pages show the incidents; an address that names none hides it."""
        return site_of(host_of(self.api_url) or "") or self.site

    def page_of(self, public_id: int) -> str | None:
        """The page of an incident; None for a Datadog on this machine, which has none."""
        if self.belongs_to == THIS_MACHINE:
            return None
        # us3.datadoghq.com and similar sites have no app. host.
        host = self.page_site if self.page_site.count(".") > 1 else f"app.{self.page_site}"
        return f"https://{host}/incidents/{public_id}"

    def shows_pages_of(self, host: str) -> bool:
        """Whether a page of a host can show an incident of the Datadog that is configured."""
        return host == host_of(self.api_url) or site_of(host) == self.page_site

    @property
    def absence_grace(self) -> timedelta:
        """How far apart two readings must lack something; it can be 0 only for this machine."""
        least = 0.0 if self.belongs_to == THIS_MACHINE else LEAST_GRACE_SECONDS
        return timedelta(seconds=max(least, self.absence_grace_seconds))

    @property
    def addresses(self) -> Mapping[TargetName, str | None]:
        """Where the API of each tracker and chat is; None for a Jira that is not set."""
        from dd_incident_roles.places import TARGETS

        return {each: getattr(self, f"{each}_url") for each in TARGETS}

    @property
    def tokens(self) -> Mapping[TargetName, SecretStr | None]:
        """The token for each tracker and chat; one without a token is not used."""
        from dd_incident_roles.places import TARGETS

        return {each: getattr(self, f"{each}_token") for each in TARGETS}

    @property
    def hook_secrets(self) -> Mapping[str, SecretStr | None]:
        """What tells a hook of each system from a forged one; without it there is no such hook."""
        ending = "_hook_secret"
        names = (name for name in type(self).model_fields if name.endswith(ending))
        return {name.removesuffix(ending): getattr(self, name) for name in names}

    def has_comments(self, target: TargetName) -> bool:
        """Whether entries and comments are synced; not in Jira, unless it was asked for.

        Datadog's own integration can sync the comments of Jira, and each would then be there twice.
        """
        return target != "jira" if self.issue_comments is None else self.issue_comments == "on"

    @property
    def new_issues(self) -> IssueProject | None:
        """Where an issue is created for an incident that has none; None for nowhere."""
        from dd_incident_roles.places import parse_project

        return parse_project(self.issue_project) if self.issue_project else None

    def require_keys(self) -> Mapping[str, SecretStr]:
        """The API key and the application key, or the token in their place.

        Raises ConfigurationError that names the variable of each that is missing.
        """
        if self.bearer_token:
            return {"bearer_token": self.bearer_token}
        given = {"api_key": self.api_key, "app_key": self.app_key}
        if missing := [VARIABLES[name] for name, key in given.items() if key is None]:
            raise ConfigurationError(
                "must be set to reach Datadog",
                file=ENVIRONMENT,
                key=" and ".join(missing),
                hint="Keys are read from the environment only, never from a file or an option.",
            )
        return {name: key for name, key in given.items() if key}


_OWN_VARIABLES: Final[Mapping[str, str]] = MappingProxyType(
    {
        "api_key": "DD_API_KEY",
        "app_key": "DD_APP_KEY",
        "bearer_token": "DD_BEARER_TOKEN",
        "site": "DD_SITE",
        "timeout_seconds": "DD_INCIDENT_ROLES_TIMEOUT",
        "absence_grace_seconds": "DD_INCIDENT_ROLES_ABSENCE_GRACE",
    }
)
"""The variables that are not called like their setting; the first four are Datadog's own."""

VARIABLES: Final[Mapping[str, str]] = MappingProxyType(
    {
        name: _OWN_VARIABLES.get(name, f"DD_INCIDENT_ROLES_{name.upper()}")
        for name in Settings.model_fields
    }
)
"""The environment variable of each setting."""

SECRETS: Final = frozenset(
    name for name in VARIABLES if name.endswith(("_key", "_token", "_secret"))
)
"""Settings that are read from the environment only, and never shown."""

SECRET_FILES: Final[Mapping[str, str]] = MappingProxyType(
    {name: f"{VARIABLES[name]}_FILE" for name in sorted({*SECRETS, "store"})}
)
"""The variable that names a file with a secret, such as the address of a record has."""

ADDRESSES: Final = frozenset(name for name in VARIABLES if name.endswith("_url"))
"""Where secrets are sent: a file can only repeat what is set otherwise."""


def load_settings(
    config_file: str | Path | None,
    options: Mapping[str, object],
    environ: Mapping[str, str] = os.environ,
    user_data_dir: Path | None = None,
) -> Settings:
    """Read all settings; an option overrides the environment, which overrides the file.

    Keys and tokens go only where environment, options or the defaults say: an address in a file
    must be the one that would be used without it.

    Without ``config_file`` the variable DD_INCIDENT_ROLES_CONFIG may name one. Raises
    ConfigurationError that names the place of every fault, and never shows a secret.
    """
    named = environ.get(CONFIG_VARIABLE, "").strip()
    path = config_file or (Path(named).expanduser() if named else None)
    written = list(_of_file(Path(path))) if path else []
    typed = list(_of_options(options))
    _check_names([*written, *typed])
    # A URL in a file may have come with a repository: it is only compared, never used.
    addresses = [given for given in written if given.setting in ADDRESSES]
    others = [given for given in written if given.setting not in ADDRESSES]
    chosen = {given.setting: given for given in (*others, *_of_environment(environ), *typed)}
    values = {setting: given.value for setting, given in chosen.items()}
    try:
        # The default path of the record depends on the URL, which is not checked yet.
        settings = Settings.model_validate({"store": _RECORD, **values})
    except ValidationError as error:
        # The cause is left out: it holds the values, secrets among them.
        raise _refusal(error, chosen) from None
    if "store" not in values:
        from platformdirs import user_data_path

        folder = user_data_dir or user_data_path(_APPLICATION, appauthor=False)
        # A local Datadog is for trying things out, and must not touch the real record.
        name = _SANDBOX_RECORD if settings.belongs_to == THIS_MACHINE else _RECORD
        settings = settings.model_copy(update={"store": str(folder / name)})
    for given in addresses:
        used = getattr(settings, given.setting)
        if str(given.written).strip().rstrip("/") != used:
            variable = VARIABLES[given.setting]
            raise given.refusal(
                f"a file cannot change where the keys are sent, which is {used or 'nowhere'}",
                hint=f"To use that address, set {variable} to it; otherwise remove the line from "
                "the file.",
            )
    return settings


@frozen
class _Given:
    """A setting as it was written, its value for the model, and its place."""

    setting: str
    written: object = field(repr=False)
    value: object = field(repr=False)
    file: str
    key: str
    line: int | None = None

    def refusal(self, problem: str, *, hint: str | None = None) -> ConfigurationError:
        """The error that names the place, and the value unless it may be a secret."""
        # A key in the wrong place, or a password in a URL, must not reach a screen or a log.
        is_known = self.setting in VARIABLES and self.setting not in SECRETS
        is_store_url = self.setting == "store" and "://" in str(self.written)
        is_safe = is_known and not is_store_url and "@" not in str(self.written)
        return ConfigurationError(
            problem,
            file=self.file,
            key=self.key,
            value=self.written if is_safe else None,
            line=self.line,
            hint=hint,
        )


def _of_environment(environ: Mapping[str, str]) -> Iterator[_Given]:
    """The settings of our variables, and the secrets in files that they name.

    An empty variable counts as unset. Raises ConfigurationError that names a file.
    """
    for setting, variable in VARIABLES.items():
        key, text = variable, environ.get(variable, "").strip()
        if file := environ.get(SECRET_FILES.get(setting, ""), "").strip():
            key = SECRET_FILES[setting]
            if text:
                problem = f"is set, and so is {variable}: remove one of them"
                raise ConfigurationError(problem, file=ENVIRONMENT, key=key)
            text = read_secret(file)
        if not text and not file:
            continue
        value: object = text
        # What is not a number stays text, which the model refuses.
        match setting:
            case "concurrency" if _WHOLE.fullmatch(text):
                value = int(text)
            case "timeout_seconds" | "absence_grace_seconds" if _NUMBER.fullmatch(text):
                value = float(text)
            case "service_accounts":
                value = tuple(part.strip() for part in text.split(",") if part.strip())
            case _:
                value = _placed(setting, text, Path())
        yield _Given(setting=setting, written=text, value=value, file=ENVIRONMENT, key=key)


def _of_options(options: Mapping[str, object]) -> Iterator[_Given]:
    """The settings of the command line; None counts as unset."""
    for setting, value in options.items():
        if value is not None:
            yield _Given(
                setting=setting,
                written=str(value) if isinstance(value, Path) else value,
                value=_placed(setting, value, Path()),
                file="the command line",
                key=f"--{setting.replace('_', '-')}",
            )


def _of_file(path: Path) -> Iterator[_Given]:
    """The settings of a TOML file, whose paths start from its own folder.

    Raises ConfigurationError when it cannot be read or is not TOML.
    """
    import tomllib

    try:
        # Editors on Windows put a mark before the first line.
        text = read_limited(path, most=MIB).decode("utf-8-sig")
        values = tomllib.loads(text)
    except UnicodeDecodeError as error:
        raise ConfigurationError("is not UTF-8 text", file=str(path)) from error
    # A file of brackets only nests deeper than the parser can read.
    except (ValueError, RecursionError) as error:
        found = _TOML_LINE.search(str(error))
        line = int(found[1]) if found else None
        problem = f"is not valid TOML: {error}"
        raise ConfigurationError(problem, file=str(path), line=line) from error
    for setting, value in values.items():
        # tomllib does not say where a key is.
        place = re.search(rf"^[ \t]*\[*[ \t]*[\"']?{re.escape(setting)}\b", text, re.MULTILINE)
        yield _Given(
            setting=setting,
            written=value,
            value=_placed(setting, value, path.parent),
            file=str(path),
            key=setting,
            line=text.count("\n", 0, place.end()) + 1 if place else None,
        )


def _placed(setting: str, value: object, folder: Path) -> object:
    """The value with lists made immutable, and with paths that start from a folder."""
    if isinstance(value, list):
        return tuple(value)
    is_store = setting == "store" and "://" not in str(value)
    is_path = is_store or setting in _PATHS
    if not is_path or not isinstance(value, str | Path) or not str(value).strip():
        return value
    path = Path(value)
    try:
        path = folder / path.expanduser()
    except RuntimeError:
        # The home of a user who does not exist: the file will be missing under its written name.
        path = folder / path
    return str(path) if is_store else path


def _check_names(given: Iterable[_Given]) -> None:
    known = ", ".join(setting for setting in VARIABLES if setting not in SECRETS)
    problems = []
    for each in given:
        plain = each.setting.casefold().replace("-", "_").removeprefix("dd_")
        if (secret := plain.removeprefix("incident_roles_")) in SECRETS:
            hint = (
                f"Set {VARIABLES[secret]} instead, and replace any key that was written to a file."
            )
            problems.append(each.refusal("keys are read from the environment only", hint=hint))
        elif each.setting == "store" and passwords_of(str(each.written)):
            variable = VARIABLES["store"]
            problems.append(
                each.refusal(
                    "has a password in it, which others can read here",
                    hint=f"Give it with {variable}, {variable}_FILE, PGPASSWORD or PGPASSFILE, and "
                    "replace it where it was shown.",
                )
            )
        elif each.setting not in VARIABLES:
            problems.append(each.refusal("unknown setting", hint=f"Known settings: {known}."))
    if problems:
        raise _together(problems)


def _refusal(error: ValidationError, chosen: Mapping[str, _Given]) -> ConfigurationError:
    problems = []
    for fault in error.errors(include_url=False, include_input=False):
        words = fault["msg"].removeprefix("Value error, ").replace("Input should be", "must be")
        if fault["type"] == "literal_error":
            allowed = words.removeprefix("must be ").replace(" or ", ", ").replace("'", "")
            words = f"must be one of {allowed}"
        if given := chosen.get(str(fault["loc"][0])):
            problems.append(given.refusal(_WORDS.get(fault["type"], words)))
    return _together(problems)


def _together(problems: Sequence[ConfigurationError]) -> ConfigurationError:
    if len(problems) == 1:
        return problems[0]
    hints = dict.fromkeys(problem.hint for problem in problems if problem.hint)
    messages = "; ".join(problem.message for problem in problems)
    return ConfigurationError(
        f"{len(problems)} settings are wrong: {messages}", hint=" ".join(hints) or None
    )
