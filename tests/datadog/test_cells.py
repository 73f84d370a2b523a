"""Every layout of a cell that somebody saw, and what is missing from some."""

from __future__ import annotations

import json
from datetime import UTC, datetime

import pytest

from dd_incident_roles.datadog.timeline import Cell, parse_cells, parse_written_cell
from dd_incident_roles.errors import UnexpectedAnswer
from dd_incident_roles.sync.targets import RemoteEntry
from tests.datadog.payloads import ADA, Json, cell, pointer, user


def read(*cells: Json, **more: object) -> tuple[Cell, ...]:
    """Read one page."""
    return parse_cells(json.dumps({"data": list(cells), **more}).encode()).cells


def entries(*cells: Json) -> list[RemoteEntry]:
    """Read one page as entries."""
    return [each.entry for each in read(*cells)]


def written(data: object) -> bytes:
    """The answer to a write."""
    return json.dumps({"data": data}).encode()


@pytest.mark.parametrize(
    "attributes",
    [
        *({"content": {name: "Hello"}} for name in ("content", "message", "text")),
        {"content": None, "message": "Hello"},
        {"content": {}, "message": "Hello"},
        {"content": "Hello"},
        {"content": {"content_type": "text", "message": "Hello"}},
    ],
)
def test_texts_are_found_in_every_layout(attributes: Json) -> None:
    """Where the text stands makes no difference."""
    (found,) = entries(cell(attributes=attributes))
    assert found.text == "Hello"


@pytest.mark.parametrize("content", ["", {"content": ""}])
def test_a_note_may_say_nothing(content: object) -> None:
    """An empty note is a note with an empty text."""
    (found,) = entries(cell(content=content))
    assert (found.text, found.kind) == ("", "note")


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
    first, found, last = entries(cell("c1"), odd, cell("c3"))
    assert [each.readable for each in (first, found, last)] == [True, False, True]
    assert (found.id, found.kind) == ("c2", "unreadable")
    assert found.created == first.created


def test_times_fall_back() -> None:
    """Without a time of the event it is left open, without a creation the change stands in."""
    (found,) = entries(cell(without=("display_time", "created"), modified="2026-01-31T09:10:00.5Z"))
    assert found.at == found.created
    assert found.created == datetime(2026, 1, 31, 9, 10, 0, 500000, tzinfo=UTC)
    (found,) = entries(
        cell(without=("modified",), display_time=None, created="2026-01-31T09:00:00")
    )
    assert (found.at, found.modified) == (found.created, None)


def test_source_and_mark_may_be_missing() -> None:
    """A cell is read without them, and without a type it is a note."""
    (found,) = entries(cell(without=("source", "important", "cell_type")))
    assert (found.source, found.important, found.kind) == (None, False, "note")


@pytest.mark.parametrize("row", [cell(cell_id=""), {}, None, "Hello"])
def test_a_cell_without_an_id_leaves_the_listing_incomplete(row: object) -> None:
    """It cannot be told from the others, so that nobody knows which ones are missing."""
    page = parse_cells(json.dumps({"data": [cell("c1"), row]}).encode())
    assert ([each.entry.id for each in page.cells], page.complete) == (["c1"], False)


def test_the_listing_must_be_there() -> None:
    """A missing list is no empty timeline."""
    with pytest.raises(UnexpectedAnswer, match="data"):
        parse_cells(b'{"errors": []}')


@pytest.mark.parametrize("cell_id", ["A1B2", " A1B2 "])
def test_ids_keep_their_case(cell_id: str) -> None:
    """An id goes into later paths as it came."""
    assert entries(cell(cell_id))[0].id == "A1B2"


FLAT = {"id": ADA, "name": "Ada", "email": "ada@corp.example"}


@pytest.mark.parametrize(
    "parts",
    [
        # An id, wherever it stands, leads to the user that came along.
        {"relationships": {"created_by_user": pointer(ADA)}},
        {"relationships": {"author": pointer(ADA.upper())}},
        *({"author": author} for author in (ADA, {"uuid": ADA})),
        {"created_by_uuid": ADA.upper()},
        # A nested user and a flat one are both read where they stand.
        *({"author": author} for author in ({"data": user(ADA)}, FLAT)),
    ],
)
@pytest.mark.parametrize("comes_along", [True, False])
def test_authors_with_an_account(parts: Json, comes_along: bool) -> None:
    """They are found in every place, and known by the id alone where nothing else is shown."""
    shown = cell(**parts)  # type: ignore[arg-type] # relationships or attributes
    (found,) = read(shown, included=[user(ADA)] if comes_along else [])
    is_whole = comes_along or parts.get("author") in ({"data": user(ADA)}, FLAT)
    assert found.author is not None
    assert (found.author.id, found.author.name) == (ADA, "Ada" if is_whole else None)


