"""Todos as people make them in the sandbox, and as it lists them."""

from __future__ import annotations

from datetime import timedelta

import pytest

from dd_incident_roles.sandbox.sandbox import Sandbox
from dd_incident_roles.sandbox.switches import Switch
from tests.sandbox.acts import add_todo, complete_todo
from tests.sandbox.client import Client
from tests.sandbox.conftest import Clock


@pytest.fixture
def path(incident_id: str) -> str:
    """Where the todos of the outage are."""
    return f"/incidents/{incident_id}/relationships/todos"


def test_a_todo_is_added_and_ticked_off(
    client: Client, sandbox: Sandbox, clock: Clock, path: str, bo: str
) -> None:
    """It is shown with its author, its assignees and its times, and changes when it is done."""
    due = clock() + timedelta(hours=1)
    todo_id = add_todo(sandbox, 1001, "Call", ["@bo@corp.example"], due, by="bo@corp.example")
    (before,) = client.get(path)["data"]
    assert before["attributes"]["due_date"] == due.isoformat()
    assert before["attributes"]["created_by_uuid"] == bo
    assert (before["attributes"]["assignees"], before["attributes"]["completed"]) == (
        ["@bo@corp.example"],
        None,
    )
    clock.advance(minutes=5)
    complete_todo(sandbox, todo_id)
    (after,) = client.get(path)["data"]
    done = clock().isoformat()
    assert (after["attributes"]["completed"], after["attributes"]["modified"]) == (done, done)


def test_todos_come_in_pages(client: Client, sandbox: Sandbox, path: str) -> None:
    """The size in the answer counts what is shown; the last page names a next one too."""
    made = [add_todo(sandbox, 1001, f"Task {number}") for number in range(3)]
    first = client.get(path, **{"page[size]": "2"})
    last = client.get(path, **{"page[size]": "2", "page[offset]": "2"})
    assert [row["id"] for page in (first, last) for row in page["data"]] == made
    assert last["meta"]["pagination"] == {"offset": 2, "next_offset": 3, "size": 1}


@pytest.mark.parametrize("switch", [Switch.MISSING, Switch.FORBIDDEN])
def test_todos_can_be_missing(client: Client, sandbox: Sandbox, path: str, switch: Switch) -> None:
    """Switched off, they are not read."""
    sandbox.switch(todos=switch)
    assert client.refused("GET", path)[0] == int(switch.value)
