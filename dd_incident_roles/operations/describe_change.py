"""What ``assign`` and ``unassign`` say: what is now true, and where."""

from __future__ import annotations

from dataclasses import dataclass

from dd_incident_roles.model import Assignment, Incident, Person
from dd_incident_roles.operations.application import Application
from dd_incident_roles.operations.change_role import RoleChanged
from dd_incident_roles.report.clean import clean
from dd_incident_roles.sync.result import IncidentResult
from dd_incident_roles.sync.standing import Standing


@dataclass(frozen=True, slots=True, kw_only=True)
class Said:
    """The sentence for stdout, and what else there is to know for stderr."""

    result: str
    talk: tuple[str, ...] = ()


def describe_change(application: Application, changed: RoleChanged, *, no_sync: bool) -> Said:
    """Say in plain words what a command came to."""
    words = _Words(application, changed)
    where = "Recorded here; the next sync carries it to Datadog." if no_sync else words.where()
    return Said(result=clean(f"{words.truth()} {where}"), talk=tuple(map(clean, words.talk())))


class _Words:
    def __init__(self, application: Application, changed: RoleChanged) -> None:
        self.application = application
        self.changed = changed
        results = changed.sync.incidents if changed.sync else ()
        self.result: IncidentResult | None = next(iter(results), None)

    def truth(self) -> str:
        """Who holds the role now."""
        change, title = self.changed.change, self.changed.role.title
        place = f"of {self._incident_name()}"
        if change.begun:
            who = self._label(change.begun)
            gone = [row for row in change.ended if row.person != change.begun.person]
            took = f", after {', '.join(self._label(row) for row in gone)}" if gone else ""
            return f"{who} is {title}{_stream(change.begun)} {place} now{took}."
        if change.ended:
            who = ", ".join(dict.fromkeys(self._label(row) for row in change.ended))
            return f"{who} is no longer {title}{_stream(change.ended[0])} {place}."
        holders = ", ".join(dict.fromkeys(self._label(row) for row in change.after))
        return f"Nothing to change: {holders or 'nobody'} already is {title} {place}."

    def where(self) -> str:
        """Where that can be seen."""
        if self.result and any(failure.ambiguous for failure in self.result.failures):
            return "Recorded here; it is not known whether Datadog has it."
        if self.changed.problem or self.result is None or self.result.failures:
            return "Recorded here, not yet in Datadog."
        if self.result.refusal:
            return "Recorded here; the guard kept it from Datadog."
        standing = next(
            (each for each in self.result.standings if each.role == self.changed.role.key), None
        )
        if any(conflict.role == self.changed.role.key for conflict in self.result.conflicts):
            return "Datadog was changed at the same moment and stands; see status."
        if standing and standing.standing is Standing.NOT_SUPPORTED:
            reason = standing.reason or "recorded here"
            return f"{reason[0].upper()}{reason[1:]}."
        return "Datadog shows it."

    def talk(self) -> list[str]:
        """What went wrong or is left to do."""
        lines: list[str] = []
        problems = [self.changed.problem] if self.changed.problem else []
        failures = self.result.failures if self.result else ()
        for error in [*problems, *(failure.error for failure in failures)]:
            lines.append(f"Error: {error.message}")
            lines.extend([f"  {error.hint}"] if error.hint else [])
        if problems or failures:
            lines.append(
                f"  The change is kept; try again: dd-incident-roles sync {self._number()}"
            )
        if self.result and self.result.refusal:
            refusal = self.result.refusal
            lines.append(f"Refused: {refusal.reason}.")
            lines.append(
                f"  If it is meant: dd-incident-roles sync {refusal.public_id} {refusal.flag}"
            )
        if self.changed.unverified:
            lines.append("Datadog could not be asked whether this person has an account.")
        if self.changed.role.is_commander and not self.changed.change.after:
            lines.append(
                f"{self._incident_name()} has no {self.changed.role.title} now: "
                f"dd-incident-roles assign {self._number()} im PERSON"
            )
        return lines

    def _incident(self) -> Incident | None:
        seen = self.result.incident if self.result else None
        return seen or self.application.record.incident(self.changed.incident_id)

    def _incident_name(self) -> str:
        incident = self._incident()
        return f"IR-{incident.public_id}" if incident else self.changed.incident_id

    def _number(self) -> str:
        incident = self._incident()
        return str(incident.public_id) if incident else self.changed.incident_id

    def _label(self, row: Assignment) -> str:
        people = {**(self.result.people if self.result else {}), **self.changed.people}
        person: Person = people.get(row.person) or self.application.person(row.person)
        return person.label


def _stream(row: Assignment) -> str:
    return f" ({row.stream})" if row.stream else ""
