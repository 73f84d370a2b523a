"""What was known of many incidents at one moment, and the part of it that a check is about."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from dd_incident_roles.errors import UnknownIncident, UsageError
from dd_incident_roles.model import Incident
from dd_incident_roles.policy.facts import Facts
from dd_incident_roles.policy.finding import NotEvaluated
from dd_incident_roles.values import frozen

if TYPE_CHECKING:
    # A file of facts is judged without what a sync is made of.
    from dd_incident_roles.sync.result import IncidentResult


@frozen
class Snapshot:
    """The facts about incidents, when they were looked at, how they were chosen, and what is amiss.

    ``described`` says in words how the incidents were chosen, and ``is_whole`` that they are all of
    their kind, not a choice. ``version`` is that of the program that looked, and ``unread`` is what
    it could not look at. ``closed_within`` is how far back one of closed incidents reaches.
    ``gone`` are incidents that Datadog shows no longer, with a notice each.
    """

    taken_at: datetime
    described: str
    version: str
    incidents: tuple[Facts, ...]
    unread: tuple[NotEvaluated, ...] = ()
    is_whole: bool = False
    closed_within: timedelta | None = None
    gone: tuple[IncidentResult, ...] = ()

    @property
    def matched(self) -> int:
        """How many incidents there were, including those that were read only in part."""
        known = {facts.incident.public_id for facts in self.incidents}
        return len(known | {gap.incident for gap in self.unread})


def is_closed_since(incident: Incident, earliest: datetime) -> bool:
    """Whether an incident was closed at some moment or later; one that is open may still be."""
    return incident.is_open or (incident.resolved or incident.modified) >= earliest


def narrow(
    snapshot: Snapshot,
    named: Sequence[str],
    *,
    name_of: Callable[[str], int | str],
    closed_within: timedelta | None,
    at: datetime,
) -> Snapshot:
    """The part of a snapshot that a check is about: the named incidents, or all.

    ``name_of`` makes a public id or an id of what somebody typed. Raises UsageError for what the
    snapshot cannot tell as of ``at``, and UnknownIncident for a name that is not in it.
    """
    _expect_answerable(snapshot, at, closed_within)
    incidents, unread = snapshot.incidents, snapshot.unread
    if closed_within is not None:
        earliest = at - closed_within
        incidents = tuple(each for each in incidents if is_closed_since(each.incident, earliest))
    if named:
        incidents, unread = _chosen(incidents, unread, named, name_of)
    taken = f"{snapshot.taken_at:%Y-%m-%d %H:%M} UTC"
    return replace(
        snapshot,
        incidents=incidents,
        unread=unread,
        described=f"a snapshot of {taken}, {snapshot.described}",
        is_whole=snapshot.is_whole and not named,
    )


def _expect_answerable(snapshot: Snapshot, now: datetime, within: timedelta | None) -> None:
    """Raise UsageError for what the snapshot cannot show; finding nothing would look clean."""
    taken, known = snapshot.taken_at, snapshot.closed_within
    if now < taken:
        raise UsageError(
            f"--now {now.isoformat()} is before the snapshot was taken, at {taken.isoformat()}.",
            hint="Leave --now out, or name a later moment.",
        )
    if within is None and known is not None:
        raise UsageError(
            "The snapshot has closed incidents only.",
            hint="Add --since DAYS to check those, or make a snapshot of open ones "
            "without --since.",
        )
    if within is not None and known is None:
        raise UsageError(
            "The snapshot has open incidents only, but --since asks for closed ones.",
            hint=f"Make one with: dd-incident-roles snapshot --since {within.days} --output FILE",
        )
    if within and known and within - (now - taken) > known:
        raise UsageError(
            f"The snapshot covers the {known.days} days before it was taken, which is less than "
            f"--since {within.days}.",
            hint=f"Make one with: dd-incident-roles snapshot --since {within.days} --output FILE",
        )


def _chosen(
    incidents: Iterable[Facts],
    unread: Iterable[NotEvaluated],
    named: Sequence[str],
    name_of: Callable[[str], int | str],
) -> tuple[tuple[Facts, ...], tuple[NotEvaluated, ...]]:
    by_name: dict[int | str, list[Facts | NotEvaluated]] = {}
    for each in incidents:
        by_name.setdefault(each.incident.public_id, []).append(each)
        by_name.setdefault(each.incident.id, []).append(each)
    for gap in unread:
        if gap.incident is not None:
            by_name.setdefault(gap.incident, []).append(gap)
    found: list[Facts | NotEvaluated] = []
    for text in named:
        matches = by_name.get(name_of(text))
        if not matches:
            raise UnknownIncident(text, hint="The snapshot has no such incident.")
        found.extend(each for each in matches if each not in found)
    return (
        tuple(each for each in found if isinstance(each, Facts)),
        tuple(each for each in found if isinstance(each, NotEvaluated)),
    )
