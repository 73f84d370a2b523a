"""IR015: a handoff that was proposed and that its receiver has not answered in time."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from shlex import quote

from dd_incident_roles.policy.facts import Facts
from dd_incident_roles.policy.finding import Breach, Evidence, SeenIn
from dd_incident_roles.policy.rule import Rule, RuleTerms
from dd_incident_roles.policy.surroundings import Proposal
from dd_incident_roles.policy.words import short_name, subject
from dd_incident_roles.roles.catalogue import Level
from dd_incident_roles.words import age_label, instant_label


def _evaluate(facts: Facts, terms: RuleTerms) -> Iterator[Breach]:
    for proposal in facts.proposals:
        if proposal.expires <= terms.now:
            yield _breach(facts, proposal, terms.now)


def _breach(facts: Facts, proposal: Proposal, now: datetime) -> Breach:
    title = facts.title(proposal.role)
    stream = f" ({proposal.stream})" if proposal.stream and not facts.is_redacted else ""
    return Breach(
        message=(
            f"The handoff of {title}{stream} of {subject(facts)} to "
            f"{facts.named(proposal.receiver)} has been open since "
            f"{age_label(proposal.proposed, now)}; it was to be "
            f"accepted by {instant_label(proposal.expires, now)}, and {_standing(facts, proposal)}."
        ),
        since=proposal.proposed,
        fix=_fix(facts, proposal),
        role=proposal.role,
        stream=proposal.stream,
        evidence=tuple(_evidence(proposal, title)),
    )


def _standing(facts: Facts, proposal: Proposal) -> str:
    if proposal.holder is None:
        return "nobody holds the role meanwhile"
    return f"{facts.named(proposal.holder)} is still responsible"


def _fix(facts: Facts, proposal: Proposal) -> str:
    called = short_name(facts.catalogue, proposal.role)
    command = f"dd-incident-roles handoff {facts.incident.public_id} {called} --to PERSON"
    if proposal.stream is None:
        return command
    return f"{command} --stream {'STREAM' if facts.is_redacted else quote(proposal.stream)}"


def _evidence(proposal: Proposal, title: str) -> Iterator[Evidence]:
    yield Evidence(
        what=f"{title} was proposed to them",
        seen_in=SeenIn.RECORD,
        who=proposal.receiver.key,
        since=proposal.proposed,
    )
    if proposal.holder:
        yield Evidence(what=f"still {title}", seen_in=SeenIn.RECORD, who=proposal.holder.key)


HANDOFF_PENDING = Rule(
    id="IR015",
    name="handoff-pending",
    title="A proposed handoff was not accepted in time",
    why=(
        "Whoever proposed the handoff may believe to be relieved, while the receiver may not have "
        "read the question; until somebody accepts, the former holder is responsible."
    ),
    looks_at=(
        "Every handoff that was proposed and neither accepted nor declined, and until when it was "
        "to be accepted."
    ),
    how_to_fix=(
        "Ask the receiver to accept: dd-incident-roles handoff accept INCIDENT ROLE. Or hand the "
        "role to whoever can take it: dd-incident-roles handoff INCIDENT ROLE --to PERSON."
    ),
    default_level=Level.WARNING,
    evaluate=_evaluate,
    clock="the time that the handoff gave its receiver",
)
"""Fires for each proposed handoff that nobody accepted in time."""