@pytest.mark.parametrize("author", ["Ada", {"name": "Ada"}, {"handle": "Ada"}, None])
def test_authors_may_have_no_account(author: object) -> None:
    """Somebody in a chat is known by a name alone, and nobody may be named."""
    (found,) = read(cell(author=author, relationships={"created_by_user": {"data": None}}))
    assert (found.author, found.entry.author) == (None, author and "Ada")


def test_answers_to_writes_may_be_thin() -> None:
    """A whole cell, an id alone, and nothing at all are told apart."""
    whole = parse_written_cell(written(cell()))
    assert isinstance(whole, Cell)
    assert (whole.entry.id, whole.entry.text) == ("c1", "Looking")
    for thin in ({"id": "c1"}, cell(content=None), cell(text=""), cell(content={"x": "y"})):
        assert parse_written_cell(written(thin)) == "c1"
    for body in (b"", b"{}", b'{"data": null}'):
        assert parse_written_cell(body) is None
    with pytest.raises(UnexpectedAnswer):
        parse_written_cell(b"<html>")


KINDS = {
    "markdown": "note",
    "incident_status_change": "status_change",
    "role_assignment_change": "role_change",
    "note": "note_entry",
    "timestamp_change": "timestamp_change",
    "never_heard_of": "never_heard_of",
}


def test_kinds() -> None:
    """Known types have our words, unknown ones keep theirs, and only notes are notes."""
    assert [each.kind for each in entries(*(cell(cell_type=name) for name in KINDS))] == [
        *KINDS.values()
    ]


STATUS, ROLE = "incident_status_change", "role_assignment_change"
ANA, BO = {"role": "Scribe", "user": "Ana"}, {"role": "Scribe", "user": "Bo"}

SAID: tuple[tuple[str, object, str], ...] = (
    # What was and what is, for every attribute that changed.
    (
        STATUS,
        {"action": "updated", "before": {"state": "active"}, "after": {"state": "stable"}},
        "State: active \u2192 stable",
    ),
    (
        STATUS,
        {"before": {"severity": "SEV-2", "state": "x"}, "after": {"severity": "SEV-1"}},
        "Severity: SEV-2 \u2192 SEV-1; State: no longer x",
    ),
    (STATUS, {"action": "created", "before": {}, "after": {"state": "active"}}, "State: active"),
    (STATUS, {"after": {"state": "stable"}}, "State: stable"),
    (
        STATUS,
        {"before": {"a": 1, "b": True}, "after": {"a": 2.5, "b": False}},
        "A: 1 \u2192 2.5; B: yes \u2192 no",
    ),
    (STATUS, {"before": {"teams": ["a"]}, "after": {"teams": ["a", "b"]}}, "Teams: a \u2192 a, b"),
    (
        STATUS,
        {"before": {"state": {"value": "active"}}, "after": {"state": {"value": "stable"}}},
        "State: active \u2192 stable",
    ),
    (STATUS, {"before": {"x": None}, "after": {"x": {}}}, "Incident status change"),
    (STATUS, {}, "Incident status change"),
    # Who had the role and who has it; the layout is unknown, so several are understood.
    (ROLE, {"before": ANA, "after": BO}, "Scribe: Ana \u2192 Bo"),
    (ROLE, {"before": {}, "after": BO}, "Scribe: nobody \u2192 Bo"),
    (ROLE, {"before": ANA, "after": None}, "Scribe: Ana \u2192 nobody"),
    (
        ROLE,
        {"role": {"name": "Scribe"}, "assignee": {"data": user()}, "action": "assigned"},
        "Scribe: Ada (assigned)",
    ),
    (ROLE, {"role_name": "Scribe", "responder": {"email": "a@x"}}, "Scribe: a@x"),
    (ROLE, {"message": "Ada took over"}, "Ada took over"),
    (ROLE, {"role": "Scribe"}, "Role: Scribe"),
    (ROLE, {}, "Role assignment change"),
    # A sentence is taken as it is; otherwise what is there is listed, two levels deep.
    ("meeting_chat", "Hello", "Hello"),
    ("never_heard_of", {"summary": "We met", "link": "https://x.example"}, "We met"),
    (
        "never_heard_of",
        {"graph": {"title": "CPU", "deep": {"deeper": "x"}}, "n": 3, "none": None},
        "Title: CPU; N: 3",
    ),
    ("never_heard_of", {"list": ["a", {"name": "b"}, None]}, "List: a, b"),
    ("never_heard_of", {}, "Never heard of"),
    ("never_heard_of", None, "Never heard of"),
)


@pytest.mark.parametrize(("cell_type", "content", "said"), SAID)
def test_what_a_system_noted_is_put_into_words(cell_type: str, content: object, said: str) -> None:
    """It is said, known or not, in whichever layout it comes."""
    (found,) = entries(cell(cell_type=cell_type, content=content))
    assert (found.text, found.whole) == (said, None)
