"""How long things took."""

from __future__ import annotations

from datetime import timedelta

import pytest

from dd_incident_roles.model import INCIDENT_MANAGER, Assignment, Entry
from dd_incident_roles.roles.catalogue import Catalogue, Holders, Streams
from dd_incident_roles.roles.statements import Correction
from tests.history.stories import PILOT, catalogue, correction, history, name, noted, pilot, watched
from tests.policy.cases import ADA, BO, CAI
from tests.policy.intervals import closed, interval

MANAGER = interval(INCIDENT_MANAGER, 3)
LATE = interval(INCIDENT_MANAGER, 20)
COMMAND = "Incident Commander: "

WAITS: dict[
    str, tuple[list[Assignment], list[Entry], list[Correction], float, float | None, bool]
] = {
    "watched from the beginning": ([MANAGER], [], [], 0, 3, True),
    "the first of several": ([MANAGER, interval(INCIDENT_MANAGER, 1, 2)], [], [], 0, 1, True),
    "never": ([], [], [], 0, None, True),
    "for no time at all": ([interval(INCIDENT_MANAGER, 3, 3)], [], [], 0, None, True),
    "another role does not count": ([interval(PILOT, 3)], [], [], 0, None, True),
    "looked at soon enough": ([MANAGER], [], [], 3, 3, True),
    "looked at too late": ([LATE], [], [], 20, None, False),
    "looked at too late, but told": (
        [LATE],
        [noted(4, f"{COMMAND}nobody → Ada")],
        [],
        20,
        4,
        True,
    ),
    "told to have been there all along": (
        [LATE],
        [noted(4, f"{COMMAND}Bo → Ada")],
        [],
        20,
        0,
        True,
    ),
    "looked at too late, but corrected": (
        [LATE],
        [],
        [correction(2, 20, BO, key=INCIDENT_MANAGER)],
        20,
        2,
        True,
    ),
}


@pytest.mark.parametrize(
    ("rows", "entries", "corrections", "first_look", "minutes", "is_known"),
    WAITS.values(),
    ids=WAITS,
)
def test_the_wait_for_an_incident_manager(
    rows: list[Assignment],
    entries: list[Entry],
    corrections: list[Correction],
    first_look: float,
    minutes: float | None,
    is_known: bool,
) -> None:
    """From the declaration to the first Incident Manager; not known where nobody looked in time."""
    wait = history(
        watched(*rows, first_look=first_look), *entries, corrections=corrections
    ).durations.wait
    assert wait is not None
    assert wait.length == (None if minutes is None else timedelta(minutes=minutes))
    assert wait.is_known is is_known


STREAMED = catalogue(pilot(streams=Streams.OPTIONAL))

HANDOFFS: dict[str, tuple[Catalogue, list[Assignment], int]] = {
    "without a gap": (catalogue(), [interval(PILOT, 0, 9), interval(PILOT, 9, by=BO)], 1),
    "back again": (
        catalogue(),
        [interval(PILOT, 0, 9), interval(PILOT, 9, 12, by=BO), interval(PILOT, 12)],
        2,
    ),
    "with a gap": (catalogue(), [interval(PILOT, 0, 9), interval(PILOT, 10, by=BO)], 0),
    "the same person goes on": (catalogue(), [interval(PILOT, 0, 9), interval(PILOT, 9)], 0),
    "through somebody for no time at all": (
        catalogue(),
        [interval(PILOT, 0, 9), interval(PILOT, 9, 9, by=BO), interval(PILOT, 9, by=CAI)],
        1,
    ),
    "in another stream": (
        STREAMED,
        [interval(PILOT, 0, 9, stream="a"), interval(PILOT, 9, by=BO, stream="b")],
        0,
    ),
    "in the same stream": (
        STREAMED,
        [interval(PILOT, 0, 9, stream="a"), interval(PILOT, 9, by=BO, stream="a")],
        1,
    ),
    "one of many joins": (
        catalogue(pilot(Holders.MANY)),
        [interval(PILOT, 0), interval(PILOT, 9, by=BO)],
        0,
    ),
    "one of many goes on while another joins": (
        catalogue(pilot(Holders.MANY)),
        [interval(PILOT, 0, 9), interval(PILOT, 9), interval(PILOT, 9, by=BO)],
        0,
    ),
    "one of many goes on while another leaves": (
        catalogue(pilot(Holders.MANY)),
        [interval(PILOT, 0, 9), interval(PILOT, 0, 9, by=BO), interval(PILOT, 9, by=BO)],
        0,
    ),
    "one of many for another": (
        catalogue(pilot(Holders.MANY)),
        [interval(PILOT, 0, 9), interval(PILOT, 0, by=BO), interval(PILOT, 9, by=CAI)],
        1,
    ),
}


@pytest.mark.parametrize(("roles", "rows", "number"), HANDOFFS.values(), ids=HANDOFFS)
def test_handoffs(roles: Catalogue, rows: list[Assignment], number: int) -> None:
    """A role goes from one person to another at one instant."""
    found = history(watched(*rows, roles=roles)).durations.handoffs
    assert [(each.role, each.number) for each in found] == ([(PILOT, number)] if number else [])


def test_the_first_look_is_no_handoff() -> None:
    """Where the record goes on with what entries told, nobody handed over anything."""
    facts = watched(interval(PILOT, 20), first_look=20)
    assert history(facts, noted(5, "Pilot: nobody → Ada")).durations.handoffs == ()
    found = history(facts, noted(5, "Pilot: Bo → Ada")).durations.handoffs
    assert [each.number for each in found] == [1]


def test_totals() -> None:
    """Time in two roles counts once, and only within the life of the incident."""
    facts = closed(
        interval(PILOT, 0, 30),
        interval(INCIDENT_MANAGER, 20, 40),
        interval(PILOT, 45, by=BO),
        interval(PILOT, 48, 70, by=CAI),
        resolved=50,
        catalogue=catalogue(),
    )
    found = history(facts, now=90).durations.totals
    assert [(name(each.person), each.length) for each in found] == [
        ("ada", timedelta(minutes=40)),
        ("bo", timedelta(minutes=5)),
        ("cai", timedelta(minutes=2)),
    ]


def test_a_total_counts_what_was_inferred_from_the_declaration() -> None:
    """Whoever held a role since the declaration or earlier did so for all of it."""
    found = history(watched(first_look=20), noted(15, "Pilot: Ada → nobody")).durations.totals
    assert [(each.person, each.length) for each in found] == [(ADA.key, timedelta(minutes=15))]
