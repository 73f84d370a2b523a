"""A moment as people write it: a date, a time of day and a zone, each in its usual spellings.

What is understood is right; what could mean two moments is refused and never guessed.
"""

from __future__ import annotations

import re
from datetime import MAXYEAR, MINYEAR, UTC, date, datetime, time, timedelta, timezone, tzinfo
from types import MappingProxyType
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from dd_incident_roles.values import frozen

_HOURS = MappingProxyType(
    {
        **{"UTC": 0.0, "GMT": 0.0, "WET": 0.0, "WEST": 1.0, "CET": 1.0, "CEST": 2.0, "EET": 2.0},
        **{"EEST": 3.0, "MSK": 3.0, "JST": 9.0, "KST": 9.0, "SGT": 8.0, "HKT": 8.0, "AWST": 8.0},
        **{"ACST": 9.5, "ACDT": 10.5, "AEST": 10.0, "AEDT": 11.0, "NZST": 12.0, "NZDT": 13.0},
        **{"EST": -5.0, "EDT": -4.0, "CDT": -5.0, "MST": -7.0, "MDT": -6.0, "PST": -8.0},
        **{"PDT": -7.0, "AKST": -9.0, "AKDT": -8.0, "HST": -10.0, "NST": -3.5, "NDT": -2.5},
    }
)
"""Abbreviations that mean one offset wherever incidents are written about."""

_PLACES = MappingProxyType(
    {
        **{"PT": "America/Los_Angeles", "Pacific Time": "America/Los_Angeles"},
        **{"ET": "America/New_York", "Eastern Time": "America/New_York"},
    }
)
"""Names of a place's time, summer and winter alike."""

_AMBIGUOUS = frozenset({"CST", "IST", "BST", "AST", "ADT", "SST", "ECT", "GST", "AMT", "PKT"})
"""Abbreviations of several zones; the zone that was named by the reader decides, or nobody."""

_MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")
_MONTH = (
    r"(?:Jan(?:uary)?|Feb(?:ruary)?|Mar(?:ch)?|Apr(?:il)?|May|June?|July?|Aug(?:ust)?"
    r"|Sept?(?:ember)?|Oct(?:ober)?|Nov(?:ember)?|Dec(?:ember)?)\.?"
)
_NTH = r"(?:st|nd|rd|th)?"
_WEEKDAY = r"(?:(?:Mon|Tues?|Wed(?:nes)?|Thu(?:rs)?|Fri|Sat(?:ur)?|Sun)(?:day)?\.?,?\s+)?"
_DATE = (
    rf"{_WEEKDAY}(?:"
    r"\d{4}-\d{2}-\d{2}|\d{4}/\d{1,2}/\d{1,2}|\d{1,2}\.\d{1,2}\.\d{4}|\d{1,2}/\d{1,2}/\d{2,4}"
    rf"|20\d\d\s+{_MONTH}\s+\d{{1,2}}{_NTH}"
    rf"|\d{{1,2}}{_NTH}(?:\s+of)?[ -]{_MONTH}(?:,?[ -]20\d\d)?"
    rf"|{_MONTH}\s+\d{{1,2}}{_NTH}(?:,?\s+20\d\d)?)"
)
_CLOCK = (
    r"\d{1,2}:\d{2}(?::\d{2}(?:[.,]\d{1,9})?)?(?:\s?[AaPp]\.?[Mm]\b\.?)?|\d{1,2}\s?[AaPp][Mm]\b"
)
_AREA = (
    r"(?:Africa|America|Antarctica|Arctic|Asia|Atlantic|Australia|Europe|Indian|Pacific|Etc|US"
    r"|Canada|Brazil|Mexico|Chile)/[A-Za-z_]+(?:[/+-][A-Za-z0-9_]+)*"
)
_NAME = "|".join([_AREA, *sorted({*_HOURS, *_PLACES, *_AMBIGUOUS}, key=len, reverse=True)])
# Real offsets end on a whole, half or quarter hour; "10:15-10:20" is a range of two times.
_OFFSET = r"(?:Z\b|(?:UTC|GMT)\s?[+-]\d{1,2}(?::?\d{2})?|[+-](?:0\d|1[0-4])(?::?(?:00|15|30|45))?)"
_ZONE = rf"(?:\s?{_OFFSET}(?![\d:.])|\s+\(?(?:{_NAME})\)?(?![\w/]))"
_STAMP = re.compile(
    r"[\[(*_`~]*"
    rf"(?:(?P<date>{_DATE})(?:T|,?\s+(?:at\s+|[-\u2013]\s+)?))?"
    rf"(?P<clock>{_CLOCK})(?P<zone>{_ZONE})?"
    rf"(?:\s*(?:[-\u2013\u2014]|to|until)\s*(?P<end>{_CLOCK})(?P<end_zone>{_ZONE})?)?"
    rf"(?:,?\s+(?P<late_date>{_DATE})(?=\W|$))?"
    r"(?P<closed>:?[\])*_`~]*)"
    r"(?P<gap>\s*(?:[:|\u2013\u2014\u2192]|->|=>)+\s*|\s+-+(?:\s+|$)|\s+|$)"
)
_STARTS = re.compile(
    rf"[\[(*_`~]*(?:{_DATE}[T,\s]\s*)?(?:\d{{1,2}}:\d{{2}}|\d{{1,2}}\s?[AaPp][Mm]\b)"
)
_DAY = re.compile(rf"(?<![\w/.-])(?:{_DATE})(?![\w/-])")
_ZONE_NAME = re.compile(rf"(?<![\w/])(?:{_OFFSET}|{_NAME})(?![\w/])")


