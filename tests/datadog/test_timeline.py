"""Timelines are read whole, in pages or without, as entries; notes are written once."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from urllib.parse import parse_qs, urlsplit

import pytest
import requests
import responses
from responses.matchers import query_param_matcher

from dd_incident_roles.datadog.learned import Cache
from dd_incident_roles.datadog.timeline import Timeline
from dd_incident_roles.datadog.timeline_target import NoteLayout, NoteLayouts, NoTimeline
from dd_incident_roles.datadog.wire import PAGE_SIZE
from dd_incident_roles.errors import Refused, UnexpectedAnswer
from dd_incident_roles.sync.targets import DeleteEntry, EntryListing, RemoteEntry, Removed
from tests.datadog.conftest import BASE, Datadog, failure
from tests.datadog.parts import (
    INCIDENT,
    KeptTexts,
    Timelines,
    notes,
    texts,
    timeline_target,
    timelines,
)
from tests.datadog.payloads import ADA, AT, BEN, TIMELINE, Json, cell, entry, pointer, tagged, user

NOTE = replace(entry(), at=AT + timedelta(microseconds=999_999))


def ids(side: Timeline) -> list[str]:
    """The ids of one whole reading."""
    return [each.id for each in side.read(INCIDENT).entries]


def serve_pages(api: responses.RequestsMock, cells: list[Json], *, size: int, meta: bool) -> None:
    """Answer by offset, with so many cells to a page whatever is asked for."""

    def answer(request: requests.PreparedRequest) -> tuple[int, dict[str, str], str]:
        offset = int(parse_qs(urlsplit(request.url or "").query)["page[offset]"][0])
        page: Json = {"data": cells[offset : offset + size]}
        if meta:
            page["meta"] = {"pagination": {"offset": offset, "next_offset": offset + size}}
        return 200, {}, json.dumps(page)

    api.add_callback(responses.GET, TIMELINE, callback=answer)


@pytest.mark.parametrize("meta", [True, False])
@pytest.mark.parametrize("size", [1, 2, 7])
def test_pages_of_any_size_lose_nothing(size: int, meta: bool, dd: Datadog) -> None:
    """However few cells a page holds, each is read once; an empty timeline is one request."""
    serve_pages(dd.api, [], size=size, meta=meta)
    assert ids(notes(dd.session)) == []
    assert dd.session.requests == {"GET": 1}
    dd.api.reset()
    serve_pages(dd.api, [cell(f"c{number}") for number in range(5)], size=size, meta=meta)
    assert ids(notes(dd.session)) == [f"c{number}" for number in range(5)]


@pytest.mark.parametrize(
    ("meta", "requests"), [({}, 3), ({"pagination": {"offset": 0, "next_offset": 1}}, 4)]
)
def test_a_server_that_repeats_itself_does_not_loop(meta: Json, requests: int, dd: Datadog) -> None:
    """A page that repeats the first is the end, and without a word of pages not asked for again."""
    dd.api.get(TIMELINE, json={"data": [cell("c1"), cell("c2")], "meta": meta})
    side = notes(dd.session)
    assert ids(side) == ["c1", "c2"]
    assert dd.session.requests == {"GET": 2}
    assert ids(side) == ["c1", "c2"]
    assert dd.session.requests == {"GET": requests}


def test_that_a_server_passes_over_pages_is_known_for_a_day(dd: Datadog, texts: KeptTexts) -> None:
    """The next process asks for one page and says that it assumed the end, unless it is to look."""
    dd.api.get(TIMELINE, json={"data": [cell("c1"), cell("c2")]})

    def looked(*, to_the_end: bool = False) -> tuple[bool, int]:
        listing = notes(dd.session, texts).read(INCIDENT, to_the_end=to_the_end)
        return listing.assumed, dd.session.requests["GET"]

    assert looked() == (False, 2)
    assert looked() == (True, 3)
    assert looked(to_the_end=True) == (False, 5)
    texts.advance(days=1)
    assert looked() == (False, 7)


def test_an_entry_behind_the_assumed_end_is_found(timelines: Timelines) -> None:
    """It is not taken for gone by a server that begins to show its timelines in pages."""
    cells = [cell("c1"), cell("c2")]
    timelines.shows(*cells)
    shown = timelines.entries()[1]
    timelines.api.remove(responses.GET, TIMELINE)
    serve_pages(timelines.api, cells, size=1, meta=False)
    timelines.api.delete(f"{TIMELINE}/c2", status=204)
    gone = timelines.target.perform(
        INCIDENT, DeleteEntry(key=NOTE.key, remote_id="c2", seen=shown.digest)
    )
    assert gone == Removed(already=False)


def test_a_full_page_is_followed_all_the_same(dd: Datadog) -> None:
    """A page of exactly the asked size, or one that speaks of pages, is never taken for all."""
    side = notes(dd.session)
    dd.api.get(TIMELINE, json={"data": [cell("c1")]})
    ids(side)
    dd.api.reset()
    cells = [cell(f"c{number}") for number in range(PAGE_SIZE + 50)]
    serve_pages(dd.api, cells, size=PAGE_SIZE, meta=False)
    assert len(ids(side)) == PAGE_SIZE + 50
    dd.api.reset()
    serve_pages(dd.api, cells[:60], size=25, meta=True)
    assert len(ids(side)) == 60


def test_of_two_copies_the_later_one_counts(dd: Datadog) -> None:
    """A cell that was changed between two pages is read as it was changed."""
    old, new = cell("c1", "Old"), cell("c1", "New", modified="2026-01-31T09:20:00Z")
    for first, second in ((old, new), (new, old)):
        dd.api.reset()
        dd.api.get(TIMELINE, json={"data": [first, cell("c2")]})
        dd.api.get(TIMELINE, json={"data": [second, cell("c2")]})
        listed = notes(dd.session).read(INCIDENT)
        assert [each.text for each in listed.entries] == ["New", "Looking"]


def test_a_server_that_declines_pages_is_asked_without(dd: Datadog) -> None:
    """A 400 to the parameters is followed by a request without them, and by those alone later."""
    paged = {"page[size]": "100", "page[offset]": "0"}
    dd.api.get(TIMELINE, status=400, match=[query_param_matcher(paged)])
    dd.api.get(TIMELINE, json={"data": [cell("c1")]}, match=[query_param_matcher({})])
    side = notes(dd.session)
    assert (ids(side), ids(side)) == (["c1"], ["c1"])
    assert dd.session.requests == {"GET": 3}


def test_a_later_page_that_fails_fails_the_reading(dd: Datadog) -> None:
    """Half a timeline is none."""
    dd.api.get(TIMELINE, json={"data": [cell("c1")]})
    dd.api.get(TIMELINE, status=400)
    failure(Refused, lambda: notes(dd.session).read(INCIDENT))


def test_a_new_note_says_what_is_not_the_default(dd: Datadog) -> None:
    """Text and time are sent, the time in UTC and cut to milliseconds; a mark only if it is set."""
    dd.api.post(TIMELINE, status=201, json={"data": cell("c9")})
    made = notes(dd.session).create(INCIDENT, NoteLayout().attributes(NOTE, new=True))
    assert isinstance(made, RemoteEntry)
    assert made.id == "c9"
    attributes = {
        "cell_type": "markdown",
        "content": {"content": tagged()},
        "display_time": "2026-01-31T09:00:00.999Z",
    }
    assert dd.bodies == [{"type": "incident_timeline_cells", "attributes": attributes}]


def test_a_changed_note_says_everything(dd: Datadog) -> None:
    """A mark that was taken off has to be sent too, and the id stands in the body."""
    dd.api.patch(f"{TIMELINE}/c%2F9", json={"data": cell("c/9")})
    notes(dd.session).update(
        INCIDENT, "c/9", NoteLayout(content_key="message").attributes(NOTE, new=False)
    )
    (sent,) = dd.bodies
    assert sent["id"] == "c/9"
    assert sent["attributes"]["important"] is False
    assert sent["attributes"]["content"] == {"message": tagged()}


@pytest.mark.parametrize(
    ("said", "status", "instead"),
    [
        ("invalid content: message is required", 400, NoteLayout(content_key="message")),
        ("content must be an object", 422, NoteLayout(content_key="message")),
        ("unknown attribute display_time", 400, NoteLayout(display_time=False)),
        ("unknown attribute important", 400, NoteLayout(important=False)),
        ("unknown attribute display_time in content", 400, NoteLayout(display_time=False)),
        ("invalid cell_type", 400, None),
        ("content already exists", 409, None),
    ],
)
def test_a_refusal_leads_to_another_layout(
    said: str, status: int, instead: NoteLayout | None
) -> None:
    """Only a refusal of the body that names a part of the layout leads to another one."""
    assert NoteLayout().instead(Refused(said, status=status)) == instead
    if instead and instead.content_key == "message":
        # The keys take turns: from message the way leads back to content.
        assert instead.instead(Refused(said, status=status)) == NoteLayout()


def test_what_was_accepted_is_remembered_for_a_while() -> None:
    """The key holds for weeks, what was left out for a day."""
    texts = KeptTexts()
    layouts = NoteLayouts(Cache(texts, texts.clock))
    assert layouts.known() == NoteLayout()
    accepted = NoteLayout(content_key="message", display_time=False, important=False)
    layouts.remember(accepted)
    assert texts.cached("timeline", "content_key") == "message"
    assert layouts.known() == accepted
    texts.advance(days=2)
    assert layouts.known() == NoteLayout(content_key="message")
    layouts.remember(NoteLayout())
    assert layouts.known() == NoteLayout()


def test_nothing_is_kept_twice() -> None:
    """Accepting what is known already writes nothing, and a key that nobody knows is not sent."""
    texts = KeptTexts()
    layouts = NoteLayouts(Cache(texts, texts.clock))
    layouts.remember(NoteLayout(important=False))
    kept = dict(texts.texts)
    texts.advance(hours=1)
    layouts.remember(NoteLayout(important=False))
    assert texts.texts == kept
    texts.put_cached("timeline", "content_key", "nonsense")
    assert layouts.known() == NoteLayout(important=False)


__all__ = ["texts", "timelines"]

BY_ADA = {"created_by_user": pointer(ADA)}
BY_US = {"created_by_user": pointer(BEN)}


def test_a_note_is_an_entry(timelines: Timelines) -> None:
    """A note with our tag is an entry without it, under the key that the tag names."""
    timelines.shows(cell("c1", tagged("Looking", "k7"), important=True, source="api"))
    (entry,) = timelines.entries()
    assert (entry.id, entry.text, entry.kind, entry.tagged) == ("c1", "Looking", "note", "k7")
    assert (entry.at, entry.important, entry.source) == (AT, True, "api")
    assert entry.created == entry.modified == datetime(2026, 1, 31, 9, 10, tzinfo=UTC)
    assert (entry.author, entry.signed, entry.ours) == (None, "Ada", None)
    assert entry.as_shown().text == tagged("Looking", "k7")


def test_what_a_system_noted(timelines: Timelines) -> None:
    """It has a kind of its own, words of ours, and no tag, whatever it says."""
    facts = {"before": {"state": "active"}, "after": {"state": "stable"}}
    timelines.shows(
        cell("c1", cell_type="incident_status_change", content=facts),
        cell("c2", cell_type="meeting_chat", content={"message": tagged()}),
        cell("c3", cell_type="never_heard_of", content=None),
    )
    status, chat, unknown = timelines.entries()
    assert (status.kind, status.text) == ("status_change", "State: active \u2192 stable")
    assert (chat.kind, chat.text, chat.tagged) == ("meeting_chat", tagged(), None)
    assert (unknown.kind, unknown.text) == ("never_heard_of", "Never heard of")


@pytest.mark.parametrize(
    ("service_account", "ours"),
    [
        (True, [True, True, False, False, None]),
        # A person who lent the keys writes by hand too: with theirs only what has our tag is ours.
        (False, [True, False, False, False, None]),
        # Where Datadog does not say who we are, no author tells anything.
        (None, [None] * 5),
    ],
)
def test_our_own_account_is_told_from_others(
    service_account: bool | None, ours: list[bool | None], timelines: Timelines
) -> None:
    """The author tells: our account, somebody else, or nothing at all."""
    if service_account is None:
        timelines.api.get(f"{BASE}/api/v2/current_user", status=403)
    else:
        timelines.keys_of(BEN, service_account=service_account)
    timelines.shows(
        cell("c1", tagged(), relationships=BY_US),
        cell("c2", relationships=BY_US),
        cell("c3", tagged(), relationships=BY_ADA),
        cell("c4", relationships=BY_ADA),
        cell("c5", tagged()),
        included=[user(ADA), user(BEN, name="Bot")],
    )
    entries = timelines.entries()
    assert [each.ours for each in entries] == ours
    assert [each.author for each in entries] == ["Bot", "Bot", "Ada", "Ada", None]
    assert [each.signed for each in entries] == ["Ada", None, "Ada", None, "Ada"]


@pytest.mark.parametrize(
    ("shown", "ours", "signed"),
    [
        # People of a chat need no account, and their names are kept as they are.
        *((cell(source=source, author="Bot"), False, None) for source in ("slack", "Slack")),
        (cell(source="microsoft_teams", author="Bot"), False, None),
        # A tag says for whom it was written, and is no proof of who did.
        (cell(text=tagged(), author="Bot"), None, "Ada"),
    ],
)
def test_a_name_alone(
    shown: Json, ours: bool | None, signed: str | None, timelines: Timelines
) -> None:
    """What came from a chat is not ours; otherwise a name without an account tells nothing."""
    timelines.shows(shown)
    (entry,) = timelines.entries()
    assert (entry.author, entry.ours, entry.signed) == ("Bot", ours, signed)


def test_a_name_that_did_not_come_along_is_asked_for_once(timelines: Timelines) -> None:
    """A user who is known by the id alone is read, and remembered for a week."""
    timelines.keys_of(BEN)
    asked = timelines.api.get(f"{BASE}/api/v2/users/{ADA}", json={"data": user(ADA)})
    timelines.shows(cell("c1", relationships=BY_ADA), cell("c2", relationships=BY_ADA))
    for _ in range(2):
        assert [each.author for each in timelines.entries()] == ["Ada", "Ada"]
    assert asked.call_count == 1
    timelines.texts.advance(days=8)
    timelines.entries()
    assert asked.call_count == 2


def test_an_account_that_is_not_shown_has_no_name(timelines: Timelines) -> None:
    """It is somebody else all the same."""
    timelines.keys_of(BEN)
    timelines.api.get(f"{BASE}/api/v2/users/{ADA}", status=404)
    timelines.shows(cell("c1", relationships=BY_ADA))
    (entry,) = timelines.entries()
    assert (entry.author, entry.ours) == (None, False)


@pytest.mark.parametrize("status", [403, 404, 405])
def test_a_timeline_that_is_not_offered(status: int, timelines: Timelines) -> None:
    """It is none, with a reason, and is asked for again by a person or after ten minutes."""
    timelines.api.replace(responses.GET, TIMELINE, status=status)
    for asked in (1, 2):
        for _ in range(2):
            found = timelines.target.read(INCIDENT)
            assert isinstance(found, NoTimeline)
            assert "timeline" in found.reason
        assert timelines.session.requests == {"GET": asked}
        timelines.capabilities.probe_again()
    timelines.texts.advance(minutes=11)
    timelines.shows(cell())
    assert len(timelines.entries()) == 1


@pytest.mark.parametrize(("worked", "status"), [(True, 404), (False, 400)])
def test_another_refusal_is_not_kept(worked: bool, status: int, timelines: Timelines) -> None:
    """Where timelines were read before, it is about one moment; a 400 says nothing of others."""
    if worked:
        timelines.entries()
    timelines.api.replace(responses.GET, TIMELINE, status=status)
    assert isinstance(timelines.target.read(INCIDENT), NoTimeline)
    timelines.shows(cell())
    assert len(timelines.entries()) == 1


def test_a_faulty_listing_is_an_error(timelines: Timelines) -> None:
    """What cannot be understood is neither an empty timeline nor a missing one."""
    timelines.api.replace(responses.GET, TIMELINE, body="<html>")
    failure(UnexpectedAnswer, lambda: timelines.target.read(INCIDENT))


def test_what_was_learned_outlives_the_run(timelines: Timelines, texts: KeptTexts) -> None:
    """A next run starts with it."""
    texts.put_cached("capability", "timeline_writing", "missing")
    listing = timeline_target(timelines.session, texts).read(INCIDENT)
    assert isinstance(listing, EntryListing)
    assert not listing.writable
    assert "not write" in (listing.reason or "")
    texts.put_cached("capability", "timeline_reading", "missing")
    assert isinstance(timeline_target(timelines.session, texts).read(INCIDENT), NoTimeline)
    assert timelines.session.requests == {"GET": 1}
