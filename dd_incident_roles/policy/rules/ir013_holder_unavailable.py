"""IR013: a person holds a role but cannot act in it."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta

from dd_incident_roles.policy.facts import (
    Account,
    Facts,
    FactsMissing,
    Holding,
    NothingConnected,
    giving_away,
    role_of_incident,
    since_at,
)
from dd_incident_roles.policy.policy import Breach, Evidence, Rule, RuleContext, SeenIn, evidence_of
from dd_incident_roles.roles.catalogue import Level, Role
from dd_incident_roles.words import instant_label


def _evaluate(facts: Facts, context: RuleContext) -> Iterator[Breach]:
    undecided: dict[str, None] = {}
    is_unseen = False
    for role, holding in _holdings(facts):
        if holding.since + context.grace > context.now:
            continue
        try:
            account = facts.account(holding.person)
        except FactsMissing as missing:
            undecided[str(missing)] = None
            account = Account.PERSON
        if account is not Account.PERSON:
            yield _unable(facts, role, holding, account, context.now)
            continue
        # When a person left the responders is not recorded; it gets the latest possible time.
        since = min(max(facts.incident.modified, holding.since), context.now)
        if holding.pending or since + context.grace > context.now:
            continue
        if facts.responders is None:
            is_unseen = True
        elif holding.person.key not in facts.responders:
            yield _absent(facts, role, holding, since, context.now)
    # Raised last, so that what is known of the other holders is still reported.
    if undecided:
        raise FactsMissing("; ".join(undecided))
    if is_unseen:
        raise NothingConnected("Datadog gives no access to responders")


def _holdings(facts: Facts) -> Iterator[tuple[Role, Holding]]:
    held = {holding.role for holding in facts.holdings}
    for role in facts.catalogue.roles:
        # IR002 looks at the Incident Manager's account; Datadog shows commanders of incidents that
        # have no responder at all.
        if role.key in held and not role.is_commander:
            yield from ((role, holding) for holding in facts.holdings_of(role.key))


def _unable(facts: Facts, role: Role, holding: Holding, account: Account, now: datetime) -> Breach:
    since = since_at(holding, holding.since, instant_label(holding.since, now))
    who = facts.named(holding.person)
    held = f"{role_of_incident(facts, role, holding.stream)} is held by"
    if account is Account.SERVICE_ACCOUNT:
        message = f"{held} a service account ({who}) since {since}, not by a person."
        what = "is a service account"
    else:
        message = f"{held} {who} since {since}, but that account is deactivated."
        what = "the account is deactivated"
    return _breach(facts, role, holding, message=message, what=what, since=holding.since)


def _absent(facts: Facts, role: Role, holding: Holding, since: datetime, now: datetime) -> Breach:
    message = (
        f"{role_of_incident(facts, role, holding.stream)} is held by "
        f"{facts.named(holding.person)}, who has not been a responder since "
        f"{instant_label(since, now)} at the latest."
    )
    what = "is not among the responders"
    return _breach(facts, role, holding, message=message, what=what, since=since)


def _breach(
    facts: Facts, role: Role, holding: Holding, *, message: str, what: str, since: datetime
) -> Breach:
    return Breach(
        message=message,
        since=since,
        fix=giving_away(facts, role, holding.stream),
        role=role.key,
        stream=holding.stream,
        evidence=(
            evidence_of(holding, f"holds {role.title}"),
            Evidence(what, SeenIn.DATADOG, who=holding.person.key),
        ),
    )


HOLDER_UNAVAILABLE = Rule(
    id="IR013",
    name="holder-unavailable",
    title="The holder of a role cannot act in it",
    why=(
        "If its holder has left the organisation or the incident, the role looks "
        "taken but is empty, so nobody steps in. A service account cannot decide "
        "anything."
    ),
    looks_at=(
        "Who holds a role other than Incident Manager: whether their Datadog account "
        "is active and belongs to a person, and whether they are a responder of the "
        "incident (not asked while the role is not in Datadog yet)."
    ),
    how_to_fix=(
        "Assign someone who is available: dd-incident-roles assign INCIDENT ROLE "
        "PERSON. If the role has several holders, unassign this one: "
        "dd-incident-roles unassign INCIDENT ROLE PERSON. If they are available after "
        "all, add them to the responders in Datadog."
    ),
    default_level=Level.WARNING,
    evaluate=_evaluate,
    grace=timedelta(),
)
"""Fires for each holder who is deactivated, not a responder any more, or not a person."""
