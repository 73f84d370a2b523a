"""When people last wrote into a timeline, wherever they did."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

from dd_incident_roles.model import NOTE, Entry, Person, PersonKey
from dd_incident_roles.operations.application import Application
from dd_incident_roles.policy.surroundings import NotConnected, NotRead, TimelineActivity
from dd_incident_roles.sync.plan import Plan
from dd_incident_roles.timeline.replay import replay_entries


def timeline_activity(
    application: Application, plan: Plan, people: Iterable[Person]
) -> TimelineActivity | NotConnected | NotRead:
    """The notes of one incident, ours and Datadog's; what systems wrote does not count.

    ``people`` are those of whom it matters whether they wrote: an entry has the name of its author.
    """
    reading = plan.reading
    if reading.timeline is None:
        if reading.failures:
            return NotRead(reason=reading.failures[0].message.rstrip("."))
        off = application.settings.timeline == "off"
        reason = "the timeline is turned off" if off else reading.no_timeline
        return NotConnected(reason=reason or "Datadog offers no timeline")
    notes = [
        entry
        for entry in replay_entries(plan.state.timeline, plan.timeline.edits).entries
        if entry.kind == NOTE and entry.deleted_at is None
    ]
    return TimelineActivity(
        last_note=max((at for note in notes if (at := _heard(application, note))), default=None),
        writers=_writers(notes, people),
    )


def _written(entry: Entry) -> datetime:
    """An entry that is back-dated was written all the same, later than it says it happened."""
    return max(entry.at, entry.created)


def _heard(application: Application, entry: Entry) -> datetime | None:
    """When an entry was written, by the clock that ages are judged by: our own is not Datadog's."""
    written = _written(entry)
    return application.moment(written) if entry.origin == "cli" else written


def _writers(notes: Iterable[Entry], people: Iterable[Person]) -> dict[PersonKey, datetime]:
    """Two accounts can have one e-mail and one name: what they share tells of neither."""
    names: dict[str, set[PersonKey]] = {}
    for person in people:
        for name in (person.label, person.name, person.email, person.handle, person.key):
            names.setdefault((name or "").casefold(), set()).add(person.key)
    first: dict[PersonKey, datetime] = {}
    for note in notes:
        keys = names.get((note.author or "").casefold(), set()) if note.author else set()
        if len(keys) == 1:
            [key] = keys
            first[key] = min(_written(note), first.get(key, _written(note)))
    return first
