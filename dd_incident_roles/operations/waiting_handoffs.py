"""Handoffs that wait for an answer, as ``status`` tells of them."""

from __future__ import annotations

import shlex
from collections.abc import Iterator
from datetime import UTC, datetime

from dd_incident_roles.policy.facts import Facts
from dd_incident_roles.policy.surroundings import Proposal
from dd_incident_roles.policy.words import short_name


def waiting_handoffs(facts: Facts, now: datetime) -> Iterator[str]:
    """A sentence for each: who was asked, by when, who is responsible, and what to type."""
    for proposal in facts.proposals:
        title = facts.title(proposal.role)
        seat = f"{title} ({proposal.stream})" if proposal.stream else title
        asked = "was to answer by" if proposal.expires <= now else "is to answer by"
        yield (
            f"{proposal.receiver.label} was asked to take over {seat} and {asked} "
            f"{proposal.expires.astimezone(UTC):%H:%M} UTC; {_meanwhile(proposal)}. "
            f"To accept: {_command(facts, proposal)}"
        )


def _meanwhile(proposal: Proposal) -> str:
    if proposal.holder is None:
        return "nobody holds it until then"
    return f"{proposal.holder.label} is responsible until then"


def _command(facts: Facts, proposal: Proposal) -> str:
    role = short_name(facts.catalogue, proposal.role)
    stream = f" --stream {shlex.quote(proposal.stream)}" if proposal.stream else ""
    return f"dd-incident-roles handoff accept {facts.incident.public_id} {role}{stream}"
