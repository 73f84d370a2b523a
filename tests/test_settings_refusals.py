"""A wrong setting or way out is refused with its place, and no refusal shows a secret."""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial
from pathlib import Path

import pytest
from certifi import where

from dd_incident_roles.environment import check_way_out, unknown_variables
from dd_incident_roles.errors import ConfigurationError
from dd_incident_roles.settings import SECRETS, load_settings
from tests.test_settings import DATA, SECRET, given, of_file

# variable, text, and a part of the message
WRONG_TEXTS = [
    ("DD_SITE", "https://datadoghq.eu", "Did you mean datadoghq.eu?"),
    ("DD_SITE", "https://app.us5.datadoghq.com/incidents", "Did you mean us5.datadoghq.com?"),
    ("DD_SITE", "app.datadoghq.eu", "Did you mean datadoghq.eu?"),
    ("DD_SITE", "API.DATADOGHQ.EU", "Did you mean datadoghq.eu?"),
    ("DD_SITE", "mycorp.datadoghq.com", "Did you mean datadoghq.com?"),
    ("DD_SITE", "datadoghq", "Did you mean datadoghq."),
    ("DD_SITE", "datadoghq.eu/", "Did you mean datadoghq.eu?"),
    ("DD_SITE", "'datadoghq.eu'", "Did you mean datadoghq.eu?"),
    ("DD_SITE", "data doghq.eu", "Did you mean datadoghq.eu?"),
    ("DD_SITE", "ap9.datadoghq.com", "us3.datadoghq.com"),
    ("DD_SITE", "user:pw@datadoghq.eu", "not a Datadog site"),
    ("DD_SITE", "corp.example", "set DD_INCIDENT_ROLES_API_URL"),
    ("DD_INCIDENT_ROLES_API_URL", "http://api.corp.example", "plain http"),
    ("DD_INCIDENT_ROLES_API_URL", "http://localhost.corp.example", "plain http"),
    ("DD_INCIDENT_ROLES_API_URL", "http://10.0.0.1", "plain http"),
    ("DD_INCIDENT_ROLES_API_URL", "api.corp.example", "begins with https"),
    ("DD_INCIDENT_ROLES_API_URL", "ftp://api.corp.example", "begins with https"),
    ("DD_INCIDENT_ROLES_API_URL", "https://", "begins with https"),
    ("DD_INCIDENT_ROLES_API_URL", "https://h:port", "is not a URL"),
    ("DD_INCIDENT_ROLES_API_URL", "https://[::1", "is not a URL"),
    ("DD_INCIDENT_ROLES_API_URL", "https://h/?a=b", "only a host"),
    ("DD_INCIDENT_ROLES_API_URL", "https://h/#a", "only a host"),
    ("DD_INCIDENT_ROLES_API_URL", "https://h /", "only a host"),
    ("DD_INCIDENT_ROLES_STORE", "a\x07b", "control character"),
    ("DD_INCIDENT_ROLES_CONCURRENCY", "0", "greater than or equal to 1"),
    ("DD_INCIDENT_ROLES_CONCURRENCY", "65", "less than or equal to 64"),
    ("DD_INCIDENT_ROLES_CONCURRENCY", "many", "must be a whole number"),
    ("DD_INCIDENT_ROLES_CONCURRENCY", "2.0", "must be a whole number"),
    ("DD_INCIDENT_ROLES_CONCURRENCY", "true", "must be a whole number"),
    ("DD_INCIDENT_ROLES_TIMEOUT", "0", "greater than 0"),
    ("DD_INCIDENT_ROLES_TIMEOUT", "30 s", "must be a number"),
    ("DD_INCIDENT_ROLES_TIMEOUT", "inf", "must be a number"),
    ("DD_INCIDENT_ROLES_TIMEOUT", "nan", "must be a number"),
    ("DD_INCIDENT_ROLES_TIMEOUT", "601", "less than or equal to 600"),
    ("DD_INCIDENT_ROLES_ABSENCE_GRACE", "-1", "greater than or equal to 0"),
    ("DD_INCIDENT_ROLES_ABSENCE_GRACE", "700000", "less than or equal to 604800"),
    ("DD_INCIDENT_ROLES_ME", "a\x1bb", "control character"),
    ("DD_INCIDENT_ROLES_SERVICE_ACCOUNTS", "bot,a\x1bb", "control character"),
    ("DD_INCIDENT_ROLES_GITHUB_URL", "http://code.corp.example", "plain http"),
    ("DD_INCIDENT_ROLES_JIRA_URL", "corp.atlassian.net", "begins with https"),
    ("DD_INCIDENT_ROLES_ISSUE_AUTHORITY", "lead", "must be one of propose, follow, mirror"),
    ("DD_INCIDENT_ROLES_ISSUE_COMMENTS", "yes", "must be one of on, off"),
    ("DD_INCIDENT_ROLES_ISSUE_PUBLIC", "all", "must be one of assignee, allow"),
    ("DD_INCIDENT_ROLES_ISSUE_PROJECT", "gihub:a/b", "Did you mean github:a/b?"),
    ("DD_INCIDENT_ROLES_ISSUE_PROJECT", "slack:C0123456789", "Give github:owner/repo"),
]


