"""``link`` and ``unlink``: where an incident is shown beside Datadog."""

from __future__ import annotations

from dataclasses import replace

from dd_incident_roles.application import Application
from dd_incident_roles.commands import naming
from dd_incident_roles.commands.locate import Named, known_places, named_by_datadog
from dd_incident_roles.commands.record_then_sync import Carried, record_then_sync
from dd_incident_roles.commands.role_change import Decision
from dd_incident_roles.errors import PlaceError, UsageError
from dd_incident_roles.model import IncidentId
from dd_incident_roles.places import Place, TargetName, parse_place, title_of
from dd_incident_roles.roles.ledger import Locate, PlaceLink
from dd_incident_roles.sync.entries.identity import PLACE
from dd_incident_roles.sync.state import IncidentState
from dd_incident_roles.timeline.change_entry import new_key
from dd_incident_roles.values import frozen
from dd_incident_roles.words import command, incident_label


@frozen
class Linked:
    """What was recorded of a place; ``before`` is what it took the place of.

    ``place`` is None of an ``unlink``. ``doubt`` says what is not known of the place.
    """

    carried: Carried[PlaceLink]
    place: Place | None
    before: Place | None
    doubt: str | None = None


def link_incident(application: Application, incident: str, where: str) -> Linked:
    """Show an incident in an issue or a room; it takes the place of another one there.

    Raises UsageError for a place that cannot be read from what was typed, that is not there, or
    that shows another open incident.
    """
    place = parse_place(where, application.settings.addresses)
    incident_id = naming.find_incident(application, incident)
    place, url, doubt = _look_at(application, place)
    # Before anything is recorded: every record that hears of it would begin to write there.
    _refuse_taken(application, incident_id, place)
    known = application.record.places(incident_id)
    replaced = next((each.where for each in known if each.target == place.target), None)
    before = parse_place(replaced, {}) if replaced else None
    what = "issue" if place.target != "slack" else "channel"
    text = f"The incident {what} is {place.label}" + (f": {url}" if url else "")
    carried = _record(application, incident_id, place.target, text, where=place.text, url=url)
    return Linked(carried=carried, place=place, before=before, doubt=doubt)


def unlink_incident(application: Application, incident: str, where: str | None) -> Linked:
    """Show an incident no longer in a place; what stands there stays.

    ``where`` can be left out where there is only one place.
    """
    incident_id = naming.find_incident(application, incident)
    recorded = application.record.incident(incident_id)
    shown = named_by_datadog(application, recorded) if recorded else Named()
    known = [each.place for each in known_places(application, incident_id, shown)]
    named = parse_place(where, application.settings.addresses) if where else None
    meant = [each for each in known if named is None or each.identity == named.identity]
    if len(meant) != 1:
        label = application.known_as(incident_id)
        listed = ", ".join(each.text for each in known)
        raise UsageError(
            f"{label} is not linked to that place."
            if named
            else f"{label} is linked to {len(known)} places."
            if known
            else f"{label} is linked to no issue and no channel.",
            hint=f"It is linked to {listed}." if known else None,
        )
    before = meant[0]
    text = f"The incident is no longer shown in {before.label}"
    carried = _record(application, incident_id, before.target, text)
    return Linked(carried=carried, place=None, before=before)


def _record(
    application: Application,
    incident_id: IncidentId,
    target: TargetName,
    text: str,
    *,
    where: str | None = None,
    url: str | None = None,
) -> Carried[PlaceLink]:
    stated = PlaceLink(
        target=target,
        where=where,
        url=url,
        stated=application.clock(),
        stated_by=application.actor,
    )
    # Made once: a second decision must not leave a second entry.
    key = f"place-{new_key(application.new_id())}"
    says = Locate(place=stated)

    def decide(state: IncidentState) -> Decision[PlaceLink]:
        known = {each.target: each.where for each in state.places}
        if stated.target in known and known[stated.target] == stated.where:
            return Decision(change=stated)
        edits = naming.told(
            application, incident_id, key, text, kind=PLACE, at=stated.stated, says=says
        )
        return Decision(change=stated, edits=edits)

    return record_then_sync(application, incident_id, decide)


def _refuse_taken(application: Application, incident_id: IncidentId, place: Place) -> None:
    """Two incidents in one place would undo each other, and trade their Incident Managers."""
    record = application.record
    for other in record.open_incidents():
        places = () if other.id == incident_id else record.places(other.id)
        shown = (parse_place(each.where, {}) for each in places if each.where)
        if any(each.identity == place.identity for each in shown):
            raise UsageError(
                f"{place.label} shows {incident_label(other.public_id)} already.",
                hint=f"First run: {command('unlink', other.public_id, place.text)}",
            )


def _look_at(application: Application, place: Place) -> tuple[Place, str | None, str | None]:
    """The place under the name that people know, its page, and why it may not be there."""
    title = title_of(place.target)
    if lacking := application.connections.why_not(place.target):
        return place, None, f"Nobody looked whether it is there: {lacking}."
    try:
        if place.target == "slack":
            room = application.connections.chat.room(place.number)
            return replace(place, label=f"#{room.name}"), room.url, None
        from dd_incident_roles.issues.tracker import IssueRef

        ref = IssueRef(project=place.project, number=place.number, label=place.label)
        return place, application.connections.tracker(place.target).issue(ref).url, None
    except PlaceError as error:
        if error.status == 404:
            raise UsageError(
                f"{title} does not show {place.label} with this token.",
                hint=error.hint or f"Check the name: {command('link', 'INCIDENT', place.text)}",
            ) from error
        return place, None, f"Nobody could look whether it is there: {error.message}"
