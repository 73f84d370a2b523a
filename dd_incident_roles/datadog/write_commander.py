"""The Incident Manager as Datadog's commander: one atomic write, read back truthfully."""

from __future__ import annotations

from dd_incident_roles.datadog.directory import Directory
from dd_incident_roles.datadog.incidents import Incidents
from dd_incident_roles.datadog.situation import Situation
from dd_incident_roles.datadog.writer import found_instead
from dd_incident_roles.errors import WriteNotConfirmed
from dd_incident_roles.model import PersonKey, RoleKey
from dd_incident_roles.sync.changes import Confirmed, Outcome, Outdated


class CommanderWriter:
    """Sets and unsets the commander; a write that would change nothing is not made."""

    def __init__(self, incidents: Incidents, directory: Directory) -> None:
        self._incidents = incidents
        self._directory = directory

    def hand_over(
        self,
        situation: Situation,
        role: RoleKey,
        before: frozenset[PersonKey],
        after: PersonKey | None,
    ) -> Outcome:
        """Make somebody the commander in one request, or nobody."""
        present = situation.commander()
        if present == ({after} if after else set()):
            return Confirmed(holder=after, already=True)
        if not present <= before:
            return Outdated(found=found_instead(role, present))
        wanted = self._directory.user_id(after) if after else None
        shown = self._incidents.set_commander(situation.incident.id, wanted)
        if shown != wanted:
            raise WriteNotConfirmed(
                f"Datadog took the new commander of IR-{situation.incident.public_id} "
                "and still shows another one.",
                hint=f"Look at the incident in Datadog, then: "
                f"dd-incident-roles sync {situation.incident.public_id}",
                ambiguous=True,
            )
        return Confirmed(holder=after)

    def give(self, situation: Situation, role: RoleKey, person: PersonKey) -> Outcome:
        """Make somebody the commander where nobody is."""
        return self.hand_over(situation, role, frozenset(), person)

    def take(self, situation: Situation, role: RoleKey, person: PersonKey) -> Outcome:
        """Leave the incident without a commander, if this person is the one."""
        return self.hand_over(situation, role, frozenset({person}), None)
