"""What ``timeline import`` says: how much was added, and where it can be seen."""

from __future__ import annotations

from dd_incident_roles.operations.application import Application
from dd_incident_roles.operations.describe_carrying import NOT_SYNCED, CarryingWords, Said
from dd_incident_roles.operations.record_then_sync import Carried
from dd_incident_roles.report.clean import clean
from dd_incident_roles.timeline.importing import Import


def describe_import(application: Application, carried: Carried[Import], *, no_sync: bool) -> Said:
    """Say in plain words what an import came to."""
    words = CarryingWords(application, carried)
    number = len(carried.change.new)
    what = f"{number} entry was" if number == 1 else f"{number} entries were"
    truth = f"{what} added to the timeline of {words.incident_name}."
    where = NOT_SYNCED if no_sync else words.setback() or "Datadog shows what it can hold."
    notices = words.result.notices if words.result else ()
    return Said(
        result=clean(f"{truth} {where}"), talk=tuple(map(clean, [*notices, *words.problems()]))
    )
