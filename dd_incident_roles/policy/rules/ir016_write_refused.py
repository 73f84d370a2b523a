"""IR016: a change that was recorded here and that Datadog, an issue or a chat refuses."""

from __future__ import annotations

from collections.abc import Iterator

from dd_incident_roles.policy.facts import Facts, RefusedChange, attempted, subject
from dd_incident_roles.policy.policy import Breach, Evidence, Rule, RuleContext, SeenIn
from dd_incident_roles.roles.catalogue import Level
from dd_incident_roles.words import clause, command, instant_label, long_duration

_PLACES = {"topic": SeenIn.CHAT, "assignee": SeenIn.ISSUE, "roster": SeenIn.ISSUE}


def _evaluate(facts: Facts, context: RuleContext) -> Iterator[Breach]:
    for refused in facts.refused:
        yield _breach(facts, refused, context)


def _breach(facts: Facts, refused: RefusedChange, context: RuleContext) -> Breach:
    person = refused.person
    what = attempted(
        refused.attempt,
        who=facts.named(person) if person else None,
        title=facts.title(refused.role) if refused.role is not None else None,
        entry=refused.entry,
        register=refused.what,
    )
    by = refused.place or "Datadog"
    if refused.place and facts.is_redacted:
        by = "The place where it is shown"
    why = "" if facts.is_redacted else f": {clause(refused.reason)}"
    age = long_duration(context.now - refused.since)
    tried = "once" if refused.tries == 1 else f"{refused.tries} times"
    return Breach(
        message=(
            f"{by} has refused {what} in {subject(facts)} since "
            f"{instant_label(refused.since, context.now)} ({age}, tried {tried}){why}."
        ),
        since=refused.since,
        fix=command("sync", facts.incident.public_id, "--retry-refused"),
        level=Level.ERROR if refused.role is not None else None,
        role=refused.role,
        # Two refusals of one role are two findings if they are about different people or entries.
        distinct=" ".join(
            part
            for part in (person and person.key, refused.entry, refused.what, refused.place)
            if part
        ),
        evidence=(
            Evidence(
                f"refused {what}",
                _PLACES.get(refused.what or "", SeenIn.DATADOG),
                who=person.key if person else None,
                since=refused.since,
            ),
        ),
    )


WRITE_REFUSED = Rule(
    id="IR016",
    name="write-refused",
    title="A change that was recorded here is refused",
    why=(
        "The record and what people look at stay different: in Datadog, in the issue or "
        "in the chat they see the wrong holder or an old entry."
    ),
    looks_at=(
        "Writes that Datadog, the issue or the chat refused with a clear answer, such "
        "as a second holder of a role that allows only one person there, until they "
        "succeed or are no longer wanted. A refused role is an error, anything else a "
        "warning."
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
