"""A history with something in every part, to report."""

from __future__ import annotations

from dd_incident_roles.history.history import History
from dd_incident_roles.model import INCIDENT_MANAGER, Person, PersonKey
from dd_incident_roles.report.documents.history import History as HistoryDocument
from dd_incident_roles.report.documents.history import Person as Named
from dd_incident_roles.report.documents.history import history_document
from dd_incident_roles.roles.catalogue import Level
from dd_incident_roles.roles.conditions import ALWAYS
from tests.history.stories import PILOT, catalogue, correction, history, noted, pilot, watched
from tests.policy.cases import BO, CAI, CROWD, at, requirement
from tests.policy.intervals import interval
from tests.report.cases import HOSTILE, changed

NEEDED = catalogue(
    pilot(required=(requirement(ALWAYS, 10), requirement(CROWD, 60, Level.NOTE))),
)
FULL = history(
    watched(
        interval(INCIDENT_MANAGER, 10),
        interval(PILOT, 12, 20, by=BO),
        interval(PILOT, 35, 45),
        interval(PILOT, 40, by=CAI),
        roles=NEEDED,
        first_look=10,
    ),
    noted(4, "Incident Commander: Zoe → Ada", author="the admin"),
    corrections=[correction(20, 23, CAI)],
)
"""Somebody of a mere name, somebody inferred, corrected, two at once, gaps, and a late look."""


def known(key: PersonKey) -> Person:
    """What is known of a person by the key."""
    return Person(key=key, name=key.partition("@")[0].title(), email=key if "@" in key else None)


def view(
    shown: History = FULL, *, minute: float | None = None, notices: tuple[str, ...] = ()
) -> HistoryDocument:
    """A history, or what was so at a minute, with its people named."""
    return history_document(
        shown, known, at=None if minute is None else at(minute), notices=notices
    )


def hostile() -> HistoryDocument:
    """A history in which everything that comes from outside tries everything."""
    evil, plain = Named(name=HOSTILE, email=HOSTILE), view(notices=(HOSTILE,))
    durations = plain.durations
    assert durations
    row = {"stream": HOSTILE, "set_by": HOSTILE, "reason": HOSTILE, "title": HOSTILE}
    return changed(
        plain,
        incident_title=HOSTILE,
        rows=tuple(changed(each, holder=evil, **row) for each in plain.rows),
        overlaps=tuple(
            changed(each, people=(evil, evil), title=HOSTILE) for each in plain.overlaps
        ),
        gaps=tuple(changed(each, title=HOSTILE) for each in plain.gaps),
        titles=dict.fromkeys(plain.titles, HOSTILE),
        durations=changed(
            durations, people=tuple(changed(each, person=evil) for each in durations.people)
        ),
    )


EMPTY = history(watched(roles=catalogue(pilot())))
"""An incident in which nobody held anything and nothing was required."""
ONLY_PILOT = history(watched(roles=catalogue(pilot())), only=PILOT)
"""The same, of one role."""
