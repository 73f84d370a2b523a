"""The timeline: notes of people and programs, what Datadog notes by itself, and its quirks."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from dd_incident_roles.sandbox.resources.users import responder_of
from dd_incident_roles.sandbox.sandbox import Sandbox
from dd_incident_roles.sandbox.world import (
    CALLER_ID,
    AuthorShown,
    ContentAccepted,
    ContentShown,
    Switch,
)
from tests.sandbox.client import ANA, CELLS, NOBODY, Client, commander_body, document, note_body
from tests.sandbox.conftest import Clock


class Timeline:
    """The timeline of the outage, as a client sees and changes it."""

    def __init__(self, client: Client, outage: str) -> None:
        self.client = client
        self.path = f"{outage}/timeline"

    def shown(self, name: str, **query: str) -> list[Any]:
        """One attribute of every entry."""
        return self.client.shown(self.path, name, **query)

    def write(self, text: str, **more: object) -> Any:
        """Write a note, and be shown it."""
        return self.client.write("POST", self.path, note_body(text, **more))["data"]

    def refused(self, method: str, cell: str = "") -> int:
        """Be refused a change, with this status."""
        body = None if method == "DELETE" else note_body("Mine now")
        return self.client.refused(method, f"{self.path}{cell}", body)[0]


@pytest.fixture
def timeline(client: Client, path: str) -> Timeline:
    """The timeline of the outage."""
    return Timeline(client, path)


def test_a_note_is_written_and_listed(timeline: Timeline, sandbox: Sandbox) -> None:
    """Declaring is no change; a note shows its text, and that it came through the API."""
    assert timeline.shown("cell_type") == []
    made = timeline.write("Database is back")
    assert timeline.client.get(timeline.path)["data"] == [made]
    assert made == {
        "type": CELLS,
        "id": sandbox.cells(1001)[0].id,
        "attributes": {
            "cell_type": "markdown",
            "content": {"content": "Database is back"},
            "created": "2026-01-31T09:30:00.123456Z",
            "modified": "2026-01-31T09:30:00.123456Z",
            "display_time": "2026-01-31T09:30:00.123456Z",
            "important": False,
            "source": "api",
            "incident_id": sandbox.incident(1001).id,
            "parent_uuid": None,
        },
    }
    assert sandbox.notes(1001) == ["Database is back"]


def test_writing_makes_a_responder(timeline: Timeline, sandbox: Sandbox) -> None:
    """Whoever writes a note takes part in the incident from then on."""
    incident = sandbox.incident(1001)
    assert responder_of(sandbox.world, incident.id, CALLER_ID) is None
    timeline.write("Looking")
    part = responder_of(sandbox.world, incident.id, CALLER_ID)
    assert part is not None
    assert part.last_active is not None


def test_a_note_is_edited_and_deleted(timeline: Timeline, clock: Clock) -> None:
    """What a PATCH leaves out stays, ``modified`` moves, and a deleted note is gone."""
    cell = f"/{timeline.write('Looking', important=True)['id']}"
    clock.advance(minutes=1)
    row = timeline.client.write("PATCH", timeline.path + cell, note_body("Found it"))["data"]
    assert row["attributes"]["content"] == {"content": "Found it"}
    assert row["attributes"]["important"] is True
    assert row["attributes"]["created"] < row["attributes"]["modified"]
    timeline.client.write("DELETE", timeline.path + cell)
    assert timeline.shown("content") == []
    assert timeline.refused("DELETE", cell) == 404


def test_times_and_marks_are_kept_unless_switched_off(timeline: Timeline, sandbox: Sandbox) -> None:
    """Notes are back-dated and marked, and listed by that; off, neither is taken or shown."""
    earlier = {"display_time": "2026-01-31T09:00:00.000Z", "important": True}
    timeline.write("Now")
    timeline.write("Earlier", **earlier)
    assert timeline.shown("display_time") == ["2026-01-31T09:00:00Z", "2026-01-31T09:30:00.123456Z"]
    assert timeline.shown("important") == [True, False]
    sandbox.switch(timeline_display_time=False, timeline_important=False)
    row = timeline.write("Ignored", **earlier)
    assert {"display_time", "important"}.isdisjoint(row["attributes"])
    kept = sandbox.cell(1001, row["id"])
    assert (kept.display_time, kept.important) == (kept.created, False)


def test_what_cannot_be_changed(timeline: Timeline, sandbox: Sandbox) -> None:
    """Notes of others are for their authors, but for a switch; those of systems for nobody.

    The note of another incident is unknown here, and so is one that never was.
    """
    note = sandbox.add_note(1001, ANA, "Looking")
    system = sandbox.add_system_cell(1001, "graph", {"query": "cpu"})
    elsewhere = sandbox.add_note(1002, ANA, "Late again")
    changes = ("PATCH", "DELETE")
    assert [timeline.refused(how, f"/{note}") for how in changes] == [403, 403]
    sandbox.switch(timeline_protects_others=False)
    assert [timeline.refused(how, f"/{system}") for how in changes] == [403, 403]
    assert [timeline.refused("PATCH", f"/{cell}") for cell in (elsewhere, NOBODY)] == [404, 404]
    timeline.client.write("PATCH", f"{timeline.path}/{note}", note_body("Mine now"))
    assert timeline.shown("content") == [{"content": "Mine now"}, {"query": "cpu"}]


def test_only_notes_are_written(timeline: Timeline) -> None:
    """A program cannot write what systems note."""
    body = document(CELLS, cell_type="incident_status_change", content={"content": "x"})
    assert timeline.client.refused("POST", timeline.path, body)[0] == 400


def test_changes_of_status_are_noted(timeline: Timeline, sandbox: Sandbox, path: str) -> None:
    """State and severity leave an entry, through the API and through the pages, each once."""
    sandbox.set_state(1001, "stable")
    sandbox.set_state(1001, "stable")
    fields = {"severity": {"type": "dropdown", "value": "SEV-2"}}
    timeline.client.write("PATCH", path, document("incidents", fields=fields))
    assert timeline.shown("cell_type") == ["incident_status_change"] * 2
    assert timeline.shown("content") == [
        {"action": "updated", "before": {"state": "active"}, "after": {"state": "stable"}},
        {"action": "updated", "before": {"severity": "SEV-1"}, "after": {"severity": "SEV-2"}},
    ]


def test_changes_of_roles_are_noted_unless_switched_off(
    timeline: Timeline, sandbox: Sandbox, path: str, bo: str
) -> None:
    """Who held a role before and who holds it now, once; off, only people and programs write."""
    for _ in range(2):
        timeline.client.write("PATCH", path, commander_body(bo))
    sandbox.give_role(1001, "Scribe", ANA)
    sandbox.take_role(1001, "Scribe", ANA)
    sandbox.switch(timeline_system_entries=False)
    sandbox.set_state(1001, "stable")
    sandbox.set_commander(1001, ANA)
    assert timeline.shown("cell_type") == ["role_assignment_change"] * 3
    changes = [(each.facts["before"], each.facts["after"]) for each in sandbox.cells(1001)]
    assert changes == [
        ({"role": role, "user": before}, {"role": role, "user": after})
        for role, before, after in (
            ("Incident Commander", "Ana", "Bo"),
            ("Scribe", None, "Ana"),
            ("Scribe", "Ana", None),
        )
    ]


def test_people_write_edit_and_delete(timeline: Timeline, sandbox: Sandbox, clock: Clock) -> None:
    """People's notes come from Datadog's pages or from a chat, and are found by their ids."""
    at = clock.now - timedelta(hours=1)
    note = sandbox.add_note(1001, ANA, "Looking", at=at, important=True)
    chat = sandbox.add_note(1001, None, "Same here", source="slack")
    assert timeline.shown("source") == ["datadog", "slack"]
    assert sandbox.cell(1001, note).display_time == at
    sandbox.edit_note(1001, note, "Found it", important=False)
    assert sandbox.notes(1001) == ["Found it", "Same here"]
    sandbox.delete_note(1001, chat)
    assert sandbox.notes(1001) == ["Found it"]
    with pytest.raises(KeyError):
        sandbox.delete_note(1001, chat)


def test_texts_are_shown_in_every_dialect(timeline: Timeline, sandbox: Sandbox) -> None:
    """Where the text stands is a switch."""
    timeline.write("Hello")
    for layout, found in (
        (ContentShown.CONTENT, {"content": {"content": "Hello"}}),
        (ContentShown.MESSAGE, {"content": {"message": "Hello"}}),
        (ContentShown.PLAIN, {"content": "Hello"}),
        (ContentShown.ATTRIBUTE, {"message": "Hello"}),
    ):
        sandbox.switch(timeline_content=layout)
        (row,) = timeline.client.get(timeline.path)["data"]
        assert {name: row["attributes"].get(name) for name in found} == found


@pytest.mark.parametrize(
    ("accepts", "key", "taken"),
    [
        (ContentAccepted.CONTENT, "message", False),
        (ContentAccepted.MESSAGE, "content", False),
        (ContentAccepted.MESSAGE, "message", True),
        (ContentAccepted.EITHER, "content", True),
        (ContentAccepted.EITHER, "message", True),
    ],
)
def test_texts_are_taken_in_one_dialect(
    timeline: Timeline, sandbox: Sandbox, accepts: ContentAccepted, key: str, taken: bool
) -> None:
    """The wrong key is refused with a sentence about content, and nothing is written."""
    sandbox.switch(timeline_accepts=accepts)
    response = timeline.client.ask("POST", timeline.path, note_body("Hello", key))
    assert response.status_code == (201 if taken else 400)
    assert "content" in response.text
    assert sandbox.notes(1001) == (["Hello"] if taken else [])


def test_authors_are_shown_in_every_way(timeline: Timeline, sandbox: Sandbox) -> None:
    """Nobody is named at first; a relationship comes with its users, an attribute is whole."""
    sandbox.add_note(1001, ANA, "Looking")
    ana = sandbox.person(ANA).id
    answer = timeline.client.get(timeline.path)
    assert "included" not in answer
    assert "relationships" not in answer["data"][0]
    sandbox.switch(timeline_authors=AuthorShown.RELATIONSHIP)
    answer = timeline.client.get(timeline.path)
    link = answer["data"][0]["relationships"]["created_by_user"]
    assert link == {"data": {"type": "users", "id": ana}}
    assert [user["attributes"]["email"] for user in answer["included"]] == [ANA]
    sandbox.switch(timeline_authors=AuthorShown.ATTRIBUTE)
    (author,) = timeline.shown("author")
    assert author["data"]["id"] == ana


def test_paging_is_a_switch(timeline: Timeline, sandbox: Sandbox) -> None:
    """Pages are passed over at first; switched on, they are cut and counted."""
    for number in range(3):
        sandbox.add_note(1001, ANA, str(number))
    page = {"page[size]": "2", "page[offset]": "2"}
    answer = timeline.client.get(timeline.path, **page)
    assert (len(answer["data"]), "meta" in answer) == (3, False)
    sandbox.switch(timeline_pages=True)
    answer = timeline.client.get(timeline.path, **page)
    assert [row["attributes"]["content"]["content"] for row in answer["data"]] == ["2"]
    assert answer["meta"] == {"pagination": {"offset": 2, "next_offset": 3, "size": 1}}


def test_texts_can_be_altered_and_answers_bare(timeline: Timeline, sandbox: Sandbox) -> None:
    """Tags are taken out before the text is cut; a write may be answered with its id alone."""
    sandbox.switch(timeline_strips_html=True, timeline_longest=5)
    made = timeline.write("<b>1 < 2</b> and so on")
    assert made["attributes"]["content"] == {"content": "1 < 2"}
    sandbox.switch(timeline_longest=None)
    assert timeline.write("0123456")["attributes"]["content"] == {"content": "0123456"}
    sandbox.switch(timeline_bare_answers=True)
    assert timeline.write("Hello") == {"type": CELLS, "id": sandbox.cells(1001)[2].id}


def test_listings_can_be_old(timeline: Timeline, sandbox: Sandbox) -> None:
    """The next listings show what was there before the last change, and then the truth."""
    first = sandbox.add_note(1001, ANA, "One")
    sandbox.stale_timeline(2)
    sandbox.add_note(1001, ANA, "Two")
    assert [len(timeline.shown("content")) for _ in range(3)] == [1, 1, 2]
    sandbox.delete_note(1001, first)
    sandbox.stale_timeline(1)
    assert [len(timeline.shown("content")) for _ in range(2)] == [2, 1]


@pytest.mark.parametrize(("switch", "status"), [(Switch.MISSING, 404), (Switch.FORBIDDEN, 403)])
def test_the_timeline_can_be_missing_or_read_only(
    timeline: Timeline, sandbox: Sandbox, switch: Switch, status: int
) -> None:
    """Reading and writing are switched apart, and what cannot be read cannot be written."""
    sandbox.switch(timeline_writes=switch)
    assert timeline.shown("content") == []
    assert timeline.refused("POST") == status
    sandbox.switch(timeline_writes=Switch.ON, timeline=switch)
    assert timeline.client.refused("GET", timeline.path)[0] == status
    assert timeline.refused("POST") == status
