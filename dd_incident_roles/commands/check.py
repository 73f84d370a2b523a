"""``check``, ``snapshot`` and ``board``: what is known of incidents, and all of it on a page."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from dd_incident_roles import __version__
from dd_incident_roles.application import Application
from dd_incident_roles.commands.naming import check_choice, find_incident, select_incidents
from dd_incident_roles.commands.reading import IncidentView, Look, read_noting_absences
from dd_incident_roles.datadog.http import CLOCKS_AGREE
from dd_incident_roles.errors import DatadogError, IncidentRolesError, UsageError
from dd_incident_roles.facts.live import with_accounts
from dd_incident_roles.facts.recorded import load_closed, recorded_facts
from dd_incident_roles.facts.redaction import fields_to_keep, redact
from dd_incident_roles.facts.snapshot import Snapshot
from dd_incident_roles.model import Incident
from dd_incident_roles.policy.facts import Facts
from dd_incident_roles.policy.judge import Question, judge
from dd_incident_roles.policy.policy import NotEvaluated, Scope, Verdict
from dd_incident_roles.policy.rules import RULES
from dd_incident_roles.sync.plan import Failure, IncidentResult
from dd_incident_roles.words import incident_label

if TYPE_CHECKING:
    # A check loads nothing of the page.
    from dd_incident_roles.report.board.board import Board, Seen, Unread

_EVERYTHING = "The list of incidents"

CLOSED_INCIDENTS = "state:(resolved OR completed)"
"""The query that finds incidents that people have finished with (document)."""


def gather(
    application: Application,
    named: Sequence[str],
    *,
    query: str | None,
    closed_within: timedelta | None = None,
    now: datetime | None = None,
) -> Snapshot:
    """Look at the named incidents, those of a query or the open ones, and at closed ones if asked.

    ``closed_within`` chooses incidents that were closed so long ago at the most, from the record,
    instead; ``now`` is the moment from which that is counted, where it is not the present. Nothing
    is changed. Raises DatadogError when the incidents could not even be found, and UsageError where
    nobody can tell how things stood at ``now``.
    """
    if closed_within is None:
        # Clocks that differ by less are taken to agree.
        if now is not None and now < application.clock() - CLOCKS_AGREE:
            raise UsageError(
                f"--now {now.isoformat()} is in the past, but Datadog shows only the present.",
                hint="Leave --now out, or check a snapshot of that time: check --snapshot FILE.",
            )
        selection = select_incidents(application, named, query)
        seen = read_noting_absences(application, selection.ids, searched=selection.searched)
        # Only of every incident can it be said that no waiver is left over.
        is_whole = not named and query is None
        return snapshot_of(application, seen, described=selection.described, is_whole=is_whole)
    at = now or application.now()
    closed = _find_closed(application, named, query, earliest=at - closed_within)
    facts, unread = load_closed(application, closed, within=closed_within, now=at)
    days = f"closed in the last {closed_within.days} days"
    described = f"all {days}"
    if named:
        described = f"the named incidents, {days}"
    elif query is not None:
        described = f"query {query!r}, {days}"
    return Snapshot(
        taken_at=application.now(),
        described=described,
        version=__version__,
        incidents=_as_shown(application, _declared_by(facts, now)),
        unread=unread,
        is_whole=not named and query is None,
        closed_within=closed_within,
    )


def snapshot_of(
    application: Application,
    seen: Sequence[Look],
    *,
    described: str,
    is_whole: bool,
) -> Snapshot:
    """What is known of open incidents that were looked at."""
    facts = with_accounts(
        application, [each.facts for each in seen if isinstance(each, IncidentView)]
    )
    results = (each for each in seen if isinstance(each, IncidentResult))
    return Snapshot(
        taken_at=application.now(),
        described=described,
        version=__version__,
        incidents=_as_shown(application, facts),
        unread=tuple(gap for each in seen if (gap := _unread(each))),
        is_whole=is_whole,
        # One without a failure was looked for, and is known to be gone.
        gone=tuple(each for each in results if not each.failures),
    )


def _as_shown(application: Application, incidents: Iterable[Facts]) -> tuple[Facts, ...]:
    """Facts as a snapshot would have them, so that both are judged alike."""
    kept = fields_to_keep(application.catalogue, application.policy.waivers)
    return tuple(redact(each, kept) for each in incidents)


def _find_closed(
    application: Application, named: Sequence[str], query: str | None, *, earliest: datetime
) -> Iterable[Incident]:
    """Closed incidents as Datadog has them, so that one that nobody recorded is not passed over."""
    check_choice(named, query)
    if named:
        ids = dict.fromkeys(find_incident(application, text) for text in named)
        return [application.incidents.get(each).incident for each in ids]
    searched = {
        reading.incident.id: reading.incident
        for reading in application.incidents.search(query or CLOSED_INCIDENTS)
    }
    if query is not None:
        return searched.values()
    recorded = {each.id: each for each in application.record.incidents_closed_since(earliest)}
    return [each for each in {**recorded, **searched}.values() if not each.is_open]


def _declared_by(incidents: Sequence[Facts], now: datetime | None) -> tuple[Facts, ...]:
    """The incidents that had been declared at a moment; raises UsageError where none had been."""
    known = tuple(each for each in incidents if now is None or each.incident.declared <= now)
    if now is not None and incidents and not known:
        first = min(each.incident.declared for each in incidents)
        raise UsageError(
            f"--now {now.isoformat()} is before the first of these incidents was declared.",
            hint=f"That was at {first.isoformat()}.",
        )
    return known


def _unread(result: Look) -> NotEvaluated | None:
    """What could not be looked at, be it only who holds the roles."""
    if isinstance(result, IncidentView):
        why = result.plan.reading.roles.contradiction
        number = result.incident.public_id
        return NotEvaluated(incident=number, reason=why.message) if why else None
    if not result.failures:
        return None
    reason = "; ".join(failure.error.message for failure in result.failures)
    known = result.incident.public_id if result.incident else result.incident_id
    return NotEvaluated(incident=known, reason=reason)


def show_board(application: Application, named: Sequence[str], *, query: str | None) -> Board:
    """Look at the named incidents, those of a query or the open ones, and at what the rules say.

    Nothing is changed. What could not be read is part of the board, and is shown as it was recorded
    last, if it was. Raises DatadogError where not even the named incidents could be found.
    """
    from dd_incident_roles.report.board.board import board_of

    only_open = not named and query is None
    looks, problem = _look(application, named, query)
    taken = snapshot_of(application, looks, described="", is_whole=only_open and not problem)
    rules = tuple(rule for rule in RULES.values() if rule.scope in {Scope.OPEN, Scope.POLICY})
    verdict = judge(
        Question(
            rules=rules,
            now=taken.taken_at,
            policy=application.policy,
            is_whole=taken.is_whole,
        ),
        taken.incidents,
        unread=taken.unread,
    )
    seen = [
        found
        for look in looks
        if (found := _seen(application, look))
        and not (only_open and (look in taken.gone or not found.status.incident.is_open))
    ]
    # Severities are an open set, and their names sort as they are meant.
    seen.sort(
        key=lambda each: (
            each.status.incident.severity.casefold(),
            each.status.incident.public_id,
        )
    )
    return board_of(
        seen,
        verdict=verdict,
        unread=tuple(dict.fromkeys(_missing(looks, verdict, problem))),
        notes=[
            f"{incident_label(gone.incident.public_id)}: {notice}"
            for gone in taken.gone
            if gone.incident
            for notice in gone.notices
        ],
        catalogue=application.catalogue,
        shows_private=application.policy.shows_private,
        now=taken.taken_at.astimezone(application.zone),
    )


def _look(
    application: Application, named: Sequence[str], query: str | None
) -> tuple[Sequence[Look], DatadogError | None]:
    """What was looked at; where the open incidents cannot be found, the record's, and why."""
    try:
        selection = select_incidents(application, named, query)
    except DatadogError as error:
        if named or query is not None:
            raise
        # They are not asked for one by one: each would wait for the same Datadog.
        return [
            IncidentResult(
                incident_id=incident.id,
                target=application.target.name,
                incident=incident,
                failures=(Failure(error=error),),
            )
            for incident in application.record.open_incidents()
        ], error
    ids, searched = selection.ids, selection.searched
    return read_noting_absences(application, ids, searched=searched), None


