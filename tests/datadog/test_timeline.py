"""The timeline as a resource: read whole, in pages or without, and written once."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import timedelta
from urllib.parse import parse_qs, urlsplit

import pytest
import requests
import responses
from responses.matchers import query_param_matcher

from dd_incident_roles.datadog.cache import Cache
from dd_incident_roles.datadog.timeline import NoteLayout, Timeline
from dd_incident_roles.datadog.timeline_target import NoteLayouts
from dd_incident_roles.datadog.wire import PAGE_SIZE
from dd_incident_roles.errors import NotFound, Refused, UnexpectedAnswer
from dd_incident_roles.sync.targets import RemoteEntry
from tests.datadog.conftest import Datadog
from tests.datadog.kept_texts import KeptTexts
from tests.datadog.parts import INCIDENT, timeline
from tests.datadog.payloads import AT, TIMELINE, Json, cell, entry, tagged

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


def test_an_empty_timeline_is_one_request(dd: Datadog) -> None:
    """Nothing on the first page is nothing at all."""
    dd.api.get(TIMELINE, json={"data": []})
    assert ids(timeline(dd.session, KeptTexts())) == []
    assert dd.session.requests == {"GET": 1}


@pytest.mark.parametrize("meta", [True, False])
@pytest.mark.parametrize("size", [1, 2, 7])
def test_pages_of_any_size_lose_nothing(size: int, meta: bool, dd: Datadog) -> None:
    """However few cells a page holds, each is read once."""
    cells = [cell(f"c{number}") for number in range(5)]
    serve_pages(dd.api, cells, size=size, meta=meta)
    assert ids(timeline(dd.session, KeptTexts())) == [f"c{number}" for number in range(5)]


def test_a_server_without_pages_does_not_loop(dd: Datadog) -> None:
    """A second page that repeats the first one is the end, and is not asked for again."""
    dd.api.get(TIMELINE, json={"data": [cell("c1"), cell("c2")]})
    side = timeline(dd.session, KeptTexts())
    assert ids(side) == ["c1", "c2"]
    assert dd.session.requests == {"GET": 2}
    assert ids(side) == ["c1", "c2"]
    assert dd.session.requests == {"GET": 3}


def test_a_server_that_repeats_itself_does_not_loop(dd: Datadog) -> None:
    """Not even one that speaks of pages and always shows the first."""
    meta = {"pagination": {"offset": 0, "next_offset": 1, "size": 1}}
    dd.api.get(TIMELINE, json={"data": [cell("c1")], "meta": meta})
    assert ids(timeline(dd.session, KeptTexts())) == ["c1"]
    assert dd.session.requests == {"GET": 2}


def test_a_full_page_is_followed_all_the_same(dd: Datadog) -> None:
    """A page of exactly the asked size, or one that speaks of pages, is never taken for all."""
    side = timeline(dd.session, KeptTexts())
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
        listed = timeline(dd.session, KeptTexts()).read(INCIDENT)
        assert [each.text for each in listed.entries] == ["New", "Looking"]


def test_a_server_that_declines_pages_is_asked_without(dd: Datadog) -> None:
    """A 400 to the parameters is followed by a request without them, and by those alone later."""
    paged = {"page[size]": "100", "page[offset]": "0"}
    dd.api.get(TIMELINE, status=400, match=[query_param_matcher(paged)])
    dd.api.get(TIMELINE, json={"data": [cell("c1")]}, match=[query_param_matcher({})])
    side = timeline(dd.session, KeptTexts())
    assert (ids(side), ids(side)) == (["c1"], ["c1"])
    assert dd.session.requests == {"GET": 3}


@pytest.mark.parametrize(("status", "error"), [(404, NotFound), (405, Refused), (400, Refused)])
def test_a_timeline_that_is_not_there(status: int, error: type[Exception], dd: Datadog) -> None:
    """A refusal is an error and no empty timeline."""
    dd.api.get(TIMELINE, status=status)
    with pytest.raises(error):
        timeline(dd.session, KeptTexts()).read(INCIDENT)


def test_a_later_page_that_fails_fails_the_reading(dd: Datadog) -> None:
    """Half a timeline is none."""
    dd.api.get(TIMELINE, json={"data": [cell("c1")]})
    dd.api.get(TIMELINE, status=400)
    with pytest.raises(Refused):
        timeline(dd.session, KeptTexts()).read(INCIDENT)


def test_a_new_note_says_what_is_not_the_default(dd: Datadog) -> None:
    """Text and time are sent, the time in UTC and cut to milliseconds; a mark only if it is set."""
    dd.api.post(TIMELINE, status=201, json={"data": cell("c9")})
    made = timeline(dd.session, KeptTexts()).create(INCIDENT, NOTE, NoteLayout())
    assert isinstance(made, RemoteEntry)
    assert made.id == "c9"
    assert dd.bodies[0] == {
        "type": "incident_timeline_cells",
        "attributes": {
            "cell_type": "markdown",
            "content": {"content": tagged()},
            "display_time": "2026-01-31T09:00:00.999Z",
        },
    }


def test_a_changed_note_says_everything(dd: Datadog) -> None:
    """A mark that was taken off has to be sent too, and the id stands in the body."""
    dd.api.patch(f"{TIMELINE}/c%2F9", json={"data": cell("c/9")})
    timeline(dd.session, KeptTexts()).update(
        INCIDENT, "c/9", NOTE, NoteLayout(content_key="message")
    )
    sent = dd.bodies[0]
    assert sent["id"] == "c/9"
    assert sent["attributes"]["important"] is False
    assert sent["attributes"]["content"] == {"message": tagged()}


def test_a_lost_note_is_not_written_again(dd: Datadog) -> None:
    """A server error leaves the note in doubt, and is not answered with a second one."""
    dd.api.post(TIMELINE, status=502)
    with pytest.raises(UnexpectedAnswer) as caught:
        timeline(dd.session, KeptTexts()).create(INCIDENT, NOTE, NoteLayout())
    assert caught.value.ambiguous
    assert dd.session.requests == {"POST": 1}


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


def test_the_keys_take_turns() -> None:
    """From message the way leads back to content."""
    refusal = Refused("invalid content", status=400)
    assert NoteLayout(content_key="message").instead(refusal) == NoteLayout()


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
    """Accepting what is known already writes nothing."""
    texts = KeptTexts()
    layouts = NoteLayouts(Cache(texts, texts.clock))
    layouts.remember(NoteLayout(important=False))
    kept = dict(texts.texts)
    texts.advance(hours=1)
    layouts.remember(NoteLayout(important=False))
    assert texts.texts == kept


def test_nonsense_in_the_cache_is_passed_over() -> None:
    """A key that nobody knows is not sent."""
    texts = KeptTexts()
    texts.put_cached("timeline", "content_key", "nonsense")
    assert NoteLayouts(Cache(texts, texts.clock)).known() == NoteLayout()
