"""Timelines as Markdown: what people write is read, and what we write is read back."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta, timezone, tzinfo
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dd_incident_roles.errors import ConfigurationError, UnreadableFile
from dd_incident_roles.model import Entry, EntryKey
from dd_incident_roles.timeline.change_entry import visible_text, without_controls
from dd_incident_roles.timeline.markdown import STAR, read_markdown, timeline_markdown

CET = timezone(timedelta(hours=1), "CET")
BERLIN = ZoneInfo("Europe/Berlin")


def moments(text: str, zone: tzinfo | None = UTC) -> list[str]:
    """What a file says, each entry with its moment to the minute."""
    entries = read_markdown(text, file="notes.md", zone=zone).entries
    return [f"{each.at.astimezone(UTC):%Y-%m-%dT%H:%M} {each.text}" for each in entries]


def refused(text: str, zone: tzinfo | None = UTC) -> ConfigurationError:
    with pytest.raises(ConfigurationError, match=r"notes\.md") as caught:
        read_markdown(text, file="notes.md", zone=zone)
    return caught.value


def entry_of(text: str, **known: Any) -> Entry:
    at = datetime(2026, 1, 31, 14, 3, 5, tzinfo=UTC)
    entry = Entry(key=EntryKey("key"), at=at, created=at, text=text, author="Ana")
    return replace(entry, **known)


def export(*entries: Entry, title: str | None = None, zone: tzinfo = UTC) -> str:
    return timeline_markdown(entries, name="IR-1", title=title, zone=zone)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("2026-01-31\n14:03 paged", ["2026-01-31T14:03 paged"]),
        ("## 2026-01-31\n\n- 14:03:05 paged", ["2026-01-31T14:03 paged"]),
        ("2026-01-31T14:03Z paged", ["2026-01-31T14:03 paged"]),
        ("* 2026-01-31 14:03+01:00 paged", ["2026-01-31T13:03 paged"]),
        (
            "# Notes\n2026-01-31\n9:05 a\n  b\n\n  c\n2026-02-01\n0:00 d",
            ["2026-01-31T09:05 a\nb\n\nc", "2026-02-01T00:00 d"],
        ),
        # a weekday beside the date does no harm, and other headings leave the day alone
        (
            "# N\n## Saturday, 2026-01-31\n### Mitigation\n14:03 a\n2026-02-01 (Sunday)\n9:00 b",
            ["2026-01-31T14:03 a", "2026-02-01T09:00 b"],
        ),
        ("", []),
    ],
)
def test_what_people_write_is_read(text: str, expected: list[str]) -> None:
    """Clock times below a date, ISO times, list marks and further lines are understood."""
    assert moments(text) == expected


def test_seconds_are_kept() -> None:
    """A time of day can have them."""
    [entry] = read_markdown("2026-01-31\n14:03:05 paged", file="notes.md", zone=UTC).entries
    assert entry.at == entry_of("paged").at


@pytest.mark.parametrize(
    ("text", "line", "problem"),
    [
        ("2026-01-31\nfirst we paged", 2, "is not an entry"),
        ("14:03 paged", 1, "on which day"),
        ("2026-01-31\n25:00 paged", 2, "is not a time"),
        ("2026-02-31\n", 1, "is not a date"),
        ("2026-13-01T10:00Z paged", 1, "is not a date"),
        ("Times are in Mars/Olympus.", 1, "not a time zone"),
        # 00:09 below 23:55 is the next day or a slip, and nobody can tell which
        ("2026-01-31\n23:55 a\n00:09 b", 3, "below 23:55"),
        ("2026-01-31\n23:55 a\n13:50 b", 3, "below 23:55"),
        # a time below it could be of any of these days, and is not guessed
        ("## 2026-01-30\n## 2026-01-30 to 2026-01-31\n14:03 paged", 3, "several days"),
    ],
)
def test_what_cannot_be_read_is_named_with_its_line(text: str, line: int, problem: str) -> None:
    """A line that is no entry stops the import, and says which one it is."""
    error = refused(text, zone=None)
    assert error.line == line
    assert problem in str(error)


HEADINGS = (
    "### 2018 October 21 22:52 UTC\nLeaders change.\n\nIt is 14:05.\n"
    "### 2018 October 21 22:54 UTC\nAlerts."
)
TABLE = (
    "## 20 May 2025\n## Timeline (CEST)\n| Time | Who | Event |\n|---|:-:|---|\n"
    "| 08:41 | Ana | page |\n| 9:02 PM | | up |"
)
BARE_TABLE = (
    "Date | When (UTC) | What\n---|---|---\n2025-05-20 | 10:00 | out\n2025-05-21 | 9:00 | in"
)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (
            HEADINGS,
            ["2018-10-21T22:52 Leaders change.\n\nIt is 14:05.", "2018-10-21T22:54 Alerts."],
        ),
        (TABLE, ["2025-05-20T06:41 page", "2025-05-20T19:02 up"]),
        (BARE_TABLE, ["2025-05-20T10:00 out", "2025-05-21T09:00 in"]),
        (
            "## Timeline (All times UTC)\n2026-03-14\n09:00 \u2014 47 fail.\n09:17 \u2014 up.",
            ["2026-03-14T09:00 47 fail.", "2026-03-14T09:17 up."],
        ),
        (
            "[All times in CET.]\n### Declared: 2026-03-14\n---\n14:22:00 | SYSTEM | alert",
            ["2026-03-14T13:22 SYSTEM | alert"],
        ),
        (
            "## Timeline (PST)\n**Nov 25, 2020**\n- 5:15 AM - 6:36 AM: looking\n- 10:40 PM: up",
            ["2020-11-25T13:15 (until 14:36 UTC) looking", "2020-11-26T06:40 up"],
        ),
        ("## 2026-11-26 Europe/Berlin\n14:03 x", ["2026-11-26T13:03 x"]),
        (
            "## 26 Nov 2026\n  - 14:03 a\n    more\n  - 14:04 b",
            ["2026-11-26T14:03 a\nmore", "2026-11-26T14:04 b"],
        ),
        (
            "2026-11-26 23:58 a\n2026-11-27 00:02 b\n00:03 c",
            ["2026-11-26T23:58 a", "2026-11-27T00:02 b", "2026-11-27T00:03 c"],
        ),
    ],
)
def test_the_forms_of_public_post_mortems(text: str, expected: list[str]) -> None:
    """Tables, headings with a moment, zones in headings, ranges and nested lists are understood."""
    assert moments(text, zone=None) == expected


def test_a_table_says_who() -> None:
    """A column of names signs the entries."""
    entries = read_markdown(TABLE, file="notes.md", zone=None).entries
    assert [entry.author for entry in entries] == ["Ana", None]


@pytest.mark.parametrize(
    ("text", "lines", "third"),
    [
        ("2026-01-31\nfirst we paged\n14:03 IST a\n14:04 b\n25:00 c", [2, 3, 5], "IST"),
        # without a year the heading takes the day above away from the times below it
        ("2026-01-31\n## 2 Feb\n14:03 a", [2, 3], "says 14:03"),
    ],
)
def test_every_line_that_cannot_be_read_is_named_at_once(
    text: str, lines: list[int], third: str
) -> None:
    """Whoever mends the file need not import it once for each line."""
    error = refused(text)
    assert isinstance(error, UnreadableFile)
    assert [problem.line for problem in error.problems] == lines
    assert f"notes.md:3: {third}" in error.details[1]


@pytest.mark.parametrize("between", ["2026-02-01", "### Earlier"])
@pytest.mark.parametrize("below", ["00:09 b", "13:50 b"])
def test_times_run_backwards_where_a_line_says_so(below: str, between: str) -> None:
    """Below a date, or a heading, another list of times begins."""
    assert len(moments(f"2026-01-31\n23:55 a\n{between}\n{below}")) == 2


def test_times_without_a_zone_are_in_the_zone_that_was_named() -> None:
    """The same line means another moment in another zone."""
    assert moments("2026-01-31\n14:03 paged", zone=CET) == ["2026-01-31T13:03 paged"]


def test_nothing_acts_out_of_a_text() -> None:
    """Mentions that call everybody and raw HTML are text, and control characters are gone."""
    written = export(entry_of("@channel <script>alert(1)</script> \x1b[31mred\x07"), title="<b>")
    assert "@channel" not in written
    assert "\x1b" not in written
    assert "\\<script>" in written
    assert "# Timeline of IR-1: \\<b>" in written


@pytest.mark.parametrize("text", ["a\n::error::x", "a ##[error]x", "![x](http://x)", "a\n /close"])
def test_nothing_commands_out_of_a_text(text: str) -> None:
    """Commands of CI logs and issues, and images from elsewhere, are broken up."""
    written = export(entry_of(text))
    assert not any(line.lstrip().startswith(("::", "/")) for line in written.splitlines())
    assert "##[" not in written
    assert "![" not in written.replace("\\![", "")


def test_an_export_says_in_which_zone_it_is() -> None:
    """It is read in its own zone, unless another one is named."""
    written = export(entry_of("paged"), zone=BERLIN)
    assert "- 15:03:05 paged" in written
    assert moments(written, zone=None) == ["2026-01-31T14:03 paged"]
    assert moments(written, zone=UTC) == ["2026-01-31T15:03 paged"]


def test_the_hour_that_comes_twice() -> None:
    """Where clocks are put back, both hours are told apart and read back as they were."""
    first = datetime(2025, 10, 26, 0, 30, tzinfo=UTC)
    both = [entry_of(f"at {hours}", at=first + timedelta(hours=hours)) for hours in (0, 1)]
    written = export(*both, zone=BERLIN)
    assert written.count("- 02:30:00") == 2
    assert moments(written, zone=None) == ["2025-10-26T00:30 at 0", "2025-10-26T01:30 at 1"]


def test_what_a_system_wrote_is_told_apart() -> None:
    """A change that Datadog noted is not taken for a person's note when it is read back."""
    written = export(entry_of("state: active", kind="status_change"), entry_of("_[x]_ paged"))
    read = read_markdown(written, file="export.md", zone=None).entries
    assert [entry.kind for entry in read] == ["status_change", "note"]


