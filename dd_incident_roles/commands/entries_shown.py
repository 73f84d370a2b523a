"""Whether what the record says of entries is what Datadog was last seen to have."""

from __future__ import annotations

from collections.abc import Sequence

from dd_incident_roles.commands.application import Application
from dd_incident_roles.model import Entry, IncidentId
from dd_incident_roles.sync.entries.pair import local_digest


def entries_shown(
    application: Application, incident_id: IncidentId, entries: Sequence[Entry]
) -> int:
    """How many of the entries are in Datadog as they are here."""
    links = application.record.entry_links(incident_id, application.target.name)
    agreed = {link.key: link.local_digest for link in links}
    return sum(agreed.get(entry.key) == local_digest(entry) for entry in entries)
