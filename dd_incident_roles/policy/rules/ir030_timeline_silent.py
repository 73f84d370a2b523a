"""IR030: a timeline that nobody writes, in an incident that requires a Scribe."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta

from dd_incident_roles.model import RoleKey
from dd_incident_roles.policy.clock import Demand, demands_on
from dd_incident_roles.policy.facts import Facts, FactsMissing, known, subject
from dd_incident_roles.policy.policy import Breach, Evidence, Rule, RuleContext, SeenIn
from dd_incident_roles.roles.catalogue import Level, Role, describe
from dd_incident_roles.words import age_label, command, long_duration

_SCRIBE = RoleKey("scribe")


def _evaluate(facts: Facts, context: RuleContext) -> Iterator[Breach]:
    # A catalogue without the role demands nothing.
    if not facts.catalogue.has(_SCRIBE):
        return
    role = facts.catalogue.role(_SCRIBE)
    required = demands_on(facts, role, context.now)
    if not required:
        return
    last_note = known(facts.timeline).last_note
    longest = context.now - context.grace
    late = [each for each in required if _quiet_since(each, last_note) <= longest]
    if sure := [each for each in late if each.sure]:
        yield _breach(facts, role, sure, last_note, context)
    elif late:
        raise FactsMissing(
            f"it is not known how many people respond, and so whether a {role.title} is required"
        )


def _quiet_since(required: Demand, last_note: datetime | None) -> datetime:
    return required.since if last_note is None else max(required.since, last_note)


def _breach(
    facts: Facts,
    role: Role,
    required: Sequence[Demand],
    last_note: datetime | None,
    context: RuleContext,
) -> Breach:
    first = min(required, key=lambda each: each.since)
    since = _quiet_since(first, last_note)
    return Breach(
        message=(
            f"The timeline of {subject(facts)} has been quiet since "
            f"{age_label(since, context.now)}, while a {role.title} is required; a note was due "
            f"after {long_duration(context.grace)}."
        ),
        since=since,
        fix=f'{command("timeline", "add", facts.incident.public_id)} "TEXT"',
        role=role.key,
        evidence=tuple(_evidence(role, first, last_note)),
    )


def _evidence(role: Role, required: Demand, last_note: datetime | None) -> Iterator[Evidence]:
    demanded = f"{role.title} is required {describe(required.requirement.when)}"
    yield Evidence(demanded, SeenIn.POLICY, since=required.since)
    noted = "nobody ever wrote a note" if last_note is None else "the last note was written"
    yield Evidence(noted, SeenIn.TIMELINE, since=last_note)


TIMELINE_SILENT = Rule(
    id="IR030",
    name="timeline-silent",
    title="Nobody writes in the timeline",
    why=(
        "What nobody writes down is lost to people who join later, to the next shift "
        "and to the postmortem."
    ),
    looks_at=(
        "Whether the role catalogue requires a Scribe now and since when, and when a "
        "person last wrote in the timeline. It makes no difference whether anyone is "
        "Scribe. Without the role 'scribe' in the catalogue the rule reports nothing."
    ),
    how_to_fix=(
        "Write down what has happened since: dd-incident-roles timeline add INCIDENT "
        "TEXT. Use --at TIME for something that happened earlier."
    ),
    default_level=Level.WARNING,
    evaluate=_evaluate,
    grace=timedelta(minutes=30),
)
"""Fires when a Scribe is required and no note was written for as long as the grace."""
