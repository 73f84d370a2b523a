"""Taking the entries of a file into a timeline, each once however often it is done."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import tzinfo

from dd_incident_roles.commands.application import Application
from dd_incident_roles.commands.find_author import own_name
from dd_incident_roles.commands.find_incident import find_incident
from dd_incident_roles.commands.record_then_sync import Carried, Decision, record_then_sync
from dd_incident_roles.commands.reference import ByPublicId, parse_reference
from dd_incident_roles.commands.show_timeline import recorded_timeline, see_timeline
from dd_incident_roles.errors import IncidentRolesError
from dd_incident_roles.model import IncidentId
from dd_incident_roles.sync.state import IncidentState
from dd_incident_roles.timeline.entry_text import on_one_line
from dd_incident_roles.timeline.file_entry import FileEntry, FileTimeline
from dd_incident_roles.timeline.importing import Import, missing_entries
from dd_incident_roles.timeline.json_reading import read_json
from dd_incident_roles.timeline.markdown_reading import read_markdown


@dataclass(frozen=True, slots=True, kw_only=True)
class Prepared:
    """What an import would add to which incident.

    ``problem`` is why it was compared with nothing but the record. ``other`` is the incident that
    the file says it is about, where that is another one.
    """

    incident_id: IncidentId
    listed: tuple[FileEntry, ...]
    found: Import
    problem: IncidentRolesError | None = None
    other: str | None = None


def prepare_import(
    application: Application,
    incident: str,
    text: str,
    *,
    file: str,
    zone: tzinfo | None,
    sync: bool,
) -> Prepared:
    """Read a file and compare it with the timeline; raises ConfigurationError and UsageError."""
    timeline = read_entries(text, file=file, zone=zone)
    incident_id = find_incident(application, incident)
    seen = (
        see_timeline(application, incident_id)
        if sync
        else recorded_timeline(application, incident_id)
    )
    found = missing_entries(
        seen.state,
        incident_id,
        timeline.entries,
        now=application.clock(),
        author=on_one_line(own_name(application)),
    )
    own: set[str] = {incident_id}
    if seen.incident:
        own.add(f"IR-{seen.incident.public_id}")
    elif isinstance(typed := parse_reference(incident, application.settings), ByPublicId):
        own.add(f"IR-{typed.number}")
    return Prepared(
        incident_id=incident_id,
        listed=timeline.entries,
        found=found,
        problem=seen.problem,
        other=timeline.incident if timeline.incident not in own else None,
    )


def carry_import(application: Application, prepared: Prepared, *, sync: bool) -> Carried[Import]:
    """Record what the timeline lacks at that moment, in one piece, and carry it to Datadog."""

    def decide(state: IncidentState) -> Decision[Import]:
        found = missing_entries(
            state.timeline,
            prepared.incident_id,
            prepared.listed,
            now=application.clock(),
            author=on_one_line(own_name(application)),
        )
        return Decision(change=found, edits=found.edits)

    return record_then_sync(application, prepared.incident_id, decide, sync=sync)


def read_entries(text: str, *, file: str, zone: tzinfo | None) -> FileTimeline:
    """Read JSON where the text is JSON, else Markdown."""
    if text.lstrip().startswith(("{", "[")):
        return read_json(text, file=file, zone=zone)
    return read_markdown(text, file=file, zone=zone)