@pytest.mark.parametrize(("variable", "text", "message"), WRONG_TEXTS)
def test_a_wrong_variable_is_named(variable: str, text: str, message: str) -> None:
    """The error says which variable, what it says, and what it should."""
    with pytest.raises(ConfigurationError) as caught:
        given({variable: text})
    error = caught.value
    assert (error.file, error.key) == ("the environment", variable)
    assert error.value == (None if "@" in text else text)
    assert message in str(error)
    assert "\x1b" not in str(error)
    assert error.exit_code == 2


# line of the file, the key that is named, and a part of the message
WRONG_LINES = [
    ("concurrency = '8'", "concurrency", "must be a whole number"),
    ("concurrency = true", "concurrency", "must be a whole number"),
    ("concurrency = 8.0", "concurrency", "must be a whole number"),
    ("concurrency = 100", "concurrency", "less than or equal to 64"),
    ("timeout_seconds = '30'", "timeout_seconds", "must be a number"),
    ("timeout_seconds = inf", "timeout_seconds", "finite number"),
    ("timeout_seconds = nan", "timeout_seconds", "finite number"),
    ('timeline = "sometimes"', "timeline", "must be one of auto, required, off"),
    ("absence_grace_seconds = 2026-01-01", "absence_grace_seconds", "must be a number"),
    ("site = 7", "site", "must be text"),
    ("site = ''", "site", "is empty"),
    ("site = 'corp.example'", "site", "not a Datadog site"),
    ("api_url = 'https://api.corp.example'", "api_url", "cannot change where the keys are sent"),
    ("api_url = 'https://api.datadoghq.eu'", "api_url", "cannot change where the keys are sent"),
    ("api_url = 'http://127.0.0.1:8126'", "api_url", "cannot change where the keys are sent"),
    ("api_url = 7", "api_url", "cannot change where the keys are sent"),
    ("store = ' '", "store", "is empty"),
    ("roles = 7", "roles", "must be a path"),
    ("roles = ''", "roles", "must be a path"),
    ("me = ['ada']", "me", "must be text"),
    ("service_accounts = 'bot'", "service_accounts", "must be a list"),
    ("service_accounts = [1]", "service_accounts", "must be text"),
    ("service_accounts = ['']", "service_accounts", "is empty"),
    ("github_url = 'https://evil.example'", "github_url", "cannot change where the keys are sent"),
    ("jira_url = 'https://evil.example'", "jira_url", "are sent, which is nowhere"),
    ("timeout = 30", "timeout", "unknown setting"),
    ("[sync]", "sync", "unknown setting"),
    ("[[sync]]", "sync", "unknown setting"),
    ("sync.grace = 1", "sync", "unknown setting"),
    ("'concurency' = 8", "concurency", "unknown setting"),
]


