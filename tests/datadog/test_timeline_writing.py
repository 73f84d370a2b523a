"""Entries created, replaced and removed: looked at before, sent once, and confirmed."""

from __future__ import annotations

import pytest
import responses

from dd_incident_roles.datadog.capabilities import Part
from dd_incident_roles.errors import (
    DatadogError,
    NotFound,
    Refused,
    UnexpectedAnswer,
    WriteNotConfirmed,
)
from dd_incident_roles.sync.entries.canon import Digest
from dd_incident_roles.sync.targets import (
    CreateEntry,
    DeleteEntry,
    DeleteSpare,
    EntryListing,
    Outdated,
    Removed,
    Unsupported,
    UpdateEntry,
)
from tests.datadog.parts import INCIDENT, Timelines, texts, timelines
from tests.datadog.payloads import (
    ADA,
    BEN,
    EARLIER,
    LATER,
    TIMELINE,
    Json,
    cell,
    entry,
    pointer,
    tagged,
    user,
)

__all__ = ["texts", "timelines"]

CREATE = CreateEntry(entry=entry())


def test_an_entry_is_created_with_its_tag(timelines: Timelines) -> None:
    """The text goes out with the tag, and comes back from the answer without it."""
    timelines.api.post(TIMELINE, status=201, json={"data": cell("c1", tagged())})
    written = timelines.written(CREATE)
    assert (written.id, written.text, written.tagged) == ("c1", "Looking", "k1")
    (sent,) = timelines.sent("POST")
    assert sent["content"] == {"content": tagged()}
    assert timelines.session.requests == {"POST": 1}


def test_a_thin_answer_is_followed_by_a_look(timelines: Timelines) -> None:
    """With the id alone the entry is found by it, with nothing it is found by its tag."""
    for answer in ({"data": {"id": "c1"}}, {}):
        timelines.api.upsert(responses.POST, TIMELINE, status=201, json=answer)
        timelines.shows(cell("c0"), cell("c1", tagged()))
        written = timelines.written(CREATE)
        assert written.id == "c1"


def test_an_entry_that_does_not_show_up_is_in_doubt(timelines: Timelines) -> None:
    """It was accepted and may show up later, so it is not sent again here."""
    timelines.api.post(TIMELINE, status=201, json={"data": {"id": "c1"}})
    with pytest.raises(WriteNotConfirmed) as caught:
        timelines.target.perform(INCIDENT, CREATE)
    assert caught.value.ambiguous
    assert timelines.session.requests["POST"] == 1


def test_a_text_that_was_altered_is_told_as_it_is(timelines: Timelines) -> None:
    """What counts is what Datadog shows, not what was sent."""
    timelines.api.post(TIMELINE, status=201, json={"data": cell("c1", tagged("Look"))})
    written = timelines.written(CREATE)
    assert written.text == "Look"


@pytest.mark.parametrize("status", [500, 502])
def test_a_lost_answer_is_in_doubt(status: int, timelines: Timelines) -> None:
    """Nobody knows whether it was written, and it is sent once."""
    timelines.api.post(TIMELINE, status=status)
    with pytest.raises(UnexpectedAnswer) as caught:
        timelines.target.perform(INCIDENT, CREATE)
    assert caught.value.ambiguous
    assert timelines.session.requests == {"POST": 1}


def test_the_other_key_is_tried_once_and_remembered(timelines: Timelines) -> None:
    """A refusal that speaks of content is followed by a look, then by the other key."""
    timelines.api.post(TIMELINE, status=400, json={"errors": ["content: message is required"]})
    timelines.api.post(TIMELINE, status=201, json={"data": cell("c1", tagged())})
    timelines.written(CREATE)
    assert [each["content"] for each in timelines.sent("POST")] == [
        {"content": tagged()},
        {"message": tagged()},
    ]
    assert timelines.session.requests == {"POST": 2, "GET": 1}
    assert timelines.texts.cached("timeline", "content_key") == "message"
    timelines.target.perform(INCIDENT, CREATE)
    assert timelines.sent("POST")[-1]["content"] == {"message": tagged()}


def test_a_refused_entry_that_is_there_is_not_sent_again(timelines: Timelines) -> None:
    """Whatever Datadog says, an entry with our tag is our entry."""
    timelines.api.post(TIMELINE, status=400, json={"errors": ["bad content"]})
    timelines.shows(cell("c1", tagged()))
    timelines.written(CREATE)
    assert timelines.session.requests["POST"] == 1


