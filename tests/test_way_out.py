"""What the environment says beside the settings: a way out, and variables that are none."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import pytest
from certifi import where

from dd_incident_roles.environment import check_way_out, unknown_variables
from dd_incident_roles.errors import ConfigurationError

SECRET = "0123456789abcdef-very-secret"

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
