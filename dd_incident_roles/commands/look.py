"""Looking at incidents: what would hold once the record had caught up with Datadog."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass, replace

from dd_incident_roles.commands.absent_incidents import with_absence
from dd_incident_roles.commands.application import Application
from dd_incident_roles.commands.live_facts import live_facts
from dd_incident_roles.errors import IncidentRolesError, RecordChanged, RecordError
from dd_incident_roles.model import Assignment, Incident, IncidentId, RoleKey
from dd_incident_roles.policy.facts import Facts
from dd_incident_roles.sync.plan import Plan, replay
from dd_incident_roles.sync.result import IncidentResult
from dd_incident_roles.sync.run import look_at
from dd_incident_roles.sync.standing import RoleStanding


@dataclass(frozen=True, slots=True, kw_only=True)
class Sight:
    """One incident as it was seen: what the record would hold, and how each role stands."""

    plan: Plan
    assignments: tuple[Assignment, ...]
    facts: Facts

    @property
    def incident(self) -> Incident:
        """The incident as Datadog shows it."""
        return self.plan.reading.incident

    def standing(self, role: RoleKey) -> RoleStanding | None:
        """How a role stands between the record and Datadog."""
        return next((each for each in self.plan.standings if each.role == role), None)


def look(
    application: Application, incident_ids: Sequence[IncidentId], *, searched: bool = False
) -> tuple[Sight | IncidentResult, ...]:
    """Read incidents; those that could not be read are results with failures.

    Nothing is changed but what the record knows of what is missing and since when.
    ``searched`` says that a search found them, so that the keys are known to read incidents.
    """
    seen = look_at(
        incident_ids,
        target=application.target,
        record=application.record,
        terms=application.run_terms(dry_run=True, reading_works=searched),
    )
    return tuple(sight_of(application, each) if isinstance(each, Plan) else each for each in seen)


def look_around(
    application: Application, incident_ids: Sequence[IncidentId], *, searched: bool = False
) -> tuple[Sight | IncidentResult, ...]:
    """Read incidents; one that is gone from Datadog is a result without failures."""
    return tuple(
        with_absence(application, each) if isinstance(each, IncidentResult) else each
        for each in look(application, incident_ids, searched=searched)
    )


def sight_of(application: Application, plan: Plan) -> Sight:
    """Join what was read with what the record knows besides, and note what is missing."""
    assignments = replay(plan.state.assignments, plan.edits)
    if problem := _note(application, plan):
        plan, assignments = _taken_at_its_word(plan, assignments, problem)
    return Sight(
        plan=plan, assignments=assignments, facts=live_facts(application, plan, assignments)
    )


def unread_notice(error: IncidentRolesError) -> str:
    """Says that what is shown comes from the record alone, and what was in the way."""
    if isinstance(error, RecordError):
        return "The record failed on the way; this is what it has."
    return "Datadog could not be read; this is what was recorded here."


def _note(application: Application, plan: Plan) -> RecordError | None:
    """Keep what was seen for the second look that an absence needs; what kept it from that.

    An incident that is new, or closed, is left to a sync, which also takes in who holds what.
    """
    incident, record = plan.reading.incident, application.record
    try:
        if plan.sightings:
            version = plan.state.version
            record.commit(
                incident.id, application.target.name, plan.sightings, expected_version=version
            )
    except RecordChanged:
        # Somebody changes the incident this very moment, and the next look sees what came of it.
        return None
    except RecordError as error:
        return error
    with suppress(RecordError):
        if incident.is_open and record.incident(incident.id):
            record.remember(incident, plan.reading.people, application.clock())
    return None


def _taken_at_its_word(
    plan: Plan, assignments: Sequence[Assignment], problem: RecordError
) -> tuple[Plan, tuple[Assignment, ...]]:
    """Without a second look what Datadog shows now counts: whom it does not show holds nothing."""
    doubted = {(each.role, person) for each in plan.standings for person in each.doubted}
    notice = f"What Datadog shows now is taken as it is: {problem.message}"
    plan = replace(
        plan,
        standings=tuple(replace(each, doubted=frozenset()) for each in plan.standings),
        notices=(*plan.notices, notice),
    )
    return plan, tuple(
        row for row in assignments if not (row.is_open and (row.role, row.person) in doubted)
    )
