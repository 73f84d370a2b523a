"""``suggest``: its document, and for a person who to ask, best first, each with the command.

For people they are lines and not a table, which would break a command wider than its column.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Annotated

from pydantic import Field
from rich.console import RenderableType
from rich.text import Text

from dd_incident_roles.model import Person
from dd_incident_roles.policy.facts import Holding
from dd_incident_roles.report.documents import Count, Document, Part, field
from dd_incident_roles.report.terminal import CAUTION, as_group, as_text, calling, incident_line
from dd_incident_roles.roles.shipped import SHIPPED
from dd_incident_roles.suggesting import Suggestion, Suggestions
from dd_incident_roles.words import command, join_names, role_label

_EMAIL = "The e-mail, if it is known."
_NAME = "The name, if it is known."
_FOUND = 'Where they were found, such as "on call for sre".'


class Incident(Part):
    """An incident."""

    id: str = field("Its id in Datadog.")
    public_id: Count = field("Its public id, the number after IR-.")
    title: str = field("Its title.")
    severity: str = field("Its severity as Datadog writes it, such as SEV-1.")
    state: str = field("Its state as Datadog writes it, such as active.")


class Holder(Part):
    """One holder."""

    email: str | None = field(_EMAIL, source="person.email")
    name: str | None = field(_NAME, source="person.called")
    stream: str | None = field("The stream of work; null for the role itself.")


class Candidate(Part):
    """Somebody who could take the role."""

    email: str | None = field(_EMAIL, source="person.email")
    name: str | None = field(_NAME, source="person.called")
    found: list[str] = field(_FOUND)
    on_call: bool = field("Whether a page to a team reaches them first.")
    holds: list[str] = field("The titles of the roles that they already hold in the incident.")
    qualified: bool | None = field(
        "Whether they are in the team that the role requires; null if it requires "
        "none, or the team could not be read."
    )
    warning: str | None = field("A warning about them, if any.")
    command: str = field("What to type to assign them.")


class LeftOut(Part):
    """Somebody who is not proposed."""

    email: str | None = field(_EMAIL, source="person.email")
    name: str | None = field(_NAME, source="person.called")
    found: list[str] = field(_FOUND)
    reason: str = field("Why not, to follow the name in a sentence.")


class LaterTiers(Part):
    """The later tiers of one team."""

    team: str = field("The team as it is named in the catalogue.")
    number: Annotated[int, Field(ge=1)] = field("How many people.")


class Unread(Part):
    """One thing that could not be read."""

    what: str = field("What it is.")
    reason: str = field("Why it could not be read.")


class Role(Part):
    """A role and whom to ask for it."""

    role: str = field("The key of the role.", source="role.key")
    title: str = field("The title of the role.", source="role.title")
    required: bool = field("Whether the incident must have it now.")
    has_places: bool = field("Whether the catalogue says where to find people.")
    holders: list[Holder] = field(
        "Who holds it; nobody is proposed for a role that is held, unless --all is given."
    )
    candidates: list[Candidate] = field("Who is proposed, the best first.", source="proposed")
    left_out: list[LeftOut] = field("Who was found but is not proposed.")
    later_tiers: list[LaterTiers] = field(
        "How many people a page reaches only later; they are not proposed."
    )
    unread: list[Unread] = field("What could not be read.")


class Suggest(Document):
    """Whom to ask for a role. Nobody is assigned."""

    written_by = "`suggest --format json` writes"

    incident: Incident = field("The incident that was asked for.")
    complete: bool = field("Whether everything could be read.", source="is_whole")
    roles: list[Role] = field("One for each role that was asked for.")


_PLACES = "suggested_from: [{on_call: TEAM}, {team: TEAM}]"


@as_group
def suggest_table(found: Suggestions) -> Iterator[RenderableType]:
    """Whom to ask for each role, who was left out and why, and what could not be read."""
    incident = found.incident
    yield incident_line(incident)
    if not found.roles:
        yield Text(
            "No empty role is required, and none has places to look for people."
            if incident.is_open
            else "The incident is over; nobody needs to take a role."
        )
    placeless = [each for each in found.roles if each.is_looked_for and not each.has_places]
    for suggestion in found.roles:
        if suggestion not in placeless:
            yield Text("")
            yield from _role(found, suggestion)
    if placeless:
        yield Text("")
        yield from _without_places(found, placeless)
    # A list of names could be taken for what was done.
    if any(suggestion.proposed for suggestion in found.roles):
        yield Text("")
        yield Text("Nobody was assigned; the commands above do that.", style="dim")


def _role(found: Suggestions, suggestion: Suggestion) -> Iterator[Text]:
    people = [each.person for each in suggestion.proposed]
    people += [each.person for each in suggestion.left_out]
    call = calling((person.called, person.email) for person in people)

    def label(person: Person) -> str:
        return call(person.called, person.email or person.label)

    title = f"{suggestion.role.title}{' (required)' if suggestion.required else ''}"
    if suggestion.holders and suggestion.is_looked_for:
        title += f", held by {_holders(suggestion.holders)}"
    yield as_text(title, "bold")
    if not suggestion.is_looked_for:
        hold = "holds" if len(suggestion.holders) == 1 else "hold"
        more = command("suggest", found.incident.public_id, suggestion.called, "--all")
        yield as_text(
            f"{_holders(suggestion.holders)} {hold} it; nothing to suggest. "
            f"To see who could take over: {more}"
        )
        return
    if not suggestion.proposed:
        yield Text("Nobody was found to propose.", style=CAUTION)
    for number, proposed in enumerate(suggestion.proposed, start=1):
        line = as_text(f"{number}. {label(proposed.person)}, {', '.join(proposed.found)}")
        if proposed.holds:
            line.append_text(as_text(f"; holds {join_names(proposed.holds)} already"))
        yield line
        if proposed.warning:
            yield Text.assemble("   ", as_text(proposed.warning, CAUTION))
        yield Text.assemble("   ", as_text(proposed.command, "cyan"))
    for left_out in suggestion.left_out:
        who = f"{label(left_out.person)}, {', '.join(left_out.found)}"
        yield as_text(f"Left out: {who}: {left_out.reason}.", "dim")
    for later in suggestion.later_tiers:
        yield as_text(f"{later.number} more on later tiers of {later.team}; not proposed.", "dim")
    for unread in suggestion.unread:
        yield as_text(f"Could not read {unread.what}: {unread.reason}.", CAUTION)


def _without_places(found: Suggestions, suggestions: Sequence[Suggestion]) -> Iterator[Text]:
    if known := [each.role.title for each in suggestions if not each.is_devised]:
        # The catalogue that was installed is not to be changed in its place.
        is_shipped = found.file == SHIPPED.file
        copied = f"a copy of {found.file} that the setting 'roles' names"
        yield as_text(
            f"The catalogue does not say where to find people for {join_names(known)}. "
            f"Add to the role in {(copied if is_shipped else found.file)}: {_PLACES}",
            CAUTION,
        )
    for each in suggestions:
        if each.is_devised:
            assign = command("assign", found.incident.public_id, each.called, "PERSON")
            yield as_text(
                f"{each.role.title} was devised for this incident, so the catalogue "
                f"does not say where to find people. Assign it: {assign}",
                CAUTION,
            )


def _holders(holdings: Sequence[Holding]) -> str:
    return join_names(role_label(each.person.label, each.stream) for each in holdings)
