"""Entries created, replaced and removed: looked at before, sent once, and confirmed."""

from __future__ import annotations

import pytest
import responses

from dd_incident_roles import errors
from dd_incident_roles.datadog.learned import ApiPart
from dd_incident_roles.sync import targets
from tests.datadog.conftest import failure
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

CREATE = targets.CreateEntry(entry=entry())
CELL = f"{TIMELINE}/c1"


def accept(timelines: Timelines, text: str = "Looking") -> None:
    """Have Datadog take a new entry, and show it in the answer."""
    timelines.api.post(TIMELINE, status=201, json={"data": cell("c1", tagged(text))})


def refuse(timelines: Timelines, *problems: str, status: int = 400) -> None:
    """Have Datadog refuse a new entry for one reason after the other."""
    for problem in problems:
        timelines.api.post(TIMELINE, status=status, json={"errors": [problem]})


def listing_of(timelines: Timelines) -> targets.EntryListing:
    """A timeline that is there, as it is listed now."""
    listing = timelines.target.read(INCIDENT)
    assert isinstance(listing, targets.EntryListing)
    return listing


def refused(
    kind: type[errors.DatadogError], timelines: Timelines, change: targets.EntryChange
) -> errors.DatadogError:
    """The error that a change ends in."""
    return failure(kind, lambda: timelines.target.perform(INCIDENT, change))


def test_an_entry_is_created_with_its_tag(timelines: Timelines) -> None:
    """The text goes out with the tag, and comes back without it as Datadog shows it."""
    accept(timelines)
    accept(timelines, "Look")
    written = timelines.written(CREATE)
    assert (written.id, written.text, written.tagged) == ("c1", "Looking", "k1")
    assert timelines.sent("POST")[0]["content"] == {"content": tagged()}
    assert timelines.session.requests == {"POST": 1}
    assert timelines.written(CREATE).text == "Look"


def test_a_thin_answer_is_followed_by_a_look(timelines: Timelines) -> None:
    """With the id alone the entry is found by it, with nothing it is found by its tag."""
    for answer in ({"data": {"id": "c1"}}, {}):
        timelines.api.upsert(responses.POST, TIMELINE, status=201, json=answer)
        timelines.shows(cell("c0"), cell("c1", tagged()))
        assert timelines.written(CREATE).id == "c1"


@pytest.mark.parametrize(
    ("status", "kind"),
    [
        (201, errors.WriteNotConfirmed),
        (500, errors.UnexpectedAnswer),
        (502, errors.UnexpectedAnswer),
    ],
)
def test_an_entry_that_does_not_show_up_is_in_doubt(
    status: int, kind: type[errors.DatadogError], timelines: Timelines
) -> None:
    """Accepted or not answered, it may show up later, so it is not sent again here."""
    timelines.api.post(TIMELINE, status=status, json={"data": {"id": "c1"}})
    assert refused(kind, timelines, CREATE).ambiguous
    assert timelines.session.requests["POST"] == 1


def test_the_other_key_is_tried_once_and_remembered(timelines: Timelines) -> None:
    """A refusal that speaks of content is followed by a look, then by the other key."""
    refuse(timelines, "content: message is required")
    accept(timelines)
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
    refuse(timelines, "bad content")
    timelines.shows(cell("c1", tagged()))
    timelines.written(CREATE)
    assert timelines.session.requests["POST"] == 1


@pytest.mark.parametrize(
    "problems", [("bad content (first)", "bad content (second)"), ("incident is archived (first)",)]
)
def test_a_refusal_can_be_final(problems: tuple[str, ...], timelines: Timelines) -> None:
    """Each key is tried once, and no other one where the first refusal is not about the layout."""
    refuse(timelines, *problems)
    error = refused(errors.Refused, timelines, CREATE)
    assert "(first)" in str(error)
    assert not error.ambiguous
    assert timelines.session.requests["POST"] == len(problems)
    assert timelines.texts.cached("timeline", "content_key") is None


def test_times_and_marks_are_left_out_where_they_are_refused(timelines: Timelines) -> None:
    """Each is left out after the refusal that names it, and not tried again for a day."""
    change = targets.CreateEntry(entry=entry(important=True))
    refuse(timelines, "unknown field display_time", "unknown field important")
    accept(timelines)
    for _ in range(2):
        timelines.written(change)
    optional = [sorted({*each} - {"cell_type", "content"}) for each in timelines.sent("POST")]
    assert optional == [["display_time", "important"], ["important"], [], []]


