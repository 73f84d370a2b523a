"""IR010: a role that is required and that nobody holds; IR001 says the same of one role."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime

from dd_incident_roles.model import INCIDENT_MANAGER
from dd_incident_roles.policy.clock import Demand, demands_on
from dd_incident_roles.policy.facts import ANY_STREAM, Facts, FactsMissing, role_command, subject
from dd_incident_roles.policy.policy import (
    Breach,
    Evidence,
    Rule,
    RuleContext,
    SeenIn,
    SourceLocation,
    rank,
)
from dd_incident_roles.roles.catalogue import Level, Role, Streams, describe
from dd_incident_roles.words import age_label, long_duration


def _evaluate(facts: Facts, context: RuleContext) -> Iterator[Breach]:
    undecided = []
    # That nobody is Incident Manager is reported by IR001.
    held = {INCIDENT_MANAGER, *(holding.role for holding in facts.holdings)}
    for role in facts.catalogue.roles:
        if role.key in held:
            continue
        try:
            yield from vacancy(facts, role, context.now)
        except FactsMissing as missing:
            undecided.append(str(missing))
    # Raised last, so that what is known of the other roles is still reported.
    if undecided:
        raise FactsMissing("; ".join(undecided))


def vacancy(facts: Facts, role: Role, now: datetime) -> Iterator[Breach]:
    """The breach that the vacancy of a role is, of one that nobody holds, if it surely is one.

    Of several requirements that are overdue the one of the highest level counts, then the one that
    has been overdue longest. Raises FactsMissing where one that is not sure would be worse.
    """
    late = list(_late(facts, role, now))
    if not late:
        return
    late.sort(key=_strictest_first)
    if sure := next((each for each in late if each[0].sure), None):
        yield _breach(facts, role, *sure, now)
    if not late[0][0].sure:
        raise FactsMissing(
            f"it is not known how many people respond, and so whether a {role.title} is required"
        )


def _late(facts: Facts, role: Role, now: datetime) -> Iterator[tuple[Demand, datetime]]:
    """The demands that are overdue, each with when its clock started."""
    for demand in demands_on(facts, role, now):
        # The later of the two, so that a change of holders gets its own grace.
        since = max(demand.since, facts.vacancies.get(role.key, demand.since))
        if since + demand.requirement.after <= now:
            yield demand, since


def _strictest_first(late: tuple[Demand, datetime]) -> tuple[int, bool, datetime]:
    demand, since = late
    return (rank(demand.requirement.level), not demand.sure, since + demand.requirement.after)


def _breach(facts: Facts, role: Role, demand: Demand, since: datetime, now: datetime) -> Breach:
    requirement = demand.requirement
    stream = ANY_STREAM if role.streams is Streams.REQUIRED else None
    grace = f"after {long_duration(requirement.after)}" if requirement.after else "at once"
    return Breach(
        level=requirement.level,
        message=(
            f"Nobody is {role.title} of {subject(facts)}, {_how_long(facts, demand, since, now)}; "
            f"one was due {grace}."
        ),
        since=since,
        fix=role_command(facts, "assign", role.key, stream=stream),
        role=role.key,
        evidence=tuple(_evidence(facts, role, demand)),
        place=SourceLocation(requirement.file, requirement.line),
    )


def _how_long(facts: Facts, demand: Demand, since: datetime, now: datetime) -> str:
    if since > demand.since:
        return f"empty since {age_label(since, now)}"
    if since > facts.incident.declared:
        return f"required since {age_label(since, now)}"
    return f"open for {long_duration(now - since)}"


def _evidence(facts: Facts, role: Role, demand: Demand) -> Iterator[Evidence]:
    required = f"{role.title} is required {describe(demand.requirement.when)}"
    yield Evidence(required, SeenIn.POLICY, since=demand.since)
    last = [row for row in facts.intervals if row.role == role.key and row.until is not None]
    if last:
        former = max(last, key=lambda row: row.until or row.since)
        what = f"the last {role.title} stepped down"
        yield Evidence(what, SeenIn.RECORD, who=former.person, since=former.until)


ROLE_VACANT = Rule(
    id="IR010",
    name="role-vacant",
    title="Nobody holds a required role",
    why=(
        "The work of an empty role is not done, or the Incident Manager does it and "
        "no longer manages: nobody takes notes, tells customers or leads the fix."
    ),
    looks_at=(
        "Every role of the catalogue except Incident Manager: which requirements "
        "apply to the incident's severity, state, customer impact, type and fields, "
        "who holds the role, and since when the requirement has applied or the role "
        "has been empty, whichever is later."
    ),
    how_to_fix=(
        "Assign someone: dd-incident-roles assign INCIDENT ROLE PERSON. If the role "
        "should not be required, change 'requirements' in the policy."
    ),
    default_level=Level.ERROR,
    evaluate=_evaluate,
    clock="'after' of each requirement",
)
"""Fires for each role that a requirement demands, past its grace."""
