"""Where keys may be sent."""

from __future__ import annotations

import pytest

from dd_incident_roles.datadog.transport import parse_address
from dd_incident_roles.errors import ConfigurationError


@pytest.mark.parametrize(
    ("given", "url", "host"),
    [
        ("https://api.datadoghq.com", "https://api.datadoghq.com", "api.datadoghq.com"),
        ("https://api.datadoghq.eu/", "https://api.datadoghq.eu", "api.datadoghq.eu"),
        ("https://gate.example/dd/", "https://gate.example/dd", "gate.example"),
        ("http://127.0.0.1:8126", "http://127.0.0.1:8126", "127.0.0.1:8126"),
        ("http://127.8.9.10", "http://127.8.9.10", "127.8.9.10"),
        ("http://[::1]:8126", "http://[::1]:8126", "[::1]:8126"),
        ("http://localhost:1", "http://localhost:1", "localhost:1"),
    ],
)
def test_https_and_loopback_are_accepted(given: str, url: str, host: str) -> None:
    """https goes anywhere, plain http to this machine."""
    address = parse_address(given)
    assert (address.url, address.host) == (url, host)


@pytest.mark.parametrize(
    "given",
    [
        "http://api.datadoghq.com",
        "http://127.0.0.1.evil.example",
        "http://localhost.evil.example",
        "http://10.0.0.1",
        "http://0.0.0.0",
        "ftp://api.datadoghq.com",
        "api.datadoghq.com",
        "https://",
        "",
        "https://[::1",
        "https://api.datadoghq.com:port",
        "https://api.datadoghq.com?x=1",
    ],
)
def test_everything_else_is_refused(given: str) -> None:
    """Keys are not sent in clear text to another machine, nor to what is no address."""
    with pytest.raises(ConfigurationError) as caught:
        parse_address(given)
    assert "DD_INCIDENT_ROLES_API_URL" in str(caught.value)
    assert caught.value.exit_code == 2


def test_a_password_in_the_address_is_refused_and_not_shown() -> None:
    """An address with a password is refused without repeating the password."""
    with pytest.raises(ConfigurationError) as caught:
        parse_address("https://someone:hunter2@api.datadoghq.com")
    assert "hunter2" not in f"{caught.value}{caught.value.hint}{caught.value.value}"