def test_both_keys_refused_is_a_refusal(timelines: Timelines) -> None:
    """Each is tried once, the first refusal is told, and nothing is learned."""
    timelines.api.post(TIMELINE, status=400, json={"errors": ["bad content (first)"]})
    timelines.api.post(TIMELINE, status=400, json={"errors": ["bad content (second)"]})
    with pytest.raises(Refused, match="first") as caught:
        timelines.target.perform(INCIDENT, CREATE)
    assert not caught.value.ambiguous
    assert timelines.session.requests["POST"] == 2
    assert timelines.texts.cached("timeline", "content_key") is None


def test_a_refusal_of_something_else_is_final(timelines: Timelines) -> None:
    """A 400 that is not about the layout is not followed by anything."""
    timelines.api.post(TIMELINE, status=400, json={"errors": ["incident is archived"]})
    with pytest.raises(Refused):
        timelines.target.perform(INCIDENT, CREATE)
    assert timelines.session.requests == {"POST": 1}


def test_times_and_marks_are_left_out_where_they_are_refused(timelines: Timelines) -> None:
    """Each is left out after the refusal that names it, and not tried again for a day."""
    change = CreateEntry(entry=entry(important=True))
    timelines.api.post(TIMELINE, status=400, json={"errors": ["unknown field display_time"]})
    timelines.api.post(TIMELINE, status=400, json={"errors": ["unknown field important"]})
    timelines.api.post(TIMELINE, status=201, json={"data": cell("c1", tagged())})
    timelines.written(change)
    timelines.written(change)
    assert [sorted(each) for each in timelines.sent("POST")] == [
        ["cell_type", "content", "display_time", "important"],
        ["cell_type", "content", "important"],
        ["cell_type", "content"],
        ["cell_type", "content"],
    ]


def test_a_listing_teaches_nothing_about_writing(timelines: Timelines) -> None:
    """That notes are shown under message does not mean that they are taken so."""
    timelines.shows(cell("c0", content={"message": "Hello"}))
    timelines.entries()
    timelines.api.post(TIMELINE, status=201, json={"data": cell("c1", tagged())})
    timelines.target.perform(INCIDENT, CREATE)
    assert timelines.sent("POST")[0]["content"] == {"content": tagged()}


@pytest.mark.parametrize("status", [403, 404, 405])
def test_a_timeline_that_cannot_be_written_is_read_only(status: int, timelines: Timelines) -> None:
    """It is said and kept for ten minutes, unless a person asks; nothing is sent in that time."""
    timelines.api.post(TIMELINE, status=status)
    assert isinstance(timelines.target.perform(INCIDENT, CREATE), Unsupported)
    listing = timelines.target.read(INCIDENT)
    assert isinstance(listing, EntryListing)
    assert not listing.writable
    assert listing.reason
    assert isinstance(timelines.target.perform(INCIDENT, CREATE), Unsupported)
    assert timelines.session.requests["POST"] == 1
    timelines.capabilities.probe_again()
    for _ in range(2):
        assert isinstance(timelines.target.perform(INCIDENT, CREATE), Unsupported)
    assert timelines.session.requests["POST"] == 2
    timelines.texts.advance(minutes=11)
    again = timelines.target.read(INCIDENT)
    assert isinstance(again, EntryListing)
    assert again.writable


def test_what_was_written_before_is_read_only_here_alone(timelines: Timelines) -> None:
    """Where writing worked, a refusal closes one timeline and no other."""
    timelines.api.post(TIMELINE, status=201, json={"data": cell("c1", tagged())})
    timelines.api.post(TIMELINE, status=403)
    timelines.written(CREATE)
    assert isinstance(timelines.target.perform(INCIDENT, CREATE), Unsupported)
    seen = timelines.capabilities.seen
    assert seen(Part.TIMELINE_WRITING, INCIDENT) is False
    assert seen(Part.TIMELINE_WRITING) is True


def test_an_incident_that_is_gone_closes_nothing(timelines: Timelines) -> None:
    """A 404 to the note and to the timeline is about the incident."""
    timelines.api.remove(responses.GET, TIMELINE)
    timelines.api.get(TIMELINE, status=404)
    timelines.api.post(TIMELINE, status=404)
    with pytest.raises(NotFound):
        timelines.target.perform(INCIDENT, CREATE)
    assert timelines.capabilities.seen(Part.TIMELINE_WRITING) is None


