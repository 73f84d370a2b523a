"""Timelines as Markdown: what people write is read, and what we write is read back."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta, timezone
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dd_incident_roles.errors import ConfigurationError, UnreadableFile
from dd_incident_roles.model import Entry, EntryKey
from dd_incident_roles.timeline.entry_text import visible_text, without_controls
from dd_incident_roles.timeline.markdown import STAR, read_markdown, timeline_markdown

BERLIN = timezone(timedelta(hours=1), "CET")


def moments(text: str) -> list[tuple[str, str]]:
    entries = read_markdown(text, file="notes.md", zone=UTC).entries
    return [(entry.at.astimezone(UTC).isoformat(), entry.text) for entry in entries]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("2026-01-31\n14:03 paged", [("2026-01-31T14:03:00+00:00", "paged")]),
        ("## 2026-01-31\n\n- 14:03:05 paged", [("2026-01-31T14:03:05+00:00", "paged")]),
        ("2026-01-31T14:03Z paged", [("2026-01-31T14:03:00+00:00", "paged")]),
        ("* 2026-01-31 14:03+01:00 paged", [("2026-01-31T13:03:00+00:00", "paged")]),
        (
            "# Notes\n2026-01-31\n9:05 a\n  b\n\n  c\n2026-02-01\n0:00 d",
            [("2026-01-31T09:05:00+00:00", "a\nb\n\nc"), ("2026-02-01T00:00:00+00:00", "d")],
        ),
        ("", []),
    ],
)
def test_what_people_write_is_read(text: str, expected: list[tuple[str, str]]) -> None:
    """Clock times below a date, ISO times, list marks and further lines are understood."""
    assert moments(text) == expected


@pytest.mark.parametrize(
    ("text", "line", "problem"),
    [
        ("2026-01-31\nfirst we paged", 2, "is not an entry"),
        ("14:03 paged", 1, "on which day"),
        ("2026-01-31\n25:00 paged", 2, "is not a time"),
        ("2026-02-31\n", 1, "is not a date"),
        ("2026-13-01T10:00Z paged", 1, "is not a date"),
    ],
)
def test_what_cannot_be_read_is_named_with_its_line(text: str, line: int, problem: str) -> None:
    """A line that is no entry stops the import, and says which one it is."""
    with pytest.raises(ConfigurationError) as caught:
        moments(text)
    assert caught.value.line == line
    assert problem in str(caught.value)
    assert "notes.md" in str(caught.value)


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
    entries = read_markdown(text, file="notes.md", zone=None).entries
    assert [
        f"{entry.at.astimezone(UTC):%Y-%m-%dT%H:%M} {entry.text}" for entry in entries
    ] == expected


def test_a_table_says_who() -> None:
    """A column of names signs the entries."""
    entries = read_markdown(TABLE, file="notes.md", zone=None).entries
    assert [entry.author for entry in entries] == ["Ana", None]


def test_every_line_that_cannot_be_read_is_named_at_once() -> None:
    """Whoever mends the file need not import it once for each line."""
    with pytest.raises(UnreadableFile) as caught:
        moments("2026-01-31\nfirst we paged\n14:03 IST a\n14:04 b\n25:00 c")
    assert [problem.line for problem in caught.value.problems] == [2, 3, 5]
    assert "notes.md:3: IST" in caught.value.details[1]


@pytest.mark.parametrize("below", ["00:09 b", "13:50 b"])
def test_times_do_not_run_backwards_unless_a_date_says_so(below: str) -> None:
    """00:09 below 23:55 is the next day or a slip, and nobody can tell which."""
    with pytest.raises(ConfigurationError, match="below 23:55") as caught:
        moments(f"2026-01-31\n23:55 a\n{below}")
    assert caught.value.line == 3
    assert len(moments(f"2026-01-31\n23:55 a\n2026-02-01\n{below}")) == 2
    assert len(moments(f"2026-01-31\n23:55 a\n### Earlier\n{below}")) == 2


def test_a_heading_without_a_year_takes_the_day_away() -> None:
    """The times below are not put under the date that stood above."""
    with pytest.raises(UnreadableFile) as caught:
        moments("2026-01-31\n## 2 Feb\n14:03 a")
    assert [problem.line for problem in caught.value.problems] == [2, 3]


def test_times_without_a_zone_are_in_the_zone_that_was_named() -> None:
    """The same line means another moment in another zone."""
    [entry] = read_markdown("2026-01-31\n14:03 paged", file="notes.md", zone=BERLIN).entries
    assert entry.at == datetime(2026, 1, 31, 13, 3, tzinfo=UTC)


def test_nothing_acts_out_of_a_text() -> None:
    """Mentions that call everybody and raw HTML are text, and control characters are gone."""
    text = "@channel <script>alert(1)</script> \x1b[31mred\x07"
    written = timeline_markdown([entry_of(text)], name="IR-1", title="<b>", zone=UTC)
    assert "@channel" not in written
    assert "\x1b" not in written
    assert "\\<script>" in written
    assert "# Timeline of IR-1: \\<b>" in written


@pytest.mark.parametrize("text", ["a\n::error::x", "a ##[error]x", "![x](http://x)", "a\n /close"])
def test_nothing_commands_out_of_a_text(text: str) -> None:
    """Commands of CI logs and issues, and images from elsewhere, are broken up."""
    written = timeline_markdown([entry_of(text)], name="IR-1", title=None, zone=UTC)
    assert not any(line.lstrip().startswith(("::", "/")) for line in written.splitlines())
    assert "##[" not in written
    assert "![" not in written.replace("\\![", "")


def test_a_heading_names_the_day() -> None:
    """A weekday beside the date does no harm, and other headings leave the day alone."""
    text = "# Notes\n## Saturday, 2026-01-31\n### Mitigation\n14:03 a\n2026-02-01 (Sunday)\n14:03 b"
    assert [at[:10] for at, _ in moments(text)] == ["2026-01-31", "2026-02-01"]


def test_a_heading_of_several_days_names_none() -> None:
    """A time below it could be of any of them, and is not guessed."""
    with pytest.raises(ConfigurationError, match="several days"):
        moments("## 2026-01-30\n## 2026-01-30 to 2026-01-31\n14:03 paged")


def test_an_export_says_in_which_zone_it_is() -> None:
    """It is read in its own zone, unless another one is named."""
    zone = ZoneInfo("Europe/Berlin")
    written = timeline_markdown([entry_of("paged")], name="IR-1", title=None, zone=zone)
    assert "- 15:03:05 paged" in written
    [own] = read_markdown(written, file="export.md", zone=None).entries
    [other] = read_markdown(written, file="export.md", zone=UTC).entries
    assert own.at == entry_of("paged").at
    assert other.at == own.at + timedelta(hours=1)


def test_a_zone_that_nobody_knows() -> None:
    """A file in an unknown zone is not read in another one."""
    with pytest.raises(ConfigurationError, match="not a time zone") as caught:
        read_markdown("Times are in Mars/Olympus.", file="notes.md", zone=None)
    assert caught.value.line == 1


def test_the_hour_that_comes_twice() -> None:
    """Where clocks are put back, both hours are told apart and read back as they were."""
    zone = ZoneInfo("Europe/Berlin")
    first = datetime(2025, 10, 26, 0, 30, tzinfo=UTC)
    entries = [
        replace(entry_of(f"at {hours}"), at=first + timedelta(hours=hours)) for hours in (0, 1)
    ]
    written = timeline_markdown(entries, name="IR-1", title=None, zone=zone)
    assert written.count("- 02:30:00") == 2
    read = read_markdown(written, file="export.md", zone=None).entries
    assert [entry.at for entry in read] == [entry.at for entry in entries]


def test_what_a_system_wrote_is_told_apart() -> None:
    """A change that Datadog noted is not taken for a person's note when it is read back."""
    entries = [replace(entry_of("state: active"), kind="status_change"), entry_of("_[x]_ paged")]
    written = timeline_markdown(entries, name="IR-1", title=None, zone=UTC)
    read = read_markdown(written, file="export.md", zone=None).entries
    assert [entry.kind for entry in read] == ["status_change", "note"]


