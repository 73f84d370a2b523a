"""What there is to know of a role that was devised for one incident, in a sentence."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import UTC, datetime

from dd_incident_roles.report.views import DevisedView
from dd_incident_roles.words import short_duration


def devised_notice(
    title: str, devised: DevisedView, name: Callable[[str], str], now: datetime
) -> str:
    """Say who devised a role, who may hold it and for how long; ``name`` makes names of keys."""
    return f"{'; '.join(_parts(title, devised, name, now))}."


def _parts(
    title: str, devised: DevisedView, name: Callable[[str], str], now: datetime
) -> Iterator[str]:
    yield f"{title} was devised by {name(devised.by)} for this incident"
    if devised.may_hold:
        yield f"it may be held by {', '.join(map(name, devised.may_hold))}"
    if devised.until is not None:
        shown = _moment(devised.until, now)
        if devised.until <= now:
            yield f"it lapsed at {shown} UTC ({short_duration(now - devised.until)} ago)"
        else:
            yield f"until {shown} UTC (in {short_duration(devised.until - now)})"


def _moment(at: datetime, now: datetime) -> str:
    then = at.astimezone(UTC)
    same_day = then.date() == now.astimezone(UTC).date()
    return f"{then:%H:%M}" if same_day else f"{then:%Y-%m-%d %H:%M}"
