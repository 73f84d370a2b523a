"""Users are found exactly or not at all; the official client speaks through our session."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Callable

import pytest
import responses
from datadog_api_client.v2.api.incidents_api import IncidentsApi
from datadog_api_client.v2.api.key_management_api import KeyManagementApi
from datadog_api_client.v2.api.users_api import UsersApi

from dd_incident_roles.datadog.http import Session
from dd_incident_roles.datadog.users import (
    RestClient,
    User,
    Users,
    official_client,
    parse_user,
    parse_users,
)
from dd_incident_roles.errors import (
    ConfigurationError,
    NotFound,
    RedirectRefused,
    UnexpectedAnswer,
    Unreachable,
)
from dd_incident_roles.model import PersonKind, UserId
from tests.datadog.conftest import API_KEY, APP_KEY, BASE, Datadog, failure
from tests.datadog.payloads import ADA, BEN, INCIDENT_ID, one, user
from tests.datadog.peer import DROP, Peer, answer


@pytest.mark.parametrize(
    ("given", "key"),
    [
        ({"email": "Ada@Corp.Example", "handle": "other"}, "ada@corp.example"),
        ({"handle": "9919EC9B-0000"}, "9919ec9b-0000"),
        ({"email": " ada@corp.example "}, "ada@corp.example"),
        ({}, f"user:{ADA}"),
    ],
)
def test_a_person_has_one_key(given: dict[str, str], key: str) -> None:
    """The key is the e-mail, else the handle, else the id, in lower case."""
    assert User(id=UserId(ADA), **given).person.key == key  # type: ignore[arg-type] # texts


def test_a_kind_is_only_what_was_told() -> None:
    """An answer that does not say whether an account is a service account leaves it open."""
    kinds = [
        User(id=UserId(ADA), service_account=is_one).person.kind for is_one in (True, False, None)
    ]
    assert kinds == [PersonKind.SERVICE_ACCOUNT, PersonKind.HUMAN, PersonKind.UNKNOWN]


@pytest.mark.parametrize(
    ("disabled", "status", "active"),
    [
        (None, None, True),
        (False, "Active", True),
        (False, "Pending", True),
        (None, "pending", True),
        (True, "Active", False),
        (None, "Disabled", False),
        (False, "disabled", False),
    ],
)
def test_who_is_active(disabled: bool | None, status: str | None, active: bool) -> None:
    """Whoever was invited and has not come yet is active; whoever was deactivated is not."""
    account = User(id=UserId(ADA), disabled=disabled, status=status)
    assert account.person.active is active


@pytest.mark.parametrize("name", [None, "", "  "])
def test_an_empty_name_is_none(name: str | None) -> None:
    """A pending user's name is null or empty (recorded), which is no name."""
    assert parse_user(json.dumps({"data": user(name=name)}).encode()).person.name is None


def test_a_recorded_user_is_read() -> None:
    """The recorded listing has the pending user, the organisation, and the count."""
    page = parse_users(one("list_all_users*", "GET", "/api/v2/users").body)
    (found,) = page.rows.values()
    assert page.total == 1
    assert (found.status, found.service_account, found.disabled) == ("Pending", False, False)
    assert found.org_id == "4dee724d-00cc-11ea-a77b-570c9d03c6c5"


def test_a_user_without_an_id_is_unexpected() -> None:
    """A user that nothing identifies is not read."""
    with pytest.raises(UnexpectedAnswer, match="of a user"):
        parse_user(b'{"data": {"type": "users"}}')


URL = f"{BASE}/api/v2/users"


def page(*users: dict[str, object], total: int | None = None) -> dict[str, object]:
    """One page of users."""
    return {"data": list(users), "meta": {"page": {"total_filtered_count": total}}}


MATCHES: dict[str, tuple[list[dict[str, object]], list[str], list[str]]] = {
    # The case and blanks around an e-mail do not matter.
    "ada@corp.example": ([user(ADA)], [ADA], []),
    " ADA@Corp.Example ": ([user(ADA)], [ADA], []),
    # Nobody is found by a display name, which is not unique.
    "Ada": ([user(ADA)], [], [ADA]),
    # A handle that is no e-mail names its user.
    "ada.l": ([user(ADA, handle="Ada.L", email=None)], [ADA], []),
    # Datadog also finds parts; those are only ever near.
    "da@corp.example": ([user(ADA)], [], [ADA]),
    # Who of several is meant is not decided here.
    "ada@corp.example ": ([user(ADA), user(BEN, handle="ben")], [ADA, BEN], []),
}


@pytest.mark.parametrize("name", MATCHES)
def test_only_an_exact_match_is_one(name: str, dd: Datadog) -> None:
    """E-mail and handle are compared whole, without case; whatever else is found is near."""
    listed, exact, near = MATCHES[name]
    dd.api.get(URL, json=page(*listed, total=len(listed)))
    found = Users(dd.session).find(name)
    assert [[each.id for each in row] for row in (found.exact, found.near)] == [exact, near]


def test_the_kind_of_account_is_kept(dd: Datadog) -> None:
    """Service accounts and deactivated accounts are found, and recognisable as such."""
    gone = user(ADA, service_account=True, disabled=True, status="Disabled")
    dd.api.get(URL, json=page(gone, total=1))
    (found,) = Users(dd.session).find("ada@corp.example").exact
    assert (found.service_account, found.active) == (True, False)


def test_nothing_asked_is_nothing_found(dd: Datadog) -> None:
    """An empty name would list the whole organisation, and is not sent."""
    found = Users(dd.session).find("  ")
    assert (found.exact, found.near, dd.session.requests) == ((), (), {})


def test_a_user_by_id(dd: Datadog) -> None:
    """A user is read by id, and the owner of the keys, so as never to be taken for a holder."""
    dd.api.get(f"{URL}/{ADA}", json={"data": user(ADA)})
    dd.api.get(f"{BASE}/api/v2/current_user", json={"data": user(BEN, service_account=True)})
    assert (Users(dd.session).get(ADA).id, Users(dd.session).current().id) == (ADA, BEN)


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
