"""IR005: a role for one person that was changed on both sides."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta

from dd_incident_roles.policy.facts import Dispute, Facts, due, role_command, subject
from dd_incident_roles.policy.policy import Breach, Evidence, Rule, RuleContext, SeenIn
from dd_incident_roles.roles.catalogue import Level
from dd_incident_roles.words import age_label


def _evaluate(facts: Facts, context: RuleContext) -> Iterator[Breach]:
    for dispute in facts.disputes:
        if dispute.since + context.grace <= context.now:
            yield _breach(facts, dispute, context)


def _breach(facts: Facts, dispute: Dispute, context: RuleContext) -> Breach:
    title = facts.title(dispute.role)
    shown, wanted = dispute.standing, dispute.wanted
    return Breach(
        message=(
            f"{title} of {subject(facts)} was changed here and in Datadog and has been "
            f"in conflict since {age_label(dispute.since, context.now)}: Datadog shows "
            f"{facts.named(shown)}, the record wanted {facts.named(wanted)}; a "
            f"decision was {due(context.grace)}."
        ),
        since=dispute.since,
        fix=role_command(facts, "assign", dispute.role),
        role=dispute.role,
        evidence=(
            Evidence(f"shown as {title}", SeenIn.DATADOG, who=shown.key if shown else None),
            Evidence(
                f"wanted as {title}",
                SeenIn.RECORD,
                who=wanted.key if wanted else None,
                since=dispute.since,
            ),
        ),
    )


ASSIGNMENT_CONFLICT = Rule(
    id="IR005",
    name="assignment-conflict",
    title="A role was changed here and in Datadog",
    why=(
        "The role was given to one person here and to another in Datadog. Datadog's "
        "choice counts until someone decides, and the other person may not know."
    ),
    looks_at=(
        "Conflicts that a sync recorded and nobody has settled: whom Datadog shows, "
        "whom the record wanted, and since when."
    ),
    how_to_fix=(
        "Ask both, then assign the one who holds the role: dd-incident-roles assign "
        "INCIDENT ROLE PERSON. That settles it here and in Datadog."
    ),
    default_level=Level.ERROR,
    evaluate=_evaluate,
    grace=timedelta(),
)
"""Fires for each role that was changed on both sides and is not settled."""