def _seen(application: Application, look: Look) -> Seen | None:
    """One incident with its past; None where nobody ever saw it."""
    from dd_incident_roles.commands.history import trace
    from dd_incident_roles.commands.status import status_of
    from dd_incident_roles.report.board.board import Seen

    status, history = status_of(application, look), trace(application, look)
    if status is None or history is None:
        return None
    facts = (
        look.facts
        if isinstance(look, IncidentView)
        else recorded_facts(application, status.incident)
    )
    return Seen(status=status, facts=facts, history=history)


def _missing(
    looks: Sequence[Look], verdict: Verdict, problem: DatadogError | None
) -> Iterator[Unread]:
    """What the page may lack: the list, incidents, parts of some, and what was not judged."""
    from dd_incident_roles.report.board.board import Unread
    from dd_incident_roles.report.terminal import name_of

    def told(about: str, error: IncidentRolesError) -> Unread:
        return Unread(about=about, reason=error.message, hint=error.hint)

    if problem:
        yield told(_EVERYTHING, problem)
        return
    whole = set()
    for look in looks:
        if isinstance(look, IncidentResult):
            number = look.incident.public_id if look.incident else look.incident_id
            whole.add(number)
            for failure in look.failures:
                yield told(name_of(number), failure.error)
            continue
        name = incident_label(look.incident.public_id)
        for part in look.plan.reading.failures:
            yield told(name, part)
        for place in look.places.looks:
            for failure in place.result.failures:
                yield told(name, failure.error)
    for gap in verdict.not_evaluated:
        if gap.incident not in whole:
            yield Unread(about=name_of(gap.incident), reason=gap.reason)
