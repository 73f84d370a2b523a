"""On-Call as the sandbox serves it: the recorded shapes, and what the client adds to them."""

from __future__ import annotations

import pytest

from dd_incident_roles.sandbox.api import Permission
from dd_incident_roles.sandbox.sandbox import Sandbox
from dd_incident_roles.sandbox.switches import Switch
from tests.sandbox.acts import add_schedule, add_team, set_on_call
from tests.sandbox.client import NOBODY, Client

ANA, BO = "ana@corp.example", "bo@corp.example"
EVERYTHING = "layers,layers.members,layers.members.user"


@pytest.fixture
def team_id(sandbox: Sandbox) -> str:
    """A team of the organisation."""
    return add_team(sandbox, "Payments", ANA)


def test_a_team_is_shown_as_it_was_recorded(
    client: Client, sandbox: Sandbox, team_id: str, bo: str
) -> None:
    """The id has the time in it; users have an e-mail, a name that can be empty, a small status."""
    new = sandbox.add_person("new@corp.example", status="Pending")
    set_on_call(sandbox, "Payments", primary=["new@corp.example"], escalations=[[BO]])
    answer = client.get(
        f"/on-call/teams/{team_id}/on-call", include="responders,escalations.responders"
    )
    data = answer["data"]
    assert data["id"] == f"{team_id}-{int(sandbox.world.clock().timestamp())}"
    assert data["type"] == "team_oncall_responders"
    assert data["relationships"]["responders"] == {"data": [{"type": "users", "id": new}]}
    (step,) = data["relationships"]["escalations"]["data"]
    included = {row["id"]: row for row in answer["included"]}
    assert included[step["id"]]["relationships"]["responders"]["data"][0]["id"] == bo
    assert included[new]["attributes"] == {
        "email": "new@corp.example",
        "name": "",
        "status": "pending",
    }


def test_nothing_is_included_unasked(client: Client, sandbox: Sandbox, team_id: str) -> None:
    """Without an include the users are ids, and there is no list of inclusions."""
    set_on_call(sandbox, "payments", primary=[ANA])
    answer = client.get(f"/on-call/teams/{team_id}/on-call")
    assert "included" not in answer
    assert len(answer["data"]["relationships"]["responders"]["data"]) == 1


def test_who_is_on_call_changes(client: Client, sandbox: Sandbox, team_id: str, bo: str) -> None:
    """Saying it again replaces what was said before."""
    set_on_call(sandbox, "payments", primary=[ANA], escalations=[[BO]])
    set_on_call(sandbox, "payments", primary=[BO])
    relationships = client.get(f"/on-call/teams/{team_id}/on-call")["data"]["relationships"]
    assert relationships["responders"]["data"] == [{"type": "users", "id": bo}]
    assert relationships["escalations"]["data"] == []


@pytest.mark.parametrize("name", ["Card Payments", "card payments", "card-payments"])
def test_a_team_is_named_by_name_or_handle(
    client: Client, sandbox: Sandbox, name: str, bo: str
) -> None:
    """Whoever says who is on call may use either, in any case."""
    team_id = add_team(sandbox, "Card Payments")
    set_on_call(sandbox, name, primary=[BO])
    relationships = client.get(f"/on-call/teams/{team_id}/on-call")["data"]["relationships"]
    assert relationships["responders"]["data"] == [{"type": "users", "id": bo}]


def test_unknown_teams_and_people_are_mistakes(sandbox: Sandbox, team_id: str) -> None:
    """Nobody is put on call for a team, or out of a list of people, that is not there."""
    for team, person in (("paymnets", ANA), ("payments", "who@corp.example")):
        with pytest.raises(KeyError):
            set_on_call(sandbox, team, primary=[person])
    assert sandbox.world.on_call_teams.get(team_id) is None


def test_a_schedule_is_shown_with_what_is_asked_for(
    client: Client, sandbox: Sandbox, team_id: str, bo: str
) -> None:
    """Alone it has ids; layers, places and users come by an include, an empty place as null."""
    schedule_id = add_schedule(sandbox, "Payments", "payments", layers={"Shadow": [BO, None]})
    alone = client.get(f"/on-call/schedules/{schedule_id}")
    assert "included" not in alone
    assert alone["data"]["attributes"] == {"name": "Payments", "time_zone": "UTC"}
    assert alone["data"]["relationships"]["teams"]["data"] == [{"type": "teams", "id": team_id}]
    included = client.get(f"/on-call/schedules/{schedule_id}", include=EVERYTHING)["included"]
    assert [row["type"] for row in included] == ["layers", "members", "members", "users"]
    assert included[0]["attributes"]["name"] == "Shadow"
    users = [row["relationships"]["user"]["data"] for row in included[1:3]]
    assert users == [{"type": "users", "id": bo}, None]


def test_schedules_are_listed_by_team_and_page(
    client: Client, sandbox: Sandbox, team_id: str
) -> None:
    """The query names a team; the list has no layers."""
    add_team(sandbox, "Search")
    made = [add_schedule(sandbox, f"Payments {number}", "payments") for number in range(3)]
    add_schedule(sandbox, "Search", "search")
    query = {"filter[query]": f"team.id:{team_id}", "page[size]": "2"}
    pages = [client.get("/on-call/schedules", **query, **{"page[number]": n}) for n in "01"]
    assert [row["id"] for page in pages for row in page["data"]] == made
    assert {page["meta"]["page"]["total"] for page in pages} == {3}
    assert "layers" not in pages[0]["data"][0]["relationships"]
    assert len(client.get("/on-call/schedules")["data"]) == 4


@pytest.mark.parametrize(
    "path", [f"/on-call/teams/{NOBODY}/on-call", f"/on-call/schedules/{NOBODY}"]
)
def test_what_is_not_there_is_not_found(client: Client, path: str) -> None:
    """Unknown ids are refused in the shape of the newer back-end."""
    status, error = client.refused("GET", path)
    assert (status, error) == (404, {"title": "Generic Error", "detail": _detail(path)})


@pytest.mark.parametrize("switch", [Switch.MISSING, Switch.FORBIDDEN])
def test_on_call_can_be_missing(
    client: Client, sandbox: Sandbox, team_id: str, switch: Switch
) -> None:
    """The whole of it is switched off at once, and teams stay."""
    sandbox.switch(on_call=switch)
    for path in (f"/on-call/teams/{team_id}/on-call", "/on-call/schedules", "/on-call/schedules/x"):
        assert client.refused("GET", path)[0] == int(switch.value)
    assert client.get(f"/team/{team_id}")["data"]["id"] == team_id


def test_on_call_has_a_permission_of_its_own(
    client: Client, sandbox: Sandbox, team_id: str
) -> None:
    """A key without it is forbidden."""
    sandbox.withdraw(Permission.ON_CALL_READ)
    assert client.refused("GET", f"/on-call/teams/{team_id}/on-call")[0] == 403


def _detail(path: str) -> str:
    return f"{'team' if 'teams' in path else 'schedule'}[{NOBODY}] not found"
