"""The facts of a snapshot, as a check without Datadog takes them."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from dd_incident_roles.commands.application import Configuration
from dd_incident_roles.commands.gather_facts import Gathered
from dd_incident_roles.commands.naming import (
    ByPublicId,
    ByUuid,
    Reference,
    parse_reference,
)
from dd_incident_roles.commands.recall_closed import is_closed_since
from dd_incident_roles.errors import UnknownIncident, UsageError
from dd_incident_roles.facts.reading import read_snapshot
from dd_incident_roles.facts.snapshot import Snapshot
from dd_incident_roles.policy.facts import Facts
from dd_incident_roles.policy.finding import NotEvaluated
from dd_incident_roles.settings import Settings


@dataclass(frozen=True, slots=True, kw_only=True)
class RecalledSnapshot:
    """What a snapshot holds, and the moment as of which it is judged."""

    gathered: Gathered
    now: datetime


def recall_snapshot(
    content: bytes,
    configuration: Configuration,
    named: Sequence[str],
    *,
    file: str,
    closed_within: timedelta | None,
    now: datetime | None,
) -> RecalledSnapshot:
    """Read a snapshot and choose among its incidents: the named ones, or all.

    Without ``now`` it is judged as of when it was taken. Raises ConfigurationError for a file that
    is no snapshot, and UnknownIncident for a name that is not in it.
    """
    snapshot = read_snapshot(
        content,
        file=file,
        catalogue=configuration.catalogue,
        shows_private=configuration.policy.shows_private,
    )
    at = now or snapshot.taken_at
    _expect_answerable(snapshot, at, closed_within)
    facts, unread = list(snapshot.incidents), list(snapshot.unread)
    if closed_within is not None:
        facts = [each for each in facts if is_closed_since(each.incident, at - closed_within)]
    if named:
        facts, unread = _chosen(facts, unread, named, configuration.settings)
    return RecalledSnapshot(
        gathered=Gathered(
            facts=tuple(facts),
            unread=tuple(unread),
            described=f"a snapshot of {snapshot.taken_at:%Y-%m-%d %H:%M} UTC, {snapshot.described}",
            is_whole=snapshot.is_whole and not named,
        ),
        now=at,
    )


def _expect_answerable(snapshot: Snapshot, now: datetime, within: timedelta | None) -> None:
    """Raise UsageError for what the snapshot cannot tell; finding nothing would look clean."""
    taken, known = snapshot.taken_at, snapshot.closed_within
    if now < taken:
        raise UsageError(
            f"--now {now.isoformat()} is before the snapshot was taken, at {taken.isoformat()}.",
            hint="Leave --now out, or name a later moment.",
        )
    if within is None and known is not None:
        raise UsageError(
            "The snapshot is of closed incidents, and open ones were asked for.",
            hint="Add --since DAYS, or make a snapshot without it.",
        )
    if within is not None and known is None:
        raise UsageError(
            "The snapshot is of open incidents, and closed ones were asked for with --since.",
            hint=f"Make one with: dd-incident-roles snapshot --since {within.days} --output FILE",
        )
    if within and known and within - (now - taken) > known:
        raise UsageError(
            f"The snapshot reaches back {known.days} days from when it was taken, which is less "
            f"than --since {within.days}.",
            hint=f"Make one with: dd-incident-roles snapshot --since {within.days} --output FILE",
        )


def _chosen(
    facts: Iterable[Facts],
    unread: Iterable[NotEvaluated],
    named: Sequence[str],
    settings: Settings,
) -> tuple[list[Facts], list[NotEvaluated]]:
    by_name: dict[int | str, list[Facts | NotEvaluated]] = {}
    for each in facts:
        by_name.setdefault(each.incident.public_id, []).append(each)
        by_name.setdefault(each.incident.id, []).append(each)
    for gap in unread:
        if gap.incident is not None:
            by_name.setdefault(gap.incident, []).append(gap)
    found: list[Facts | NotEvaluated] = []
    for text in named:
        matches = by_name.get(_name(parse_reference(text, settings)))
        if not matches:
            raise UnknownIncident(text, hint="The snapshot has no such incident.")
        found.extend(each for each in matches if each not in found)
    return (
        [each for each in found if isinstance(each, Facts)],
        [each for each in found if isinstance(each, NotEvaluated)],
    )


def _name(reference: Reference) -> int | str:
    match reference:
        case ByPublicId(number=number):
            return number
        case ByUuid(id=incident_id):
            return incident_id
