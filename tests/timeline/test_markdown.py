"""Timelines as Markdown: what people write is read, and what we write is read back."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta, timezone
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dd_incident_roles.errors import ConfigurationError
from dd_incident_roles.model import Entry, EntryKey
from dd_incident_roles.timeline.entry_text import visible_text, without_controls
from dd_incident_roles.timeline.markdown_form import STAR, timeline_markdown
from dd_incident_roles.timeline.markdown_reading import read_markdown

BERLIN = timezone(timedelta(hours=1), "CET")


def moments(text: str) -> list[tuple[str, str]]:
    entries = read_markdown(text, file="notes.md", zone=UTC)
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
        ("2026-01-31\nfirst we paged", 2, "is no entry"),
        ("14:03 paged", 1, "on which day"),
        ("2026-01-31\n25:00 paged", 2, "is no time"),
        ("2026-02-31\n", 1, "is no date"),
        ("2026-13-01T10:00Z paged", 1, "is no time"),
    ],
)
def test_what_cannot_be_read_is_named_with_its_line(text: str, line: int, problem: str) -> None:
    """A line that is no entry stops the import, and says which one it is."""
    with pytest.raises(ConfigurationError) as caught:
        moments(text)
    assert caught.value.line == line
    assert problem in str(caught.value)
    assert "notes.md" in str(caught.value)


def test_times_without_a_zone_are_in_the_zone_that_was_named() -> None:
    """The same line means another moment in another zone."""
    [entry] = read_markdown("2026-01-31\n14:03 paged", file="notes.md", zone=BERLIN)
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
    with pytest.raises(ConfigurationError, match="on which day"):
        moments("## 2026-01-30\n## 2026-01-30 to 2026-01-31\n14:03 paged")


def test_an_export_says_in_which_zone_it_is() -> None:
    """It is read in its own zone, unless another one is named."""
    zone = ZoneInfo("Europe/Berlin")
    written = timeline_markdown([entry_of("paged")], name="IR-1", title=None, zone=zone)
    assert "- 15:03:05 paged" in written
    [own] = read_markdown(written, file="export.md", zone=None)
    [other] = read_markdown(written, file="export.md", zone=UTC)
    assert own.at == entry_of("paged").at
    assert other.at == own.at + timedelta(hours=1)


def test_a_zone_that_nobody_knows() -> None:
    """A file in an unknown zone is not read in another one."""
    with pytest.raises(ConfigurationError, match="no time zone") as caught:
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
    read = read_markdown(written, file="export.md", zone=None)
    assert [entry.at for entry in read] == [entry.at for entry in entries]


def test_what_a_system_wrote_is_told_apart() -> None:
    """A change that Datadog noted is not taken for a person's note when it is read back."""
    entries = [replace(entry_of("state: active"), kind="status_change"), entry_of("_[x]_ paged")]
    written = timeline_markdown(entries, name="IR-1", title=None, zone=UTC)
    read = read_markdown(written, file="export.md", zone=None)
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
    read = read_markdown(written, file="export.md", zone=zone)
    said = [(entry.at, shown(entry.text), entry.important) for entry in entries]
    assert [(each.at, shown(each.text), each.important) for each in read] == said
    assert {each.author for each in read} <= {" ".join(author.split()) if author else None}


def shown(text: str) -> str:
    """A text as far as a file keeps it: line by line, without blanks around it."""
    return visible_text(text)