@frozen
class Stamp:
    """A moment as written; ``end`` is the time of day at which a range ends."""

    clock: time
    day: date | None = None
    zone: str | None = None
    end: time | None = None

    def at(self, day: date, zone: tzinfo) -> datetime:
        """The moment in UTC, in the zone that the stamp names, else in ``zone``.

        Raises ValueError for a zone that is not known, and for a time that comes twice on that day
        or not at all because clocks change.
        """
        return in_zone(datetime.combine(day, self.clock), self.zone, zone)

    def ended(self, day: date, zone: tzinfo) -> datetime | None:
        """The end of a range in UTC; one that is earlier than its beginning is on the next day."""
        if self.end is None:
            return None
        last = day if self.end >= self.clock else day + timedelta(days=1)
        return in_zone(datetime.combine(last, self.end), self.zone, zone)


def read_stamp(text: str) -> tuple[Stamp, str] | None:
    """The moment with which a text begins, and the rest of it; None where none begins it.

    Raises ValueError, whose message says why, for one that begins like a moment and is none, or
    that could mean two.
    """
    found = _STAMP.match(text)
    if found is None:
        # What looks like a moment and is none would otherwise be lost in the text before it.
        if _STARTS.match(text):
            raise ValueError("begins with a time that is not understood")
        return None
    written = found["date"] or found["late_date"]
    clock, zone, end = _clock(found["clock"]), found["zone"], found["end"]
    # Behind a whole date an offset is what it looks like, as in ISO 8601.
    if zone and not found["date"]:
        _refuse_two_readings(found["clock"], clock, zone)
    if zone and found["end_zone"] and zone.strip(" ()") != found["end_zone"].strip(" ()"):
        raise ValueError("begins in one time zone and ends in another: write both in UTC")
    return (
        Stamp(
            clock=clock,
            day=read_date(written) if written else None,
            zone=(zone or found["end_zone"] or "").strip().strip("()") or None,
            end=_clock(end) if end else None,
        ),
        text[found.end() :].strip(),
    )


_NIGHT = timedelta(hours=6)
"""The longest range over midnight that a bare offset is taken for; nearly all are shorter."""


def _refuse_two_readings(written: str, clock: time, zone: str) -> None:
    """A bare offset behind a time of day can be something else: a range, or a number."""
    if zone[0] == "-" and ":" in zone and _may_end(time.fromisoformat(zone[1:]), clock):
        raise ValueError(
            f"{written}{zone} can be a range or an offset: "
            f'write "{written} to {zone[1:]}" or "{written} UTC{zone}"'
        )
    if re.fullmatch(r"\s[+-]\d+", zone):
        number = zone.strip()
        raise ValueError(f'{number} can be an offset or a number: write "{written} UTC{number}"')


def _may_end(end: time, begin: time) -> bool:
    """Whether a time of day can be the end of a range, on the same day or in the next night."""
    begun, ended = (timedelta(hours=each.hour, minutes=each.minute) for each in (begin, end))
    return ended >= begun or ended + timedelta(days=1) - begun <= _NIGHT


def dates_in(text: str) -> list[str]:
    """Every date in a text, as written."""
    return [found[0] for found in _DAY.finditer(text)]


def zone_in(text: str) -> str | None:
    """The one zone in a text; raises ValueError where several do."""
    found = {each[0] for each in _ZONE_NAME.finditer(text)}
    # "Pacific Time (PT)" says one thing twice.
    meant = {_PLACES.get(each, each) for each in found}
    if len(meant) > 1:
        raise ValueError(f"names several time zones ({', '.join(sorted(found))})")
    return next(iter(sorted(found)), None)