def test_a_note_without_a_text_is_left_out() -> None:
    """A file has no line for an entry that says nothing."""
    assert moments(timeline_markdown([entry_of("")], name="IR-1", title=None, zone=UTC)) == []


def entry_of(text: str, *, author: str | None = "Ana", important: bool = False) -> Entry:
    at = datetime(2026, 1, 31, 14, 3, 5, tzinfo=UTC)
    return Entry(
        key=EntryKey("key"), at=at, created=at, text=text, author=author, important=important
    )


pieces = st.sampled_from(
    [
        "@here",
        "\\",
        "_(Bo)_",
        "_[kind]_ ",
        STAR,
        "![",
        "\n/assign",
        "::error::",
        "##[",
        "\n\n  ",
        "<b>",
        "UTC ",
        ": ",
        "to 15:00",
        "| x | y",
    ]
)
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
    zone=st.sampled_from([UTC, BERLIN]),
)
def test_what_was_exported_is_read_back(
    texts: list[str], author: str | None, important: bool, zone: timezone
) -> None:
    """An export that is imported again says the same at the same moments, by the same people."""
    entries = [entry_of(text, author=author, important=important) for text in texts]
    written = timeline_markdown(entries, name="IR-1", title="Checkout", zone=zone)
    read = read_markdown(written, file="export.md", zone=zone).entries
    said = [(entry.at, shown(entry.text), entry.important) for entry in entries]
    assert [(each.at, shown(each.text), each.important) for each in read] == said
    assert {each.author for each in read} <= {" ".join(author.split()) if author else None}


def shown(text: str) -> str:
    """A text as far as a file keeps it: line by line, without blanks around it."""
    return visible_text(text)
