"""What of the timeline nobody knows for sure, in each of its settings."""

from __future__ import annotations

import pytest

from dd_incident_roles.sandbox.sandbox import Sandbox
from dd_incident_roles.sandbox.switches import (
    AuthorShown,
    ContentAccepted,
    ContentShown,
    Switch,
)
from tests.sandbox.timeline_client import CELLS, Timeline

ANA = "ana@corp.example"


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
