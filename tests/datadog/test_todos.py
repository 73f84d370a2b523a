"""The todos of an incident are read whole, in the shapes that were recorded."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from urllib.parse import parse_qs, urlsplit

import pytest
import responses

from dd_incident_roles.datadog.http import Session
from dd_incident_roles.datadog.todos import Todo, Todos
from dd_incident_roles.errors import Forbidden, NotFound, UnexpectedAnswer
from dd_incident_roles.model import IncidentId
from tests.datadog import recordings
from tests.datadog.conftest import BASE
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


def page(*rows: object, offset: int = 0) -> dict[str, object]:
    """One page; it always names a next one."""
    pagination = {"offset": offset, "next_offset": offset + len(rows), "size": len(rows)}
    return {"data": list(rows), "meta": {"pagination": pagination}}


def todos_in(session: Session, api: responses.RequestsMock, listing: object) -> tuple[Todo, ...]:
    """The todos of an incident whose listing is always this one."""
    api.get(URL, body=listing if isinstance(listing, bytes) else json.dumps(listing))
    return Todos(session).of(KEY)


def test_the_recorded_listing_is_read(session: Session, api: responses.RequestsMock) -> None:
    """A handle and somebody of a chat in one list are both shown by a text."""
    listing = recordings.one("get_a_list_of_an_incidents_todos*", "GET", "/relationships/todos")
    assert todos_in(session, api, listing.body) == (
        Todo(
            id="77595d1b-b663-5bd8-81b7-997a817512b9",
            content="Follow up with customer about the impact they saw.",
            assignees=("@test.user@test.com", "Slackbot"),
        ),
    )


def test_recorded_times_are_read(session: Session, api: responses.RequestsMock) -> None:
    """The due date and the completion are times in UTC, in the form that was recorded."""
    api.get(
        URL,
        json=page(
            row("t1", due_date="2023-07-10T05:00:00+00:00"),
            row("t2", completed="2023-03-06T22:00:00.25+01:00"),
        ),
    )
    api.get(URL, json=page())
    todo, done = Todos(session).of(KEY)
    assert (todo.due, todo.is_open) == (datetime(2023, 7, 10, 5, tzinfo=UTC), True)
    assert done.completed == datetime(2023, 3, 6, 21, 0, 0, 250000, tzinfo=UTC)
    assert not done.is_open


def test_pages_are_read_until_one_is_empty(session: Session, api: responses.RequestsMock) -> None:
    """Short pages end nothing; the offset counts what was read, and the first request has none."""
    api.get(URL, json=page(row("t1"), row("t2")))
    api.get(URL, json=page(row("t3"), offset=2))
    api.get(URL, json=page(offset=3))
    assert [todo.id for todo in Todos(session).of(KEY)] == ["t1", "t2", "t3"]
    asked = [parse_qs(urlsplit(call.request.url or "").query) for call in api.calls]
    assert asked == [{}, {"page[offset]": ["2"]}, {"page[offset]": ["3"]}]


def test_pages_that_repeat_end(session: Session, api: responses.RequestsMock) -> None:
    """A server that knows no offset gives each todo once, after one more request."""
    api.get(URL, json=page(row("t1"), row("t2")))
    assert len(Todos(session).of(KEY)) == 2
    assert session.requests == {"GET": 2}


def test_pages_that_overlap_are_joined(session: Session, api: responses.RequestsMock) -> None:
    """A page that begins with what is known already is read on."""
    api.get(URL, json=page(row("t1"), row("t2")))
    api.get(URL, json=page(row("t2"), row("t3")))
    api.get(URL, json=page())
    assert [todo.id for todo in Todos(session).of(KEY)] == ["t1", "t2", "t3"]


def test_no_todos_are_no_todos(session: Session, api: responses.RequestsMock) -> None:
    """An empty first page is the whole of it."""
    api.get(URL, json={"data": []})
    assert Todos(session).of(KEY) == ()
    assert session.requests == {"GET": 1}


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
    assignees: object,
    shown: tuple[str, ...],
    session: Session,
    api: responses.RequestsMock,
) -> None:
    """Whatever cannot be shown is left out, and the todo stays."""
    (todo,) = todos_in(session, api, page(row("t1", assignees=assignees)))
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
def test_a_bare_todo_is_still_one(
    bare: dict[str, object], session: Session, api: responses.RequestsMock
) -> None:
    """A todo without its attributes, or with nonsense in them, is open and without a text."""
    assert todos_in(session, api, page(bare)) == (Todo(id="t1"),)


def test_a_todo_without_an_id_is_shown(session: Session, api: responses.RequestsMock) -> None:
    """It is only ever shown, and stands in the way of no other."""
    odd = {"attributes": {"content": "Call the bank"}}
    found = todos_in(session, api, page(row("t1"), odd))
    assert [each.content for each in found] == ["Call the bank", "Call the bank"]
    assert found[0].id != found[1].id


@pytest.mark.parametrize("body", ['{"meta": {}}', '{"data": {}}'])
def test_an_answer_that_is_no_listing_is_an_error(
    body: str, session: Session, api: responses.RequestsMock
) -> None:
    """A missing list does not pass for none."""
    api.get(URL, body=body)
    with pytest.raises(UnexpectedAnswer, match="lacks"):
        Todos(session).of(KEY)


@pytest.mark.parametrize(("status", "kind"), [(404, NotFound), (403, Forbidden)])
def test_what_cannot_be_read_is_said(
    status: int, kind: type[Exception], session: Session, api: responses.RequestsMock
) -> None:
    """An incident that cannot be seen has no todos that could be empty."""
    api.get(URL, status=status)
    with pytest.raises(kind):
        Todos(session).of(KEY)
