"""Moments as people write them: what is understood is right, and the rest is refused."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dd_incident_roles.cli.options import read_time
from dd_incident_roles.timeline.stamps import in_zone, read_date, read_stamp

DAY = date(2026, 11, 26)


def moment(text: str, zone: str = "UTC") -> tuple[str, str]:
    """The moment in UTC and the rest of a text that begins with one, on the day above."""
    found = read_stamp(text)
    assert found is not None
    stamp, rest = found
    at = stamp.at(stamp.day or DAY, ZoneInfo(zone))
    return f"{at:%m-%d %H:%M}", rest


@pytest.mark.parametrize(
    ("text", "at", "rest"),
    [
        ("16:15: paged", "11-26 16:15", "paged"),
        ("**16:17** paged", "11-26 16:17", "paged"),
        ("**16:17:** paged", "11-26 16:17", "paged"),
        ("[16:19] paged", "11-26 16:19", "paged"),
        ("`16:19` paged", "11-26 16:19", "paged"),
        ("_16:19_ - paged", "11-26 16:19", "paged"),
        ("4:20pm paged", "11-26 16:20", "paged"),
        ("2:15 PM: paged", "11-26 14:15", "paged"),
        ("12:05 a.m. paged", "11-26 00:05", "paged"),
        ("6pm paged", "11-26 18:00", "paged"),
        ("09:00 \u2014 47 endpoints fail", "11-26 09:00", "47 endpoints fail"),
        ("14:22:00 | SYSTEM | alert", "11-26 14:22", "SYSTEM | alert"),
        ("14:03 DNS fails", "11-26 14:03", "DNS fails"),
        ("14:03 -5 % errors", "11-26 14:03", "-5 % errors"),
        ("14:03 CET paged", "11-26 13:03", "paged"),
        ("14:03 (CEST) - paged", "11-26 12:03", "paged"),
        ("14:03 EST paged", "11-26 19:03", "paged"),
        ("14:03 PT paged", "11-26 22:03", "paged"),
        ("14:03+02:00 paged", "11-26 12:03", "paged"),
        ("14:03-05:00 paged", "11-26 19:03", "paged"),
        ("14:03 UTC+2 paged", "11-26 12:03", "paged"),
        ("14:03Z paged", "11-26 14:03", "paged"),
        ("14:03 Europe/Berlin paged", "11-26 13:03", "paged"),
        ("2026-11-25 18:27 paged", "11-25 18:27", "paged"),
        ("2026-11-25T18:27:00Z paged", "11-25 18:27", "paged"),
        ("[2026-11-25 18:27 UTC] paged", "11-25 18:27", "paged"),
        ("25 Nov 2026 18:27 paged", "11-25 18:27", "paged"),
        ("Wed, Nov 25th, 2026 at 9:02 AM PT paged", "11-25 17:02", "paged"),
        ("22:52 UTC, 21st Oct 2026 | paged", "10-21 22:52", "paged"),
        ("2026 October 21 22:52 UTC", "10-21 22:52", ""),
        ("25.11.2026 18:27 paged", "11-25 18:27", "paged"),
    ],
)
def test_the_usual_spellings(text: str, at: str, rest: str) -> None:
    """Marks, brackets, am and pm, zones and dates of public post-mortems are understood."""
    assert moment(text) == (at, rest)


@pytest.mark.parametrize(
    ("text", "end"),
    [
        ("16:15-16:20 paged", "16:20"),
        ("16:15 \u2013 16:20: paged", "16:20"),
        ("16:15 to 16:20 paged", "16:20"),
        ("23:50 - 00:10 paged", "00:10"),
    ],
)
def test_a_range_begins_at_its_beginning(text: str, end: str) -> None:
    """Its end is kept; one that is earlier is on the next day."""
    found = read_stamp(text)
    assert found is not None
    ended = found[0].ended(DAY, UTC)
    assert ended is not None
    assert f"{ended:%H:%M}" == end
    assert timedelta() < ended - found[0].at(DAY, UTC) < timedelta(hours=1)


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("25:00 paged", "not a time"),
        ("13:05 PM paged", "not a time"),
        ("14:03ish paged", "not understood"),
        ("11pm-ish UTC paged", "not understood"),
        ("10:00-11:00 paged", "a range or an offset"),
        ("22:00-02:00 outage", "a range or an offset"),
        ("14:03 -1000 requests", "an offset or a number"),
        ("14:03 IST paged", "several time zones"),
        ("14:03 CST paged", "several time zones"),
        ("21st Oct 14:03 paged", "names no year"),
        ("14:03 UTC, 21st Oct | paged", "names no year"),
        ("04/05/2026 14:03 paged", "two dates"),
        ("2026-02-31 14:03 paged", "not a date"),
        ("14:03 CET - 15:03 UTC paged", "ends in another"),
    ],
)
def test_what_could_mean_two_things_is_refused(text: str, problem: str) -> None:
    """Nothing is guessed: the message says what to write instead."""
    with pytest.raises(ValueError, match=problem):
        moment(text)


def test_an_abbreviation_of_several_zones_is_the_one_that_was_named() -> None:
    """IST is India's time for whoever said that the file is from India."""
    assert moment("14:03 IST paged", "Asia/Kolkata") == ("11-26 08:33", "paged")
    assert moment("14:03 CST paged", "America/Chicago") == ("11-26 20:03", "paged")


