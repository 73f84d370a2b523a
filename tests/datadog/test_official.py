"""The official client speaks through our session."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable

import pytest
import responses
from datadog_api_client.v2.api.incidents_api import IncidentsApi
from datadog_api_client.v2.api.key_management_api import KeyManagementApi
from datadog_api_client.v2.api.users_api import UsersApi

from dd_incident_roles.datadog.http import Session
from dd_incident_roles.datadog.users import RestClient, official_client
from dd_incident_roles.errors import ConfigurationError, NotFound, RedirectRefused, Unreachable
from tests.datadog.conftest import API_KEY, APP_KEY, BASE, Datadog, failure
from tests.datadog.payloads import INCIDENT_ID
from tests.datadog.peer import DROP, Peer, answer


def test_typed_requests_are_seen_and_counted(dd: Datadog) -> None:
    """A typed call goes through requests, carries the keys, and returns raw bytes."""
    dd.api.get(f"{BASE}/api/v2/users", body=b'{"data": []}')
    found = UsersApi(official_client(dd.session)).list_users(filter="a@b")  # type: ignore[no-untyped-call] # theirs
    assert getattr(found, "data") == b'{"data": []}'  # noqa: B009 - typed as their model
    sent = dd.api.calls[0].request
    assert sent.url == f"{BASE}/api/v2/users?filter=a%40b"
    assert (sent.headers["DD-API-KEY"], sent.headers["DD-APPLICATION-KEY"]) == (API_KEY, APP_KEY)
    assert dd.session.requests == {"GET": 1}


def test_the_environment_changes_nothing(
    connect: Callable[[str], Session], api: responses.RequestsMock, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Site and keys of the environment do not override what the session was given."""
    monkeypatch.setenv("DD_SITE", "us3.datadoghq.com")
    monkeypatch.setenv("DD_API_KEY", "another")
    monkeypatch.setenv("DD_APP_KEY", "another")
    api.get(f"{BASE}/api/v2/validate_keys", body=b"{}")
    client = official_client(connect(BASE))
    KeyManagementApi(client).validate_api_key()  # type: ignore[no-untyped-call] # theirs
    assert api.calls[0].request.headers["DD-API-KEY"] == API_KEY


def test_unstable_operations_work_without_a_warning(
    dd: Datadog, recwarn: pytest.WarningsRecorder
) -> None:
    """An incident is read through the official client with no switch to set and no warning."""
    dd.api.get(f"{BASE}/api/v2/incidents/{INCIDENT_ID}", body=b"{}")
    IncidentsApi(official_client(dd.session)).get_incident(INCIDENT_ID)  # type: ignore[no-untyped-call] # theirs
    assert recwarn.list == []


def test_our_errors_come_out(dd: Datadog) -> None:
    """A refusal reaches the caller as our error, not as the official client's."""
    dd.api.get(f"{BASE}/api/v2/incidents/{INCIDENT_ID}", status=404)
    with pytest.raises(NotFound):
        IncidentsApi(official_client(dd.session)).get_incident(INCIDENT_ID)  # type: ignore[no-untyped-call] # theirs


def test_a_typed_write_is_not_repeated(connect: Callable[[str], Session]) -> None:
    """The official client's own repetition is out of the way."""
    with Peer(DROP) as peer:
        incidents = IncidentsApi(official_client(connect(peer.url)))  # type: ignore[no-untyped-call] # theirs
        lost = failure(Unreachable, lambda: incidents.delete_incident(INCIDENT_ID))
        assert lost.ambiguous
        assert peer.methods == ["DELETE"]


def test_a_typed_request_is_not_redirected(connect: Callable[[str], Session]) -> None:
    """The official client alone would take the keys to wherever a redirect leads."""
    with Peer(answer(200)) as other:
        with Peer(answer(302, headers=[f"Location: {other.url}/"])) as peer:
            client = official_client(connect(peer.url))
            with pytest.raises(RedirectRefused):
                UsersApi(client).list_users()  # type: ignore[no-untyped-call] # theirs
        assert other.received == []


@pytest.mark.parametrize(
    ("url", "form"), [(f"{BASE}.evil.example/api", None), (f"{BASE}/api/v2/x", [("a", "b")])]
)
def test_only_json_to_our_address_is_sent(url: str, form: object, dd: Datadog) -> None:
    """A form, and a server of the official client's own choice, are refused before the keys go."""
    client = RestClient(dd.session)
    failure(ConfigurationError, lambda: client.request("POST", url, post_params=form))
    assert len(dd.api.calls) == 0


def test_closing_the_official_client_leaves_the_session_open(dd: Datadog) -> None:
    """The official client can be closed while others still use the session."""
    dd.api.get(f"{BASE}/api/v2/x", body=b"{}")
    official_client(dd.session).close()
    assert dd.session.get("/api/v2/x", bytes) == b"{}"


def test_importing_the_edge_does_not_import_the_official_client() -> None:
    """The price of the official client is paid by whoever calls it first."""
    code = (
        "import sys, dd_incident_roles.datadog.users as _;"
        "sys.exit(any(name.startswith('datadog_api_client') for name in sys.modules))"
    )
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0
