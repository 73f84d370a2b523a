"""IR016: a change that was recorded here and that Datadog refuses."""

from __future__ import annotations

from collections.abc import Iterator

from dd_incident_roles.policy.facts import Facts, RefusedChange
from dd_incident_roles.policy.finding import Breach, Evidence, SeenIn
from dd_incident_roles.policy.rule import Rule, RuleContext
from dd_incident_roles.policy.words import attempted, subject
from dd_incident_roles.roles.catalogue import Level
from dd_incident_roles.words import clause, command, instant_label, long_duration


def _evaluate(facts: Facts, context: RuleContext) -> Iterator[Breach]:
    for refused in facts.refused:
        yield _breach(facts, refused, context)


def _breach(facts: Facts, refused: RefusedChange, context: RuleContext) -> Breach:
    person = refused.person
    what = attempted(
        refused.attempt,
        who=facts.named(person) if person else None,
        title=facts.title(refused.role) if refused.role else None,
        entry=refused.entry,
    )
    why = "" if facts.is_redacted else f": {clause(refused.reason)}"
    age = long_duration(context.now - refused.since)
    tried = "once" if refused.tries == 1 else f"{refused.tries} times"
    return Breach(
        message=(
            f"Datadog has refused {what} in {subject(facts)} since "
            f"{instant_label(refused.since, context.now)} ({age}, tried {tried}){why}."
        ),
        since=refused.since,
        fix=command("sync", facts.incident.public_id, "--retry-refused"),
        level=Level.ERROR if refused.role else None,
        role=refused.role,
        # Two refusals of one role are two findings if they are about different people or entries.
        distinct=f"{person.key if person else ''} {refused.entry or ''}".strip(),
        evidence=(
            Evidence(
                f"refused {what}",
                SeenIn.DATADOG,
                who=person.key if person else None,
                since=refused.since,
            ),
        ),
    )


WRITE_REFUSED = Rule(
    id="IR016",
    name="write-refused",
    title="Datadog refuses a change that was recorded here",
    why=(
        "The record and Datadog stay different: people who look in Datadog see the "
        "wrong holder or an old entry."
    ),
    looks_at=(
        "Writes that Datadog refused with a clear answer, such as a second holder of "
        "a role that allows only one person there, until they succeed or are no "
        "longer wanted. A refused role is an error, anything else a warning."
    ),
    how_to_fix=(
        "Fix what the message names: a permission, the role definition or the "
        "account. Then send it again: dd-incident-roles sync INCIDENT "
        "--retry-refused. Or undo the change: dd-incident-roles unassign INCIDENT "
        "ROLE."
    ),
    default_level=Level.WARNING,
    evaluate=_evaluate,
)
"""Fires for each declined write that is still wanted and about which nothing has changed."""