__all__ = ["texts", "timelines"]

CELL = f"{TIMELINE}/c1"


def seen(timelines: Timelines) -> Digest:
    """What the one entry says now."""
    (shown,) = timelines.entries()
    return shown.digest


def update(timelines: Timelines, text: str = "Found it") -> UpdateEntry:
    """A change of the one entry as it is now."""
    return UpdateEntry(entry=entry(text), remote_id="c1", seen=seen(timelines))


def removal_of(timelines: Timelines) -> DeleteEntry:
    """A removal of the one entry as it is now."""
    return DeleteEntry(key=entry().key, remote_id="c1", seen=seen(timelines))


def test_an_entry_is_replaced(timelines: Timelines) -> None:
    """What still says what was seen is replaced, tag included."""
    timelines.shows(cell("c1", tagged()))
    timelines.api.patch(CELL, json={"data": cell("c1", tagged("Found it"), modified=LATER)})
    written = timelines.written(update(timelines))
    assert written.text == "Found it"
    assert timelines.sent("PATCH")[0]["content"] == {"content": tagged("Found it")}


def test_what_is_gone_is_left_alone(timelines: Timelines) -> None:
    """An entry that went away meanwhile is not replaced, and counts as removed."""
    timelines.shows(cell("c1", tagged()))
    change, removal = update(timelines), removal_of(timelines)
    timelines.shows()
    assert isinstance(timelines.target.perform(INCIDENT, change), Outdated)
    assert timelines.target.perform(INCIDENT, removal) == Removed(already=True)
    assert set(timelines.session.requests) == {"GET"}


@pytest.mark.parametrize(
    "now", [cell("c1", tagged("Changed by hand")), cell("c1", tagged(), important=True)]
)
def test_what_changed_is_left_alone(now: Json, timelines: Timelines) -> None:
    """An entry that somebody changed meanwhile is neither replaced nor removed."""
    timelines.shows(cell("c1", tagged()))
    changes = update(timelines), removal_of(timelines)
    timelines.shows(now)
    for change in changes:
        assert isinstance(timelines.target.perform(INCIDENT, change), Outdated)
    assert set(timelines.session.requests) == {"GET"}


def test_a_replacement_that_had_landed_is_not_sent_again(timelines: Timelines) -> None:
    """Where the entry says already what it should, nothing is written."""
    timelines.shows(cell("c1", tagged()))
    change = update(timelines)
    timelines.shows(cell("c1", tagged("Found it")))
    timelines.written(change)
    assert set(timelines.session.requests) == {"GET"}


def test_a_thin_answer_to_a_replacement(timelines: Timelines) -> None:
    """What is shown next counts; if that is the old text, the change is in doubt."""
    timelines.shows(cell("c1", tagged()))
    change = update(timelines)
    timelines.api.patch(CELL, json={"data": {"id": "c1"}})
    with pytest.raises(WriteNotConfirmed) as caught:
        timelines.target.perform(INCIDENT, change)
    assert caught.value.ambiguous
    timelines.shows(cell("c1", tagged()))
    timelines.then_shows(cell("c1", tagged("Found it"), modified=LATER))
    written = timelines.written(change)
    assert written.text == "Found it"


def test_a_change_beyond_what_is_kept_is_confirmed(timelines: Timelines) -> None:
    """Where Datadog cuts the text, the same text with a later time is the change."""
    timelines.shows(cell("c1", tagged()))
    change = update(timelines, "Looking, and more")
    timelines.shows(cell("c1", tagged()))
    timelines.then_shows(cell("c1", tagged(), modified=LATER))
    timelines.api.patch(CELL, body=b"")
    timelines.written(change)


def test_a_refused_key_is_exchanged_in_a_replacement_too(timelines: Timelines) -> None:
    """After another look the other key is tried; if the entry moved, it is left alone."""
    timelines.shows(cell("c1", tagged()))
    change = update(timelines)
    timelines.api.patch(CELL, status=400, json={"errors": ["bad content"]})
    timelines.api.patch(CELL, json={"data": cell("c1", tagged("Found it"))})
    timelines.written(change)
    assert timelines.session.requests["PATCH"] == 2
    timelines.api.upsert(responses.PATCH, CELL, status=400, json={"errors": ["bad content"]})
    timelines.shows(cell("c1", tagged()))
    timelines.then_shows(cell("c1", tagged("Changed by hand")))
    assert isinstance(timelines.target.perform(INCIDENT, change), Outdated)
    assert timelines.session.requests["PATCH"] == 3


