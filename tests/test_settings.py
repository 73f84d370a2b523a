"""Settings come by environment, file and option, and a wrong one is named with its place."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import timedelta
from pathlib import Path

import pytest
from pydantic import ValidationError

from dd_incident_roles.environment import secrets, unknown_variables
from dd_incident_roles.errors import ConfigurationError
from dd_incident_roles.files import shipped_file
from dd_incident_roles.places import TARGETS, IssueProject
from dd_incident_roles.setting_values import SITES
from dd_incident_roles.settings import (
    CONFIG_VARIABLE,
    SECRETS,
    TIMEZONE_VARIABLE,
    VARIABLES,
    Settings,
    load_settings,
)

DATA = Path("/home/ada/data")
SECRET = "0123456789abcdef-very-secret"


HOOK_SECRETS = [
    f"{system}_hook_secret" for system in ("datadog", "github", "gitlab", "jira", "slack")
]


def given(environ: Mapping[str, str] | None = None, /, **options: object) -> Settings:
    """The settings of an environment and options, without a file."""
    return load_settings(None, options, environ or {}, DATA)


def of_file(tmp_path: Path, text: str) -> Settings:
    """The settings of a file alone."""
    path = tmp_path / "settings.toml"
    path.write_text(text, encoding="utf-8")
    return load_settings(path, {}, {}, DATA)


def test_everything_has_a_default() -> None:
    """Without any setting the product reaches the first site and keeps its own record."""
    settings = given()
    assert settings.model_dump() == {
        "api_key": None,
        "app_key": None,
        "bearer_token": None,
        "site": "datadoghq.com",
        "api_url": "https://api.datadoghq.com",
        "store": str(DATA / "record.sqlite3"),
        "roles": None,
        "policy": None,
        "people": None,
        "concurrency": 16,
        "timeout_seconds": 30.0,
        "absence_grace_seconds": 300.0,
        "timeline": "auto",
        "me": None,
        "incident": None,
        "service_accounts": (),
        "github_url": "https://api.github.com",
        "github_token": None,
        "gitlab_url": "https://gitlab.com",
        "gitlab_token": None,
        "jira_url": None,
        "jira_user": None,
        "jira_token": None,
        "slack_url": "https://slack.com/api",
        "slack_token": None,
        **dict.fromkeys(HOOK_SECRETS),
        "issue_authority": "propose",
        "issue_comments": None,
        "issue_public": "assignee",
        "issue_project": None,
        "issue_template": None,
    }


def test_every_setting_can_come_by_environment() -> None:
    """Each variable gives its setting, as the type that the setting has."""
    settings = given(
        {
            "DD_API_KEY": f" {SECRET}\n",
            "DD_APP_KEY": "app",
            "DD_SITE": "US3.datadoghq.com",
            "DD_INCIDENT_ROLES_API_URL": "https://proxy.corp.example:8443/datadog/",
            "DD_INCIDENT_ROLES_STORE": "postgresql://u:p@db/roles",
            "DD_INCIDENT_ROLES_ROLES": "roles.yaml",
            "DD_INCIDENT_ROLES_POLICY": "/etc/policy.yaml",
            "DD_INCIDENT_ROLES_PEOPLE": "people.yaml",
            "DD_INCIDENT_ROLES_CONCURRENCY": "64",
            "DD_INCIDENT_ROLES_TIMEOUT": "2.5",
            "DD_INCIDENT_ROLES_ABSENCE_GRACE": "5m",
            "DD_INCIDENT_ROLES_TIMELINE": "required",
            "DD_INCIDENT_ROLES_ME": "ada",
            "DD_INCIDENT_ROLES_INCIDENT": "1001",
            "DD_INCIDENT_ROLES_SERVICE_ACCOUNTS": "bot@corp.example, ci-bot ,",
            "DD_INCIDENT_ROLES_GITHUB_URL": "https://code.corp.example/api/v3/",
            "DD_INCIDENT_ROLES_GITHUB_TOKEN": "github",
            "DD_INCIDENT_ROLES_GITLAB_URL": "https://lab.corp.example",
            "DD_INCIDENT_ROLES_GITLAB_TOKEN": "gitlab",
            "DD_INCIDENT_ROLES_JIRA_URL": "https://corp.atlassian.net/",
            "DD_INCIDENT_ROLES_JIRA_USER": "bot@corp.example",
            "DD_INCIDENT_ROLES_JIRA_TOKEN": "jira",
            "DD_INCIDENT_ROLES_SLACK_URL": "http://127.0.0.1:8126/slack",
            "DD_INCIDENT_ROLES_SLACK_TOKEN": "slack\n",
            "DD_INCIDENT_ROLES_ISSUE_AUTHORITY": "follow",
            "DD_INCIDENT_ROLES_ISSUE_COMMENTS": "on",
            "DD_INCIDENT_ROLES_ISSUE_PUBLIC": "allow",
            "DD_INCIDENT_ROLES_ISSUE_PROJECT": "Jira: ops",
            "DD_INCIDENT_ROLES_ISSUE_TEMPLATE": "issue.md",
        }
    )
    keys = {name: key.get_secret_value() for name, key in settings.require_keys().items()}
    assert keys == {"api_key": SECRET, "app_key": "app"}
    tokens = {name: token and token.get_secret_value() for name, token in settings.tokens.items()}
    assert tokens == {each: each for each in TARGETS}
    assert settings.model_dump(exclude=set(SECRETS)) == {
        "site": "us3.datadoghq.com",
        "api_url": "https://proxy.corp.example:8443/datadog",
        "store": "postgresql://u:p@db/roles",
        "roles": Path("roles.yaml"),
        "policy": Path("/etc/policy.yaml"),
        "people": Path("people.yaml"),
        "concurrency": 64,
        "timeout_seconds": 2.5,
        "absence_grace_seconds": 300.0,
        "timeline": "required",
        "me": "ada",
        "incident": "1001",
        "service_accounts": ("bot@corp.example", "ci-bot"),
        "github_url": "https://code.corp.example/api/v3",
        "gitlab_url": "https://lab.corp.example",
        "jira_url": "https://corp.atlassian.net",
        "jira_user": "bot@corp.example",
        "slack_url": "http://127.0.0.1:8126/slack",
        "issue_authority": "follow",
        "issue_comments": "on",
        "issue_public": "allow",
        "issue_project": "jira:OPS",
        "issue_template": Path("issue.md"),
    }
    assert settings.new_issues == IssueProject(target="jira", name="OPS")
    assert settings.addresses["jira"] == "https://corp.atlassian.net"


@pytest.mark.parametrize(
    ("word", "of_github", "of_jira"),
    [(None, True, False), ("on", True, True), ("off", False, False)],
)
def test_comments_of_jira_have_to_be_asked_for(
    word: str | None, of_github: bool, of_jira: bool
) -> None:
    """Datadog may sync them already, and nobody wants each of them twice."""
    settings = given(issue_comments=word)
    assert (settings.has_comments("github"), settings.has_comments("jira")) == (of_github, of_jira)


@pytest.mark.parametrize("name", sorted(SECRETS))
def test_a_secret_can_be_in_a_file(tmp_path: Path, name: str) -> None:
    """Containers get secrets as files; what is removed from a trace is read there too."""
    file = tmp_path / "secret"
    file.write_text(f"{SECRET}\n", "utf-8")
    environ = {f"{VARIABLES[name]}_FILE": str(file)}
    settings = given(environ)
    assert getattr(settings, name).get_secret_value() == SECRET
    assert secrets(environ) == (SECRET,)
    assert unknown_variables(environ) == ()
    assert SECRET not in repr(settings)


def test_the_address_of_the_record_can_be_in_a_file(tmp_path: Path) -> None:
    """It may have a password, which is removed from a trace as all are."""
    file = tmp_path / "store"
    url = "postgresql+psycopg://ddir:p%40ss@db.example/roles?sslpassword=other"
    file.write_text(f"{url}\n", "utf-8")
    environ = {"DD_INCIDENT_ROLES_STORE_FILE": str(file), "PGPASSWORD": "third"}
    assert given(environ).store == url
    assert unknown_variables(environ) == ()
    assert {"p@ss", "p%40ss", "other", "third"} < set(secrets(environ))


def test_an_option_beats_the_environment_and_the_environment_beats_the_file(
    tmp_path: Path,
) -> None:
    """The nearer to the person who types, the stronger; a file may have come with a repository."""
    path = tmp_path / "settings.toml"
    path.write_text(
        'concurrency = 2\nme = "file"\ntimeline = "off"\nsite = "datadoghq.com"\n', "utf-8"
    )
    environ = {
        "DD_INCIDENT_ROLES_CONCURRENCY": "1",
        "DD_INCIDENT_ROLES_ME": "environment",
        "DD_SITE": "datadoghq.eu",
    }
    settings = load_settings(path, {"concurrency": 3, "me": None}, environ, DATA)
    assert (settings.concurrency, settings.me, settings.site, settings.timeline) == (
        3,
        "environment",
        "datadoghq.eu",
        "off",
    )


def test_a_value_that_is_overruled_is_not_looked_at() -> None:
    """An option helps against a wrong environment."""
    environ = {"DD_INCIDENT_ROLES_CONCURRENCY": "many"}
    assert given(environ, concurrency=1).concurrency == 1


@pytest.mark.parametrize("text", ["", "  ", "\n"])
def test_an_empty_variable_counts_as_unset(text: str) -> None:
    """Jobs set variables to nothing where they mean none."""
    settings = given(dict.fromkeys(VARIABLES.values(), text))
    assert settings == given()


def test_the_environment_of_the_process_is_the_default(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """Nobody else has to read it."""
    monkeypatch.setenv("DD_SITE", "datadoghq.eu")
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path))
    settings = load_settings(None, {})
    assert settings.site == "datadoghq.eu"
    assert Path(settings.store).name == "record.sqlite3"


def test_nothing_of_the_process_is_read_beside_the_given_environment(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """An environment that is handed over is the whole environment."""
    for name in ("SITE", "ME", "API_KEY", "CONCURRENCY", "DD_SITE", "DD_INCIDENT_ROLES_ME"):
        monkeypatch.setenv(name, "7")
    assert given() == given({})
    assert given().me is None


def test_a_variable_can_name_the_file(tmp_path: Path) -> None:
    """A job needs no option, and the option beats the variable."""
    one, other = tmp_path / "one.toml", tmp_path / "other.toml"
    one.write_text("concurrency = 1\n", encoding="utf-8")
    other.write_text("concurrency = 2\n", encoding="utf-8")
    environ = {"DD_INCIDENT_ROLES_CONFIG": str(one)}
    assert load_settings(None, {}, environ, DATA).concurrency == 1
    assert load_settings(other, {}, environ, DATA).concurrency == 2


def test_paths_of_the_file_start_from_its_folder(tmp_path: Path) -> None:
    """A file works from whatever folder the command is typed in."""
    settings = of_file(tmp_path, 'roles = "r.yaml"\nstore = "data/r.sqlite3"\npolicy = "/etc/p"\n')
    assert settings.roles == tmp_path / "r.yaml"
    assert settings.policy == Path("/etc/p")
    assert settings.store == str(tmp_path / "data" / "r.sqlite3")


def test_a_url_of_the_file_is_no_path(tmp_path: Path) -> None:
    """The address of a database is taken as it is."""
    assert of_file(tmp_path, 'store = "sqlite:////x.db"\n').store == "sqlite:////x.db"


def test_home_can_be_written_short(tmp_path: Path) -> None:
    """A tilde is the home folder in a file, a variable and an option."""
    wanted = Path.home() / "x"
    assert of_file(tmp_path, 'people = "~/x"\n').people == wanted
    assert given({"DD_INCIDENT_ROLES_STORE": "~/x"}).store == str(wanted)
    assert given(roles=Path("~/x")).roles == wanted


def test_printing_the_settings_shows_no_secret() -> None:
    """Neither the keys nor a password of the record reach a log by accident."""
    settings = given(
        {
            "DD_API_KEY": SECRET,
            "DD_APP_KEY": SECRET,
            "DD_INCIDENT_ROLES_STORE": f"postgresql://u:{SECRET}@db/roles",
        }
    )
    assert SECRET not in f"{settings} {settings!r} {settings.require_keys()!r}"


def test_a_token_takes_the_place_of_both_keys() -> None:
    """Alone, and beside keys that some other program needs."""
    for environ in ({}, {"DD_API_KEY": "api", "DD_APP_KEY": "app"}):
        keys = given({"DD_BEARER_TOKEN": SECRET, **environ}).require_keys()
        assert {name: key.get_secret_value() for name, key in keys.items()} == {
            "bearer_token": SECRET
        }


@pytest.mark.parametrize(
    ("environ", "missing"),
    [
        ({}, "DD_API_KEY and DD_APP_KEY"),
        ({"DD_API_KEY": "a"}, "DD_APP_KEY"),
        ({"DD_APP_KEY": "a", "DD_API_KEY": " "}, "DD_API_KEY"),
    ],
)
def test_missing_keys_are_named_when_they_are_needed(
    environ: Mapping[str, str], missing: str
) -> None:
    """Loading works without them, for commands that need no Datadog."""
    settings = given(environ)
    with pytest.raises(ConfigurationError) as caught:
        settings.require_keys()
    assert caught.value.key == missing
    assert caught.value.exit_code == 2


@pytest.mark.parametrize(
    ("typed", "url"),
    [
        ("http://127.0.0.1:8080/", "http://127.0.0.1:8080"),
        ("http://127.1.2.3", "http://127.1.2.3"),
        ("http://[::1]:8080", "http://[::1]:8080"),
        ("http://localhost:8080//", "http://localhost:8080"),
        ("HTTPS://api.corp.example/v/", "HTTPS://api.corp.example/v"),
    ],
)
def test_an_address_is_taken_without_its_last_slash(typed: str, url: str) -> None:
    """Plain http is for this machine, https for any."""
    assert given(api_url=typed).api_url == url


@pytest.mark.parametrize("site", SITES)
def test_each_known_site_is_taken(site: str) -> None:
    """The address is made from the site, in whatever case it was typed."""
    assert given({"DD_SITE": site.upper()}).api_url == f"https://api.{site}"


@pytest.mark.parametrize(
    ("api_url", "store"),
    [
        ("https://api.datadoghq.eu", "record.sqlite3"),
        ("https://proxy.corp.example", "record.sqlite3"),
        ("http://127.0.0.1:8126", "sandbox.sqlite3"),
        ("http://localhost:9", "sandbox.sqlite3"),
        ("http://[::1]:9", "sandbox.sqlite3"),
    ],
)
def test_a_local_datadog_has_a_record_of_its_own(api_url: str, store: str) -> None:
    """Whoever tries the sandbox leaves the real record alone, unless they name one."""
    assert given(api_url=api_url).store == str(DATA / store)
    assert given(api_url=api_url, store="x.db").store == "x.db"


@pytest.mark.parametrize(
    ("environ", "page"),
    [
        ({}, "https://app.datadoghq.com/incidents/1001"),
        ({"DD_SITE": "datadoghq.eu"}, "https://app.datadoghq.eu/incidents/1001"),
        ({"DD_SITE": "us3.datadoghq.com"}, "https://us3.datadoghq.com/incidents/1001"),
        ({"DD_INCIDENT_ROLES_API_URL": "http://localhost:8126"}, None),
    ],
)
def test_an_incident_has_a_page(environ: dict[str, str], page: str | None) -> None:
    """It is on the host of the site; a Datadog on this machine shows no pages."""
    assert given(environ).page_of(1001) == page


def test_settings_cannot_be_changed() -> None:
    """What was loaded holds for the whole run."""
    with pytest.raises(ValidationError):
        given().site = "datadoghq.eu"


def example() -> str:
    """The text of the example file."""
    return shipped_file("settings.example.toml").read_text(encoding="utf-8")


def test_the_example_loads_and_says_the_defaults(tmp_path: Path) -> None:
    """Whoever copies the example changes nothing yet."""
    assert of_file(tmp_path, example()) == given()


def test_the_example_shows_every_setting(tmp_path: Path) -> None:
    """Each field that can be in the file is there, loads, and is told with its variable."""
    shown = re.sub(r"^# (\w+ = )", r"\1", example(), flags=re.MULTILINE)
    names = re.findall(r"^(\w+) = ", shown, flags=re.MULTILINE)
    path = tmp_path / "settings.toml"
    path.write_text(shown, "utf-8")
    # The only address without a default, which a file can only repeat.
    load_settings(path, {}, {VARIABLES["jira_url"]: "https://example.atlassian.net"}, DATA)
    assert sorted(names) == sorted(set(Settings.model_fields) - SECRETS)
    variables = (*VARIABLES.values(), CONFIG_VARIABLE, TIMEZONE_VARIABLE)
    assert [name for name in variables if name not in example()] == []


@pytest.mark.parametrize(
    ("url", "grace", "seconds"),
    [
        ("https://api.datadoghq.eu", "0", 10),
        ("https://api.datadoghq.eu", "60", 60),
        ("http://127.0.0.1:8080", "0", 0),
        ("http://[::1]:8080", "3", 3),
    ],
)
def test_a_grace_outlasts_a_slow_reading(url: str, grace: str, seconds: float) -> None:
    """Two looks of one reading are one look, but for a Datadog on this machine."""
    environ = {"DD_INCIDENT_ROLES_API_URL": url, "DD_INCIDENT_ROLES_ABSENCE_GRACE": grace}
    assert given(environ).absence_grace == timedelta(seconds=seconds)
