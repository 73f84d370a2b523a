"""Reading incidents: what would hold once the record had caught up with Datadog."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import suppress
from dataclasses import replace

from dd_incident_roles import errors
from dd_incident_roles.application import Application
from dd_incident_roles.commands.locate import PlaceView, look_at_places
from dd_incident_roles.facts.live import live_facts
from dd_incident_roles.model import Assignment, Incident, IncidentId, RoleKey
from dd_incident_roles.patience import in_threads
from dd_incident_roles.policy.facts import Facts
from dd_incident_roles.roles.ledger import Devise
from dd_incident_roles.sync.plan import IncidentResult, Plan, RoleState
from dd_incident_roles.sync.run import plan_incidents
from dd_incident_roles.sync.state import EntryState, replay
from dd_incident_roles.values import frozen


@frozen
class IncidentView:
    """One incident as it was read: what the record would hold, and how each role compares."""

    plan: Plan
    assignments: tuple[Assignment, ...]
    facts: Facts
    places: PlaceView

    @property
    def incident(self) -> Incident:
        """The incident as Datadog shows it."""
        return self.plan.reading.incident

    @property
    def timeline(self) -> EntryState:
        """The entries and their links as the record would hold them."""
        return replay(self.plan.state, self.plan.every_edit).timeline

    @property
    def problem(self) -> errors.IncidentRolesError | None:
        """What was in the way of reading a part of it."""
        return next(iter(self.plan.reading.failures), None)

    def role_state(self, role: RoleKey) -> RoleState | None:
        """How a role compares between the record and Datadog."""
        return next((each for each in self.plan.role_states if each.role == role), None)


Look = IncidentView | IncidentResult
"""What came of looking at an incident: one that could not be read is a result."""


def read_incidents(
    application: Application, incident_ids: Sequence[IncidentId], *, searched: bool = False
) -> tuple[Look, ...]:
    """Read incidents; those that could not be read are results with failures.

    Nothing is changed but what the record knows of what is missing and since when.
    ``searched`` says that a search found them, so that the keys are known to read incidents.
    """
    options = replace(application.run_options(), reading_works=searched)

    def look(ids: Sequence[IncidentId]) -> dict[IncidentId, Look]:
        target, record = application.target, application.record
        seen = plan_incidents(ids, target=target, record=record, options=options)
        # At once: the issues and rooms of each incident are read too.
        views = in_threads(
            lambda each: view_of(application, each, notes=True) if isinstance(each, Plan) else each,
            seen,
            at_most=options.concurrency,
        )
        return dict(zip(dict.fromkeys(ids), views, strict=True))

    with application.one_reading(*incident_ids):
        views = look(incident_ids)
        # Roles that were devised on another record: Datadog is asked once they are known.
        anew = [
            incident_id
            for incident_id, view in views.items()
            if isinstance(view, IncidentView)
            and any(isinstance(edit, Devise) for edit in view.plan.learned)
        ]
        return tuple({**views, **(look(anew) if anew else {})}.values())


def read_noting_absences(
    application: Application, incident_ids: Sequence[IncidentId], *, searched: bool = False
) -> tuple[Look, ...]:
    """Read incidents; one that is gone from Datadog is a result without failures."""
    return tuple(
        with_absence(application, each) if isinstance(each, IncidentResult) else each
        for each in read_incidents(application, incident_ids, searched=searched)
    )


def read_incident(application: Application, incident_id: IncidentId) -> IncidentView:
    """Read one incident; raises what was in the way."""
    [seen] = read_incidents(application, [incident_id])
    if isinstance(seen, IncidentResult):
        raise seen.failures[0].error
    return seen


def unread_notice(error: errors.IncidentRolesError) -> str:
    """Says that what is shown comes from the record alone, and what was in the way."""
    if isinstance(error, errors.RecordError):
        return "The record failed while it was read; this is what it has."
    return "Datadog could not be read; this is what is recorded here."


def view_of(application: Application, plan: Plan, *, notes: bool = False) -> IncidentView:
    """Join what was read with what the record knows besides, and ``notes`` what is missing."""
    assignments = replay(plan.state, plan.edits).assignments
    if notes and (problem := _note(application, plan)):
        plan, assignments = _without_doubts(plan, assignments, problem)
    places = look_at_places(application, plan.reading.incident, assignments)
    facts = live_facts(application, plan, assignments)
    facts = replace(
        facts,
        issue=places.issue,
        topic=places.topic,
        refused=(*facts.refused, *places.refused),
    )
    return IncidentView(plan=plan, assignments=assignments, facts=facts, places=places)


def _note(application: Application, plan: Plan) -> errors.RecordError | None:
    """Keep what was seen for the second look that an absence needs; what kept it from that.

    An incident that is new, or closed, is left to a sync, which also takes in who holds what.
    """
    incident, record = plan.reading.incident, application.record
    try:
        if edits := (*plan.learned, *plan.absence_notes):
            target, version = application.target.name, plan.state.version
            record.commit(incident.id, target, edits, expected_version=version)
            application.committed(incident.id, edits)
    except errors.RecordChanged:
        # Another process changes the incident this very moment; the next look sees what came of it.
        return None
    except errors.RecordError as error:
        return error
    with suppress(errors.RecordError):
        if incident.is_open and record.incident(incident.id):
            record.remember(incident, plan.reading.people, application.clock())
    return None


def _without_doubts(
    plan: Plan, assignments: Sequence[Assignment], problem: errors.RecordError
) -> tuple[Plan, tuple[Assignment, ...]]:
    """Without a second look what Datadog shows now counts: who is not shown holds nothing."""
    doubted = {(each.role, person) for each in plan.role_states for person in each.doubted}
    notice = (
        f"The record could not be updated, so this shows Datadog's present state: {problem.message}"
    )
    role_states = tuple(replace(each, doubted=frozenset()) for each in plan.role_states)
    plan = replace(plan, role_states=role_states, notices=(*plan.notices, notice))
    return plan, tuple(
        row for row in assignments if not (row.is_open and (row.role, row.person) in doubted)
    )


def with_absence(application: Application, result: IncidentResult) -> IncidentResult:
    """What was looked at in vain, with the failure taken away once it is believed to be gone.

    Notes in the record that Datadog says it is not there; one that the record never saw is left
    as it is.
    """
    missing = [isinstance(each.error, errors.NotFound) for each in result.failures]
    # Where roles were compared it was read, and a write that is answered with 404 says less.
    is_there = bool(result.role_states) or not missing
    if result.incident is None or is_there or not all(missing):
        return result
    absence = application.record.miss(
        result.incident_id, at=application.clock(), grace=application.settings.absence_grace
    )
    if absence.gone is None:
        return result
    notice = (
        f"Gone from Datadog (deleted or merged) since {absence.missed:%Y-%m-%d %H:%M} "
        "UTC; it is no longer synced, and what is recorded here is kept."
    )
    return replace(result, failures=(), notices=(*result.notices, notice))


def why_unread(
    application: Application, result: IncidentResult
) -> errors.IncidentRolesError | None:
    """What was in the way of reading an incident; None of one that is known to be gone."""
    return next((each.error for each in with_absence(application, result).failures), None)


def refuse_gone(application: Application, incident_id: IncidentId) -> None:
    """Raise UsageError for a change to an incident that is known to be gone: it would never go."""
    absence = application.record.absences().get(incident_id)
    if absence and absence.gone:
        raise errors.UsageError(
            f"{application.known_as(incident_id)} has been gone from Datadog since "
            f"{absence.missed:%Y-%m-%d %H:%M} UTC, or was forgotten. Nothing was "
            "recorded.",
            hint=f"If Datadog shows it again, run: dd-incident-roles sync {incident_id}",
        )