@pytest.mark.parametrize(("line", "key", "message"), WRONG_LINES)
def test_a_wrong_line_of_the_file_is_named(
    tmp_path: Path, line: str, key: str, message: str
) -> None:
    """The error says which file, line and setting."""
    with pytest.raises(ConfigurationError) as caught:
        of_file(tmp_path, f"# settings\n\n{line}\n")
    error = caught.value
    assert (error.file, error.key, error.line) == (str(tmp_path / "settings.toml"), key, 3)
    assert message in str(error)


@pytest.mark.parametrize(
    ("content", "line", "message"),
    [
        (b"site = \n", 1, "not valid TOML"),
        (b"concurrency = 1\nconcurrency = 2\n", 2, "not valid TOML"),
        (b"a = " + b"[" * 5000 + b"]" * 5000, None, "not valid TOML"),
        (b"a = " + b"9" * 5000, None, "not valid TOML"),
        (b'me = "\xff"\n', None, "not UTF-8"),
        (b"# " + b"x" * (1024 * 1024), None, "larger than"),
    ],
)
def test_a_file_that_is_no_toml_is_refused(
    tmp_path: Path, content: bytes, line: int | None, message: str
) -> None:
    """Faults of notation name the file, and the line where it is known."""
    path = tmp_path / "settings.toml"
    path.write_bytes(content)
    with pytest.raises(ConfigurationError, match=message) as caught:
        load_settings(path, {}, {}, DATA)
    assert caught.value.file == str(path)
    if line:
        assert caught.value.line == line


@pytest.mark.parametrize("name", ["none.toml", "."])
def test_a_file_that_was_named_must_be_there(tmp_path: Path, name: str) -> None:
    """A missing file or a folder is no empty file."""
    with pytest.raises(ConfigurationError, match="cannot be read"):
        load_settings(tmp_path / name, {}, {}, DATA)


def test_all_faults_are_told_together() -> None:
    """Nobody has to mend them one by one."""
    environ = {"DD_INCIDENT_ROLES_CONCURRENCY": "x", "DD_SITE": "y"}
    with pytest.raises(ConfigurationError) as caught:
        given(environ, timeout_seconds=-1.0)
    message = str(caught.value)
    assert message.startswith("3 settings are wrong")
    for part in (
        "DD_SITE ('y')",
        "DD_INCIDENT_ROLES_CONCURRENCY ('x')",
        "--timeout-seconds (-1.0)",
    ):
        assert part in message


def test_all_unknown_settings_are_told_together(tmp_path: Path) -> None:
    """The error lists what can be set."""
    with pytest.raises(ConfigurationError) as caught:
        of_file(tmp_path, "one = 1\ntwo = 2\n")
    assert "one: unknown setting" in str(caught.value)
    assert "two: unknown setting" in str(caught.value)
    assert "concurrency" in str(caught.value.hint)


@pytest.mark.parametrize(
    "key", ["api_key", "app_key", "DD_API_KEY", "dd_app_key", "API-KEY", "jira_token"]
)
def test_a_key_in_the_file_is_refused_and_not_shown(tmp_path: Path, key: str) -> None:
    """Keys come from the environment only, and one in a file is not repeated anywhere."""
    with pytest.raises(ConfigurationError, match="from the environment only") as caught:
        of_file(tmp_path, f"{key} = '{SECRET}'\n")
    assert caught.value.key == key
    assert SECRET not in f"{caught.value!r} {caught.value} {caught.value.hint} {vars(caught.value)}"


def test_a_secret_comes_from_one_place(tmp_path: Path) -> None:
    """A file that is missing, is no text or stands beside its variable is named, never quoted."""
    variable = "DD_INCIDENT_ROLES_SLACK_TOKEN"
    file = tmp_path / "token"
    with pytest.raises(ConfigurationError, match=f"{file}: cannot be read"):
        given({f"{variable}_FILE": str(file)})
    for content, message in ((b"\xff" + SECRET.encode(), "UTF-8"), (b"a b", "not a key")):
        file.write_bytes(content)
        with pytest.raises(ConfigurationError, match=message) as caught:
            given({f"{variable}_FILE": str(file)})
        assert SECRET not in f"{caught.value} {vars(caught.value)}"
    with pytest.raises(ConfigurationError, match=f"so is {variable}: remove one"):
        given({f"{variable}_FILE": str(file), variable: SECRET})


