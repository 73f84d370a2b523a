"""The JSON document and the CSV file of a history."""

from __future__ import annotations

import csv
import io
import json

import pytest

from dd_incident_roles.report.documents.history import History
from dd_incident_roles.report.history_text import COLUMNS, history_csv
from tests.report.cases import HOSTILE, changed, parsed
from tests.report.histories import EMPTY, ONLY_PILOT, hostile, view
from tests.report.schemas import complaints, schema

SHOWN = {
    "whole": view(notices=("Datadog could not be read.",)),
    "at a moment": view(minute=41),
    "empty": view(EMPTY),
    "of one role": view(ONLY_PILOT),
    "hostile": hostile(),
}


@pytest.mark.parametrize("shown", SHOWN.values(), ids=SHOWN)
def test_a_document_keeps_its_schema(shown: History) -> None:
    """What the program writes is what its schema says."""
    assert complaints("history", shown.text()) == []


def test_the_document_has_the_fields_of_its_schema_and_no_other() -> None:
    """Every object is held to its fields strictly, in both directions."""
    whole = parsed(view(notices=("x",)).text())
    assert list(whole) == schema("history")["required"]
    for name, part in (("Held", "rows"), ("Gap", "gaps"), ("Overlap", "overlaps")):
        rows = whole[part]
        assert isinstance(rows, list)
        for row in rows:
            assert list(row) == definition(name)
    durations = whole["durations"]
    assert isinstance(durations, dict)
    for name, part in (("Coverage", "coverage"), ("Handoffs", "handoffs"), ("Total", "people")):
        rows = durations[part]
        assert isinstance(rows, list)
        assert [list(row) for row in rows] == [definition(name)] * len(rows)


def definition(name: str) -> object:
    found = json.loads(json.dumps(schema("history")["$defs"]))
    return found[name]["required"]


def test_the_document_says_it_all() -> None:
    """One row of each kind, and the figures."""
    whole = json.loads(view().text())
    assert whole["schema"] == "dd-incident-roles/history/1"
    assert (whole["public_id"], whole["declared"]) == (1001, "2026-01-01T14:00:00Z")
    assert (whole["first_seen"], whole["at"], whole["role"]) == ("2026-01-01T14:10:00Z", None, None)
    assert whole["rows"][0] == {
        "role": "incident_manager",
        "title": "Incident Manager",
        "stream": None,
        "holder": {"name": "Zoe", "email": None},
        "from": None,
        "until": "2026-01-01T14:04:00Z",
        "seconds": 240.0,
        "set_by": None,
        "ended_by": "the admin",
        "seen_in": "datadog_timeline",
        "basis": "inferred",
        "reason": None,
    }
    assert whole["rows"][4]["basis"] == "corrected"
    assert whole["rows"][4]["reason"] == "the call was not recorded"
    assert len(whole["recorded"]) == len(whole["rows"]) - 1
    assert whole["gaps"][1] == {
        "role": "pilot",
        "title": "Pilot",
        "from": "2026-01-01T14:23:00Z",
        "until": "2026-01-01T14:35:00Z",
        "seconds": 720.0,
        "allowed_seconds": 600.0,
        "level": "error",
        "too_long": True,
        "sure": True,
        "watched": True,
    }
    assert whole["overlaps"] == [
        {
            "role": "pilot",
            "title": "Pilot",
            "stream": None,
            "people": [
                {"name": "Ada", "email": "ada@corp.example"},
                {"name": "Cai", "email": "cai@corp.example"},
            ],
            "from": "2026-01-01T14:40:00Z",
            "until": "2026-01-01T14:45:00Z",
        }
    ]
    assert whole["durations"]["incident_manager_after"] == {"seconds": 0.0, "known": True}
    assert whole["durations"]["coverage"] == [
        {
            "role": "pilot",
            "required_seconds": 3000.0,
            "held_seconds": 2160.0,
            "unknown_seconds": 600.0,
            "fraction": None,
        }
    ]
    assert whole["durations"]["handoffs"] == [
        {"role": "incident_manager", "number": 1},
        {"role": "pilot", "number": 1},
    ]
    assert whole["durations"]["people"][0] == {
        "person": {"name": "Ada", "email": "ada@corp.example"},
        "seconds": 3360.0,
    }


def test_a_document_of_a_moment_has_no_durations() -> None:
    """Figures are of the whole history only."""
    whole = json.loads(view(minute=41).text())
    assert whole["at"] == "2026-01-01T14:41:00Z"
    assert whole["durations"] is None
    assert [row["holder"]["name"] for row in whole["rows"]] == ["Ada", "Ada", "Cai"]


def test_a_hostile_document_commands_nothing() -> None:
    """A reader gets the text unchanged, and the document has nothing that steers a terminal."""
    text = hostile().text()
    assert json.loads(text)["rows"][0]["holder"]["name"] == HOSTILE
    assert text.isascii()
    assert "##[" not in text


def table(text: str) -> list[dict[str, str]]:
    """A CSV file as a reader gets it."""
    return list(csv.DictReader(io.StringIO(text, newline="")))


def test_each_row_is_a_line() -> None:
    """Who held what when, by whom and how that is known; what is not known is empty."""
    rows = table(history_csv(view()))
    assert len(rows) == len(view().rows)
    assert rows[0] == {
        "incident": "1001",
        "role": "incident_manager",
        "title": "Incident Manager",
        "stream": "",
        "holder": "Zoe",
        "email": "",
        "from": "",
        "until": "2026-01-01T14:04:00Z",
        "seconds": "240",
        "set_by": "",
        "ended_by": "the admin",
        "seen_in": "datadog_timeline",
        "basis": "inferred",
        "reason": "",
    }
    assert rows[4]["reason"] == "the call was not recorded"
    assert rows[2]["email"] == "ada@corp.example"


def test_an_empty_history_is_the_headings() -> None:
    """A reader finds the columns even where there is no row."""
    assert history_csv(view(EMPTY)) == ",".join(COLUMNS) + "\n"


@pytest.mark.parametrize(
    ("written", "cell"),
    [
        ("=1+1", "'=1+1"),
        ("+1", "'+1"),
        ("-1", "'-1"),
        ("@SUM(A1)", "'@SUM(A1)"),
        ("\tx", "'x"),
        ("\rx", "'x"),
        ("  =1+1", "'=1+1"),
        ("\u200b=1+1", "'=1+1"),
        ("\x1b[31m=1+1", "'=1+1"),
        ("\uff1d1+1", "'\uff1d1+1"),
        (" \ufe621", "'\ufe621"),
        ("\u200b\uff20A1", "'\uff20A1"),
        ("\u22121", "'\u22121"),
        ("a=1", "a=1"),
        ('he said "no", twice', 'he said "no", twice'),
        ("two\nlines", "two lines"),
    ],
)
def test_no_cell_is_calculated(written: str, cell: str) -> None:
    """What a spreadsheet would take for a formula is text, in whatever column."""
    row = changed(view().rows[4], stream=written, reason=written, set_by=written, title=written)
    (found,) = table(history_csv(changed(view(), rows=(row,))))
    assert [found[each] for each in ("stream", "reason", "set_by", "title")] == [cell] * 4
