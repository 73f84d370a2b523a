"""Looking at incidents without changing anything: what would hold once the record had caught up."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from dd_incident_roles.errors import IncidentRolesError, RecordError
from dd_incident_roles.model import Assignment, Incident, IncidentId, RoleKey
from dd_incident_roles.operations.application import Application
from dd_incident_roles.operations.live_facts import live_facts
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

    ``searched`` says that a search found them, so that the keys are known to read incidents.
    """
    seen = look_at(
        incident_ids,
        target=application.target,
        record=application.record,
        terms=application.run_terms(dry_run=True, reading_works=searched),
    )
    return tuple(sight_of(application, each) if isinstance(each, Plan) else each for each in seen)


def sight_of(application: Application, plan: Plan) -> Sight:
    """Join what was read with what the record knows besides."""
    assignments = replay(plan.state.assignments, plan.edits)
    return Sight(
        plan=plan, assignments=assignments, facts=live_facts(application, plan, assignments)
    )


def unread_notice(error: IncidentRolesError) -> str:
    """Says that what is shown comes from the record alone, and what was in the way."""
    if isinstance(error, RecordError):
        return "The record failed on the way; this is what it has."
    return "Datadog could not be read; this is what was recorded here."