def read_date(text: str) -> date:
    """The date that a text is; raises ValueError for one without a year or with two readings."""
    year, month, day = _date_parts(text)
    try:
        return date(year, month, day)
    except ValueError:
        raise ValueError(f"{text!r} is not a date") from None


def _date_parts(text: str) -> tuple[int, int, int]:
    numbers = [int(each) for each in re.findall(r"\d+", text)]
    month = next((at for at, name in enumerate(_MONTHS, 1) if re.search(rf"\b{name}", text)), None)
    if month is not None:
        # A number above 31 can only be the year, wherever it stands.
        years = [each for each in numbers if each > 31]
        days = [each for each in numbers if each <= 31]
        if not years:
            raise ValueError(f"{text!r} names no year: write it as 2026-01-31")
        return years[0], month, days[0] if days else 0
    first, second, third = numbers
    if first > 31:
        return first, second, third
    # Whoever writes dots writes the day first.
    if "." in text:
        return third, second, first
    # No month is above twelve, so that one order is left; else both stay possible.
    if third > 99 and max(first, second) > 12:
        return third, min(first, second), max(first, second)
    raise ValueError(f"{text!r} can be read as two dates: write it as 2026-01-31")


def in_zone(naive: datetime, named: str | None, otherwise: tzinfo) -> datetime:
    """A wall-clock time as a moment in UTC; raises ValueError where it is none or two."""
    zone = find_zone(named, otherwise, naive) if named else otherwise
    # The first and the last hours of all are in no other zone.
    if not MINYEAR < naive.year < MAXYEAR:
        raise ValueError(f"no incident was in the year {naive.year}")
    first, second = naive.replace(tzinfo=zone, fold=0), naive.replace(tzinfo=zone, fold=1)
    if first.utcoffset() != second.utcoffset():
        # A time that is skipped does not survive the way to UTC and back; one that repeats does.
        back = first.astimezone(UTC).astimezone(zone).replace(tzinfo=None)
        how = "comes twice" if back == naive else "does not exist"
        raise ValueError(
            f"{naive:%H:%M} {how} on {naive:%Y-%m-%d} in {zone}, where clocks change: "
            "write it with its offset, or in UTC"
        )
    return first.astimezone(UTC)


def find_zone(name: str, otherwise: tzinfo, at: datetime) -> tzinfo:
    """The zone of a name, an abbreviation or an offset; raises ValueError for any other.

    An abbreviation of several zones is the one that ``otherwise`` uses for itself, if it does.
    """
    if name in _AMBIGUOUS:
        # Where an hour comes twice, the two have different abbreviations.
        for fold in (0, 1):
            own = at.replace(tzinfo=otherwise, fold=fold)
            if own.tzname() == name:
                return timezone(own.utcoffset() or timedelta(), name)
        raise ValueError(f"{name} is the abbreviation of several time zones: write the offset")
    if name in _HOURS:
        return timezone(timedelta(hours=_HOURS[name]), name)
    if offset := re.fullmatch(r"(?:UTC|GMT)?\s?([+-])(\d{1,2}):?(\d{2})?", name):
        length = timedelta(hours=int(offset[2]), minutes=int(offset[3] or 0))
        # No zone is further from UTC than fourteen hours.
        if length >= timedelta(hours=15):
            raise ValueError(f"{name} is not the offset of a time zone")
        return timezone(-length if offset[1] == "-" else length)
    if name == "Z":
        return UTC
    try:
        return ZoneInfo(_PLACES.get(name, name))
    except (ZoneInfoNotFoundError, ValueError, OSError):
        raise ValueError(f"{name!r} is not a time zone that this machine knows") from None


def _clock(text: str) -> time:
    """A time of day, with or without am and pm."""
    half = re.search(r"([AaPp])\.?[Mm]", text)
    parts = re.findall(r"\d+", text)
    hour, minute, second = (int(each) for each in (*parts[:3], *["0"] * (3 - len(parts[:3]))))
    if half and 1 <= hour <= 12:
        hour = hour % 12 + (12 if half[1] in "Pp" else 0)
    elif half:
        # 0 and 13 have no half of a day: refused below, as 24 o'clock is.
        hour = 24
    fraction = int(parts[3].ljust(6, "0")[:6]) if len(parts) > 3 else 0
    try:
        return time(hour, minute, second, fraction)
    except ValueError:
        raise ValueError(f"{text!r} is not a time") from None
