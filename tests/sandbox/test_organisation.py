"""Teams, On-Call and todos: the recorded shapes, and what the client adds to them."""

from __future__ import annotations

from datetime import timedelta

import pytest

from dd_incident_roles.sandbox.sandbox import Sandbox
from tests.sandbox.acts import add_schedule, add_team, add_todo, complete_todo, set_on_call
from tests.sandbox.client import NOBODY, Client
from tests.sandbox.conftest import Clock


@pytest.mark.parametrize(
    ("keyword", "names"),
    [
        ("PAYMENTS", ["Payments", "Payments EU"]),
        ("payments-eu", ["Payments EU"]),
        ("carol@corp", ["Search"]),
        ("", ["Payments", "Payments EU", "Search"]),
        ("nothing", []),
    ],
)
def test_a_keyword_finds_names_handles_and_members(
    client: Client, sandbox: Sandbox, keyword: str, names: list[str]
) -> None:
    """Any part of a name, a handle or a member's e-mail will do."""
    add_team(sandbox, "Payments")
    add_team(sandbox, "Payments EU")
    add_team(sandbox, "Search", "carol@corp.example")
    answer = client.get("/team", **{"filter[keyword]": keyword})
    assert [row["attributes"]["name"] for row in answer["data"]] == names
    pagination = answer["meta"]["pagination"]
    assert (pagination["type"], pagination["total"]) == ("offset_limit", len(names))


def test_teams_come_in_numbered_pages(client: Client, sandbox: Sandbox) -> None:
    """The last page names a next one too, as it was recorded."""
    made = [add_team(sandbox, f"Team {number}") for number in range(3)]
    pages = [client.get("/team", **{"page[size]": "2", "page[number]": n}) for n in "01"]
    assert [row["id"] for page in pages for row in page["data"]] == made
    assert pages[1]["meta"]["pagination"] == {
        "number": 1,
        "first_number": 0,
        "prev_number": 0,
        "next_number": 2,
        "last_number": 1,
        "size": 2,
        "type": "number_size",
        "total": 3,
    }
    assert pages[0]["links"]["prev"] is None
    assert pages[1]["links"]["next"].endswith("/team?page[number]=2&page[size]=2")


def test_a_team_is_shown_by_its_id(client: Client, sandbox: Sandbox) -> None:
    """One team alone is as in the list; an unknown one is refused."""
    team_id = add_team(sandbox, "Payments", "ana@corp.example")
    assert [client.get(f"/team/{team_id}")["data"]] == client.get("/team")["data"]
    assert client.refused("GET", f"/team/{NOBODY}") == (404, f"Team {NOBODY} not found")


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


def test_teams_stay_where_on_call_is_missing(
    client: Client, sandbox: Sandbox, team_id: str
) -> None:
    """The whole of On-Call is switched off at once, and nothing else."""
    sandbox.switch(on_call="404")
    assert client.refused("GET", f"/on-call/teams/{team_id}/on-call")[0] == 404
    assert client.get(f"/team/{team_id}")["data"]["id"] == team_id


@pytest.mark.parametrize(
    "path", [f"/on-call/teams/{NOBODY}/on-call", f"/on-call/schedules/{NOBODY}"]
)
def test_what_is_not_there_is_not_found(client: Client, path: str) -> None:
    """Unknown ids are refused in the shape of the newer back-end."""
    status, error = client.refused("GET", path)
    assert (status, error) == (404, {"title": "Generic Error", "detail": _detail(path)})


def _detail(path: str) -> str:
    return f"{'team' if 'teams' in path else 'schedule'}[{NOBODY}] not found"


@pytest.fixture
def todos(incident_id: str) -> str:
    """Where the todos of the outage are."""
    return f"/incidents/{incident_id}/relationships/todos"


def test_a_todo_is_added_and_ticked_off(
    client: Client, sandbox: Sandbox, clock: Clock, todos: str, bo: str
) -> None:
    """It is shown with its author, its assignees and its times, and changes when it is done."""
    due = clock() + timedelta(hours=1)
    todo_id = add_todo(sandbox, 1001, "Call", ["@bo@corp.example"], due, by="bo@corp.example")
    (before,) = client.get(todos)["data"]
    assert before["attributes"]["due_date"] == due.isoformat()
    assert before["attributes"]["created_by_uuid"] == bo
    assert (before["attributes"]["assignees"], before["attributes"]["completed"]) == (
        ["@bo@corp.example"],
        None,
    )
    clock.advance(minutes=5)
    complete_todo(sandbox, todo_id)
    (after,) = client.get(todos)["data"]
    done = clock().isoformat()
    assert (after["attributes"]["completed"], after["attributes"]["modified"]) == (done, done)


def test_todos_come_in_pages(client: Client, sandbox: Sandbox, todos: str) -> None:
    """The size in the answer counts what is shown; the last page names a next one too."""
    made = [add_todo(sandbox, 1001, f"Task {number}") for number in range(3)]
    first = client.get(todos, **{"page[size]": "2"})
    last = client.get(todos, **{"page[size]": "2", "page[offset]": "2"})
    assert [row["id"] for page in (first, last) for row in page["data"]] == made
    assert last["meta"]["pagination"] == {"offset": 2, "next_offset": 3, "size": 1}
