"""IR015: a handoff that was proposed and that its receiver has not answered in time."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime

from dd_incident_roles.policy.facts import ANY_STREAM, ANYBODY, Facts, Proposal, subject
from dd_incident_roles.policy.policy import Breach, Evidence, Rule, RuleContext, SeenIn
from dd_incident_roles.roles.catalogue import Level
from dd_incident_roles.words import age_label, command, instant_label, role_label


def _evaluate(facts: Facts, context: RuleContext) -> Iterator[Breach]:
    for proposal in facts.proposals:
        # Each proposal brings its own time, so that there is no grace.
        if proposal.expires <= context.now:
            yield _breach(facts, proposal, context.now)


def _breach(facts: Facts, proposal: Proposal, now: datetime) -> Breach:
    title = facts.title(proposal.role)
    shown = role_label(title, None if facts.is_redacted else proposal.stream)
    holder = "nobody holds the role now"
    if proposal.holder:
        holder = f"{facts.named(proposal.holder)} is still responsible"
    return Breach(
        message=(
            f"The handoff of {shown} of {subject(facts)} to "
            f"{facts.named(proposal.receiver)} has been open since "
            f"{age_label(proposal.proposed, now)}; it expired at "
            f"{instant_label(proposal.expires, now)}, and {holder}."
        ),
        since=proposal.proposed,
        fix=command(
            "handoff",
            facts.incident.public_id,
            facts.catalogue.short_name(proposal.role),
            ANYBODY,
            stream=ANY_STREAM if proposal.stream and facts.is_redacted else proposal.stream,
        ),
        role=proposal.role,
        stream=proposal.stream,
        evidence=tuple(_evidence(proposal, title)),
    )


def _evidence(proposal: Proposal, title: str) -> Iterator[Evidence]:
    yield Evidence(
        f"{title} was proposed to them",
        SeenIn.RECORD,
        who=proposal.receiver.key,
        since=proposal.proposed,
    )
    if proposal.holder:
        yield Evidence(f"still {title}", SeenIn.RECORD, who=proposal.holder.key)


HANDOFF_PENDING = Rule(
    id="IR015",
    name="handoff-pending",
    title="A proposed handoff was not accepted in time",
    why=(
        "The holder may believe that they have handed over, while the receiver may "
        "not have seen the proposal. Until someone accepts, the holder stays "
        "responsible."
    ),
    looks_at=("Every proposed handoff that was neither accepted nor declined, and its deadline."),
    how_to_fix=(
        "Hand the role to someone else: dd-incident-roles handoff INCIDENT ROLE PERSON. "
        "Or ask the receiver again: the same with --propose."
    ),
    default_level=Level.WARNING,
    evaluate=_evaluate,
    clock="the deadline of the handoff",
)
"""Fires for each proposed handoff that nobody accepted in time."""