def test_a_password_of_the_record_is_never_typed(tmp_path: Path) -> None:
    """Options are seen by every user of a host, and files go into repositories."""
    for url in (f"postgresql://u:{SECRET}@db/roles", f"postgresql://db/r?password={SECRET}"):
        for written in (partial(given, store=url), partial(of_file, tmp_path, f"store = '{url}'")):
            with pytest.raises(ConfigurationError, match="has a password in it") as caught:
                written()
            assert SECRET not in f"{caught.value} {caught.value.hint} {vars(caught.value)}"
    assert given(store="postgresql://u@db/roles").store == "postgresql://u@db/roles"


def test_a_key_under_another_name_is_not_shown(tmp_path: Path) -> None:
    """The value of an unknown setting may be a secret."""
    with pytest.raises(ConfigurationError, match="unknown setting") as caught:
        of_file(tmp_path, f"[datadog]\nkey = '{SECRET}'\n")
    assert SECRET not in f"{caught.value} {vars(caught.value)}"


@pytest.mark.parametrize("key", sorted(SECRETS))
def test_a_key_as_an_option_is_refused_and_not_shown(key: str) -> None:
    """A command line can be read by everybody on the machine."""
    with pytest.raises(ConfigurationError, match="from the environment only") as caught:
        given({}, **{key: SECRET})
    assert SECRET not in f"{caught.value} {vars(caught.value)}"


@pytest.mark.parametrize(
    "environ",
    [
        {"DD_SITE": "datadoghq.com"},
        {"DD_INCIDENT_ROLES_API_URL": "https://proxy.corp.example"},
        {"DD_SITE": "datadoghq.com", "DD_INCIDENT_ROLES_API_URL": "https://api.datadoghq.com"},
    ],
)
def test_a_file_takes_the_keys_nowhere(tmp_path: Path, environ: Mapping[str, str]) -> None:
    """An address in a file is refused with its place, whatever the environment says besides."""
    path = tmp_path / "settings.toml"
    path.write_text("api_url = 'https://elsewhere.example'\n", "utf-8")
    with pytest.raises(ConfigurationError, match="cannot change where the keys are sent") as caught:
        load_settings(path, {}, environ, DATA)
    error = caught.value
    assert (error.file, error.key, error.value) == (
        str(path),
        "api_url",
        "https://elsewhere.example",
    )
    assert "DD_INCIDENT_ROLES_API_URL" in str(error.hint)


@pytest.mark.parametrize(
    ("environ", "line"),
    [
        ({"DD_SITE": "datadoghq.eu"}, "api_url = 'https://api.datadoghq.eu/'"),
        ({"DD_INCIDENT_ROLES_API_URL": "http://127.0.0.1:1"}, "api_url = 'http://127.0.0.1:1'"),
        ({}, "site = 'datadoghq.eu'\napi_url = 'https://api.datadoghq.eu'"),
    ],
)
def test_a_file_may_repeat_where_the_keys_go(
    tmp_path: Path, environ: Mapping[str, str], line: str
) -> None:
    """What changes nothing is no reason to refuse a file."""
    path = tmp_path / "settings.toml"
    path.write_text(f"{line}\n", "utf-8")
    assert load_settings(path, {}, environ, DATA).api_url in line


@pytest.mark.parametrize("quoted", [f'"{SECRET}"', f"'{SECRET}'", f'"{SECRET}', f"“{SECRET}”"])
def test_a_key_in_quotes_is_refused_and_not_shown(quoted: str) -> None:
    """`docker --env-file` keeps quotes, and Datadog would call the key wrong."""
    with pytest.raises(ConfigurationError, match="quotes around it") as caught:
        given({"DD_APP_KEY": quoted})
    assert caught.value.key == "DD_APP_KEY"
    assert SECRET not in f"{caught.value} {vars(caught.value)}"


