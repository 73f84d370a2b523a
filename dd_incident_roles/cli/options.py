"""Options that all or several commands share, and how a time and a length of time are typed."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from dataclasses import replace
from datetime import MAXYEAR, MINYEAR, UTC, datetime, timedelta, tzinfo
from typing import TYPE_CHECKING, Any, TypeVar

import click
from click.core import ParameterSource

from dd_incident_roles.values import frozen
from dd_incident_roles.words import LONGEST, format_duration, parse_duration

if TYPE_CHECKING:
    from pathlib import Path

    _Moment = click.ParamType[datetime]
    _Length = click.ParamType[timedelta]
    _Zone = click.ParamType[tzinfo]
else:
    # Older versions of click that will do cannot be told what a type gives.
    _Moment = _Length = _Zone = click.ParamType

_FORMS = "try 14:03, now, 10m (ten minutes ago), or 2026-01-31T14:03:00Z."
_SLACK = timedelta(minutes=1)
"""How far ahead a clock on the wall may be before its time is taken for yesterday's."""


def now() -> datetime:
    """The present moment, aware and in UTC."""
    return datetime.now(UTC)


@frozen
class Invocation:
    """The options that many commands take, the clock that they go by, and how they pause.

    Without ``sleep`` a pause between two tries ends with whatever it waits for.
    """

    config: str | None = None
    store: str | None = None
    verbosity: int = 0
    quiet: bool = False
    log_format: str = "text"
    no_color: bool = False
    only_here: bool = False
    timezone: tzinfo | None = None
    clock: Callable[[], datetime] = now
    sleep: Callable[[float], None] | None = None


def invocation_of(context: click.Context) -> Invocation:
    """Find the global options from within any command."""
    return context.find_object(Invocation) or Invocation()


class Zone(_Zone):
    """A time zone by its name, such as ``Europe/Berlin``."""

    name = "zone"

    def convert(
        self, value: Any, param: click.Parameter | None, ctx: click.Context | None
    ) -> tzinfo:
        """Find a zone, or fail with names that work."""
        from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

        try:
            return value if isinstance(value, tzinfo) else ZoneInfo(value)
        # A name with a slash too many is a ValueError or a folder, by the platform.
        except (ZoneInfoNotFoundError, ValueError, OSError):
            self.fail(
                f"{value!r} is not a time zone that this machine knows: try UTC or Europe/Berlin.",
                param,
                ctx,
            )


class Time(_Moment):
    """A moment in UTC; one that is typed without a zone is in that of --timezone."""

    name = "time"

    def convert(
        self, value: Any, param: click.Parameter | None, ctx: click.Context | None
    ) -> datetime:
        """Read a moment, or fail with the forms that work."""
        # Click converts a value that is one already, such as a default.
        if isinstance(value, datetime):
            return value
        text = str(value).strip()
        try:
            invocation = invocation_of(ctx) if ctx else Invocation()
            return read_time(text, invocation.clock(), invocation.timezone or UTC)
        except (ValueError, OverflowError) as error:
            # Other errors speak of Python, and not of what to type.
            reason = f" ({error})" if "write it" in str(error) else ""
            self.fail(f"{text!r} is not a time{reason}: {_FORMS}", param, ctx)


def read_time(text: str, now: datetime, zone: tzinfo) -> datetime:
    """The moment that a text names; a time of day alone is the last one that was not later.

    Raises ValueError for anything else.
    """
    from dd_incident_roles.timeline.stamps import read_stamp

    if text.casefold() == "now":
        return now
    # "-10m" and "10m ago" are the same moment.
    ago = text.removeprefix("-").removesuffix("ago").strip()
    with suppress(ValueError):
        return now - parse_duration(ago)
    with suppress(ValueError):
        at = datetime.fromisoformat(text)
        at = at if at.tzinfo else at.replace(tzinfo=zone)
        # The first and the last hours of all are in no other zone.
        return at.astimezone(UTC) if MINYEAR < at.year < MAXYEAR else at
    found = read_stamp(text)
    # A stamp with text behind it, or a range, names no moment.
    if found is None or found[1] or found[0].end:
        raise ValueError("is not a time")
    stamp = found[0]
    if stamp.day:
        return stamp.at(stamp.day, zone)
    today = now.astimezone(UTC).date()
    # Yesterday's day in UTC is today's in a zone ahead of it, and the other way round.
    days = [today + timedelta(days=shift) for shift in (1, 0, -1, -2)]
    return next(at for at in (stamp.at(day, zone) for day in days) if at <= now + _SLACK)


class Duration(_Length):
    """A length of time that is not zero, such as ``10m``; a number alone is in ``unit``."""

    name = "duration"

    def __init__(self, unit: str = "", *, most: timedelta = LONGEST) -> None:
        self._unit, self._most = unit, most

    def convert(
        self, value: Any, param: click.Parameter | None, ctx: click.Context | None
    ) -> timedelta:
        """Read a length of time, or fail with the forms that work."""
        if isinstance(value, timedelta):
            return value
        text = str(value).strip()
        try:
            length = parse_duration(f"{text}{self._unit}" if text.isdigit() else text)
        except (ValueError, OverflowError):
            self.fail(f"{value!r} is not a duration: try 10m, 2h or 1d.", param, ctx)
        if not timedelta() < length <= self._most:
            most = format_duration(self._most)
            self.fail(f"it must be longer than nothing, and at most {most}.", param, ctx)
        return length


TIME = Time()
DURATION = Duration()

Command = TypeVar("Command", bound=Callable[..., object])


def format_option(
    *shapes: str, explained: str = "A table for people, or JSON for programs."
) -> Callable[[Command], Command]:
    """The option that chooses how a report is written, the first of the shapes by itself."""
    return click.option(
        "--format",
        "shape",
        type=click.Choice(shapes),
        default=shapes[0],
        show_default=True,
        help=explained,
    )


def take_globally(context: click.Context, parameter: click.Parameter, value: Any) -> Any:
    """Keep an option of a command with the global ones, where it was typed."""
    name = str(parameter.name)
    if context.get_parameter_source(name) is ParameterSource.COMMANDLINE:
        context.obj = replace(invocation_of(context), **{name: value})
    return value


table_or_json = format_option("table", "json")

query_option = click.option(
    "--query",
    metavar="DATADOG_QUERY",
    help="Look at the incidents of this search instead of the open ones.",
)

since_option = click.option(
    "--since",
    metavar="DURATION",
    type=Duration("d"),
    help="Look at incidents that were closed in this time, such as 7d, as the record has them.",
)


def _file(_context: click.Context, _option: click.Parameter, typed: str | None) -> Path | None:
    # Loaded late: a help text needs no paths, and pathlib is a good part of what it would load.
    from pathlib import Path

    file = None if typed is None else Path(typed)
    return None if file == Path("-") else file


output_option = click.option(
    "--output",
    metavar="FILE",
    type=click.Path(dir_okay=False),
    callback=_file,
    help='Write to a file that only you may read; "-" is stdout, as without it.',
)

stream_option = click.option(
    "--stream", metavar="NAME", help="The stream of work that the role is for, such as database."
)

no_sync_option = click.option(
    "--no-sync",
    "only_here",
    is_flag=True,
    expose_value=False,
    callback=take_globally,
    help="Only record it here; the next sync carries it to Datadog.",
)
"""It is no argument of the command, since the application knows it, as the global options."""
