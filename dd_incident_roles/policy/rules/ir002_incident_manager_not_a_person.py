"""IR002: an incident whose Incident Manager is an account that is not a person's."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime, timedelta

from dd_incident_roles.model import INCIDENT_MANAGER, Source
from dd_incident_roles.policy.facts import (
    Facts,
    FactsMissing,
    Holding,
    NonPerson,
    role_command,
    since_at,
    subject,
)
from dd_incident_roles.policy.policy import Breach, Evidence, Rule, RuleContext, SeenIn
from dd_incident_roles.roles.catalogue import Level
from dd_incident_roles.words import age_label


def _evaluate(facts: Facts, context: RuleContext) -> Iterator[Breach]:
    undecided = []
    for holding, seen_in in _in_command(facts, context.now):
        if holding.since + context.grace > context.now:
            continue
        try:
            found = facts.non_person(holding.person)
        except FactsMissing as missing:
            undecided.append(str(missing))
            continue
        if found:
            yield _breach(facts, holding, seen_in, found, context)
    # Raised last, so that what is known of the other account is still reported.
    if undecided:
        raise FactsMissing("; ".join(dict.fromkeys(undecided)))


def _in_command(facts: Facts, now: datetime) -> Iterator[tuple[Holding, SeenIn]]:
    """Each account once; what Datadog shows as the commander may not be in the record yet."""
    commander = facts.commander
    seen = set()
    for holding in facts.holdings_of(INCIDENT_MANAGER):
        key = holding.person.key
        if key not in seen:
            seen.add(key)
            # Datadog knows the name of an account better than the record, which may be older.
            person = commander if commander and commander.key == key else holding.person
            known = holding if person == holding.person else replace(holding, person=person)
            yield known, SeenIn.RECORD
    if commander and commander.key not in seen:
        yield (
            Holding(
                role=INCIDENT_MANAGER,
                person=commander,
                # Nobody noted when the account took over; it is dated as late as it can be.
                since=min(facts.incident.modified, now),
                source=Source.DATADOG,
            ),
            SeenIn.DATADOG,
        )


def _breach(
    facts: Facts, holding: Holding, seen_in: SeenIn, found: NonPerson, context: RuleContext
) -> Breach:
    title = facts.catalogue.commander.title
    shown = title if seen_in is SeenIn.RECORD else "commander"
    who = holding.person.key
    return Breach(
        message=(
            f"The {title} of {subject(facts)} has been "
            f"{facts.named(holding.person)} ({found}) since "
            f"{since_at(holding, holding.since, age_label(holding.since, context.now))}; "
            "it must be a person."
        ),
        since=holding.since,
        fix=role_command(facts, "assign", INCIDENT_MANAGER),
        role=INCIDENT_MANAGER,
        evidence=(
            Evidence(shown, seen_in, who=who, since=holding.known_since),
            Evidence(str(found), SeenIn.DATADOG, who=who),
        ),
    )


INCIDENT_MANAGER_NOT_A_PERSON = Rule(
    id="IR002",
    name="incident-manager-not-a-person",
    title="The Incident Manager is not a person",
    why=(
        "A service account, a deactivated account or a placeholder account cannot "
        "decide or answer, yet the role looks taken."
    ),
    looks_at=(
        "The Incident Manager in the record and the commander in Datadog: whether "
        "either account is a service account, is deactivated, or is Datadog's 'Slack "
        "app user', which stands for people who declare from Slack without a Datadog "
        "user."
    ),
    how_to_fix=(
        "Agree on one person and assign them: dd-incident-roles assign INCIDENT im "
        "PERSON. PERSON can be 'me'."
    ),
    default_level=Level.ERROR,
    evaluate=_evaluate,
    grace=timedelta(),
)
"""Fires for each account in command that is not a person's."""
