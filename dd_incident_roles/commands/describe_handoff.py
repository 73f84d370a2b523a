"""What ``handoff`` says: who holds the role now, or until somebody accepts."""

from __future__ import annotations

from datetime import UTC

from dd_incident_roles.commands.application import Application
from dd_incident_roles.commands.describe_carrying import NOT_SYNCED, CarryingWords, Said
from dd_incident_roles.commands.handoff_proposals import Proposed
from dd_incident_roles.report.clean import clean
from dd_incident_roles.roles.statements import Handoff


def describe_proposal(application: Application, proposed: Proposed, *, no_sync: bool) -> Said:
    """Say who was asked, by when, and who is responsible meanwhile."""
    words = CarryingWords(application, proposed.carried)
    handoff, title = proposed.handoff, proposed.role.title
    receiver = proposed.receiver.label
    by = handoff.expires.astimezone(UTC)
    stream = f" ({handoff.stream})" if handoff.stream else ""
    meanwhile = "nobody holds it"
    if handoff.giver is not None:
        meanwhile = f"{application.person(handoff.giver).label} is responsible until then"
    role = proposed.role.aliases[0] if proposed.role.aliases else proposed.role.key
    option = f" --stream {handoff.stream}" if handoff.stream else ""
    return Said(
        result=clean(
            f"{receiver} was asked to take over {title}{stream} of {words.incident_name} by "
            f"{by:%H:%M} UTC; {meanwhile}. {_where(words, no_sync=no_sync)}"
        ),
        talk=tuple(
            clean(line)
            for line in (
                f"{receiver} types: dd-incident-roles handoff accept {words.number} {role}{option}",
                *words.problems(),
                *([proposed.doubt] if proposed.doubt else []),
            )
        ),
    )


def describe_end(application: Application, ended: Proposed, *, no_sync: bool) -> Said:
    """Say that the role stays where it is."""
    words = CarryingWords(application, ended.carried)
    handoff, title = ended.handoff, ended.role.title
    stays = "nobody"
    if handoff.giver is not None:
        stays = application.person(handoff.giver).label
    return Said(
        result=clean(
            f"The handoff of {title} of {words.incident_name} is off; {stays} still holds it. "
            f"{_where(words, no_sync=no_sync)}"
        ),
        talk=tuple(map(clean, words.problems())),
    )


def _where(words: CarryingWords[Handoff], *, no_sync: bool) -> str:
    if no_sync:
        return NOT_SYNCED
    return words.setback() or "Datadog's timeline tells of it."
