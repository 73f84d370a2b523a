"""Every layout of a cell that somebody saw, and what is missing from some."""

from __future__ import annotations

import json
from datetime import UTC, datetime

import pytest

from dd_incident_roles.datadog.timeline import Cell, parse_cells, parse_written_cell
from dd_incident_roles.errors import UnexpectedAnswer
from tests.datadog.cells import cell
from tests.datadog.payloads import ADA, Json, pointer, user


def read(*cells: Json, **more: object) -> tuple[Cell, ...]:
    """Read one page."""
    return parse_cells(json.dumps({"data": list(cells), **more}).encode()).cells


def written(data: object) -> bytes:
    """The answer to a write."""
    return json.dumps({"data": data}).encode()


@pytest.mark.parametrize(
    "attributes",
    [
        {"content": {"content": "Hello"}},
        {"content": {"message": "Hello"}},
        {"content": {"text": "Hello"}},
        {"content": "Hello"},
        {"content": None, "message": "Hello"},
        {"content": {}, "message": "Hello"},
        {"content": {"content_type": "text", "message": "Hello"}},
    ],
)
def test_texts_are_found_in_every_layout(attributes: Json) -> None:
    """Where the text stands makes no difference."""
    (found,) = read(cell(attributes=attributes))
    assert found.text == "Hello"


@pytest.mark.parametrize("content", ["", {"content": ""}])
def test_a_note_may_say_nothing(content: object) -> None:
    """An empty note is a note with an empty text."""
    (found,) = read(cell(content=content))
    assert (found.text, found.is_note) == ("", True)


@pytest.mark.parametrize(
    "odd",
    [
        cell("c2", content={"blocks": [{"content": "Hello"}]}),
        *(cell("c2", content=content) for content in (None, {}, {"content": None}, 5, ["Hello"])),
        cell("c2", content={"content": 5}),
        cell("c2", without=("display_time", "created", "modified")),
        {"id": "c2"},
        {"id": "c2", "attributes": None},
    ],
)
def test_an_unreadable_cell_is_one_cell(odd: Json) -> None:
    """It stands, and is neither an empty text, which would look like an edit, nor an absence."""
    first, found, last = read(cell("c1"), odd, cell("c3"))
    assert [each.readable for each in (first, found, last)] == [True, False, True]
    assert (found.id, found.is_note, found.text) == ("c2", False, "")
    assert found.created == first.created


def test_times_fall_back() -> None:
    """Without a time of the event it is left open, without a creation the change stands in."""
    (found,) = read(cell(without=("display_time", "created"), modified="2026-01-31T09:10:00.5Z"))
    assert found.display_time is None
    assert found.created == datetime(2026, 1, 31, 9, 10, 0, 500000, tzinfo=UTC)
    (found,) = read(cell(without=("modified",), display_time=None, created="2026-01-31T09:00:00"))
    assert (found.display_time, found.modified) == (None, None)


def test_source_and_mark_may_be_missing() -> None:
    """A cell is read without them, and without a type it is a note."""
    (found,) = read(cell(without=("source", "important", "cell_type")))
    assert (found.source, found.important, found.is_note) == (None, False, True)


@pytest.mark.parametrize("row", [cell(cell_id=""), {}, None, "Hello"])
def test_a_cell_without_an_id_leaves_the_listing_incomplete(row: object) -> None:
    """It cannot be told from the others, so that nobody knows which ones are missing."""
    page = parse_cells(json.dumps({"data": [cell("c1"), row]}).encode())
    assert ([each.id for each in page.cells], page.complete) == (["c1"], False)


def test_the_listing_must_be_there() -> None:
    """A missing list is no empty timeline."""
    with pytest.raises(UnexpectedAnswer, match="data"):
        parse_cells(b'{"errors": []}')


@pytest.mark.parametrize("cell_id", ["A1B2", " A1B2 "])
def test_ids_keep_their_case(cell_id: str) -> None:
    """An id goes into later paths as it came."""
    assert read(cell(cell_id))[0].id == "A1B2"


@pytest.mark.parametrize(
    ("cell_type", "content", "facts"),
    [
        (
            "incident_status_change",
            {"action": "updated", "after": {"state": "stable"}},
            {"action": "updated", "after": {"state": "stable"}},
        ),
        ("meeting_chat", "Hello", {"message": "Hello"}),
        ("never_heard_of", None, {}),
    ],
)
def test_other_cells_keep_their_facts(cell_type: str, content: object, facts: Json) -> None:
    """What a system noted is kept for whoever puts it into words, known or not."""
    (found,) = read(cell(cell_type=cell_type, content=content))
    assert (found.cell_type, dict(found.facts), found.text) == (cell_type, facts, "")


NESTED = {"data": user(ADA)}
FLAT = {"id": ADA, "name": "Ada", "email": "ada@corp.example"}


@pytest.mark.parametrize(
    ("parts", "attributes"),
    [
        ({"relationships": {"created_by_user": pointer(ADA)}}, {}),
        ({"relationships": {"author": pointer(ADA.upper())}}, {}),
        ({}, {"author": ADA}),
        ({}, {"author": {"uuid": ADA}}),
        ({}, {"created_by_uuid": ADA.upper()}),
    ],
)
def test_authors_are_found_among_the_included(parts: Json, attributes: Json) -> None:
    """An id, wherever it stands, leads to the user that came along."""
    (found,) = read({**cell(attributes=attributes), **parts}, included=[user(ADA)])
    assert found.author is not None
    assert (found.author.id, found.author.name) == (ADA, "Ada")


@pytest.mark.parametrize("author", [NESTED, FLAT, {"uuid": ADA, "name": "Ada"}])
def test_authors_are_read_where_they_stand_whole(author: Json) -> None:
    """A nested user and a flat one are both read."""
    (found,) = read(cell(author=author))
    assert found.author is not None
    assert found.author.name == "Ada"


@pytest.mark.parametrize("author", ["Ada", {"name": "Ada"}, {"handle": "Ada"}])
def test_authors_may_have_no_account(author: object) -> None:
    """Somebody in a chat is known by a name alone."""
    (found,) = read(cell(author=author))
    assert (found.author, found.author_name) == (None, "Ada")


def test_authors_may_be_missing_or_unknown() -> None:
    """Nobody may be named, or somebody of whom nothing else is known."""
    nobody, stranger = read(
        cell("c1", relationships={"created_by_user": {"data": None}}),
        cell("c2", relationships={"created_by_user": pointer(ADA)}),
    )
    assert (nobody.author, nobody.author_name) == (None, None)
    assert stranger.author is not None
    assert (stranger.author.id, stranger.author.name) == (ADA, None)


def test_answers_to_writes_may_be_thin() -> None:
    """A whole cell, an id alone, and nothing at all are told apart."""
    whole = parse_written_cell(written(cell()))
    assert (whole.id, whole.cell and whole.cell.text) == ("c1", "Looking")
    for thin in ({"id": "c1"}, cell(content=None), cell(text=""), cell(content={"x": "y"})):
        bare = parse_written_cell(written(thin))
        assert (bare.id, bare.cell) == ("c1", None)
    for body in (b"", b"{}", b'{"data": null}'):
        assert parse_written_cell(body).id is None
    with pytest.raises(UnexpectedAnswer):
        parse_written_cell(b"<html>")