def test_a_note_without_a_text_is_left_out() -> None:
    """A file has no line for an entry that says nothing."""
    assert moments(export(entry_of(""))) == []


MARKS = ["@here", "\\", "_(Bo)_", "_[kind]_ ", STAR, "![", "\n/assign", "::error::", "##["]
pieces = st.sampled_from([*MARKS, "\n\n  ", "<b>", "UTC ", ": ", "to 15:00", "| x | y"])
sayings = (
    (st.lists(pieces | st.text(max_size=9), min_size=1, max_size=9).map("".join))
    .map(without_controls)
    .filter(visible_text)
)
names = st.none() | st.text("abc <\\é", min_size=1, max_size=8).filter(str.strip)


@given(
    texts=st.lists(sayings, max_size=4),
    author=names,
    important=st.booleans(),
    zone=st.sampled_from([UTC, CET]),
)
def test_what_was_exported_is_read_back(
    texts: list[str], author: str | None, important: bool, zone: timezone
) -> None:
    """An export that is imported again says the same at the same moments, by the same people."""
    entries = [entry_of(text, author=author, important=important) for text in texts]
    written = export(*entries, title="Checkout", zone=zone)
    read = read_markdown(written, file="export.md", zone=zone).entries
    said = [(entry.at, shown(entry.text), entry.important) for entry in entries]
    assert [(each.at, shown(each.text), each.important) for each in read] == said
    assert {each.author for each in read} <= {" ".join(author.split()) if author else None}


def shown(text: str) -> str:
    """A text as far as a file keeps it: line by line, without blanks around it."""
    return visible_text(text)
