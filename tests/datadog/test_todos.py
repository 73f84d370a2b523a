"""The todos of an incident are read whole, in the shapes that were recorded."""

from __future__ import annotations

import json
from datetime import UTC, datetime

import pytest

from dd_incident_roles.datadog.relationships import Todo, Todos
from dd_incident_roles.model import IncidentId
from tests.datadog import payloads as recordings
from tests.datadog.conftest import BASE, Datadog
from tests.datadog.payloads import INCIDENT_ID

URL = f"{BASE}/api/v2/incidents/{INCIDENT_ID}/relationships/todos"
KEY = IncidentId(INCIDENT_ID)


def row(todo_id: str, **attributes: object) -> dict[str, object]:
    """A todo as the listing shows it."""
    usual: dict[str, object] = {
        "content": "Call the bank",
        "assignees": [],
        "completed": None,
        "due_date": None,
    }
    return {"type": "incident_todos", "id": todo_id, "attributes": {**usual, **attributes}}


def page_of(*rows: object) -> dict[str, object]:
    """One page; it always names a next one."""
    return {"data": list(rows), "meta": {"pagination": {"next_offset": len(rows)}}}


def todos_in(dd: Datadog, listing: object) -> tuple[Todo, ...]:
    """The todos of an incident whose listing is always this one."""
    dd.api.get(URL, body=listing if isinstance(listing, bytes) else json.dumps(listing))
    return Todos(dd.session).of(KEY)


def test_the_recorded_listing_is_read(dd: Datadog) -> None:
    """A handle and somebody of a chat in one list are both shown by a text."""
    listing = recordings.one("get_a_list_of_an_incidents_todos*", "GET", "/relationships/todos")
    assert todos_in(dd, listing.body) == (
        Todo(
            id="77595d1b-b663-5bd8-81b7-997a817512b9",
            content="Follow up with customer about the impact they saw.",
            assignees=("@test.user@test.com", "Slackbot"),
        ),
    )


def test_recorded_times_are_read(dd: Datadog) -> None:
    """The due date and the completion are times in UTC, in the form that was recorded."""
    open_one = row("t1", due_date="2023-07-10T05:00:00+00:00")
    todo, done = todos_in(
        dd, page_of(open_one, row("t2", completed="2023-03-06T22:00:00.25+01:00"))
    )
    assert (todo.due, todo.is_open) == (datetime(2023, 7, 10, 5, tzinfo=UTC), True)
    completed = datetime(2023, 3, 6, 21, 0, 0, 250000, tzinfo=UTC)
    assert (done.completed, done.is_open) == (completed, False)


@pytest.mark.parametrize(
    ("assignees", "shown"),
    [
        (["@ada@corp.example", " "], ("@ada@corp.example",)),
        ([{"id": "U1", "name": None}, {"id": "U2", "name": ""}], ("U1", "U2")),
        ([{"icon": "x"}, None, 7, ["@ada"]], ()),
        ([{"name": "Slackbot", "source": "carrier_pigeon"}], ("Slackbot",)),
        (None, ()),
        ("@ada@corp.example", ()),
    ],
)
def test_odd_assignees_spoil_nothing(
    assignees: object, shown: tuple[str, ...], dd: Datadog
) -> None:
    """Whatever cannot be shown is left out, and the todo stays."""
    (todo,) = todos_in(dd, page_of(row("t1", assignees=assignees)))
    assert todo.assignees == shown


@pytest.mark.parametrize(
    "bare",
    [
        {"id": "T1", "type": "incident_todos"},
        {"id": "T1", "attributes": None},
        {"id": "T1", "attributes": {"content": None, "due_date": "soon", "completed": 7}},
        {"id": "T1", "attributes": {"content": ["x"], "due_date": "", "completed": False}},
    ],
)
def test_a_bare_todo_is_still_one(bare: dict[str, object], dd: Datadog) -> None:
    """A todo without its attributes, or with nonsense in them, is open and without a text."""
    assert todos_in(dd, page_of(bare)) == (Todo(id="t1"),)


def test_a_todo_without_an_id_is_shown(dd: Datadog) -> None:
    """It is only ever shown, and stands in the way of no other."""
    odd = {"attributes": {"content": "Call the bank"}}
    found = todos_in(dd, page_of(row("t1"), odd))
    assert [each.content for each in found] == ["Call the bank", "Call the bank"]
    assert found[0].id != found[1].id