@pytest.mark.parametrize(
    ("wall", "problem"),
    [("2026-03-29 02:30", "does not exist"), ("2026-10-25 02:30", "twice")],
)
def test_the_hour_that_a_clock_change_skips_or_repeats(wall: str, problem: str) -> None:
    """A wall clock that shows such a time names no moment, or two."""
    naive = datetime.fromisoformat(wall)
    with pytest.raises(ValueError, match=problem):
        in_zone(naive, None, ZoneInfo("Europe/Berlin"))
    assert in_zone(naive, "+01:00", ZoneInfo("Europe/Berlin")).tzinfo is UTC


@pytest.mark.parametrize("wall", ["0001-01-01 00:30", "9999-12-31 23:30"])
def test_the_first_and_last_years_are_refused(wall: str) -> None:
    """Some of their hours are in no other zone."""
    with pytest.raises(ValueError, match="no incident was in the year"):
        in_zone(datetime.fromisoformat(wall), None, ZoneInfo("Europe/Berlin"))


@given(
    at=st.datetimes(*(datetime.fromisoformat(each) for each in ("2000-01-01", "2099-12-31"))),
    form=st.sampled_from(
        [
            "%Y-%m-%d %H:%M",
            "%d %b %Y %H:%M",
            "%B %d, %Y %I:%M %p",
            "[%Y-%m-%d %H:%M]",
            "%d.%m.%Y, %H:%M",
        ]
    ),
)
def test_every_minute_is_read_back(at: datetime, form: str) -> None:
    """Each spelling names the minute that it was made from."""
    found = read_stamp(at.strftime(form) + " text")
    assert found is not None
    stamp, rest = found
    assert (stamp.day, stamp.clock, rest) == (at.date(), time(at.hour, at.minute), "text")


def test_a_date_with_one_reading_only() -> None:
    """A day above twelve tells which number is the month."""
    assert read_date("11/26/2026") == read_date("26/11/2026") == DAY


NOW = datetime(2026, 11, 26, 0, 5, tzinfo=UTC)


@pytest.mark.parametrize(
    ("text", "at"),
    [
        ("now", NOW),
        ("10m", NOW - timedelta(minutes=10)),
        ("-10m", NOW - timedelta(minutes=10)),
        ("10m ago", NOW - timedelta(minutes=10)),
        ("00:03", NOW - timedelta(minutes=2)),
        ("23:58", NOW - timedelta(minutes=7)),
        ("11:58pm", NOW - timedelta(minutes=7)),
        ("01:03 CET", NOW - timedelta(minutes=2)),
        ("2026-11-25", NOW - timedelta(days=1, minutes=5)),
        ("2026-11-25 23:58", NOW - timedelta(minutes=7)),
    ],
)
def test_a_time_on_the_command_line(text: str, at: datetime) -> None:
    """A time of day alone is the last one that has come; after midnight, yesterday's."""
    assert read_time(text, NOW, UTC) == at


@pytest.mark.parametrize("text", ["soon", "14:03 - 14:05", "14:03 paged", "", "25:00", "10"])
def test_what_is_no_time_on_the_command_line(text: str) -> None:
    """Anything else is refused."""
    with pytest.raises(ValueError, match="time"):
        read_time(text, NOW, UTC)
