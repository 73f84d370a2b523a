"""What ``timeline import`` says: how much was added, and where it can be seen."""

from __future__ import annotations

from dd_incident_roles.commands.application import Application
from dd_incident_roles.commands.describe_carrying import NOT_SYNCED, CarryingWords, Said
from dd_incident_roles.commands.record_then_sync import Carried
from dd_incident_roles.commands.timeline import entries_shown
from dd_incident_roles.report.clean import clean
from dd_incident_roles.timeline.importing import Import


def describe_import(application: Application, carried: Carried[Import], *, no_sync: bool) -> Said:
    """Say in plain words what an import came to."""
    words = CarryingWords(application, carried)
    number = len(carried.change.new)
    match number:
        case 0:
            truth = f"Nothing was added to the timeline of {words.incident_name}."
        case 1:
            truth = f"1 entry was added to the timeline of {words.incident_name}."
        case _:
            truth = f"{number} entries were added to the timeline of {words.incident_name}."
    where = _where(application, carried, words, no_sync=no_sync)
    notices = words.result.notices if words.result else ()
    return Said(
        result=clean(f"{truth} {where}"), talk=tuple(map(clean, [*notices, *words.problems()]))
    )


def _where(
    application: Application,
    carried: Carried[Import],
    words: CarryingWords[Import],
    *,
    no_sync: bool,
) -> str:
    new = carried.change.new
    if no_sync:
        return NOT_SYNCED if new else ""
    shown = entries_shown(application, carried.incident_id, new) if words.result else 0
    if new and shown == len(new):
        return "Datadog shows it." if len(new) == 1 else "Datadog shows them."
    setback = words.setback()
    if setback or not new:
        return setback or ""
    return f"Recorded here; Datadog shows {shown or 'none'} of them."
