"""What people said about the past, laid over what was recorded."""

from __future__ import annotations

import pytest

from dd_incident_roles.roles.catalogue import Streams
from dd_incident_roles.roles.ledger import Correction
from tests.history.stories import brief, catalogue, correction, history, intervals, pilot, watched
from tests.policy.cases import ADA, BO, CAI, SCRIBE

ROWS = intervals("ada 10-30, bo 30-")
ADA_THEN_BO = "ada 10-30 recorded, bo 30- recorded"

CASES: dict[str, tuple[list[Correction], str]] = {
    "none": ([], ADA_THEN_BO),
    "somebody else in the middle": (
        [correction(15, 20, CAI)],
        "ada 10-15 recorded, cai 15-20 corrected, ada 20-30 recorded, bo 30- recorded",
    ),
    "nobody across two holders": (
        [correction(20, 40, None)],
        "ada 10-20 recorded, bo 40- recorded",
    ),
    "the whole of one": ([correction(10, 30, CAI)], "cai 10-30 corrected, bo 30- recorded"),
    "before anything was recorded": (
        [correction(0, 10, CAI)],
        f"cai 0-10 corrected, {ADA_THEN_BO}",
    ),
    "a later one over an earlier one": (
        [correction(0, 20, CAI), correction(5, 10, BO, number=1)],
        "cai 0-5 corrected, bo 5-10 corrected, cai 10-20 corrected, ada 20-30 recorded, "
        "bo 30- recorded",
    ),
    "taken back by a later one": (
        [correction(0, 10, CAI), correction(0, 10, None, number=1)],
        ADA_THEN_BO,
    ),
    "of no time at all": ([correction(15, 15, CAI)], ADA_THEN_BO),
    "of another role": ([correction(0, 60, None, key=SCRIBE)], ADA_THEN_BO),
    "of a stream": ([correction(0, 60, None, stream="database")], ADA_THEN_BO),
}


@pytest.mark.parametrize(("corrections", "expected"), CASES.values(), ids=CASES)
def test_a_correction_stands_in_its_stretch(corrections: list[Correction], expected: str) -> None:
    """What was recorded is cut away there, and nowhere else."""
    found = history(watched(*ROWS), corrections=corrections)
    assert brief(found.rows) == expected
    assert brief(found.recorded) == ADA_THEN_BO


def test_a_correction_of_a_stream_leaves_the_other_streams() -> None:
    """Only who held the role in that stream gives way."""
    roles = catalogue(pilot(streams=Streams.OPTIONAL))
    facts = watched(*intervals("ada/database 0-, bo 0-"), roles=roles)
    found = history(facts, corrections=[correction(10, 20, CAI, stream="database")])
    assert brief(found.rows) == (
        "bo 0- recorded, ada/database 0-10 recorded, cai/database 10-20 corrected, "
        "ada/database 20- recorded"
    )


def test_who_corrected_and_why() -> None:
    """The row says who stated it and for which reason, and so does the end of what it cut."""
    before, stated, after = history(
        watched(*intervals("ada 0-")), corrections=[correction(10, 20, BO)]
    ).rows
    assert (stated.set_by, stated.reason) == (CAI.key, "the call was not recorded")
    assert (before.ended_by, before.set_by, after.set_by) == (CAI.key, ADA.key, ADA.key)
    assert (before.reason, after.reason) == (None, None)


def test_an_interval_of_no_time_stays_unless_it_is_corrected() -> None:
    """It holds nobody at any moment; a correction around it takes its place."""
    facts = watched(*intervals("ada 10-10"))
    assert brief(history(facts).rows) == "ada 10-10 recorded"
    assert brief(history(facts, corrections=[correction(5, 15, None)]).rows) == ""
