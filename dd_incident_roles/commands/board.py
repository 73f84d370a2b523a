"""``board``: everything that the page shows, looked at once."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from dd_incident_roles import errors
from dd_incident_roles.application import Application
from dd_incident_roles.commands.check import snapshot_of
from dd_incident_roles.commands.history import trace
from dd_incident_roles.commands.naming import select_incidents
from dd_incident_roles.commands.reading import IncidentView, read_noting_absences
from dd_incident_roles.commands.status import status_of
from dd_incident_roles.facts.recorded import recorded_facts
from dd_incident_roles.policy.finding import Verdict
from dd_incident_roles.policy.judge import Question, judge
from dd_incident_roles.policy.policy import Scope
from dd_incident_roles.policy.rules import RULES
from dd_incident_roles.report.board.board import Board, Seen, Unread, board_of
from dd_incident_roles.report.terminal import name_of
from dd_incident_roles.sync.plan import Failure, IncidentResult
from dd_incident_roles.words import incident_label

_EVERYTHING = "The list of incidents"

_Look = IncidentView | IncidentResult


def show_board(application: Application, named: Sequence[str], *, query: str | None) -> Board:
    """Look at the named incidents, those of a query or the open ones, and at what the rules say.

    Nothing is changed. What could not be read is part of the board, and is shown as it was recorded
    last, if it was. Raises DatadogError where not even the named incidents could be found.
    """
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
        unread=tuple(dict.fromkeys(_unread(looks, verdict, problem))),
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
) -> tuple[Sequence[_Look], errors.DatadogError | None]:
    """What was looked at; where the open incidents cannot be found, the record's, and why."""
    try:
        selection = select_incidents(application, named, query)
    except errors.DatadogError as error:
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


def _seen(application: Application, look: _Look) -> Seen | None:
    """One incident with its past; None where nobody ever saw it."""
    status, history = status_of(application, look), trace(application, look)
    if status is None or history is None:
        return None
    facts = (
        look.facts
        if isinstance(look, IncidentView)
        else recorded_facts(application, status.incident)
    )
    return Seen(status=status, facts=facts, history=history)


def _unread(
    looks: Sequence[_Look], verdict: Verdict, problem: errors.DatadogError | None
) -> Iterator[Unread]:
    """What the page may lack: the list, incidents, parts of some, and what was not judged."""
    if problem:
        yield _told(_EVERYTHING, problem)
        return
    whole = set()
    for look in looks:
        if isinstance(look, IncidentResult):
            number = look.incident.public_id if look.incident else look.incident_id
            whole.add(number)
            for failure in look.failures:
                yield _told(name_of(number), failure.error)
            continue
        name = incident_label(look.incident.public_id)
        for part in look.plan.reading.failures:
            yield _told(name, part)
        for place in look.places.looks:
            for failure in place.result.failures:
                yield _told(name, failure.error)
    for gap in verdict.not_evaluated:
        if gap.incident not in whole:
            yield Unread(about=name_of(gap.incident), reason=gap.reason)


def _told(about: str, error: errors.IncidentRolesError) -> Unread:
    return Unread(about=about, reason=error.message, hint=error.hint)
