"""Keys, permissions and capabilities."""

from __future__ import annotations

import pytest
import requests

from dd_incident_roles.errors import ConfigurationError
from dd_incident_roles.sandbox.api import Permission
from dd_incident_roles.sandbox.sandbox import Sandbox
from dd_incident_roles.sandbox.server import RunningSandbox
from dd_incident_roles.sandbox.switches import Switch
from tests.sandbox.client import Client, commander_body

FORBIDDEN = {"title": "Forbidden"}


@pytest.mark.parametrize("missing", ["DD-API-KEY", "DD-APPLICATION-KEY"])
def test_a_missing_key_is_a_401(client: Client, missing: str) -> None:
    """Without either key nobody is known."""
    del client.session.headers[missing]
    assert client.refused("GET", "/current_user") == (401, "Unauthorized")


def test_any_keys_are_good_unless_good_ones_are_listed(
    running: RunningSandbox, client: Client
) -> None:
    """With a list of good keys the others get a 403."""
    client.get("/current_user")
    running.sandbox.accept_only(api_keys=["api"], application_keys=["other"])
    assert client.refused("GET", "/current_user") == (403, "Forbidden")
    Client(running.url, application_key="other").get("/current_user")


@pytest.mark.parametrize(
    ("permission", "path", "error"),
    [
        (Permission.INCIDENT_READ, "/incidents", "Forbidden"),
        (Permission.INCIDENT_READ, "/incidents/search?query=state:active", "Forbidden"),
        (Permission.USERS_READ, "/users", "Forbidden"),
        (Permission.SETTINGS_READ, "/incidents/config/user-defined-roles", FORBIDDEN),
        (Permission.SETTINGS_READ, "/incidents/config/reserved-roles", FORBIDDEN),
        (Permission.ON_CALL_READ, "/on-call/schedules", FORBIDDEN),
    ],
)
def test_a_withdrawn_permission_is_a_403(
    sandbox: Sandbox, client: Client, permission: Permission, path: str, error: object
) -> None:
    """What a key may not do is refused in the error shape of the back-end."""
    client.ask("GET", path).raise_for_status()
    sandbox.withdraw(permission)
    assert client.refused("GET", path) == (403, error)


def test_a_permission_can_be_withdrawn_from_one_key(
    running: RunningSandbox, incident_id: str, bo: str
) -> None:
    """Another key keeps what one key lost, and nothing is changed by the refused request."""
    running.sandbox.withdraw(Permission.INCIDENT_WRITE, application_key="weak")
    weak, strong = (Client(running.url, application_key=key) for key in ("weak", "strong"))
    path = f"/incidents/{incident_id}"
    assert weak.refused("PATCH", path, commander_body(incident_id, bo)) == (403, "Forbidden")
    assert running.sandbox.commander(1001) == "ana@corp.example"
    strong.write("PATCH", path, commander_body(incident_id, bo), status=200)


@pytest.mark.parametrize(
    ("part", "path"),
    [
        ("search", "/incidents/search?query=state:active"),
        ("responders", "/incidents/{incident}/responders"),
        ("role_assignments", "/incidents/role_assignments/x"),
        ("reserved_roles", "/incidents/config/reserved-roles"),
        ("user_defined_roles", "/incidents/config/user-defined-roles"),
        ("user_defined_fields", "/incidents/config/user-defined-fields"),
        ("users", "/users"),
        ("current_user", "/current_user"),
        ("teams", "/team/x/memberships"),
        ("todos", "/incidents/{incident}/relationships/todos"),
        ("on_call", "/on-call/schedules"),
        ("on_call", "/on-call/schedules/x"),
        ("on_call", "/on-call/teams/x/on-call"),
    ],
)
@pytest.mark.parametrize("switch", [Switch.MISSING, Switch.FORBIDDEN])
def test_each_part_of_the_api_can_be_missing(
    *, sandbox: Sandbox, client: Client, incident_id: str, part: str, path: str, switch: Switch
) -> None:
    """A part that is switched off answers 404 or 403, whatever is asked of it."""
    sandbox.switch(**{part: switch})
    status, error = client.refused("GET", path.format(incident=incident_id))
    assert status == int(switch.value)
    assert "found" in str(error).lower() or "Forbidden" in str(error)


def test_unknown_switches_turn_nothing(sandbox: Sandbox) -> None:
    """A switch that is misspelt, or set to what it cannot be, is an error and no change."""
    before = sandbox.world.switches
    with pytest.raises(ConfigurationError, match=r"serach .*is unknown"):
        sandbox.switch(users=Switch.MISSING, serach=Switch.MISSING)
    with pytest.raises(ConfigurationError, match="perhaps"):
        sandbox.switch(users="perhaps")
    with pytest.raises(ConfigurationError, match="short_search_pages"):
        sandbox.switch(users=Switch.MISSING, short_search_pages="yes")
    with pytest.raises(ConfigurationError, match="timeline_longest"):
        sandbox.switch(timeline_longest=True)
    with pytest.raises(ConfigurationError, match="loud"):
        sandbox.switch(timeline_content="loud")
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
