"""Teams as the sandbox lists them."""

from __future__ import annotations

import pytest

from dd_incident_roles.sandbox.sandbox import Sandbox
from tests.sandbox.acts import add_team
from tests.sandbox.client import NOBODY, Client


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
