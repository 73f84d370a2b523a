"""The timeline as a resource: read whole, in pages or without, and written once."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from urllib.parse import parse_qs, urlsplit

import pytest
import requests
import responses
from responses.matchers import query_param_matcher

from dd_incident_roles.datadog.http import Session
from dd_incident_roles.datadog.paging import PAGE_SIZE
from dd_incident_roles.datadog.timeline import Note, NoteLayout, Timeline
from dd_incident_roles.errors import NotFound, Refused, UnexpectedAnswer
from dd_incident_roles.model import IncidentId
from tests.datadog.cells import TIMELINE, cell
from tests.datadog.payloads import INCIDENT_ID, Json

INCIDENT = IncidentId(INCIDENT_ID)
NOTE = Note(text="Looking", at=datetime(2026, 1, 31, 9, 0, 0, 999999, tzinfo=UTC), important=False)


def ids(timeline: Timeline) -> list[str]:
    """The ids of one whole reading."""
    return [each.id for each in timeline.list(INCIDENT).cells]


def serve_pages(api: responses.RequestsMock, cells: list[Json], *, size: int, meta: bool) -> None:
    """Answer by offset, with so many cells to a page whatever is asked for."""

    def answer(request: requests.PreparedRequest) -> tuple[int, dict[str, str], str]:
        offset = int(parse_qs(urlsplit(request.url or "").query)["page[offset]"][0])
        page: Json = {"data": cells[offset : offset + size]}
        if meta:
            page["meta"] = {"pagination": {"offset": offset, "next_offset": offset + size}}
        return 200, {}, json.dumps(page)

    api.add_callback(responses.GET, TIMELINE, callback=answer)


def test_an_empty_timeline_is_one_request(session: Session, api: responses.RequestsMock) -> None:
    """Nothing on the first page is nothing at all."""
    api.get(TIMELINE, json={"data": []})
    assert ids(Timeline(session)) == []
    assert session.requests == {"GET": 1}


@pytest.mark.parametrize("meta", [True, False])
@pytest.mark.parametrize("size", [1, 2, 7])
def test_pages_of_any_size_lose_nothing(
    size: int, meta: bool, session: Session, api: responses.RequestsMock
) -> None:
    """However few cells a page holds, each is read once."""
    cells = [cell(f"c{number}") for number in range(5)]
    serve_pages(api, cells, size=size, meta=meta)
    assert ids(Timeline(session)) == [f"c{number}" for number in range(5)]


def test_a_server_without_pages_does_not_loop(
    session: Session, api: responses.RequestsMock
) -> None:
    """A second page that repeats the first one is the end, and is not asked for again."""
    api.get(TIMELINE, json={"data": [cell("c1"), cell("c2")]})
    timeline = Timeline(session)
    assert ids(timeline) == ["c1", "c2"]
    assert session.requests == {"GET": 2}
    assert ids(timeline) == ["c1", "c2"]
    assert session.requests == {"GET": 3}


def test_a_server_that_repeats_itself_does_not_loop(
    session: Session, api: responses.RequestsMock
) -> None:
    """Not even one that speaks of pages and always shows the first."""
    meta = {"pagination": {"offset": 0, "next_offset": 1, "size": 1}}
    api.get(TIMELINE, json={"data": [cell("c1")], "meta": meta})
    assert ids(Timeline(session)) == ["c1"]
    assert session.requests == {"GET": 2}


def test_a_full_page_is_followed_all_the_same(
    session: Session, api: responses.RequestsMock
) -> None:
    """A page of exactly the asked size, or one that speaks of pages, is never taken for all."""
    timeline = Timeline(session)
    api.get(TIMELINE, json={"data": [cell("c1")]})
    ids(timeline)
    api.reset()
    cells = [cell(f"c{number}") for number in range(PAGE_SIZE + 50)]
    serve_pages(api, cells, size=PAGE_SIZE, meta=False)
    assert len(ids(timeline)) == PAGE_SIZE + 50
    api.reset()
    serve_pages(api, cells[:60], size=25, meta=True)
    assert len(ids(timeline)) == 60


def test_of_two_copies_the_later_one_counts(session: Session, api: responses.RequestsMock) -> None:
    """A cell that was changed between two pages is read as it was changed."""
    old, new = cell("c1", "Old"), cell("c1", "New", modified="2026-01-31T09:20:00Z")
    for first, second in ((old, new), (new, old)):
        api.reset()
        api.get(TIMELINE, json={"data": [first, cell("c2")]})
        api.get(TIMELINE, json={"data": [second, cell("c2")]})
        listed = Timeline(session).list(INCIDENT)
        assert [each.text for each in listed.cells] == ["New", "Looking"]


def test_a_server_that_declines_pages_is_asked_without(
    session: Session, api: responses.RequestsMock
) -> None:
    """A 400 to the parameters is followed by a request without them, and by those alone later."""
    paged = {"page[size]": "100", "page[offset]": "0"}
    api.get(TIMELINE, status=400, match=[query_param_matcher(paged)])
    api.get(TIMELINE, json={"data": [cell("c1")]}, match=[query_param_matcher({})])
    timeline = Timeline(session)
    assert (ids(timeline), ids(timeline)) == (["c1"], ["c1"])
    assert session.requests == {"GET": 3}


@pytest.mark.parametrize(("status", "error"), [(404, NotFound), (405, Refused), (400, Refused)])
def test_a_timeline_that_is_not_there(
    status: int, error: type[Exception], session: Session, api: responses.RequestsMock
) -> None:
    """A refusal is an error and no empty timeline."""
    api.get(TIMELINE, status=status)
    with pytest.raises(error):
        Timeline(session).list(INCIDENT)


def test_a_later_page_that_fails_fails_the_reading(
    session: Session, api: responses.RequestsMock
) -> None:
    """Half a timeline is none."""
    api.get(TIMELINE, json={"data": [cell("c1")]})
    api.get(TIMELINE, status=400)
    with pytest.raises(Refused):
        Timeline(session).list(INCIDENT)


def test_a_new_note_says_what_is_not_the_default(
    session: Session, api: responses.RequestsMock
) -> None:
    """Text and time are sent, the time in UTC and cut to milliseconds; a mark only if it is set."""
    api.post(TIMELINE, status=201, json={"data": cell("c9")})
    made = Timeline(session).create(INCIDENT, NOTE, NoteLayout())
    assert made.id == "c9"
    assert json.loads(api.calls[0].request.body or "") == {
        "data": {
            "type": "incident_timeline_cells",
            "attributes": {
                "cell_type": "markdown",
                "content": {"content": "Looking"},
                "display_time": "2026-01-31T09:00:00.999Z",
            },
        }
    }


def test_a_changed_note_says_everything(session: Session, api: responses.RequestsMock) -> None:
    """A mark that was taken off has to be sent too, and the id stands in the body."""
    api.patch(f"{TIMELINE}/c%2F9", json={"data": cell("c/9")})
    Timeline(session).update(INCIDENT, "c/9", NOTE, NoteLayout(content_key="message"))
    sent = json.loads(api.calls[0].request.body or "")["data"]
    assert sent["id"] == "c/9"
    assert sent["attributes"]["important"] is False
    assert sent["attributes"]["content"] == {"message": "Looking"}


def test_a_lost_note_is_not_written_again(session: Session, api: responses.RequestsMock) -> None:
    """A server error leaves the note in doubt, and is not answered with a second one."""
    api.post(TIMELINE, status=502)
    with pytest.raises(UnexpectedAnswer) as caught:
        Timeline(session).create(INCIDENT, NOTE, NoteLayout())
    assert caught.value.ambiguous
    assert session.requests == {"POST": 1}
