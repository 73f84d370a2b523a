"""IR011: a role that more people hold than it allows."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from datetime import timedelta

from dd_incident_roles.model import PersonKey
from dd_incident_roles.policy.facts import (
    ANY_STREAM,
    Facts,
    Holding,
    people,
    role_command,
    role_of_incident,
    since_at,
)
from dd_incident_roles.policy.policy import Breach, Rule, RuleContext, evidence_of
from dd_incident_roles.roles.catalogue import Holders, Level, Role, Streams
from dd_incident_roles.words import instant_label


def _evaluate(facts: Facts, context: RuleContext) -> Iterator[Breach]:
    if len(facts.holdings) < 2:
        # Nothing to count, as in most incidents.
        return
    number = Counter(holding.role for holding in facts.holdings)
    for role in facts.catalogue.roles:
        if role.holders is Holders.MANY or number[role.key] < 2:
            continue
        for stream, holders in _holders(facts, role).items():
            # The clock starts when the second person came: the first was allowed to be there.
            if len(holders) > 1 and holders[1].since + context.grace <= context.now:
                yield _breach(facts, role, stream, holders, context)


def _holders(facts: Facts, role: Role) -> Mapping[str | None, Sequence[Holding]]:
    """Who holds each stream, each person once, the longest holder first."""
    found: dict[str | None, dict[PersonKey, Holding]] = {}
    for holding in facts.holdings_of(role.key):
        stream = None if role.streams is Streams.NONE else holding.stream
        found.setdefault(stream, {}).setdefault(holding.person.key, holding)
    return {stream: tuple(each.values()) for stream, each in found.items()}


def _breach(
    facts: Facts, role: Role, stream: str | None, holders: Sequence[Holding], context: RuleContext
) -> Breach:
    level, where = None, ""
    if role.streams is Streams.NONE:
        demand, verb, named = "one person at a time can hold the role", "assign", None
    elif stream is not None:
        # With several in the stream, an assignment is refused: it is not clear who gives way.
        demand, verb, named = "one person at a time can hold a stream", "unassign", stream
    else:
        # Datadog knows no streams, so people who were added there cannot have one.
        level, where = Level.WARNING, " without a stream"
        demand, verb, named = "each of them needs a stream", "assign", ANY_STREAM
    since = holders[1].since
    return Breach(
        level=level,
        message=(
            f"{people(facts, [each.person for each in holders])} are "
            f"{role_of_incident(facts, role, stream)}{where}, more than one since "
            f"{since_at(holders[1], since, instant_label(since, context.now))}; {demand}."
        ),
        since=since,
        fix=role_command(facts, verb, role.key, stream=named),
        role=role.key,
        stream=stream,
        evidence=tuple(evidence_of(each, f"holds {role.title}") for each in holders),
    )


ROLE_OVERHELD = Rule(
    id="IR011",
    name="role-overheld",
    title="More people hold a role than it allows",
    why=(
        "If two people hold a role for one person, both decide, or each leaves the "
        "work to the other."
    ),
    looks_at=(
        "Every role of the catalogue that one person holds at a time, in each of its "
        "streams: who holds it, and since when more than one person does. Datadog "
        "knows no streams, so several holders without a stream are only a warning."
    ),
    how_to_fix=(
        "Assign the one who holds it: dd-incident-roles assign INCIDENT ROLE PERSON. "
        "In a stream, unassign the others: dd-incident-roles unassign INCIDENT ROLE "
        "PERSON --stream STREAM. Give people without a stream one each: "
        "dd-incident-roles assign INCIDENT ROLE PERSON --stream STREAM. If several "
        "people may hold the role, set 'holders: many' in the role catalogue."
    ),
    default_level=Level.ERROR,
    evaluate=_evaluate,
    grace=timedelta(),
)
"""Fires for each role, or stream of one, that has more than one holder past the grace."""