def test_a_listing_teaches_nothing_about_writing(timelines: Timelines) -> None:
    """That notes are shown under message does not mean that they are taken so."""
    timelines.shows(cell("c0", content={"message": "Hello"}))
    timelines.entries()
    accept(timelines)
    timelines.target.perform(INCIDENT, CREATE)
    assert timelines.sent("POST")[0]["content"] == {"content": tagged()}


@pytest.mark.parametrize("status", [403, 404, 405])
def test_a_timeline_that_cannot_be_written_is_read_only(status: int, timelines: Timelines) -> None:
    """It is said and kept for ten minutes, unless a person asks; nothing is sent in that time."""
    timelines.api.post(TIMELINE, status=status)
    for asked in (1, 2):
        for _ in range(2):
            assert isinstance(timelines.target.perform(INCIDENT, CREATE), targets.Unsupported)
            assert timelines.session.requests["POST"] == asked
        listing = listing_of(timelines)
        assert listing.reason
        assert not listing.writable
        timelines.capabilities.probe_again()
    timelines.texts.advance(minutes=11)
    assert listing_of(timelines).writable


def test_what_was_written_before_is_read_only_here_alone(timelines: Timelines) -> None:
    """Where writing worked, a refusal closes one timeline and no other."""
    accept(timelines)
    timelines.api.post(TIMELINE, status=403)
    timelines.written(CREATE)
    assert isinstance(timelines.target.perform(INCIDENT, CREATE), targets.Unsupported)
    seen = timelines.capabilities.seen
    assert (seen(ApiPart.TIMELINE_WRITING, INCIDENT), seen(ApiPart.TIMELINE_WRITING)) == (
        False,
        True,
    )


def test_an_incident_that_is_gone_closes_nothing(timelines: Timelines) -> None:
    """A 404 to the note and to the timeline is about the incident."""
    timelines.api.replace(responses.GET, TIMELINE, status=404)
    timelines.api.post(TIMELINE, status=404)
    refused(errors.NotFound, timelines, CREATE)
    assert timelines.capabilities.seen(ApiPart.TIMELINE_WRITING) is None


def changes(
    timelines: Timelines, text: str = "Found it"
) -> tuple[targets.UpdateEntry, targets.DeleteEntry]:
    """A change and a removal of the one entry that is there."""
    (shown,) = timelines.entries()
    wanted, seen = entry(text), shown.digest
    return (
        targets.UpdateEntry(entry=wanted, remote_id="c1", seen=seen),
        targets.DeleteEntry(key=wanted.key, remote_id="c1", seen=seen),
    )


def shown_changes(
    timelines: Timelines, text: str = "Found it"
) -> tuple[targets.UpdateEntry, targets.DeleteEntry]:
    """A change and a removal of our entry, which Datadog shows as we wrote it."""
    timelines.shows(cell("c1", tagged()))
    return changes(timelines, text)


def test_an_entry_is_replaced(timelines: Timelines) -> None:
    """What still says what was seen is replaced, tag included."""
    change, _ = shown_changes(timelines)
    timelines.api.patch(CELL, json={"data": cell("c1", tagged("Found it"), modified=LATER)})
    assert timelines.written(change).text == "Found it"
    assert timelines.sent("PATCH")[0]["content"] == {"content": tagged("Found it")}


def test_what_is_gone_is_left_alone(timelines: Timelines) -> None:
    """An entry that went away meanwhile is not replaced, and counts as removed."""
    change, removal = shown_changes(timelines)
    timelines.shows()
    assert isinstance(timelines.target.perform(INCIDENT, change), targets.Outdated)
    assert timelines.target.perform(INCIDENT, removal) == targets.Removed(already=True)
    assert set(timelines.session.requests) == {"GET"}


@pytest.mark.parametrize(
    "now", [cell("c1", tagged("Changed by hand")), cell("c1", tagged(), important=True)]
)
def test_what_changed_is_left_alone(now: Json, timelines: Timelines) -> None:
    """An entry that somebody changed meanwhile is neither replaced nor removed."""
    both = shown_changes(timelines)
    timelines.shows(now)
    for change in both:
        assert isinstance(timelines.target.perform(INCIDENT, change), targets.Outdated)
    assert set(timelines.session.requests) == {"GET"}


def test_a_replacement_that_had_landed_is_not_sent_again(timelines: Timelines) -> None:
    """Where the entry says already what it should, nothing is written."""
    change, _ = shown_changes(timelines)
    timelines.shows(cell("c1", tagged("Found it")))
    timelines.written(change)
    assert set(timelines.session.requests) == {"GET"}