@pytest.mark.parametrize("text", [f"{SECRET} {SECRET}", f"{SECRET}\x07", f"{SECRET}é"])
def test_a_key_that_is_none_is_refused_and_not_shown(text: str) -> None:
    """A key that a header cannot carry is a fault of the environment, found before it is sent."""
    with pytest.raises(ConfigurationError, match="is not a key") as caught:
        given({"DD_API_KEY": text})
    error = caught.value
    assert error.key == "DD_API_KEY"
    assert SECRET not in f"{error} {vars(error)}"
    assert error.__cause__ is None
    assert error.__suppress_context__


@pytest.mark.parametrize(
    ("variable", "text"),
    [
        ("DD_INCIDENT_ROLES_API_URL", f"https://user:{SECRET}@h"),
        ("DD_INCIDENT_ROLES_STORE", f"://user:{SECRET}@h"),
        ("DD_INCIDENT_ROLES_STORE", f"postgresql://h/?password={SECRET}\x07"),
    ],
)
def test_a_password_in_an_address_is_not_shown(variable: str, text: str) -> None:
    """An error about an address leaves the address out when somebody's password is in it."""
    with pytest.raises(ConfigurationError) as caught:
        given({variable: text})
    assert SECRET not in f"{caught.value} {vars(caught.value)}"


# environment, and what the error must say; None where nothing is wrong
WAYS_OUT: list[tuple[Mapping[str, str], str | None]] = [
    ({}, None),
    ({"HTTPS_PROXY": "http://proxy.corp.example:3128"}, None),
    ({"HTTPS_PROXY": "proxy.corp.example:3128"}, None),
    ({"HTTPS_PROXY": "socks5h://127.0.0.1:1080"}, "HTTPS_PROXY: names a SOCKS proxy"),
    ({"all_proxy": "socks5://127.0.0.1:1080"}, "all_proxy: names a SOCKS proxy"),
    ({"https_proxy": "http://p:1", "ALL_PROXY": "socks5://127.0.0.1:1080"}, None),
    ({"HTTPS_PROXY": "socks5://127.0.0.1:1080", "NO_PROXY": ".datadoghq.com"}, None),
    ({"HTTPS_PROXY": "socks5://127.0.0.1:1080", "NO_PROXY": "corp.example"}, "HTTPS_PROXY"),
    ({"REQUESTS_CA_BUNDLE": "/none/ca.pem"}, "REQUESTS_CA_BUNDLE ('/none/ca.pem')"),
    ({"CURL_CA_BUNDLE": "/none/ca.pem"}, "CURL_CA_BUNDLE ('/none/ca.pem')"),
    ({"REQUESTS_CA_BUNDLE": __file__}, "holds no certificates"),
    ({"REQUESTS_CA_BUNDLE": str(Path(__file__).parent)}, None),
    ({"REQUESTS_CA_BUNDLE": where(), "CURL_CA_BUNDLE": "/none"}, None),
]


@pytest.mark.parametrize(("environ", "message"), WAYS_OUT)
def test_the_way_out_is_looked_at_first(environ: Mapping[str, str], message: str | None) -> None:
    """A proxy or a file of certificates that cannot serve is named by its variable, exit 2."""
    if message is None:
        check_way_out("https://api.datadoghq.com", environ)
        return
    with pytest.raises(ConfigurationError) as caught:
        check_way_out("https://api.datadoghq.com", environ)
    assert message in str(caught.value)
    assert caught.value.exit_code == 2
    check_way_out("http://127.0.0.1:8126", environ)


def test_unknown_variables_name_the_nearest_known_one() -> None:
    """A variable that begins like ours is told without its value; others are none of ours."""
    [storage, timelin] = unknown_variables(
        {
            "DD_INCIDENT_ROLES_STOREAGE": SECRET,
            "DD_INCIDENT_ROLES_TIMELIN": "off",
            "DD_INCIDENT_ROLES_ME": "ada",
            "DD_AGENT_HOST": "x",
            "dd_incident_roles_x": "x",
        }
    )
    assert "Did you mean DD_INCIDENT_ROLES_STORE?" in str(storage)
    assert "Did you mean DD_INCIDENT_ROLES_TIMELINE?" in str(timelin)
    assert SECRET not in f"{storage} {vars(storage)}"
