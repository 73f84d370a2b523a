"""Keys, permissions and capabilities."""

from __future__ import annotations

import pytest
import requests

from dd_incident_roles.errors import ConfigurationError
from dd_incident_roles.sandbox.api import Permission
from dd_incident_roles.sandbox.sandbox import Sandbox
from dd_incident_roles.sandbox.server import RunningSandbox
from dd_incident_roles.sandbox.world import Switch
from tests.sandbox.client import ANA, Client, commander_body

FORBIDDEN = {"title": "Forbidden"}
SEARCH = "/incidents/search?query=state:active"
ROLES = "/incidents/config/user-defined-roles"


def test_a_missing_key_is_a_401(client: Client) -> None:
    """Without either key nobody is known."""
    for name in ("DD-API-KEY", "DD-APPLICATION-KEY"):
        key = client.session.headers.pop(name)
        assert client.refused("GET", "/current_user") == (401, "Unauthorized")
        client.session.headers[name] = key


def test_any_keys_are_good_unless_good_ones_are_listed(
    running: RunningSandbox, client: Client
) -> None:
    """With a list of good keys the others get a 403."""
    client.get("/current_user")
    running.sandbox.accept_only(api_keys=["api"], application_keys=["other"])
    assert client.refused("GET", "/current_user") == (403, "Forbidden")
    Client(running.url, application_key="other").get("/current_user")


def test_an_api_key_is_validated_by_itself(running: RunningSandbox, client: Client) -> None:
    """The application key does not matter, and need not be there."""
    running.sandbox.accept_only(api_keys=["api"], application_keys=["other"])
    validate = f"{running.url}/api/v1/validate"
    for key, status in (("api", 200), ("wrong", 403)):
        answer = requests.get(validate, headers={"DD-API-KEY": key}, timeout=10)
        assert answer.status_code == status
    assert requests.get(validate, timeout=10).status_code == 401


def test_what_a_user_may_do_is_listed(sandbox: Sandbox, client: Client, bo: str) -> None:
    """By the names of the permissions, for those who may look at users."""
    path = f"/users/{bo}/permissions"
    assert set(client.shown(path, "name")) == set(Permission)
    sandbox.withdraw_only(withdrawn=["incident_write"])
    assert set(client.shown(path, "name")) == set(Permission) - {Permission.INCIDENT_WRITE}
    sandbox.withdraw_only(withdrawn=["user_access_read"])
    assert client.refused("GET", path) == (403, "Forbidden")
    sandbox.withdraw_only()
    assert client.refused("GET", "/users/x/permissions")[0] == 404


@pytest.mark.parametrize(
    ("permission", "paths", "error"),
    [
        (Permission.INCIDENT_READ, ("/incidents", SEARCH), "Forbidden"),
        (Permission.USERS_READ, ("/users",), "Forbidden"),
        (Permission.SETTINGS_READ, (ROLES,), FORBIDDEN),
        (Permission.ON_CALL_READ, ("/on-call/schedules",), FORBIDDEN),
    ],
)
def test_a_withdrawn_permission_is_a_403(
    sandbox: Sandbox, client: Client, permission: Permission, paths: tuple[str, ...], error: object
) -> None:
    """What a key may not do is refused in the error shape of the back-end."""
    for path in paths:
        client.get(path)
    sandbox.withdraw(permission)
    assert [client.refused("GET", path) for path in paths] == [(403, error)] * len(paths)


def test_a_permission_can_be_withdrawn_from_one_key(
    running: RunningSandbox, path: str, bo: str
) -> None:
    """Another key keeps what one key lost, and nothing is changed by the refused request."""
    running.sandbox.withdraw(Permission.INCIDENT_WRITE, application_key="weak")
    weak, strong = (Client(running.url, application_key=key) for key in ("weak", "strong"))
    assert weak.refused("PATCH", path, commander_body(bo)) == (403, "Forbidden")
    assert running.sandbox.commander(1001) == ANA
    strong.write("PATCH", path, commander_body(bo))


@pytest.mark.parametrize("switch", [Switch.MISSING, Switch.FORBIDDEN])
def test_each_part_of_the_api_can_be_missing(
    sandbox: Sandbox, client: Client, path: str, switch: Switch
) -> None:
    """A part that is switched off answers 404 or 403, whatever is asked of it."""
    for part, place in (
        ("search", SEARCH),
        ("responders", f"{path}/responders"),
        ("role_assignments", "/incidents/role_assignments/x"),
        ("user_defined_roles", ROLES),
        ("user_defined_fields", "/incidents/config/user-defined-fields"),
        ("incident_types", "/incidents/config/types"),
        ("rules", "/incidents/config/rules"),
        ("users", "/users"),
        ("current_user", "/current_user"),
        ("teams", "/team/x/memberships"),
        ("todos", f"{path}/relationships/todos"),
        ("on_call", "/on-call/schedules"),
        ("on_call", "/on-call/schedules/x"),
        ("on_call", "/on-call/teams/x/on-call"),
    ):
        sandbox.switch(**{part: switch})
        status, error = client.refused("GET", place)
        assert status == int(switch.value), place
        assert "found" in str(error).lower() or "Forbidden" in str(error), place
        # One at a time: it is this part that takes it away.
        sandbox.switch(**{part: Switch.ON})


@pytest.mark.parametrize(
    ("switches", "said"),
    [
        ({"users": Switch.MISSING, "serach": Switch.MISSING}, r"serach .*is unknown"),
        ({"users": "perhaps"}, "perhaps"),
        ({"users": Switch.MISSING, "short_search_pages": "yes"}, "short_search_pages"),
        ({"timeline_longest": True}, "timeline_longest"),
        ({"timeline_content": "loud"}, "loud"),
    ],
)
def test_unknown_switches_turn_nothing(switches: dict[str, object], said: str) -> None:
    """A switch that is misspelt, or set to what it cannot be, is an error and no change."""
    sandbox = Sandbox()
    before = sandbox.world.switches
    with pytest.raises(ConfigurationError, match=said):
        sandbox.switch(**switches)
    assert sandbox.world.switches == before


def test_users_are_not_included_where_that_is_missing(sandbox: Sandbox, client: Client) -> None:
    """The include can be ignored, as an older organisation would."""
    assert "included" in client.get("/incidents", include="users")
    sandbox.switch(include_users=Switch.MISSING)
    assert "included" not in client.get("/incidents", include="users")
    sandbox.switch(include_users=Switch.FORBIDDEN)
    assert client.refused("GET", "/incidents?include=users") == (403, "Forbidden")


def test_an_unknown_path_is_a_404(running: RunningSandbox, client: Client) -> None:
    """There is nothing beside the endpoints, for those with keys and those without."""
    assert client.refused("GET", "/nothing") == (404, "Not Found")
    assert requests.get(f"{running.url}/api/v2/nothing", timeout=10).status_code == 401
