"""The document of ``check --format json``."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING, Annotated, Literal

from pydantic import Field

from dd_incident_roles.policy import policy
from dd_incident_roles.policy.policy import Scope
from dd_incident_roles.report.documents import (
    Count,
    Document,
    Gap,
    IncidentRef,
    Instant,
    Lasting,
    Part,
    RuleId,
    field,
)
from dd_incident_roles.roles.catalogue import Level

if TYPE_CHECKING:
    # Who wants the schema waits for no rule.
    from dd_incident_roles.policy.judge import Checked


class Waiver(Part):
    """A waiver."""

    reason: str = field("Why the finding is accepted.")
    owner: str = field("Who accepted it.")
    expires: date = field("The last day of the waiver, in UTC.")


class Evidence(Part):
    """One thing that was seen."""

    what: str = field("What was seen.")
    who: str | None = field("The e-mail or handle of the person, if it is about one.")
    since: Instant | None = field("Since when, in UTC; null if it has no time.")
    seen_in: policy.SeenIn = field("Where it was seen.")


class Place(Part):
    """A line of a file."""

    file: str = field("The path of the file as it was given.")
    line: Annotated[int, Field(ge=1)] = field("The line, counted from 1.")


class Finding(Part):
    """One way in which something is not as it should be."""

    rule: RuleId = field("The id of the rule.")
    name: str = field("The name of the rule.")
    level: Level = field("Its level.")
    incident: IncidentRef | None = field(
        "The incident; null if the finding is about the policy itself."
    )
    role: str | None = field("The key of the role that it is about, if it is about one.")
    stream: str | None = field("The stream of work that it is about, if it is about one.")
    message: str = field("What is wrong, in one sentence.")
    since: Instant = field("Since when it is so, in UTC.")
    fix: str = field("What to type to fix it.")
    fingerprint: str = field(
        "Identifies the finding from run to run, independent of its words and times."
    )
    waived: Waiver | None = field("The waiver that covers it; null if none does.")
    baseline: policy.BaselineState | None = field(
        "Whether it is in the baseline; null without a baseline."
    )
    evidence: list[Evidence] = field("The evidence of the finding; empty for a private incident.")
    place: Place | None = field(
        "The line of the file that requires what is missing; null if there is none."
    )


class Unasked(Part):
    """A rule without anything to look at."""

    rule: RuleId = field("The id of the rule.")
    name: str = field("The name of the rule.")
    reason: str = field("Why there was nothing to check.")
    incidents: Count = field("In how many incidents.")


class Wait(Part):
    """How long incidents waited for their first Incident Manager."""

    measured: Count = field("In how many incidents the time is known.")
    without: Count = field("How many never had one.")
    unknown: Count = field("How many were first synced too late to know.")
    median_seconds: Lasting | None = field(
        "The median in seconds; null if nothing was measured.", source="median"
    )
    longest_seconds: Lasting | None = field(
        "The longest in seconds; null if nothing was measured.", source="longest"
    )
    slowest: int | None = field("The public id of the incident that waited longest.")


class Measures(Part):
    """How long closed incidents waited for a role."""

    time_to_incident_manager: Wait = field("From the declaration to the first Incident Manager.")


class Subject(Part):
    """What a check was about."""

    incidents: Literal["open", "closed"] = field(
        "Whether it is about open or about closed incidents."
    )
    described: str = field("How the incidents were chosen, in words.")
    matched: Count = field("How many incidents were chosen.")


class Skipped(Part):
    """How many incidents were passed over, and why."""

    test: Count = field("How many were skipped because they are tests.")
    closed: Count = field("How many were skipped because they are closed.")
    open: Count = field("How many were skipped because they are open.")


class Check(Document):
    """What a check found, and what it could not look at."""

    written_by = "`check --format json` writes"

    evaluated: Count = field("How many incidents were checked by every selected rule.")
    now: Instant = field("The time for which the check was made, in UTC.")
    scope: Subject = field("What was checked.")
    rules: list[RuleId] = field("The ids of the selected rules.")
    findings: list[Finding] = field(
        "Every finding, the most severe first, including waived and known ones."
    )
    waived: Count = field("How many of the findings are waived.")
    resolved: list[str] = field("The fingerprints in the baseline that were not found any more.")
    not_evaluated: list[Gap] = field(
        "What could not be checked. Unless this is empty, the exit code is 3."
    )
    rules_not_evaluated: list[Unasked] = field(
        "Rules that had nothing to check, such as a chat that is not connected."
    )
    said_nothing: bool = field("Whether no rule had anything to check; the exit code is then 3.")
    measures: Measures | None = field(
        "How long roles took to be filled; null unless the check is about closed incidents."
    )
    skipped: Skipped = field("Incidents that were skipped.")


def check_json(checked: Checked) -> str:
    """What a check found, what it could not look at, and what it was asked about."""
    verdict = checked.verdict
    return Check.of(
        {
            "evaluated": verdict.evaluated,
            "now": checked.now,
            "scope": {
                "incidents": "closed" if checked.scope is Scope.CLOSED else "open",
                "described": checked.described,
                "matched": checked.matched,
            },
            "rules": [rule.id for rule in checked.rules],
            "findings": verdict.findings,
            "waived": verdict.waived,
            "resolved": verdict.resolved,
            "not_evaluated": verdict.not_evaluated,
            "rules_not_evaluated": verdict.unasked,
            "said_nothing": verdict.said_nothing,
            # By the name of the role, so that others can be measured beside it.
            "measures": verdict.measures and {"time_to_incident_manager": verdict.measures},
            "skipped": {
                "test": verdict.skipped_tests,
                "closed": verdict.skipped_closed,
                "open": verdict.skipped_open,
            },
        }
    )