def test_an_entry_is_removed(timelines: Timelines) -> None:
    """What still says what was seen is removed, once."""
    timelines.shows(cell("c1", tagged()))
    timelines.api.delete(CELL, status=204)
    assert timelines.target.perform(INCIDENT, removal_of(timelines)) == Removed()
    assert timelines.session.requests["DELETE"] == 1


@pytest.mark.parametrize(
    ("beside", "goes"),
    [
        (cell("c0", tagged(), created=EARLIER), True),
        (cell("c0", tagged()), True),
        (cell("c2", tagged()), False),
        (cell("c0", tagged(), created=LATER), False),
        (cell("c0", tagged("Found it"), created=EARLIER), False),
        (None, False),
    ],
)
def test_a_copy_goes_only_beside_an_older_one(
    beside: Json | None, goes: bool, timelines: Timelines
) -> None:
    """What stays must stand at that moment, be older, and say the same."""
    timelines.shows(cell("c1", tagged()))
    stays = str(beside["id"]) if beside else "c0"
    change = DeleteSpare(key=entry().key, remote_id="c1", seen=seen(timelines), stays=stays)
    timelines.shows(cell("c1", tagged()), *([beside] if beside else []))
    if goes:
        timelines.api.delete(CELL, status=204)
    outcome = timelines.target.perform(INCIDENT, change)
    assert (outcome == Removed()) is goes
    assert timelines.session.requests.get("DELETE", 0) == int(goes)


def test_an_entry_that_went_away_just_now(timelines: Timelines) -> None:
    """A 404 to a removal or replacement, and a listing without the entry, mean that it is gone."""
    timelines.shows(cell("c1", tagged()))
    change, removal = update(timelines), removal_of(timelines)
    timelines.api.delete(CELL, status=404)
    timelines.api.patch(CELL, status=404)
    timelines.then_shows()
    assert timelines.target.perform(INCIDENT, removal) == Removed(already=True)
    timelines.shows(cell("c1", tagged()))
    timelines.then_shows()
    assert isinstance(timelines.target.perform(INCIDENT, change), Outdated)


@pytest.mark.parametrize("status", [404, 405])
def test_entries_that_cannot_be_changed(status: int, timelines: Timelines) -> None:
    """A refusal of an entry that is still listed is one of this write, which did not land."""
    timelines.shows(cell("c1", tagged()))
    change, removal = update(timelines), removal_of(timelines)
    timelines.api.delete(CELL, status=status)
    timelines.api.patch(CELL, status=status)
    for each in (removal, change):
        with pytest.raises(DatadogError) as caught:
            timelines.target.perform(INCIDENT, each)
        assert (caught.value.declines_write, caught.value.ambiguous) == (True, False)


def test_an_entry_that_is_kept_for_its_author(timelines: Timelines) -> None:
    """A 403 to one entry is a refusal of that one, and closes nothing."""
    timelines.shows(cell("c1", tagged()))
    change, removal = update(timelines), removal_of(timelines)
    timelines.api.delete(CELL, status=403)
    timelines.api.patch(CELL, status=403)
    for each in (change, removal):
        with pytest.raises(Refused) as caught:
            timelines.target.perform(INCIDENT, each)
        assert (caught.value.status, caught.value.ambiguous) == (403, False)
    listing = timelines.target.read(INCIDENT)
    assert isinstance(listing, EntryListing)
    assert listing.writable


def test_what_others_wrote_is_not_even_tried(timelines: Timelines) -> None:
    """Neither somebody else's note nor what a system noted is sent a change."""
    timelines.keys_of(BEN)
    theirs = cell("c1", relationships={"created_by_user": pointer(ADA)})
    for shown in (theirs, cell("c1", cell_type="graph", content={"title": "CPU"})):
        timelines.shows(shown, included=[user(ADA)])
        for change in (update(timelines), removal_of(timelines)):
            with pytest.raises(Refused) as caught:
                timelines.target.perform(INCIDENT, change)
            assert not caught.value.ambiguous
    assert set(timelines.session.requests) == {"GET"}
