"""The timeline: notes of people and programs, what Datadog notes by itself, and its quirks."""

from __future__ import annotations

from datetime import timedelta

import pytest

from dd_incident_roles.sandbox.resources.responders import responder_of
from dd_incident_roles.sandbox.sandbox import Sandbox
from dd_incident_roles.sandbox.switches import AuthorShown, ContentAccepted, ContentShown, Switch
from dd_incident_roles.sandbox.world import CALLER_ID
from tests.sandbox.client import CELLS, NOBODY, Timeline, commander_body, document
from tests.sandbox.conftest import Clock

ANA = "ana@corp.example"


def test_a_fresh_timeline_is_empty(timeline: Timeline) -> None:
    """Declaring an incident, commander and all, is no change of it."""
    assert timeline.rows() == []


def test_a_note_is_written_and_listed(timeline: Timeline, sandbox: Sandbox) -> None:
    """A note shows its text under content.content, and that it came through the API."""
    made = timeline.write("Database is back")
    (row,) = timeline.rows()
    assert row == made
    assert row["type"] == CELLS
    assert "relationships" not in row
    assert row["attributes"] == {
        "cell_type": "markdown",
        "content": {"content": "Database is back"},
        "created": "2026-01-31T09:30:00.123456Z",
        "modified": "2026-01-31T09:30:00.123456Z",
        "display_time": "2026-01-31T09:30:00.123456Z",
        "important": False,
        "source": "api",
        "incident_id": sandbox.incident(1001).id,
        "parent_uuid": None,
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


def test_a_note_is_edited_and_deleted(timeline: Timeline, sandbox: Sandbox, clock: Clock) -> None:
    """What a PATCH leaves out stays, ``modified`` moves, and a deleted note is gone."""
    path = f"{timeline.path}/{timeline.write('Looking', important=True)['id']}"
    clock.advance(minutes=1)
    row = timeline.client.write("PATCH", path, timeline.body("Found it"), status=200)["data"]
    assert row["attributes"]["content"] == {"content": "Found it"}
    assert row["attributes"]["important"] is True
    assert row["attributes"]["created"] < row["attributes"]["modified"]
    timeline.client.write("DELETE", path, None, status=204)
    assert timeline.rows() == []
    assert timeline.client.refused("DELETE", path)[0] == 404


def test_times_and_marks_are_kept(timeline: Timeline, clock: Clock) -> None:
    """A note can be back-dated and marked, and the listing goes by when things happened."""
    timeline.write("Now")
    timeline.write("Earlier", display_time="2026-01-31T09:00:00.000Z", important=True)
    assert timeline.shown("display_time") == ["2026-01-31T09:00:00Z", "2026-01-31T09:30:00.123456Z"]
    assert timeline.shown("important") == [True, False]


def test_system_entries_cannot_be_changed(timeline: Timeline, sandbox: Sandbox) -> None:
    """What a system noted stays as it is, for everybody."""
    sandbox.switch(timeline_protects_others=False)
    path = f"{timeline.path}/{sandbox.add_system_cell(1001, 'graph', {'query': 'cpu'})}"
    assert timeline.client.refused("PATCH", path, timeline.body("Mine now"))[0] == 403
    assert timeline.client.refused("DELETE", path)[0] == 403
    assert timeline.shown("content") == [{"query": "cpu"}]


def test_a_note_belongs_to_its_incident(timeline: Timeline, sandbox: Sandbox) -> None:
    """The note of another incident is unknown here, and so is one that never was."""
    elsewhere = sandbox.add_note(1002, ANA, "Late again")
    for cell_id in (elsewhere, NOBODY):
        path = f"{timeline.path}/{cell_id}"
        assert timeline.client.refused("PATCH", path, timeline.body("x"))[0] == 404


def test_only_notes_are_written(timeline: Timeline) -> None:
    """A program cannot write what systems note."""
    body = document(CELLS, cell_type="incident_status_change", content={"content": "x"})
    assert timeline.client.refused("POST", timeline.path, body)[0] == 400


def test_changes_of_status_are_noted(
    timeline: Timeline, sandbox: Sandbox, incident_id: str
) -> None:
    """State and severity leave an entry, through the API and through the pages, each once."""
    sandbox.set_state(1001, "stable")
    sandbox.set_state(1001, "stable")
    fields = {"severity": {"type": "dropdown", "value": "SEV-2"}}
    body = document("incidents", incident_id, fields=fields)
    timeline.client.write("PATCH", f"/incidents/{incident_id}", body, status=200)
    assert timeline.shown("cell_type") == ["incident_status_change"] * 2
    assert timeline.shown("content") == [
        {"action": "updated", "before": {"state": "active"}, "after": {"state": "stable"}},
        {"action": "updated", "before": {"severity": "SEV-1"}, "after": {"severity": "SEV-2"}},
    ]


def test_changes_of_roles_are_noted(
    timeline: Timeline, sandbox: Sandbox, incident_id: str, bo: str
) -> None:
    """A new commander, a role given and a role taken leave an entry each."""
    path = f"/incidents/{incident_id}"
    for _ in range(2):
        timeline.client.write("PATCH", path, commander_body(incident_id, bo), status=200)
    sandbox.give_role(1001, "Scribe", ANA)
    sandbox.take_role(1001, "Scribe", ANA)
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


def test_times_and_marks_can_be_ignored(timeline: Timeline, sandbox: Sandbox) -> None:
    """Switched off, they are neither taken nor shown."""
    sandbox.switch(timeline_display_time=False, timeline_important=False)
    row = timeline.write("Earlier", display_time="2026-01-31T09:00:00Z", important=True)
    assert {"display_time", "important"}.isdisjoint(row["attributes"])
    (kept,) = sandbox.cells(1001)
    assert (kept.display_time, kept.important) == (kept.created, False)


@pytest.mark.parametrize(
    ("shown", "found"),
    [
        (ContentShown.CONTENT, {"content": {"content": "Hello"}}),
        (ContentShown.MESSAGE, {"content": {"message": "Hello"}}),
        (ContentShown.PLAIN, {"content": "Hello"}),
        (ContentShown.ATTRIBUTE, {"message": "Hello"}),
    ],
)
def test_texts_are_shown_in_every_dialect(
    timeline: Timeline, sandbox: Sandbox, shown: ContentShown, found: dict[str, object]
) -> None:
    """Where the text stands is a switch."""
    sandbox.switch(timeline_content=shown)
    attributes = timeline.write("Hello")["attributes"]
    assert {name: attributes.get(name) for name in found} == found


@pytest.mark.parametrize(
    ("accepts", "key", "status"),
    [
        (ContentAccepted.CONTENT, "message", 400),
        (ContentAccepted.MESSAGE, "content", 400),
        (ContentAccepted.MESSAGE, "message", 201),
        (ContentAccepted.EITHER, "content", 201),
        (ContentAccepted.EITHER, "message", 201),
    ],
)
def test_texts_are_taken_in_one_dialect(
    timeline: Timeline, sandbox: Sandbox, accepts: ContentAccepted, key: str, status: int
) -> None:
    """The wrong key is refused with a sentence about content, and nothing is written."""
    sandbox.switch(timeline_accepts=accepts)
    response = timeline.client.ask("POST", timeline.path, timeline.body("Hello", key=key))
    assert response.status_code == status
    assert ("content" in response.text) or status == 201
    assert len(sandbox.notes(1001)) == (status == 201)


def test_authors_are_shown_in_every_way(timeline: Timeline, sandbox: Sandbox) -> None:
    """Nobody is named at first; a relationship comes with its users, an attribute is whole."""
    sandbox.add_note(1001, ANA, "Looking")
    ana = sandbox.person(ANA).id
    assert "included" not in timeline.client.get(timeline.path)
    sandbox.switch(timeline_authors=AuthorShown.RELATIONSHIP)
    answer = timeline.client.get(timeline.path)
    link = answer["data"][0]["relationships"]["created_by_user"]
    assert link == {"data": {"type": "users", "id": ana}}
    assert [user["attributes"]["email"] for user in answer["included"]] == [ANA]
    sandbox.switch(timeline_authors=AuthorShown.ATTRIBUTE)
    (shown,) = timeline.shown("author")
    assert isinstance(shown, dict)
    assert shown["data"]["id"] == ana


def test_notes_of_others_are_protected(timeline: Timeline, sandbox: Sandbox) -> None:
    """A note is changed by its author only, unless that is switched off."""
    path = f"{timeline.path}/{sandbox.add_note(1001, ANA, 'Looking')}"
    assert timeline.client.refused("PATCH", path, timeline.body("Mine now"))[0] == 403
    assert timeline.client.refused("DELETE", path)[0] == 403
    sandbox.switch(timeline_protects_others=False)
    timeline.client.write("PATCH", path, timeline.body("Mine now"), status=200)
    assert sandbox.notes(1001) == ["Mine now"]


def test_system_entries_can_be_switched_off(timeline: Timeline, sandbox: Sandbox) -> None:
    """Then only people and programs write."""
    sandbox.switch(timeline_system_entries=False)
    sandbox.set_state(1001, "stable")
    sandbox.set_commander(1001, "bo@corp.example")
    assert timeline.rows() == []


def test_paging_is_a_switch(timeline: Timeline, sandbox: Sandbox) -> None:
    """Pages are passed over at first; switched on, they are cut and counted."""
    for number in range(3):
        sandbox.add_note(1001, ANA, str(number))
    page = {"page[size]": "2", "page[offset]": "2"}
    assert len(timeline.rows(**page)) == 3
    assert "meta" not in timeline.client.get(timeline.path)
    sandbox.switch(timeline_pages=True)
    answer = timeline.client.get(timeline.path, **page)
    assert [row["attributes"]["content"]["content"] for row in answer["data"]] == ["2"]
    assert answer["meta"] == {"pagination": {"offset": 2, "next_offset": 3, "size": 1}}


def test_texts_can_be_altered(timeline: Timeline, sandbox: Sandbox) -> None:
    """Tags are taken out first, then the text is cut."""
    sandbox.switch(timeline_strips_html=True, timeline_longest=5)
    made = timeline.write("<b>1 < 2</b> and so on")
    assert made["attributes"]["content"] == {"content": "1 < 2"}
    sandbox.switch(timeline_longest=None)
    assert timeline.write("0123456")["attributes"]["content"] == {"content": "0123456"}


def test_answers_can_be_bare(timeline: Timeline, sandbox: Sandbox) -> None:
    """A write may be answered with the id and nothing else."""
    sandbox.switch(timeline_bare_answers=True)
    made = timeline.write("Hello")
    assert made == {"type": CELLS, "id": sandbox.cells(1001)[0].id}


def test_listings_can_be_old(timeline: Timeline, sandbox: Sandbox) -> None:
    """The next listings show what was there before the last change, and then the truth."""
    first = sandbox.add_note(1001, ANA, "One")
    sandbox.stale_timeline(2)
    sandbox.add_note(1001, ANA, "Two")
    assert [len(timeline.rows()) for _ in range(3)] == [1, 1, 2]
    sandbox.delete_note(1001, first)
    sandbox.stale_timeline(1)
    assert [len(timeline.rows()) for _ in range(2)] == [2, 1]


@pytest.mark.parametrize(("switch", "status"), [(Switch.MISSING, 404), (Switch.FORBIDDEN, 403)])
def test_the_timeline_can_be_missing_or_read_only(
    timeline: Timeline, sandbox: Sandbox, switch: Switch, status: int
) -> None:
    """Reading and writing are switched apart, and what cannot be read cannot be written."""
    sandbox.switch(timeline_writes=switch)
    assert timeline.rows() == []
    assert timeline.client.refused("POST", timeline.path, timeline.body("x"))[0] == status
    sandbox.switch(timeline_writes=Switch.ON, timeline=switch)
    assert timeline.client.refused("GET", timeline.path)[0] == status
    assert timeline.client.refused("POST", timeline.path, timeline.body("x"))[0] == status
