"""What ``correct`` says: who held the role, by the history from now on."""

from __future__ import annotations

from dd_incident_roles.commands.application import Application
from dd_incident_roles.commands.describe_carrying import NOT_SYNCED, CarryingWords, Said
from dd_incident_roles.commands.history import Corrected
from dd_incident_roles.report.clean import clean


def describe_correction(application: Application, corrected: Corrected, *, no_sync: bool) -> Said:
    """Say what the history of the role now is."""
    words = CarryingWords(application, corrected.carried)
    correction, title = corrected.carried.change, corrected.role.title
    who = corrected.holder.label if corrected.holder else "Nobody"
    stream = f" ({correction.stream})" if correction.stream else ""
    stretch = f"{correction.since:%Y-%m-%d %H:%M} to {correction.until:%Y-%m-%d %H:%M} UTC"
    where = NOT_SYNCED if no_sync else words.setback() or "Datadog's timeline tells of it."
    return Said(
        result=clean(
            f"{who} was {title}{stream} of {words.incident_name} from {stretch}, says its history "
            f"now. {where}"
        ),
        talk=tuple(map(clean, words.problems())),
    )
