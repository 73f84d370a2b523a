"""Incidents that Datadog shows no longer: doubted once, believed a grace later, or forgotten."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import assert_never

from dd_incident_roles.commands.application import Application
from dd_incident_roles.commands.reference import ByPublicId, ByUuid, parse_reference
from dd_incident_roles.errors import DatadogError, IncidentRolesError, NotFound, UsageError
from dd_incident_roles.model import Incident, IncidentId
from dd_incident_roles.sync.result import IncidentResult


def with_absence(application: Application, result: IncidentResult) -> IncidentResult:
    """What was looked at in vain, with the failure taken away once it is believed to be gone.

    Notes in the record that Datadog says it is not there; one that the record never saw is left
    as it is.
    """
    if result.incident is None or not _is_not_there(result):
        return result
    absence = application.record.miss(
        result.incident_id, at=application.clock(), grace=application.run_terms().grace
    )
    if absence.gone is None:
        return result
    notice = (
        f"Gone from Datadog (deleted or merged) since {absence.missed:%Y-%m-%d %H:%M} UTC; it is "
        "not asked for any more, and what is recorded here is kept."
    )
    return replace(result, failures=(), notices=(*result.notices, notice))


def why_unread(application: Application, result: IncidentResult) -> IncidentRolesError | None:
    """What was in the way of reading an incident; None of one that is known to be gone."""
    return next((each.error for each in with_absence(application, result).failures), None)


def refuse_gone(application: Application, incident_id: IncidentId) -> None:
    """Raise UsageError for a change to an incident that is known to be gone: it would never go."""
    absence = application.record.absences().get(incident_id)
    if absence is None or absence.gone is None:
        return
    raise UsageError(
        f"{application.known_as(incident_id)} is gone from Datadog since "
        f"{absence.missed:%Y-%m-%d %H:%M} UTC, or was forgotten; nothing was recorded.",
        hint=f"If Datadog shows it again: dd-incident-roles sync {incident_id}",
    )


def _is_not_there(result: IncidentResult) -> bool:
    """Whether reading the incident itself was answered with 404; a write says less."""
    was_read = bool(result.standings)
    return (
        bool(result.failures)
        and not was_read
        and all(isinstance(each.error, NotFound) for each in result.failures)
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class Forgotten:
    """Incidents that the record let go of; ``shown`` is how Datadog still shows one of them.

    ``waiting`` says that something of theirs was still to be carried to Datadog.
    """

    incidents: tuple[Incident, ...]
    shown: Incident | None
    waiting: bool
    problem: DatadogError | None


def forget_incident(application: Application, text: str) -> Forgotten:
    """Neither list nor ask for an incident any more; raises UsageError for one that is unknown.

    Of several with one number those are meant that Datadog does not show.
    """
    known = _named(application, text)
    shown: list[Incident] = []
    problem: DatadogError | None = None
    for each in known:
        try:
            shown.append(application.incidents.get(each.id).incident)
        except NotFound:
            continue
        except DatadogError as error:
            problem = error
    there = {each.id for each in shown}
    meant = known if len(known) == 1 else [each for each in known if each.id not in there]
    if not meant or (len(known) > 1 and problem):
        raise _several(text, known)
    pending = set(application.record.pending_incident_ids(application.target.name))
    for each in meant:
        application.record.forget(each.id, at=application.clock())
    return Forgotten(
        incidents=tuple(meant),
        shown=shown[0] if len(known) == 1 and shown else None,
        waiting=any(each.id in pending for each in meant),
        problem=problem,
    )


def _named(application: Application, text: str) -> list[Incident]:
    record = application.record
    match parse_reference(text, application.settings):
        case ByUuid(id=incident_id):
            found = record.incident(incident_id)
            known = [found] if found else []
        case ByPublicId(number=number):
            known = list(record.incidents_numbered(number))
        case unreachable:
            assert_never(unreachable)
    gone = record.absences()
    left = [each for each in known if each.id not in gone or gone[each.id].gone is None]
    if not known:
        raise UsageError(
            f"The record knows no incident {text!r}, so there is nothing to forget.",
            hint="It knows those that were synced.",
        )
    return left or known[:1]


def _several(text: str, known: list[Incident]) -> UsageError:
    listed = "; ".join(
        f'dd-incident-roles forget {each.id} ("{each.title}", {each.state})' for each in known
    )
    return UsageError(
        f"The record has {len(known)} incidents that {text!r} names, and Datadog does not tell "
        "them apart.",
        hint=f"Type one of: {listed}.",
    )
