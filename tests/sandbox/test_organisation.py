"""Teams, On-Call and todos: the recorded shapes, and what the client adds to them."""

from __future__ import annotations

from datetime import timedelta

import pytest

from dd_incident_roles.sandbox.sandbox import Sandbox
from tests.sandbox.acts import add_schedule, add_team, add_todo, complete_todo, set_on_call
from tests.sandbox.client import ANA, BO, NOBODY, Client
from tests.sandbox.conftest import Clock

EVERYTHING = "layers,layers.members,layers.members.user"


def test_a_keyword_finds_names_handles_and_members(client: Client, sandbox: Sandbox) -> None:
    """Any part of a name, a handle or a member's e-mail will do."""
    add_team(sandbox, "Payments")
    add_team(sandbox, "Payments EU")
    add_team(sandbox, "Search", "carol@corp.example")
    for keyword, names in (
        ("PAYMENTS", ["Payments", "Payments EU"]),
        ("payments-eu", ["Payments EU"]),
        ("carol@corp", ["Search"]),
        ("", ["Payments", "Payments EU", "Search"]),
        ("nothing", []),
    ):
        query = {"filter[keyword]": keyword}
        assert client.shown("/team", "name", **query) == names
        pagination = client.get("/team", **query)["meta"]["pagination"]
        assert (pagination["type"], pagination["total"]) == ("offset_limit", len(names))


def test_teams_come_in_numbered_pages(client: Client, sandbox: Sandbox) -> None:
    """The last page names a next one too, as it was recorded; one alone is as in the list."""
    made = [add_team(sandbox, f"Team {number}", ANA) for number in range(3)]
    pages = [client.get("/team", **{"page[size]": "2", "page[number]": n}) for n in "01"]
    assert [row["id"] for page in pages for row in page["data"]] == made
    assert [client.get(f"/team/{made[2]}")["data"]] == pages[1]["data"]
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


@pytest.fixture
def team_id(sandbox: Sandbox) -> str:
    """A team of the organisation."""
    return add_team(sandbox, "Card Payments", ANA)


def test_a_team_is_shown_as_it_was_recorded(
    *, client: Client, sandbox: Sandbox, team_id: str, bo: str
) -> None:
    """The id has the time in it; users have an e-mail, a name that can be empty, a small status.

    Without an include the users are ids, and there is no list of inclusions.
    """
    new = sandbox.add_person("new@corp.example", status="Pending")
    set_on_call(sandbox, "Card Payments", primary=["new@corp.example"], escalations=[[BO]])
    path = f"/on-call/teams/{team_id}/on-call"
    answer = client.get(path, include="responders,escalations.responders")
    data = answer["data"]
    assert client.get(path) == {"data": data}
    assert data["id"] == f"{team_id}-{int(sandbox.world.clock().timestamp())}"
    assert data["type"] == "team_oncall_responders"
    assert data["relationships"]["responders"] == {"data": [{"type": "users", "id": new}]}
    (step,) = data["relationships"]["escalations"]["data"]
    included = {row["id"]: row for row in answer["included"]}
    assert included[step["id"]]["relationships"]["responders"]["data"][0]["id"] == bo
    pending = {"email": "new@corp.example", "name": "", "status": "pending"}
    assert included[new]["attributes"] == pending


def test_a_schedule_is_shown_with_what_is_asked_for(
    *, client: Client, sandbox: Sandbox, team_id: str, bo: str
) -> None:
    """Alone it has ids; layers, places and users come by an include, an empty place as null."""
    layers = {"Shadow": [BO, None]}
    schedule_id = add_schedule(sandbox, "Payments", "card payments", layers=layers)
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
    made = [add_schedule(sandbox, f"Payments {number}", "card payments") for number in range(3)]
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


def test_what_is_not_there_is_not_found(client: Client) -> None:
    """Unknown ids are refused in the shape of the back-end."""
    for path, error in (
        (f"/team/{NOBODY}", f"Team {NOBODY} not found"),
        (f"/on-call/teams/{NOBODY}/on-call", generic(f"team[{NOBODY}] not found")),
        (f"/on-call/schedules/{NOBODY}", generic(f"schedule[{NOBODY}] not found")),
    ):
        assert client.refused("GET", path) == (404, error)


def generic(detail: str) -> dict[str, str]:
    """An error of the newer back-end."""
    return {"title": "Generic Error", "detail": detail}


def test_todos_are_added_and_ticked_off(
    *, client: Client, sandbox: Sandbox, clock: Clock, path: str, bo: str
) -> None:
    """They are shown by page with their authors, assignees and times, which change when done.

    The size in the answer counts what is shown; the last page names a next one too.
    """
    due = clock() + timedelta(hours=1)
    made = [add_todo(sandbox, 1001, "Call", [f"@{BO}"], due, by=BO) for _ in range(3)]
    todos = f"{path}/relationships/todos"
    first = client.get(todos, **{"page[size]": "2"})
    last = client.get(todos, **{"page[size]": "2", "page[offset]": "2"})
    assert [row["id"] for page in (first, last) for row in page["data"]] == made
    assert last["meta"]["pagination"] == {"offset": 2, "next_offset": 3, "size": 1}
    before = last["data"][0]["attributes"]
    assert (before["assignees"], before["completed"]) == ([f"@{BO}"], None)
    assert (before["due_date"], before["created_by_uuid"]) == (due.isoformat(), bo)
    clock.advance(minutes=5)
    complete_todo(sandbox, made[2])
    for name in ("completed", "modified"):
        assert client.shown(todos, name)[2] == clock().isoformat()
