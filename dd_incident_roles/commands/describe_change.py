"""What ``assign`` and ``unassign`` say: what is now true, and where."""

from __future__ import annotations

from dd_incident_roles.commands.application import Application
from dd_incident_roles.commands.assign import RoleChanged
from dd_incident_roles.commands.describe_carrying import NOT_SYNCED, CarryingWords, Said
from dd_incident_roles.model import Assignment, Person, PersonKey
from dd_incident_roles.report.clean import clean
from dd_incident_roles.sync.changes import GiveRole, Handover, TakeRole
from dd_incident_roles.sync.standing import Standing


def describe_change(application: Application, changed: RoleChanged, *, no_sync: bool) -> Said:
    """Say in plain words what a command came to."""
    words = _Words(application, changed)
    where = NOT_SYNCED if no_sync else words.where()
    return Said(result=clean(f"{words.truth()} {where}"), talk=tuple(map(clean, words.talk())))


class _Words:
    def __init__(self, application: Application, changed: RoleChanged) -> None:
        self.application = application
        self.changed = changed
        self.carrying = CarryingWords(application, changed.carried)
        self.result = self.carrying.result

    def truth(self) -> str:
        """Who holds the role now."""
        change, title = self.changed.change, self.changed.role.title
        place = f"of {self.carrying.incident_name}"
        if overtaken := self.changed.overtaken_by:
            stands = self._name(overtaken.standing) if overtaken.standing else "Nobody"
            instead = f", not {self._name(overtaken.wanted)}" if overtaken.wanted else ""
            return f"{stands} is {title} {place}{instead}."
        if change.begun:
            who = self._label(change.begun)
            gone = [row for row in change.ended if row.person != change.begun.person]
            took = f", after {', '.join(self._label(row) for row in gone)}" if gone else ""
            return f"{who} is {title}{_stream(change.begun)} {place} now{took}."
        if change.ended:
            who = ", ".join(dict.fromkeys(self._label(row) for row in change.ended))
            kept = [row for row in change.after if row.person == change.ended[0].person]
            if kept and all(row.stream is None for row in change.ended):
                return f"{who} is {title}{_stream(kept[0])} {place} now, and no longer without one."
            return f"{who} is no longer {title}{_stream(change.ended[0])} {place}."
        own = [row for row in change.after if row.person in self.changed.people]
        holders = ", ".join(dict.fromkeys(self._label(row) for row in own or change.after))
        return f"Nothing to change: {holders or 'nobody'} already is {title} {place}."

    def where(self) -> str:
        """Where that can be seen."""
        setback = None if self._role_was_written() else self.carrying.setback()
        if setback:
            return setback
        standings = self.result.standings if self.result else ()
        standing = next((each for each in standings if each.role == self.changed.role.key), None)
        if self.changed.overtaken_by:
            return "Datadog was changed at the same moment and stands; the conflict is kept."
        if standing and standing.overheld:
            return "Datadog shows several people in the role, and is left alone; see status."
        if standing and standing.standing is Standing.NOT_SUPPORTED:
            reason = standing.reason or "recorded here"
            return f"{reason[0].upper()}{reason[1:]}."
        return "Datadog shows it."

    def talk(self) -> list[str]:
        """What went wrong or is left to do."""
        lines = self.carrying.problems()
        if self.changed.warning:
            lines.append(f"Warning: {self.changed.warning}")
        if self.changed.doubt:
            lines.append(self.changed.doubt)
        if self.changed.overtaken_by:
            lines.append(
                "To decide it: dd-incident-roles assign "
                f"{self.carrying.number} {self.changed.role.key} PERSON"
            )
        if self.changed.role.is_commander and not self.changed.change.after:
            lines.append(
                f"{self.carrying.incident_name} has no {self.changed.role.title} now: "
                f"dd-incident-roles assign {self.carrying.number} im PERSON"
            )
        return lines

    def _role_was_written(self) -> bool:
        """Whether the role is in place although something else, such as its entry, is not."""
        key = self.changed.role.key
        return self.result is not None and any(
            isinstance(write, Handover | GiveRole | TakeRole) and write.role == key
            for write in self.result.writes
        )

    def _label(self, row: Assignment) -> str:
        return self._name(row.person)

    def _name(self, key: PersonKey) -> str:
        people = {**(self.result.people if self.result else {}), **self.changed.people}
        person: Person = people.get(key) or self.application.person(key)
        return person.label


def _stream(row: Assignment) -> str:
    return f" ({row.stream})" if row.stream else ""
