"""``suggest`` for a person: who to ask, best first, each with the command below the name.

They are lines and not a table, since a table would break a command that is wider than its column.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from rich.console import Group, RenderableType
from rich.text import Text

from dd_incident_roles.configuration.config_file import shipped_name
from dd_incident_roles.model import Person
from dd_incident_roles.policy.facts import Holding
from dd_incident_roles.report.clean import as_text
from dd_incident_roles.report.terminal import CAUTION, calling, incident_line
from dd_incident_roles.suggesting.suggest import Suggestion, Suggestions
from dd_incident_roles.words import command, join_names, role_label

_PLACES = "suggested_from: [{on_call: TEAM}, {team: TEAM}]"


def suggest_table(found: Suggestions) -> Group:
    """Whom to ask for each role, who was left out and why, and what could not be read."""
    return Group(*_lines(found))


def _lines(found: Suggestions) -> Iterator[RenderableType]:
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
        is_shipped = found.file == shipped_name("roles.yaml")
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
