"""The guards of conftest are real: a test that breaks them fails."""

from __future__ import annotations

import os
import socket
from pathlib import Path

import platformdirs
import pytest


@pytest.mark.parametrize("host", ["192.0.2.1", "2001:db8::1"])
def test_connecting_to_another_machine_fails(host: str) -> None:
    """No test reaches an address that is not loopback."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    with (
        socket.socket(family) as client,
        pytest.raises(pytest.fail.Exception, match="may not reach"),
    ):
        client.connect((host, 443))


def test_asking_a_name_server_fails() -> None:
    """No test resolves the name of another machine."""
    with pytest.raises(pytest.fail.Exception, match="may not reach"):
        socket.getaddrinfo("api.datadoghq.com", 443)


@pytest.mark.parametrize("host", ["127.0.0.1", "localhost"])
def test_loopback_is_open(host: str) -> None:
    """The sandbox on this machine can be reached."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]
        socket.create_connection((host, port)).close()


def test_home_is_lent(tmp_path_factory: pytest.TempPathFactory) -> None:
    """The home and user data folders are temporary."""
    lent = tmp_path_factory.getbasetemp()
    assert Path.home().is_relative_to(lent)
    assert platformdirs.user_data_path("dd-incident-roles").is_relative_to(lent)


def test_no_settings_leak_in() -> None:
    """No Datadog key, site or proxy of whoever runs the tests is seen by a test."""
    leaked = [n for n in os.environ if n.startswith("DD_") or n.lower().endswith("_proxy")]
    assert leaked == []
