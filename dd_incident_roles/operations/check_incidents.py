"""``check``: asking the rules about incidents."""

from __future__ import annotations

from collections.abc import Sequence

from dd_incident_roles.operations.application import Application
from dd_incident_roles.operations.look import Sight, look
from dd_incident_roles.operations.select_incidents import select_incidents
from dd_incident_roles.policy.finding import NotEvaluated
from dd_incident_roles.policy.judge import Question, judge
from dd_incident_roles.policy.verdict import Verdict
from dd_incident_roles.sync.result import IncidentResult


def check_incidents(
    application: Application,
    named: Sequence[str],
    *,
    query: str | None,
    question: Question,
) -> Verdict:
    """Look at incidents and evaluate the rules; what could not be looked at is part of the verdict.

    Raises DatadogError when the incidents could not even be found.
    """
    selection = select_incidents(application, named, query)
    seen = look(application, selection.ids)
    return judge(
        question,
        [each.facts for each in seen if isinstance(each, Sight)],
        unread=[_unread(each) for each in seen if isinstance(each, IncidentResult)],
    )


def _unread(result: IncidentResult) -> NotEvaluated:
    reason = "; ".join(failure.error.message for failure in result.failures)
    known = result.incident.public_id if result.incident else result.incident_id
    return NotEvaluated(incident=known, reason=reason)