def test_a_thin_answer_to_a_replacement(timelines: Timelines) -> None:
    """What is shown next counts; if that is the old text, the change is in doubt."""
    change, _ = shown_changes(timelines)
    timelines.api.patch(CELL, json={"data": {"id": "c1"}})
    assert refused(errors.WriteNotConfirmed, timelines, change).ambiguous
    timelines.shows(cell("c1", tagged()))
    timelines.then_shows(cell("c1", tagged("Found it"), modified=LATER))
    assert timelines.written(change).text == "Found it"


def test_a_change_beyond_what_is_kept_is_confirmed(timelines: Timelines) -> None:
    """Where Datadog cuts the text, the same text with a later time is the change."""
    change, _ = shown_changes(timelines, "Looking, and more")
    timelines.shows(cell("c1", tagged()))
    timelines.then_shows(cell("c1", tagged(), modified=LATER))
    timelines.api.patch(CELL, body=b"")
    timelines.written(change)


def test_a_refused_key_is_exchanged_in_a_replacement_too(timelines: Timelines) -> None:
    """After another look the other key is tried; if the entry moved, it is left alone."""
    change, _ = shown_changes(timelines)
    timelines.api.patch(CELL, status=400, json={"errors": ["bad content"]})
    timelines.api.patch(CELL, json={"data": cell("c1", tagged("Found it"))})
    timelines.written(change)
    assert timelines.session.requests["PATCH"] == 2
    timelines.api.upsert(responses.PATCH, CELL, status=400, json={"errors": ["bad content"]})
    timelines.shows(cell("c1", tagged()))
    timelines.then_shows(cell("c1", tagged("Changed by hand")))
    assert isinstance(timelines.target.perform(INCIDENT, change), targets.Outdated)
    assert timelines.session.requests["PATCH"] == 3


def test_an_entry_is_removed(timelines: Timelines) -> None:
    """What still says what was seen is removed, once."""
    _, removal = shown_changes(timelines)
    timelines.api.delete(CELL, status=204)
    assert timelines.target.perform(INCIDENT, removal) == targets.Removed()
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
    _, removal = shown_changes(timelines)
    stays = str(beside["id"]) if beside else "c0"
    change = targets.DeleteSpare(key=removal.key, remote_id="c1", seen=removal.seen, stays=stays)
    timelines.shows(cell("c1", tagged()), *([beside] if beside else []))
    if goes:
        timelines.api.delete(CELL, status=204)
    assert (timelines.target.perform(INCIDENT, change) == targets.Removed()) is goes
    assert timelines.session.requests.get("DELETE", 0) == int(goes)


def test_an_entry_that_went_away_just_now(timelines: Timelines) -> None:
    """A 404 to a removal or replacement, and a listing without the entry, mean that it is gone."""
    change, removal = shown_changes(timelines)
    timelines.api.delete(CELL, status=404)
    timelines.api.patch(CELL, status=404)
    timelines.then_shows()
    assert timelines.target.perform(INCIDENT, removal) == targets.Removed(already=True)
    timelines.shows(cell("c1", tagged()))
    timelines.then_shows()
    assert isinstance(timelines.target.perform(INCIDENT, change), targets.Outdated)


@pytest.mark.parametrize("status", [403, 404, 405])
def test_entries_that_cannot_be_changed(status: int, timelines: Timelines) -> None:
    """A refusal of an entry that is still listed is one of this write, and closes nothing."""
    both = shown_changes(timelines)
    timelines.api.delete(CELL, status=status)
    timelines.api.patch(CELL, status=status)
    for change in both:
        error = refused(errors.Refused if status == 403 else errors.DatadogError, timelines, change)
        assert (error.status, error.declines_write, error.ambiguous) == (status, True, False)
    assert listing_of(timelines).writable


@pytest.mark.parametrize(
    "shown",
    [
        cell("c1", relationships={"created_by_user": pointer(ADA)}),
        cell("c1", cell_type="graph", content={"title": "CPU"}),
    ],
)
def test_what_others_wrote_is_not_even_tried(shown: Json, timelines: Timelines) -> None:
    """Neither somebody else's note nor what a system noted is sent a change."""
    timelines.keys_of(BEN)
    timelines.shows(shown, included=[user(ADA)])
    for change in changes(timelines):
        assert not refused(errors.Refused, timelines, change).ambiguous
    assert set(timelines.session.requests) == {"GET"}
