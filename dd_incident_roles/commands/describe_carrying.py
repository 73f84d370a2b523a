"""What there is to say of a change that is recorded, and on its way to Datadog or not."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Generic, TypeVar

from dd_incident_roles.commands.application import Application
from dd_incident_roles.commands.record_then_sync import Carried
from dd_incident_roles.model import Incident
from dd_incident_roles.report.sync_text import held_back
from dd_incident_roles.sync.result import IncidentResult

NOT_SYNCED = "Recorded here; the next sync carries it to Datadog."
"""Where a change is that was not to be carried further."""

Change = TypeVar("Change")


@dataclass(frozen=True, slots=True, kw_only=True)
class Said:
    """The sentence for stdout, and what else there is to know for stderr."""

    result: str
    talk: tuple[str, ...] = ()


class CarryingWords(Generic[Change]):
    """The words that are the same for every change, whatever it is about."""

    def __init__(self, application: Application, carried: Carried[Change]) -> None:
        self._carried = carried
        results = carried.sync.incidents if carried.sync else ()
        self.result: IncidentResult | None = next(iter(results), None)
        seen = self.result.incident if self.result else None
        self._incident: Incident | None = seen or application.record.incident(carried.incident_id)

    @property
    def incident_name(self) -> str:
        """How the incident is called in a sentence."""
        return f"IR-{self._incident.public_id}" if self._incident else self._carried.incident_id

    @property
    def number(self) -> str:
        """How the incident is named in a command."""
        return str(self._incident.public_id) if self._incident else self._carried.incident_id

    def setback(self) -> str | None:
        """Why the change is not in Datadog, None where nothing stood in its way."""
        failures = self.result.failures if self.result else ()
        if any(failure.ambiguous for failure in failures):
            return "Recorded here; it is not known whether Datadog has it."
        if self._carried.problem or self.result is None or failures:
            return "Recorded here, not yet in Datadog."
        return None

    def problems(self) -> list[str]:
        """What went wrong, and what to type about it."""
        lines: list[str] = []
        problems = [self._carried.problem] if self._carried.problem else []
        failures = self.result.failures if self.result else ()
        for error in [*problems, *(failure.error for failure in failures)]:
            lines.append(f"Error: {error.message}")
            lines.extend([f"  {error.hint}"] if error.hint else [])
        again = f"dd-incident-roles sync {self.number}"
        if any(failure.declined for failure in failures):
            lines.append(f"  The change is kept; once that is mended: {again} --retry-refused")
        elif problems or failures:
            lines.append(f"  The change is kept; try again: {again}")
        if self.result and self.result.refusal:
            refusal = self.result.refusal
            lines.append(f"Held back: {held_back(refusal.reason, refusal.by_itself)}.")
            lines.append(
                f"  If it is meant: dd-incident-roles sync {refusal.public_id} {refusal.flag}"
            )
        return lines
